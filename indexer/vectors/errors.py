"""Errors of vector search; each carries the facts a sentence needs."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.errors import IndexerError


class WidthMismatch(IndexerError):
    """Vectors of the wrong width: `found` columns where `expected` were needed."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"expected vectors of {expected} dimensions, found {found}")
        self.expected = expected
        self.found = found


class NoRoomForVectors(IndexerError):
    """The disk that holds `path` has `free_bytes` left and `needed_bytes` are needed."""

    def __init__(self, path: Path, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(f"{path}: {needed_bytes} bytes needed, {free_bytes} free")
        self.path = path
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class VectorsDamaged(IndexerError):
    """A derived file at `path` is not what its manifest says; `reason` in a few words."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class RowsDamaged(IndexerError):
    """Stored rows whose bytes do not match their checksums; `ids` are their pictures."""

    def __init__(self, ids: npt.NDArray[np.int64]) -> None:
        super().__init__(f"{len(ids)} damaged vectors")
        self.ids = ids
        self.count = len(ids)
