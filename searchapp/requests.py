"""What a door may ask of the service: frozen values without widgets or addresses in them."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

Sort = Literal["relevance", "date"]


class DuplicateKind(StrEnum):
    """exact: the same bytes. near: one picture edited. burst: taken within seconds, and alike."""

    EXACT = "exact"
    NEAR = "near"
    BURST = "burst"


@dataclass(frozen=True)
class SearchRequest:
    """One search.

    text: the query with its syntax (`beach after:2023 -people "old pier"`); None or blank lists
        pictures by date.
    more_texts: further texts whose vectors are averaged with the first.
    image: the bytes of a picture, or the path of one; combined with the text by `text_weight`.
    like: ids of catalogued pictures whose vectors join the query.
    negatives: texts whose direction is taken out of the query.
    filters: further filters in the query syntax, without text (`type:png after:2023`).
    count: number of hits in a page.
    dim: width of the coarse search; None is the library's own choice.
    min_relevance: 0 to 1, the least probability of relevance; 0 turns the cut-off off, None is
        the default of the settings.
    cursor: where the next page begins, from `SearchResult.next_cursor`.
    """

    text: str | None = None
    more_texts: tuple[str, ...] = ()
    image: bytes | Path | None = None
    like: tuple[int, ...] = ()
    negatives: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    text_weight: float = 0.5
    count: int = 20
    dim: int | None = None
    min_relevance: float | None = None
    hybrid: bool = True
    exact: bool = False
    collapse_duplicates: bool = True
    sort: Sort = "relevance"
    cursor: str | None = None


@dataclass(frozen=True)
class IndexRequest:
    """One run of the indexer over folders; see `searchapp index --help` for each option."""

    paths: tuple[Path, ...]
    model: str = "auto"
    dim: int | None = None
    workers: int | None = None
    excludes: tuple[str, ...] = ()
    follow_symlinks: bool = False
    prune: bool = False
    accept_loss: bool = False
    retry_failed: bool = False
    discard_old: bool = False
    pixel_limit: int | None = None
    image_size: int | None = None
