"""Readers of captions in the formats in which they are published, one file per family."""

from searchapp.evaluation.loaders.formats import FORMATS, LoadOptions, load_captions

__all__ = ["FORMATS", "LoadOptions", "load_captions"]
