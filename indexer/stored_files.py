"""Reads what the catalogue holds of the files of a root, in the order that a scan lists them."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, text

from indexer.catalogue.stored_path import from_stored, to_stored
from indexer.scan import RUN, Found

# "//" starts the stored form of names that are not UTF-8; "/0" is the first text after all those.
_ODD_FIRST, _ODD_LAST = "//", "/0"
# The first text after all paths: no UTF-8 text has a character above this.
_LAST = "\U0010ffff"
_FETCH = 2 * RUN

Row = Any  # (relative_path, id, size, mtime_ns, inode, missing, picture_id)
Fetch = Callable[[int], Sequence[Any]]

_FULL = "relative_path, id, size, mtime_ns, inode, missing_since IS NOT NULL, picture_id"
# What `Found` holds; no file on disk has an inode of -1, so a missing one equals none.
_AS_FOUND = "relative_path, size, mtime_ns, CASE WHEN missing_since IS NULL THEN inode ELSE -1 END"


@dataclass(frozen=True)
class StoredFiles:
    """The rows of one root, or of its sub-folder `under` ("a/b/")."""

    connection: Connection
    root_id: int
    under: str = ""

    @property
    def before_first(self) -> str:
        """A text below all paths that `between` can give."""
        return to_stored(self.under)

    def between(self, after: str, last: str | None = None) -> Iterator[Row]:
        """Rows of names that are UTF-8, behind `after` and up to `last`, or to the end."""
        upto = self._behind_last() if last is None else last
        for row in self._rows(_FULL, after, upto):
            if not row[0].startswith(_ODD_FIRST):
                yield row

    def odd(self) -> dict[str, Row]:
        """Rows of names that are not UTF-8, by stored path."""
        rows = self._rows(_FULL, _ODD_FIRST, _ODD_LAST)
        return {row[0]: row for row in rows if from_stored(row[0]).startswith(self.under)}

    def unchanged(self) -> "Unchanged":
        """All rows, for comparing whole runs of a scan with them."""
        return Unchanged(self._fetch(_AS_FOUND, self.before_first, self._behind_last()))

    def _behind_last(self) -> str:
        # `under` ends in a slash, and the next character is "0".
        return self.before_first[:-1] + "0" if self.under else _LAST

    def _rows(self, columns: str, after: str, upto: str) -> Iterator[Row]:
        fetch = self._fetch(columns, after, upto)
        while rows := fetch(_FETCH):
            yield from rows

    def _fetch(self, columns: str, after: str, upto: str) -> Fetch:
        # One bound on each side: of several SQLite would use any for its index.
        statement = text(
            f"SELECT {columns} FROM location"  # noqa: S608
            " WHERE root_id = :root AND relative_path > :after AND relative_path <= :upto"
            " ORDER BY relative_path"
        )
        values = {"root": self.root_id, "after": after, "upto": upto}
        result = self.connection.execution_options(yield_per=_FETCH).execute(statement, values)
        if self.connection.dialect.name != "sqlite":
            return result.fetchmany
        # The driver's own tuples: SQLAlchemy's rows cost more than the comparison itself.
        cursor = result.cursor
        assert cursor is not None  # noqa: S101
        return cursor.fetchmany


class Unchanged:
    """Compares runs of a scan with the rows that come next."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._rows: list[Any] = []

    def take(self, found: list[Found]) -> bool:
        """Whether the next rows are exactly these files; they are behind us then."""
        count = len(found)
        if len(self._rows) < count:
            self._rows += self._fetch(_FETCH)
        if self._rows[:count] != found:
            return False
        del self._rows[:count]
        return True

    def skip(self, last: str) -> None:
        """Leave all rows up to this path behind."""
        while True:
            del self._rows[: bisect_right(self._rows, last, key=itemgetter(0))]
            if self._rows:
                return
            self._rows = list(self._fetch(_FETCH))
            if not self._rows:
                return
