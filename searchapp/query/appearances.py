"""What tells duplicates and bursts apart: hash, camera and time of pictures, kept between searches.

A search looks at a thousand pictures, and the next one at many of the same.
"""

from collections.abc import Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt

from indexer.catalogue import Catalogue

Ids = npt.NDArray[np.int64]

APPEARANCE = np.dtype(
    [
        ("known", "?"),
        ("hash", "u8"),
        ("hashed", "?"),
        ("camera", "i4"),
        ("taken", "M8[us]"),
    ]
)
"""A picture as this module keeps it. hash: perceptual hash, valid where `hashed`; camera: a number
for each name, 0 for none; taken: NaT where unknown."""

# SQLite takes a statement of a million bytes at most.
_VALUES = 30_000


class Appearances:
    """Reads appearances out of one catalogue. Safe to use from several threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = Lock()
        self._generation = -1
        self._by_id = np.zeros(0, APPEARANCE)
        self._cameras: dict[str, int] = {}

    def of(self, ids: Ids, generation: int) -> npt.NDArray[np.void]:
        """Rows of APPEARANCE [N], in the order of these ids.

        generation: of the catalogue; what was kept of another is forgotten.
        """
        if len(ids) == 0:
            return np.zeros(0, APPEARANCE)
        with self._lock:
            table = self._table(generation, int(ids.max()))
            found = table[ids]
        missing = np.flatnonzero(~found["known"])
        if len(missing):
            found[missing] = self._read(ids[missing])
            with self._lock:
                # Kept where it was looked for: that may be of an older generation by now.
                table[ids[missing]] = found[missing]
        return found

    def _table(self, generation: int, highest: int) -> npt.NDArray[np.void]:
        # One row for each id there may be: ids are counted up, and memory that nothing was written
        # to takes no room.
        if generation != self._generation:
            self._generation, self._by_id = generation, np.zeros(0, APPEARANCE)
        if highest >= len(self._by_id):
            larger = np.zeros(max(highest + 1, 2 * len(self._by_id)), APPEARANCE)
            larger[: len(self._by_id)] = self._by_id
            self._by_id = larger
        return self._by_id

    def _read(self, ids: Ids) -> npt.NDArray[np.void]:
        found = np.zeros(len(ids), APPEARANCE)
        found["known"] = True
        found["taken"] = np.datetime64("NaT")
        place_of = {number: place for place, number in enumerate(ids.tolist())}
        with self._catalogue.read() as connection:
            for start in range(0, len(ids), _VALUES):
                # Integers written out, and no type to convert: a thousand rows for a search.
                listed = ",".join(map(str, ids[start : start + _VALUES].tolist()))
                rows = connection.exec_driver_sql(
                    "SELECT id, perceptual_hash, camera, taken_at FROM picture"  # noqa: S608
                    f" WHERE id IN ({listed})"
                ).all()
                if rows:
                    numbers, hashes, cameras, times = zip(*rows, strict=True)
                    places = [place_of[number] for number in numbers]
                    found["hash"][places] = [int(text or "0", 16) for text in hashes]
                    found["hashed"][places] = [bool(text) for text in hashes]
                    found["camera"][places] = self._numbers_of(cameras)
                    # SQLite hands out text, PostgreSQL a datetime.
                    found["taken"][places] = np.array(times, "M8[us]")
        return found

    def _numbers_of(self, cameras: Sequence[str | None]) -> list[int]:
        with self._lock:
            known = self._cameras
            return [known.setdefault(name, len(known) + 1) if name else 0 for name in cameras]
