"""What an indexing run is asked to do, how it stands, and what came of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


@dataclass(frozen=True)
class IndexOptions:
    """One run.

    paths: folders to index; none means all that were indexed before.
    excludes: patterns in gitignore syntax, relative to each root.
    workers: decoding processes; None is one per core less one, at least one.
    prune: delete the rows of files that are missing (never those of a folder that is away, nor
        of one that misses more than 10 % and more than 100).
    accept_loss: believe that so much is gone for good.
    batch_size: most pictures in one call of the encoder and one transaction; the run begins
        smaller and grows while a call stays short, so that stopping is quick.
    exact_decode: decode every JPEG in full even where a reduced one gives the same vector.
    discard_old: delete the former model's vectors once the new one is complete.
    """

    paths: tuple[Path, ...] = ()
    excludes: tuple[str, ...] = ()
    workers: int | None = None
    prune: bool = False
    accept_loss: bool = False
    follow_symlinks: bool = False
    hidden: bool = False
    retry_failed: bool = False
    pixel_limit: int = 200_000_000
    byte_limit: int = 2_000_000_000
    decode_seconds: float = 30.0
    decode_memory_bytes: int = 3 * 1024**3
    batch_size: int = 64
    exact_decode: bool = False
    discard_old: bool = False


@dataclass(frozen=True)
class Timings:
    """What was measured on some pictures; seconds and bytes are means per picture.

    decode_seconds: in one decoding process. sampled: files tried, `failed` of them in vain.
    """

    sampled: int
    failed: int
    decode_seconds: float
    encode_seconds: float
    thumbnail_bytes: float


@dataclass(frozen=True)
class Forecast:
    """Seconds and bytes for all `files`; `sampled` of them were timed.

    decode_seconds, encode_seconds: per picture, on this machine now.
    memory_bytes: without the model's weights. catalogue_bytes: rows, full vectors, thumbnails.
    index_bytes: of the derived vector index, by dimension.
    """

    files: int
    byte_size: int
    sampled: int
    failed: int
    decode_seconds: float
    encode_seconds: float
    seconds: float
    memory_bytes: int
    catalogue_bytes: int
    index_bytes: dict[int, int]
    model: str
    image_size: int


@dataclass(frozen=True)
class Progress:
    """How a run stands.

    stage: "Scanning", "Indexing" or "Finishing". total: files to read, None while scanning.
    done: files read (or, while scanning, seen). rate: files per second lately.
    forecast: what the whole run will take, once the first pictures of a long one are timed.
    """

    stage: str
    seen: int
    done: int
    total: int | None
    failed: int
    rate: float
    remaining_seconds: float | None
    folder: str
    forecast: Forecast | None = None


class FailedFile(NamedTuple):
    """path: absolute, as the system gave it; reason: one of `failures.Reason`."""

    path: str
    reason: str
    detail: str


@dataclass(frozen=True)
class IndexReport:
    """What a run did. `indexed + unchanged + updated + moved + failed + skipped = seen`.

    indexed: files that are new here (also copies of pictures already known).
    unchanged: files known before, with the content known before.
    updated: files whose content changed. moved: files whose former place is gone.
    failed: files that cannot be indexed, those known from earlier runs included.
    skipped: files left out; `skipped_reasons` says why.
    missing: locations that vanished in this run; they are not among the seen.
    embedded: pictures given to the encoder. pruned: pictures whose rows were deleted.
    interrupted: the run was stopped; the next one goes on.
    active: whether searches use this run's model.
    notices: sentences a person should read.
    """

    indexed: int
    unchanged: int
    updated: int
    moved: int
    missing: int
    failed: int
    skipped: int
    seen: int
    failures: tuple[FailedFile, ...]
    seconds: float
    images_per_second: float
    model: str
    embedded: int = 0
    returned: int = 0
    pruned: int = 0
    interrupted: bool = False
    active: bool = True
    notices: tuple[str, ...] = ()
    skipped_reasons: dict[str, int] = field(default_factory=dict)
