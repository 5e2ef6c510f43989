"""All vectors at full width, float16, row by row, mapped from one file.

The file only ever grows; rows added since it was opened wait in memory (the tail) until
`files.write` appends them. Every row has a checksum, compared the first time the row is read: a
flipped bit on disk is noticed without reading gigabytes at every start.
"""

import numpy as np
import numpy.typing as npt
import xxhash

from indexer.vectors.errors import RowsDamaged, WidthMismatch
from indexer.vectors.source import Halves, Ids

Rows = npt.NDArray[np.int64]
Checksums = npt.NDArray[np.uint64]

GONE = -1


def checksums_of(vectors: Halves) -> Checksums:
    """xxh3_64 of the bytes of each row."""
    rows = np.ascontiguousarray(vectors)
    return np.array([xxhash.xxh3_64_intdigest(row) for row in rows], dtype=np.uint64)


class FullWidthVectors:
    """Rows of float16 vectors with the id of the picture of each.

    stored: [R, D], usually a memory map. ids: [R], GONE where a picture was removed.
    checksums: [R].
    """

    def __init__(self, stored: Halves, ids: Ids, checksums: Checksums) -> None:
        self.dimensions = int(stored.shape[1])
        self._stored = stored
        self._tail: Halves = np.empty((0, self.dimensions), dtype=np.float16)
        self.ids = ids
        self.checksums = checksums
        self._verified = np.zeros(len(ids), dtype=bool)
        self._sorted: tuple[Ids, Rows] | None = None

    def __len__(self) -> int:
        """Rows, those of removed pictures included."""
        return len(self.ids)

    @property
    def tail(self) -> Halves:
        """Rows that are not in the file yet, [T, D]."""
        return self._tail

    @property
    def gone(self) -> int:
        """Rows of pictures that were removed."""
        return int(np.count_nonzero(self.ids == GONE))

    def append(self, ids: Ids, vectors: Halves) -> None:
        """Add rows; the ids must not be there yet."""
        if vectors.shape[1] != self.dimensions:
            raise WidthMismatch(self.dimensions, int(vectors.shape[1]))
        self._tail = np.concatenate([self._tail, vectors.astype(np.float16)])
        self.checksums = np.concatenate([self.checksums, checksums_of(vectors)])
        self._verified = np.concatenate([self._verified, np.ones(len(ids), dtype=bool)])
        self.ids = np.concatenate([self.ids, ids.astype(np.int64)])
        self._sorted = None

    def remove(self, ids: Ids) -> int:
        """Mark the rows of these ids as gone; returns how many there were."""
        rows = self.rows_of(ids)
        rows = rows[rows >= 0]
        if len(rows):
            # A copy, so that a search that holds the old array keeps a consistent view.
            changed = self.ids.copy()
            changed[rows] = GONE
            self.ids = changed
            self._sorted = None
        return len(rows)

    def rows_of(self, ids: Ids) -> Rows:
        """The row of each id, -1 for one that is not here."""
        ordered = self._sorted
        if ordered is None:
            order = np.argsort(self.ids, kind="stable")
            order = order[np.searchsorted(self.ids, 0, sorter=order) :]
            ordered = self._sorted = (self.ids[order], order)
        known, rows = ordered
        if len(known) == 0:
            return np.full(len(ids), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return np.where(known[places] == ids, rows[places], -1)

    def live_rows(self) -> Rows:
        """Rows of pictures that are present."""
        return np.flatnonzero(self.ids != GONE)

    def take(self, rows: Rows) -> Halves:
        """Vectors [N, D] of these rows, checked. Raises RowsDamaged."""
        boundary = len(self._stored)
        if len(self._tail) == 0:
            vectors = np.asarray(self._stored[rows])
        else:
            vectors = np.empty((len(rows), self.dimensions), dtype=np.float16)
            late = rows >= boundary
            vectors[~late] = self._stored[rows[~late]]
            vectors[late] = self._tail[rows[late] - boundary]
        self._verify(rows, vectors)
        return vectors

    def block(self, start: int, stop: int) -> Halves:
        """Rows [start, stop) as they lie in the file, not copied; checked. Raises RowsDamaged."""
        if stop > len(self._stored):
            return self.take(np.arange(start, stop))
        vectors = self._stored[start:stop]
        if not self._verified[start:stop].all():
            self._verify(np.arange(start, stop), vectors)
        return vectors

    def _verify(self, rows: Rows, vectors: Halves) -> None:
        unread = np.flatnonzero(~self._verified[rows])
        if len(unread):
            good = checksums_of(vectors[unread]) == self.checksums[rows[unread]]
            if not good.all():
                raise RowsDamaged(self.ids[rows[unread[~good]]])
            self._verified[rows[unread]] = True
