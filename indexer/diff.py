"""Compares what a scan finds with what the catalogue holds, in one pass over both.

Size, modification time (ns) and inode equal: unchanged, nothing is read. A stored inode of 0
(after a root was moved to another place) matches any. Nearly all files of nearly all runs are
unchanged, so whole runs are compared first, and file by file only those that differ.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter

from sqlalchemy import Connection, text

from indexer.catalogue.stored_path import from_stored, to_stored
from indexer.scan import Found
from indexer.stored_files import Row, StoredFiles
from indexer.work_list import CHANGED, NEW, WorkItem, WorkList


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
        self, connection: Connection, runs: Iterable[list[Found]], under: str = ""
    ) -> Iterator[int]:
        """Consume the scan; yields the number of files seen, so that a caller can show it.

        `runs` must be in byte order of paths, as `Scan.runs` gives them.
        """
        failures = self._failures(connection, under)
        stored = StoredFiles(connection, self.root_id, under)
        odd = stored.odd()
        unchanged = stored.unchanged()
        compared = stored.before_first
        for found in runs:
            self.seen += len(found)
            failed = failures and not failures.keys().isdisjoint(map(itemgetter(0), found))
            if not failed and unchanged.take(found):
                self.stored += len(found)
                self.unchanged += len(found)
                compared = found[-1][0]
            else:
                last = next((f[0] for f in reversed(found) if not _is_odd(f[0])), compared)
                self._merge(found, stored.between(compared, last), odd, failures)
                unchanged.skip(last)
                compared = last
            yield self.seen
        for row in stored.between(compared):
            self._vanish(row)
        for row in odd.values():
            self._vanish(row)
        self.healed += failures
        yield self.seen

    def _merge(
        self,
        found: list[Found],
        rows: Iterator[Row],
        odd: dict[str, Row],
        failures: dict[str, KnownFailure],
    ) -> None:
        row = next(rows, None)
        for file in found:
            path = file[0]
            if _is_odd(path):
                self._compare(file, odd.pop(to_stored(path), None), failures)
                continue
            while row is not None and row[0] < path:
                self._vanish(row)
                row = next(rows, None)
            if row is not None and row[0] == path:
                self._compare(file, row, failures)
                row = next(rows, None)
            else:
                self._compare(file, None, failures)
        while row is not None:
            self._vanish(row)
            row = next(rows, None)

    def _compare(self, file: Found, row: Row | None, failures: dict[str, KnownFailure]) -> None:
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


def _is_odd(path: str) -> bool:
    """Whether the name is not UTF-8: stored in another form, in another place of the order."""
    return not path.isascii() and to_stored(path) != path
