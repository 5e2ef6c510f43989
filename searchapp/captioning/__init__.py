"""Descriptions of pictures: written by a captioner, taken from files, given to other programs."""

from searchapp.captioning.describe import CaptionOutcome, CaptionRequest, caption_pictures
from searchapp.captioning.exporting import ExportOutcome, export_sidecars
from searchapp.captioning.importing import ImportOutcome, import_captions, import_metadata
from searchapp.captioning.vectors import CaptionVectorsOutcome, refresh_caption_vectors

__all__ = [
    "CaptionOutcome",
    "CaptionRequest",
    "CaptionVectorsOutcome",
    "ExportOutcome",
    "ImportOutcome",
    "caption_pictures",
    "export_sidecars",
    "import_captions",
    "import_metadata",
    "refresh_caption_vectors",
]
