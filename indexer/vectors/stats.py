"""What `status` says of the index in use."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class IndexStats:
    """The index in use, measured.

    family, parameters: the choice made for this count and width.
    recall_at_10: share of the ten nearest neighbours by exact search that the index returned,
        over `recall_samples` stored vectors as queries; None where it was not measured.
    exact: the search reads every vector at full width, so there is no recall to measure.
    bytes_in_memory: the coarse index; the full-width array is mapped from disk, not counted.
    pending: pictures added or removed in memory that are not yet on disk.
    searches: searches since opening, by route: `index`, `few` (exact over the few that filters
        left), `exact` (asked for), `scan` (fell back to scanning all vectors).
    note: why the index is not at its best, in a sentence; None when it is.
    """

    family: str
    parameters: str
    count: int
    dimensions: int
    coarse_dimensions: int
    bytes_in_memory: int
    bytes_per_vector: float
    bytes_on_disk: int
    recall_at_10: float | None
    recall_samples: int
    exact: bool
    generation: int
    built_at: datetime
    build_seconds: float
    pending: int
    device: str
    searches: dict[str, int]
    note: str | None = None
