"""What tells duplicates and bursts apart: hash, camera and time of pictures, kept between searches.

A search looks at a thousand pictures, and the next one at many of the same.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from indexer.catalogue import Catalogue
from searchapp.query.bursts import Moment

# Some 300 bytes each.
_KEPT = 100_000
# SQLite takes a statement of a million bytes at most.
_VALUES = 30_000


class _Appearance(NamedTuple):
    perceptual_hash: str | None
    camera: str | None
    taken_at: datetime | None


_UNKNOWN = _Appearance(None, None, None)


class Appearances:
    """Reads appearances out of one catalogue. Safe to use from several threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = Lock()
        self._generation = -1
        self._kept: dict[int, _Appearance] = {}

    def of(self, ids: Sequence[int], generation: int) -> tuple[dict[int, str], list[Moment]]:
        """Hashes by id, and the moments of those with a camera and a time.

        generation: of the catalogue; what was kept of another is forgotten.
        """
        with self._lock:
            if generation != self._generation:
                self._generation, self._kept = generation, {}
            kept = self._kept
        # `kept` may be emptied meanwhile, so what is needed is taken out of it first.
        known = {number: kept.get(number) for number in ids}
        missing = [number for number, appearance in known.items() if appearance is None]
        fresh = self._read(missing) if missing else {}
        with self._lock:
            if len(kept) + len(fresh) > _KEPT:
                kept.clear()
            kept.update(fresh)
        every = [(number, one or fresh.get(number, _UNKNOWN)) for number, one in known.items()]
        hashes = {number: one.perceptual_hash for number, one in every if one.perceptual_hash}
        return hashes, [
            (number, one.camera, one.taken_at)
            for number, one in every
            if one.camera and one.taken_at
        ]

    def _read(self, ids: Sequence[int]) -> dict[int, _Appearance]:
        found: dict[int, _Appearance] = {}
        with self._catalogue.read() as connection:
            for start in range(0, len(ids), _VALUES):
                # Integers written out, and no type to convert: a thousand rows for a search.
                listed = ",".join(map(str, ids[start : start + _VALUES]))
                rows = connection.exec_driver_sql(
                    "SELECT id, perceptual_hash, camera, taken_at FROM picture"  # noqa: S608
                    f" WHERE id IN ({listed})"
                )
                for number, text, camera, taken_at in rows.all():
                    name = None if camera is None else sys.intern(camera)
                    found[number] = _Appearance(text, name, moment_of(taken_at))
        return found


def moment_of(value: datetime | str | None) -> datetime | None:
    """A time as a driver hands it out: SQLite keeps it as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
