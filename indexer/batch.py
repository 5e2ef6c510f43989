"""One transaction: pictures with their vectors, the files that hold them, and what failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, TextClause, bindparam, delete, insert, select, text, update

from indexer.catalogue.tables import Embedding, Failure, Location, Picture
from indexer.catalogue.text_rows import refresh_text
from indexer.catalogue.vector_rows import checksum_of, read_generation
from indexer.clock import utc_now
from indexer.work_list import CHANGED, EMBED, NEW, WorkItem


@dataclass(frozen=True)
class ReadFile:
    """A file that was read: its content's hash and, if it had to be decoded, its facts."""

    item: WorkItem
    content_hash: bytes
    facts: dict[str, Any]


@dataclass(frozen=True)
class FailedItem:
    """A file that could not be read or decoded."""

    item: WorkItem
    reason: str
    detail: str


@dataclass
class Tally:
    """Where the files of a run ended up."""

    indexed: int = 0
    unchanged: int = 0
    updated: int = 0
    moved: int = 0
    failed: int = 0
    embedded: int = 0

    def add(self, other: "Tally") -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Batch:
    """Gathered results, written at once.

    vectors: float16 [N, D] of the pictures in `hashes`, in that order.
    vanished: locations this run did not find; a new file with the content of one is a move.
    """

    model_id: int
    vanished: set[int]
    files: list[ReadFile] = field(default_factory=list)
    failures: list[FailedItem] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    vectors: NDArray[np.float16] | None = None

    def write(self, connection: Connection) -> Tally:
        """Write everything; what the catalogue shows changes only when the caller commits."""
        tally = Tally(embedded=len(self.hashes))
        change = advance_generation(connection)
        ids = self._picture_ids(connection, change)
        self._write_vectors(connection, ids, change)
        touched = self._write_locations(connection, ids, tally)
        touched |= self._write_failures(connection, tally)
        settle(connection, touched, change)
        return tally

    def _picture_ids(self, connection: Connection, change: int) -> dict[bytes, int]:
        """The id of every content in the batch; rows are added for those that are new."""
        facts = {file.content_hash: file.facts for file in self.files}
        known = known_pictures(connection, facts)
        now = utc_now()
        rows = [
            _picture_row(content_hash, facts[content_hash], change, now)
            for content_hash in facts
            if content_hash not in known
        ]
        if rows:
            statement = insert(Picture).returning(Picture.content_hash, Picture.id)
            for content_hash, picture_id in connection.execute(statement, rows):
                known[bytes(content_hash)] = picture_id
        return known

    def _write_vectors(self, connection: Connection, ids: dict[bytes, int], change: int) -> None:
        if self.vectors is None or not self.hashes:
            return
        rows = []
        for content_hash, vector in zip(self.hashes, self.vectors, strict=True):
            picture_id, stored = ids[content_hash], vector.tobytes()
            rows.append(
                {
                    "picture_id": picture_id,
                    "model_id": self.model_id,
                    "vector": stored,
                    "checksum": checksum_of(stored, picture_id),
                    "change": change,
                }
            )
        connection.execute(insert(Embedding), rows)

    def _write_locations(
        self, connection: Connection, ids: dict[bytes, int], tally: Tally
    ) -> set[int]:
        touched: set[int] = set()
        former = self._former_places(connection, set(ids.values()))
        changes: list[dict[str, Any]] = []
        additions: list[dict[str, Any]] = []
        for file in self.files:
            picture_id = ids[file.content_hash]
            row = _location_row(file.item, picture_id)
            location_id = file.item.location_id
            touched |= {picture_id, file.item.picture_id} - {0}
            if file.item.kind == NEW:
                places = former.get(picture_id)
                if places:
                    location_id = places.pop()
                    self.vanished.discard(location_id)
                    tally.moved += 1
                else:
                    additions.append(row)
                    tally.indexed += 1
                    continue
            elif file.item.kind == CHANGED:
                same = picture_id == file.item.picture_id
                tally.unchanged += same
                tally.updated += not same
            changes.append(row | {"location": location_id})
        if changes:
            connection.execute(_CHANGE_LOCATION, changes)
        if additions:
            connection.execute(insert(Location), additions)
        self._forget_failures(connection)
        return touched

    def _former_places(self, connection: Connection, picture_ids: set[int]) -> dict[int, list[int]]:
        """Locations of these pictures where the file is no more, except on a root that is away."""
        if not any(file.item.kind == NEW for file in self.files):
            return {}
        rows = connection.execute(
            with_ids(
                "SELECT l.picture_id, l.id, l.missing_since IS NOT NULL AND r.state = 'online'"
                " FROM location l JOIN root r ON r.id = l.root_id"
                " WHERE l.picture_id IN ({ids}) ORDER BY l.id DESC",
                picture_ids,
            )
        )
        former: dict[int, list[int]] = {}
        for picture_id, location_id, missing in rows:
            if missing or location_id in self.vanished:
                former.setdefault(picture_id, []).append(location_id)
        return former

    def _forget_failures(self, connection: Connection) -> None:
        if self.files:
            connection.execute(
                delete(Failure).where(
                    Failure.root_id == bindparam("root"),
                    Failure.relative_path == bindparam("path"),
                ),
                [{"root": f.item.root_id, "path": f.item.path} for f in self.files],
            )

    def _write_failures(self, connection: Connection, tally: Tally) -> set[int]:
        """Remember the failures; a file that was fine before no longer holds its picture."""
        # A file read only for a new model was counted as unchanged by the scan already.
        tally.failed += sum(failure.item.kind != EMBED for failure in self.failures)
        remember_failures(connection, self.failures)
        gone = [f.item for f in self.failures if f.item.location_id]
        mark_missing(connection, [item.location_id for item in gone])
        return {item.picture_id for item in gone}


_CHANGE_LOCATION = (
    update(Location)
    .where(Location.id == bindparam("location"))
    .values(
        picture_id=bindparam("picture_id"),
        root_id=bindparam("root_id"),
        relative_path=bindparam("relative_path"),
        size=bindparam("size"),
        mtime_ns=bindparam("mtime_ns"),
        inode=bindparam("inode"),
        missing_since=bindparam("missing_since"),
    )
)


def _location_row(item: WorkItem, picture_id: int) -> dict[str, Any]:
    return {
        "picture_id": picture_id,
        "root_id": item.root_id,
        "relative_path": item.path,
        "size": item.size,
        "mtime_ns": item.mtime_ns,
        "inode": item.inode,
        "missing_since": None,
    }


def _picture_row(
    content_hash: bytes, facts: dict[str, Any], change: int, now: datetime
) -> dict[str, Any]:
    taken_at = facts["taken_at"]
    return {
        "content_hash": content_hash,
        "width": facts["width"],
        "height": facts["height"],
        "format": facts["format"],
        "byte_size": facts["byte_size"],
        "frames": facts["frames"],
        "taken_at": None if taken_at is None else datetime.fromisoformat(taken_at),
        "taken_offset_minutes": facts["taken_offset_minutes"],
        "camera": facts["camera"],
        "latitude": facts["latitude"],
        "longitude": facts["longitude"],
        "colours": facts["colours"],
        "perceptual_hash": facts["perceptual_hash"],
        "favourite": False,
        "live": True,
        "change": change,
        "indexed_at": now,
    }


def with_ids(sql: str, ids: Iterable[int]) -> TextClause:
    """The statement with `{ids}` written out: thousands of bound parameters cost more.

    Only integers are ever put in; an empty list becomes NULL, which matches nothing.
    """
    return text(sql.replace("{ids}", ",".join(str(int(number)) for number in ids) or "NULL"))


def advance_generation(connection: Connection) -> int:
    """Count the catalogue's generation up by one; the new value marks this transaction's rows."""
    change = read_generation(connection) + 1
    connection.execute(
        text("UPDATE state SET value = :value WHERE key = 'generation'"), {"value": str(change)}
    )
    return change


def known_pictures(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, int]:
    """Ids of the pictures among these contents that the catalogue has."""
    wanted = list(hashes)
    found: dict[bytes, int] = {}
    for start in range(0, len(wanted), 500):
        rows = connection.execute(
            select(Picture.content_hash, Picture.id).where(
                Picture.content_hash.in_(wanted[start : start + 500])
            )
        )
        found |= {bytes(content_hash): picture_id for content_hash, picture_id in rows}
    return found


def remember_failures(connection: Connection, failures: Sequence[FailedItem]) -> None:
    """Write failure rows, replacing those of the same files."""
    if not failures:
        return
    keys = [{"root": f.item.root_id, "path": f.item.path} for f in failures]
    connection.execute(
        delete(Failure).where(
            Failure.root_id == bindparam("root"), Failure.relative_path == bindparam("path")
        ),
        keys,
    )
    now = utc_now()
    connection.execute(
        insert(Failure),
        [
            {
                "root_id": f.item.root_id,
                "relative_path": f.item.path,
                "reason": f.reason,
                "detail": f.detail,
                "size": f.item.size,
                "mtime_ns": f.item.mtime_ns,
                "failed_at": now,
            }
            for f in failures
        ],
    )


def mark_missing(connection: Connection, location_ids: Sequence[int]) -> None:
    """Mark locations as missing from now on. `settle` their pictures afterwards."""
    if location_ids:
        connection.execute(
            update(Location)
            .where(Location.id == bindparam("location"))
            .values(missing_since=utc_now()),
            [{"location": location_id} for location_id in location_ids],
        )


_SETTLE = (
    "UPDATE picture SET live = NOT live, change = :change WHERE id IN ({ids}) AND live <>"
    " EXISTS (SELECT 1 FROM location l WHERE l.picture_id = picture.id"
    " AND l.missing_since IS NULL)"
)


def settle(connection: Connection, picture_ids: Iterable[int], change: int) -> None:
    """Make `live` and the full-text row of these pictures agree with their locations."""
    ids = list(picture_ids)
    for start in range(0, len(ids), 2000):
        connection.execute(
            with_ids(_SETTLE, ids[start : start + 2000]),
            {"change": change},
        )
    refresh_text(connection, ids)
