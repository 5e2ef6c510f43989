"""Compares what a scan finds with what the catalogue holds, in one merged pass.

Size, modification time (ns) and inode equal: unchanged, nothing is read. A stored inode of 0
(after a root was moved to another place) matches any.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from indexer.catalogue.stored_path import from_stored, to_stored
from indexer.scan import FoundFile
from indexer.work_list import CHANGED, NEW, WorkItem, WorkList

# "//" starts the stored form of names that are not UTF-8; "/0" is the first text after all those.
_ODD_FIRST, _ODD_LAST = "//", "/0"
_FETCH = 2000

Row = Any  # (relative_path, id, size, mtime_ns, inode, missing, picture_id)


@dataclass(frozen=True)
class KnownFailure:
    """A failure remembered from an earlier run, still true while the file is the same."""

    path: str
    reason: str
    detail: str
    size: int
    mtime_ns: int


@dataclass
class Diff:
    """What one root's scan amounts to.

    returned, vanished: ids of locations that were missing and are there again, or the reverse.
    relocated: locations whose inode was unknown and is known now, as (id, inode).
    """

    root_id: int
    work: WorkList
    retry_failed: bool = False
    seen: int = 0
    unchanged: int = 0
    known_failures: list[KnownFailure] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)
    returned: "array[int]" = field(default_factory=lambda: array("q"))
    vanished: "array[int]" = field(default_factory=lambda: array("q"))
    stored: int = 0
    relocated: list[tuple[int, int]] = field(default_factory=list)

    def run(
        self, connection: Connection, found: Iterable[FoundFile], under: str = ""
    ) -> Iterator[int]:
        """Consume the scan; yields the number of files seen, so that a caller can show it.

        `found` must be in byte order of paths, as `Scan.files` gives it.
        """
        failures = self._failures(connection, under)
        odd = {row[0]: row for row in self._rows(connection, under, odd=True)}
        rows = self._rows(connection, under, odd=False)
        row = next(rows, None)
        for file in found:
            self.seen += 1
            path = file.path
            if not path.isascii() and (stored := to_stored(path)) != path:
                self._compare(file, odd.pop(stored, None), failures)
            else:
                while row is not None and row[0] < path:
                    self._vanish(row)
                    row = next(rows, None)
                if row is not None and row[0] == path:
                    self._compare(file, row, failures)
                    row = next(rows, None)
                else:
                    self._compare(file, None, failures)
            if not self.seen & 1023:
                yield self.seen
        while row is not None:
            self._vanish(row)
            row = next(rows, None)
        for row in odd.values():
            self._vanish(row)
        self.healed += failures
        yield self.seen

    def _compare(self, file: FoundFile, row: Row | None, failures: dict[str, KnownFailure]) -> None:
        path, size, mtime_ns, inode = file
        if failures and (failure := failures.pop(path, None)) is not None:
            same = failure.size == size and failure.mtime_ns == mtime_ns
            if same and not self.retry_failed:
                self.known_failures.append(failure)
                self.stored += row is not None and not row[5]
                return
        if row is None:
            self.work.append(WorkItem(NEW, self.root_id, path, size, mtime_ns, inode))
            return
        _, location_id, old_size, old_mtime_ns, old_inode, missing, picture_id = row
        if not missing:
            self.stored += 1
        if size == old_size and mtime_ns == old_mtime_ns and old_inode in (inode, 0):
            self.unchanged += 1
            if missing:
                self.returned.append(location_id)
            if old_inode != inode:
                self.relocated.append((location_id, inode))
            return
        item = WorkItem(CHANGED, self.root_id, path, size, mtime_ns, inode, location_id, picture_id)
        self.work.append(item)

    def _vanish(self, row: Row) -> None:
        if not row[5]:
            self.stored += 1
            self.vanished.append(row[1])

    def _rows(self, connection: Connection, under: str, odd: bool) -> Iterator[Row]:
        between = "relative_path >= :odd_first AND relative_path < :odd_last"
        if not odd:
            between = "substr(relative_path, 1, 2) <> :odd_first"
        if under and not odd:
            between += " AND relative_path >= :first AND relative_path < :last"
        statement = text(
            "SELECT relative_path, id, size, mtime_ns, inode, missing_since IS NOT NULL,"  # noqa: S608
            f" picture_id FROM location WHERE root_id = :root AND {between}"
            " ORDER BY relative_path"
        )
        values = {"root": self.root_id, "odd_first": _ODD_FIRST, "odd_last": _ODD_LAST}
        if under and not odd:
            values |= {"first": to_stored(under), "last": _after(to_stored(under))}
        result = connection.execution_options(yield_per=_FETCH).execute(statement, values)
        # The driver's own tuples: SQLAlchemy's rows cost more than the comparison itself.
        cursor = result.cursor
        assert cursor is not None  # noqa: S101
        try:
            # PostgreSQL's rows are read ahead by SQLAlchemy, which its own cursor knows nothing of.
            fetch = cursor.fetchmany if connection.dialect.name == "sqlite" else result.fetchmany
            while rows := fetch(_FETCH):
                for row in rows:
                    if not (odd and under) or from_stored(row[0]).startswith(under):
                        yield row
        finally:
            result.close()

    def _failures(self, connection: Connection, under: str) -> dict[str, KnownFailure]:
        rows = connection.execute(
            text(
                "SELECT relative_path, reason, detail, size, mtime_ns FROM failure"
                " WHERE root_id = :root"
            ),
            {"root": self.root_id},
        )
        known = (KnownFailure(from_stored(row[0]), *row[1:]) for row in rows)
        return {failure.path: failure for failure in known if failure.path.startswith(under)}


def _after(prefix: str) -> str:
    """The first text after all texts that start with `prefix`, which ends in a slash."""
    return prefix[:-1] + "0"
