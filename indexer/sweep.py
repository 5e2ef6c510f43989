"""The end of a scan: what vanished is marked missing, and only `--prune` deletes rows.

A folder that is gone, empty, on another device or unreadable, or from which too much vanished at
once, is taken to be away: its root is marked offline, said so, and never pruned. A loss of that
size is pruned in no later run either, unless a person says that it is meant.
"""

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, select, text, update

from indexer.batch import advance_generation, mark_missing, settle, with_ids
from indexer.catalogue.store import Catalogue
from indexer.catalogue.stored_path import from_stored, to_stored
from indexer.catalogue.tables import Failure, Location, Root
from indexer.catalogue.text_rows import remove_text
from indexer.clock import utc_now
from indexer.diff import Diff
from indexer.roots import RootScope
from indexer.scan import Scan

VANISHED_AT_LEAST = 100
VANISHED_SHARE = 0.10
_SAMPLE = 200
_CHUNK = 2000


@dataclass
class RootOutcome:
    """One root's scan. `away`: why the folder counts as not there, or None."""

    scope: RootScope
    diff: Diff
    scan: Scan
    away: str | None = None
    device: int | None = None
    complete: bool = True
    vanished: set[int] = field(default_factory=set)

    def judge_folder(self, connection: Connection) -> None:
        """Decide what can be decided before any file is read; fills `vanished`."""
        self.vanished = set(self.diff.vanished)
        gone = bool(self.vanished) or self._none_back(connection)
        if not os.path.isdir(self.scope.path):
            self.away = "is not there"
        elif any(folder.path == "" for folder in self.scan.unreadable):
            self.away = "cannot be read"
        elif gone and not self.scope.under and self.diff.seen == 0:
            self.away = "is empty"
        elif gone and self.scope.device not in (None, self.device):
            self.away = "lies on another device"
        for folder in self.scan.unreadable:
            # Nobody knows what is in a folder that cannot be read; its files stay as they were.
            if folder.path.endswith("/"):
                self.vanished -= _below(connection, self.scope.id, folder.path)

    def _none_back(self, connection: Connection) -> bool:
        """Whether the folder was away and not one of the files that went with it is back.

        An empty mount point is as empty in the second run, when nothing more can vanish from it.
        """
        if self.scope.online or self.diff.returned:
            return False
        missing = select(Location.id).where(
            Location.root_id == self.scope.id, Location.missing_since.is_not(None)
        )
        return connection.execute(missing.limit(1)).first() is not None

    def judge_loss(self, connection: Connection) -> None:
        """Decide, once moves are known, whether too much vanished to believe it."""
        lost, stored = len(self.vanished), self.diff.stored
        if self.away is None and self._implausible(connection, self.vanished, stored):
            self.away = f"lost {lost} of {stored} pictures at once"

    def unsettled_loss(self, connection: Connection) -> tuple[int, int] | None:
        """(missing, stored) files of the root if more are missing than may be pruned unasked."""
        ours = Location.root_id == self.scope.id
        missing = connection.scalars(
            select(Location.id).where(ours, Location.missing_since.is_not(None))
        ).all()
        stored = connection.scalar(select(func.count()).select_from(Location).where(ours)) or 0
        return (len(missing), stored) if self._implausible(connection, missing, stored) else None

    def _implausible(self, connection: Connection, missing: Collection[int], stored: int) -> bool:
        limit = max(VANISHED_AT_LEAST, VANISHED_SHARE * stored)
        return len(missing) > limit and not self._excluded(connection, missing)

    def _excluded(self, connection: Connection, missing: Collection[int]) -> bool:
        """Whether most of the missing are still on disk: left out by a rule, then, not lost."""
        some = sorted(missing)[:_SAMPLE]
        paths = connection.execute(
            with_ids("SELECT relative_path FROM location WHERE id IN ({ids})", some)
        ).scalars()
        there = sum(os.path.lexists(os.path.join(self.scope.path, from_stored(p))) for p in paths)
        return there * 2 > len(some)


def _below(connection: Connection, root_id: int, prefix: str) -> set[int]:
    stored = to_stored(prefix)
    rows = connection.execute(
        text(
            "SELECT id FROM location WHERE root_id = :root AND relative_path >= :first"
            " AND relative_path < :last"
        ),
        {"root": root_id, "first": stored, "last": stored[:-1] + "0"},
    )
    return set(rows.scalars())


def bring_back(connection: Connection, outcomes: Iterable[RootOutcome]) -> int:
    """Make locations that are there again present; returns how many."""
    returned = [key for outcome in outcomes for key in outcome.diff.returned]
    relocated = [pair for outcome in outcomes for pair in outcome.diff.relocated]
    if relocated:
        connection.execute(
            text("UPDATE location SET inode = :inode WHERE id = :id"),
            [{"id": key, "inode": inode} for key, inode in relocated],
        )
    if returned:
        change = advance_generation(connection)
        for start in range(0, len(returned), _CHUNK):
            chunk = returned[start : start + _CHUNK]
            connection.execute(
                update(Location).where(Location.id.in_(chunk)).values(missing_since=None)
            )
            settle(connection, _pictures_of(connection, chunk), change)
    return len(returned)


def finish_root(connection: Connection, outcome: RootOutcome) -> None:
    """Mark what vanished, forget failures of files that are gone, note the root's state."""
    scope = outcome.scope
    if outcome.complete:
        vanished = sorted(outcome.vanished)
        if vanished:
            change = advance_generation(connection)
            mark_missing(connection, vanished)
            for start in range(0, len(vanished), _CHUNK):
                chunk = vanished[start : start + _CHUNK]
                settle(connection, _pictures_of(connection, chunk), change)
        if outcome.away is None and not outcome.scan.unreadable:
            for path in outcome.diff.healed:
                connection.execute(
                    delete(Failure).where(
                        Failure.root_id == scope.id, Failure.relative_path == path
                    )
                )
    values: dict[str, object] = {"state": "online" if outcome.away is None else "offline"}
    if outcome.away is None:
        values |= {"device": outcome.device, "last_scan_at": utc_now()}
    connection.execute(update(Root).where(Root.id == scope.id).values(**values))


def _pictures_of(connection: Connection, location_ids: list[int]) -> list[int]:
    rows = connection.execute(
        select(Location.picture_id).where(Location.id.in_(location_ids)).distinct()
    )
    return list(rows.scalars())


def prune(
    catalogue: Catalogue, outcomes: Iterable[RootOutcome], accept_loss: bool
) -> tuple[int, list[str]]:
    """Delete missing locations of roots that are there, and pictures left with none.

    Returns the number of pictures deleted, and a sentence for each root that was left as it is
    because it misses too much; `accept_loss` leaves none. Originals are never touched.
    """
    pruned, notices = 0, []
    for outcome in outcomes:
        if outcome.away is not None or outcome.scan.unreadable or not outcome.complete:
            continue
        with catalogue.read() as connection:
            loss = None if accept_loss else outcome.unsettled_loss(connection)
        if loss is not None:
            notices.append(
                f"{outcome.scope.path} misses {loss[0]} of {loss[1]} pictures, too many to forget"
                " unasked; nothing was deleted. If they are gone for good: --prune --accept-loss"
            )
            continue
        while True:
            with catalogue.write() as connection:
                gone, pictures = _prune_some(connection, outcome.scope.id)
            pruned += pictures
            if not gone:
                break
    return pruned, notices


def _prune_some(connection: Connection, root_id: int) -> tuple[int, int]:
    rows = connection.execute(
        select(Location.id, Location.picture_id)
        .where(Location.root_id == root_id, Location.missing_since.is_not(None))
        .limit(_CHUNK)
    ).fetchall()
    if not rows:
        return 0, 0
    connection.execute(delete(Location).where(Location.id.in_([row.id for row in rows])))
    candidates = {row.picture_id for row in rows}
    orphans = list(
        connection.execute(
            with_ids(
                "SELECT id FROM picture WHERE id IN ({ids}) AND NOT EXISTS"
                " (SELECT 1 FROM location l WHERE l.picture_id = picture.id)",
                candidates,
            )
        ).scalars()
    )
    change = advance_generation(connection)
    bury(connection, orphans, change)
    settle(connection, candidates - set(orphans), change)
    return len(rows), len(orphans)


def bury(connection: Connection, picture_ids: list[int], change: int) -> None:
    """Delete pictures with all that hangs on them, leaving a tombstone for derived indexes."""
    if not picture_ids:
        return
    remove_text(connection, picture_ids)
    for statement in (
        "DELETE FROM embedding WHERE picture_id IN ({ids})",
        "DELETE FROM caption WHERE picture_id IN ({ids})",
        "DELETE FROM picture WHERE id IN ({ids})",
    ):
        connection.execute(with_ids(statement, picture_ids))
    connection.execute(
        text("INSERT INTO tombstone (picture_id, change) VALUES (:id, :change)"),
        [{"id": picture_id, "change": change} for picture_id in picture_ids],
    )
