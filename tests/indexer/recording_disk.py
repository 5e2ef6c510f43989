"""A disk that notes what SQLite writes, and what of it is left after a power cut.

Through apsw, which lets Python stand between SQLite and the file system; a little of Python's
database interface around it, so that the catalogue runs on it as on any other SQLite.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512

paramstyle = "qmark"
sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))
Error = apsw.Error
DatabaseError = OperationalError = IntegrityError = ProgrammingError = NotSupportedError = (
    apsw.Error
)
InterfaceError = DataError = InternalError = apsw.Error
Binary = bytes

Change = tuple[str, str, int, bytes]  # (what, path, offset or size, bytes)


class Recorder(apsw.VFS):
    """Passes everything on to the real disk and keeps a log of it."""

    def __init__(self, name: str) -> None:
        self.log: list[Change] = []
        self.name = name
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return RecordedFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.log.append(("delete", filename, 0, b""))
        super().xDelete(filename, syncdir)


class RecordedFile(apsw.VFSFile):
    """One file of a `Recorder`."""

    def __init__(self, disk: Recorder, name: Any, flags: list[int]) -> None:
        self._log = disk.log
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._log.append(("write", self._path, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._log.append(("truncate", self._path, newsize, b""))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._log.append(("sync", self._path, 0, b""))
        super().xSync(flags)


def after_power_cut(log: Iterable[Change], chance: random.Random) -> dict[str, bytes]:
    """The files as a disk may hold them when power goes at the end of `log`.

    What was synced is whole. Of what was written since, each write is there, or gone, or torn at
    a sector.
    """
    durable: dict[str, bytearray] = {}
    pending: dict[str, list[Change]] = {}
    for change in log:
        what, path, _, _ = change
        if what == "sync":
            for earlier in pending.pop(path, []):
                _apply(durable.setdefault(path, bytearray()), earlier)
        elif what == "delete":
            durable.pop(path, None)
            pending.pop(path, None)
        else:
            pending.setdefault(path, []).append(change)
    for path, changes in pending.items():
        for what, _, offset, written in changes:
            fate = chance.choice(("whole", "gone", "torn"))
            if fate == "gone":
                continue
            if fate == "torn" and what == "write":
                written = written[: SECTOR * chance.randrange(len(written) // SECTOR + 1)]
            _apply(durable.setdefault(path, bytearray()), (what, path, offset, written))
    return {path: bytes(content) for path, content in durable.items()}


def _apply(content: bytearray, change: Change) -> None:
    what, _, offset, written = change
    if what == "truncate":
        del content[offset:]
        return
    content.extend(bytes(max(0, offset + len(written) - len(content))))
    content[offset : offset + len(written)] = written


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    """Write the files into a folder under their own names, except shared memory, which is lost."""
    folder.mkdir(parents=True)
    for path, content in files.items():
        if not path.endswith("-shm"):
            (folder / Path(path).name).write_bytes(content)


class Driver:
    """Python's database interface, as far as SQLAlchemy asks for it, on a `Recorder`."""

    def __init__(self, disk: Recorder) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        return globals()[name]

    def connect(self, database: str, **_: Any) -> "DriverConnection":
        return DriverConnection(apsw.Connection(database, vfs=self._disk.name))


class DriverConnection:
    """A connection; SQLAlchemy begins transactions itself."""

    isolation_level = None

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def cursor(self) -> "DriverCursor":
        return DriverCursor(self._connection.cursor(), self._connection)

    def create_function(
        self, name: str, count: int, function: Callable[..., Any], **_: Any
    ) -> None:
        self._connection.create_scalar_function(name, function, count)

    def execute(self, statement: str) -> "DriverCursor":
        cursor = self.cursor()
        cursor.execute(statement)
        return cursor

    def commit(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close(True)


class DriverCursor:
    """A cursor; rows are fetched at once."""

    arraysize = 1

    def __init__(self, cursor: apsw.Cursor, connection: apsw.Connection) -> None:
        self._cursor = cursor
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []
        self.description: Any = None
        self.rowcount = -1

    @property
    def lastrowid(self) -> int:
        return self._connection.last_insert_rowid()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        before = self._connection.total_changes()
        self.description = None
        # Before the first step: afterwards a statement without rows has no description.
        self._cursor.exec_trace = self._describe
        self._rows = list(self._cursor.execute(statement, tuple(values)))
        self.rowcount = self._connection.total_changes() - before

    def _describe(self, cursor: apsw.Cursor, statement: str, values: Any) -> bool:
        columns = cursor.get_description()
        self.description = [(name, *[None] * 6) for name, _ in columns] or None
        return True

    def executemany(self, statement: str, many: Iterable[Sequence[Any]]) -> None:
        before = self._connection.total_changes()
        self._cursor.executemany(statement, [tuple(values) for values in many])
        self.description = None
        self.rowcount = self._connection.total_changes() - before

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows, []
        return rows

    def close(self) -> None:
        self._cursor.close(True)
