"""The sample pictures of the project, for `searchapp demo`."""

from pathlib import Path

import platformdirs

from searchapp.errors import SamplesMissing


def sample_folder(folder: Path) -> Path:
    """The folder of the samples, made absolute. Raises SamplesMissing."""
    resolved = folder.resolve()
    if not (resolved / "captions.jsonl").is_file():
        raise SamplesMissing(resolved)
    return resolved


def demo_library() -> Path:
    """A library of its own, so that the demo never mixes with a person's pictures."""
    return Path(platformdirs.user_data_dir("searchapp")) / "demo-library"
