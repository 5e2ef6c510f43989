"""Descriptions of pictures: written by a captioner, taken from files, given to other programs."""

from searchapp.captioning.describe import CaptionOutcome, CaptionRequest, caption_pictures
from searchapp.captioning.exporting import ExportOutcome, export_sidecars
from searchapp.captioning.importing import ImportOutcome, import_captions, import_metadata

__all__ = [
    "CaptionOutcome",
    "CaptionRequest",
    "ExportOutcome",
    "ImportOutcome",
    "caption_pictures",
    "export_sidecars",
    "import_captions",
    "import_metadata",
]
