"""The sample pictures of the project, for `searchapp demo`."""

from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from searchapp.errors import SamplesMissing

if TYPE_CHECKING:
    from searchapp.service import SearchService

CAPTIONS = "captions.jsonl"


def sample_folder(folder: Path) -> Path:
    """The folder of the samples, made absolute. Raises SamplesMissing."""
    resolved = folder.resolve()
    if not (resolved / CAPTIONS).is_file():
        raise SamplesMissing(resolved)
    return resolved


def demo_library() -> Path:
    """A library of its own, so that the demo never mixes with a person's pictures."""
    return Path(platformdirs.user_data_dir("searchapp")) / "demo-library"


def import_captions(service: "SearchService", folder: Path) -> None:
    """Give the sample pictures their captions, in the languages they are written in."""
    from searchapp.captioning import import_captions as import_file

    import_file(service.catalogue(), folder / "captions.jsonl")
