"""What every loader is told, and how a name in a captions file becomes a picture on disk."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from searchapp.errors import CaptionsDamaged
from searchapp.evaluation.captions import UNDETERMINED, PictureFile


@dataclass(frozen=True)
class LoadOptions:
    """Where pictures lie, the language of formats that state none, the split of those with splits.

    images: folder of the pictures; None looks beside the captions and in `images` there.
    machine_made: whether to take captions that their file says a machine made.
    """

    images: Path | None = None
    language: str = UNDETERMINED
    split: str = "test"
    machine_made: bool = False


def picture_file(name: str, source: Path, options: LoadOptions) -> PictureFile:
    """The file that `name` means; where none is there, the first place it was looked for."""
    beside = source if source.is_dir() else source.parent
    folders = (options.images,) if options.images else (beside, beside / "images")
    relative = Path(name.replace("\\", "/"))
    places = [folder / part for folder in folders for part in (relative, Path(relative.name))]
    for place in places:
        if place.is_file():
            return PictureFile(name, place)
    return PictureFile(name, places[0])


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a UTF-8 file that are not blank, with their numbers from 1.

    Raises CaptionsDamaged with the line at which the file stops being UTF-8.
    """
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline=None) as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise CaptionsDamaged(path, number + 1, "it is not UTF-8 text") from error


def json_document(path: Path) -> Any:
    """A whole JSON file; CaptionsDamaged with the line of the first mistake."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CaptionsDamaged(path, line, "it is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise CaptionsDamaged(path, error.lineno, f"it is not JSON ({error.msg})") from error


def json_line(path: Path, number: int, line: str) -> dict[str, Any]:
    """One JSON object of a JSON-lines file."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise CaptionsDamaged(path, number, f"it is not JSON ({error.msg})") from error
    if not isinstance(record, dict):
        raise CaptionsDamaged(path, number, "a JSON object was expected")
    return record


def text_list(value: Any, path: Path, number: int, what: str) -> list[str]:
    """A text or a list of texts, as a list."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise CaptionsDamaged(path, number, f"{what} must be a list of texts")
    return texts
