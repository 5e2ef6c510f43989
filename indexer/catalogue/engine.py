"""One SQLAlchemy engine per catalogue: which SQLite, which journal, which guarantees.

SQLite 3.7.0 to 3.51.2 can lose commits in WAL mode when several connections write and
checkpoint (https://sqlite.org/wal.html#walresetbug), so WAL is used only on 3.51.3 or newer:
the pysqlite3 wheel if there, else Python's own if new enough, else `journal_mode=DELETE`.

`synchronous=FULL`: with NORMAL a power cut may lose the last commits of a WAL database. A commit
here is a whole batch of encoded pictures, so one fsync per batch costs nothing that shows.
"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

FIRST_SAFE_WAL = (3, 51, 3)
BUSY_SECONDS = 60.0
# Two float16 vectors of 1024 need 4,152 bytes with their headers: on pages of 4 KiB every second
# half page would stay empty. Seven fit on 16 KiB.
PAGE_BYTES = 16384
APPLICATION_ID = 0x53415050  # "SAPP"
WRITE = "indexer_write"


@dataclass(frozen=True)
class SqliteDriver:
    """The SQLite in use: Python module, library version, journal mode that is safe with it."""

    module: ModuleType
    version: str
    journal_mode: str


def sqlite_driver() -> SqliteDriver:
    """The best SQLite of this machine (see above)."""
    module: ModuleType = sqlite3
    try:
        from pysqlite3 import dbapi2  # pragma: no cover - absent outside Linux
    except ImportError:
        pass
    else:
        if _version(dbapi2.sqlite_version) > sqlite3.sqlite_version_info:
            module = dbapi2
    version: str = module.sqlite_version
    journal = "WAL" if _version(version) >= FIRST_SAFE_WAL else "DELETE"
    return SqliteDriver(module, version, journal)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def is_url(place: str) -> bool:
    """Whether `place` is a database URL rather than a file."""
    return "://" in place


def connect(place: str) -> Engine:
    """An engine for a database URL or for the path of a SQLite file (which may not exist yet)."""
    if is_url(place) and not place.startswith("sqlite"):
        return create_engine(make_url(place), pool_pre_ping=True)
    path = Path(make_url(place).database or "") if is_url(place) else Path(place)
    driver = sqlite_driver()
    engine = create_engine(
        _sqlite_url(path),
        module=driver.module,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    writable = _writable(path)
    event.listen(engine, "connect", lambda c, _: _prepare(c, driver.journal_mode, writable))
    event.listen(engine, "begin", _begin)
    return engine


def _sqlite_url(path: Path) -> URL:
    if _writable(path):
        return URL.create("sqlite", database=str(path))
    # On a read-only medium SQLite cannot make the shared-memory file that WAL needs. Without a
    # pending WAL the file cannot change under us either, which is what `immutable` promises.
    wal = Path(f"{path}-wal")
    pending = wal.exists() and wal.stat().st_size > 0
    query = {"uri": "true", "mode": "ro"} | ({} if pending else {"immutable": "1"})
    return URL.create("sqlite", database=f"file:{path.absolute().as_posix()}", query=query)


def _writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _prepare(connection: Any, journal_mode: str, writable: bool) -> None:
    # The driver must not open transactions on its own: it would leave DDL outside of them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cell_size_check=ON")
    cursor.execute("PRAGMA trusted_schema=OFF")
    cursor.execute("PRAGMA cache_size=-32768")
    if writable:
        cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")
        cursor.execute(f"PRAGMA journal_mode={journal_mode}")
        cursor.execute("PRAGMA synchronous=FULL")
        # Truncate the WAL back to this after a checkpoint, so that one big batch does not stay.
        cursor.execute(f"PRAGMA journal_size_limit={64 * 1024 * 1024}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that will write takes the write lock at once: one that reads first and writes
    # later fails without waiting when another wrote in between.
    write = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
