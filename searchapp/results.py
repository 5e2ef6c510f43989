"""What the service answers: frozen values that every door renders in its own way.

`as_document` turns any of them into plain JSON values; the command line's `--json` and the HTTP
API print the same document.
"""

import dataclasses
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True)
class Hit:
    """One picture of a page of results.

    score: cosine similarity with the query, -1 to 1; None when no vector took part.
    relevance: probability of relevance, 0 to 1; None when the model has no calibration.
    path: absolute path of one present location.
    colour: dominant colour as `#rrggbb`, a placeholder while the thumbnail loads.
    matched_by: reasons out of `vector`, `caption`, `name`, `folder`, `date`, `filter`.
    duplicates: number of further pictures collapsed into this one.
    """

    rank: int
    score: float | None
    relevance: float | None
    path: str
    id: int
    width: int
    height: int
    taken_at: datetime | None
    caption: str | None
    matched_by: tuple[str, ...]
    colour: str | None = None
    duplicates: int = 0


@dataclasses.dataclass(frozen=True)
class Seconds:
    """Where the time of a search went, in seconds."""

    encode: float
    search: float
    total: float


@dataclasses.dataclass(frozen=True)
class SearchResult:
    """A page of hits.

    filters: the filters in force in the query syntax, those read from words included, so that
        a door can show them.
    notices: sentences a person should see (query cut, weak language, old model in use, ...).
    total: hits in all pages that passed the cut-off.
    """

    query: str
    hits: tuple[Hit, ...]
    seconds: Seconds
    model: str
    dim: int
    total: int
    next_cursor: str | None = None
    filters: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Location:
    """One place where a picture lies."""

    path: str
    root: str
    relative_path: str
    missing_since: datetime | None
    root_online: bool


@dataclasses.dataclass(frozen=True)
class Caption:
    """A description of a picture in one language, and where it came from."""

    id: int
    language: str
    text: str
    source: str
    model: str | None
    created_at: datetime


@dataclasses.dataclass(frozen=True)
class PictureDetail:
    """All that the catalogue knows of one picture."""

    id: int
    path: str | None
    locations: tuple[Location, ...]
    width: int
    height: int
    format: str
    byte_size: int
    frames: int
    taken_at: datetime | None
    taken_offset_minutes: int | None
    camera: str | None
    latitude: float | None
    longitude: float | None
    colours: tuple[str, ...]
    favourite: bool
    captions: tuple[Caption, ...]
    indexed_at: datetime


@dataclasses.dataclass(frozen=True)
class FileFailure:
    """A file that could not be indexed; `reason` is one of a small fixed set."""

    path: str
    reason: str
    detail: str


@dataclasses.dataclass(frozen=True)
class IndexOutcome:
    """What a run of the indexer did; every file seen is in exactly one of the counts.

    seen = indexed + unchanged + updated + moved + failed + skipped; missing files are not seen.
    dim: numbers of each vector in the index. interrupted: stopped before its end, as asked.
    """

    indexed: int
    unchanged: int
    updated: int
    moved: int
    missing: int
    failed: int
    skipped: int
    seen: int
    failures: tuple[FileFailure, ...]
    seconds: float
    images_per_second: float
    model: str
    dim: int
    interrupted: bool = False
    notices: tuple[str, ...] = ()


_PLAIN = frozenset({int, float, bool, type(None)})


def as_document(value: Any) -> Any:
    """Plain JSON values (dict, list, str, int, float, bool, None) of a result dataclass."""
    if type(value) in _PLAIN:  # most of what there is: hundreds of numbers in a page of hits
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: as_document(getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {str(key): as_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_document(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return _printable(str(value))
    if isinstance(value, str) and not isinstance(value, Enum):
        return _printable(value)
    if isinstance(value, Enum):
        return value.value
    return value


def _printable(text: str) -> str:
    # A file name that is not UTF-8 reaches Python with lone surrogates, which JSON cannot carry.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
