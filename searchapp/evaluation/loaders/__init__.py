"""Readers of captions in the formats in which they are published, one file per family."""

from searchapp.evaluation.loaders.formats import FORMATS, load_captions
from searchapp.evaluation.loaders.options import LoadOptions, numbered_lines

__all__ = ["FORMATS", "LoadOptions", "load_captions", "numbered_lines"]
