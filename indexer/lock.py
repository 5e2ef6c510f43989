"""One indexer at a time in a library; a second one is told who holds it."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from indexer.errors import LibraryLocked

LOCK_NAME = "index.lock"
HOLDER_NAME = "index.lock.holder"


@contextmanager
def library_lock(library_folder: Path) -> Iterator[None]:
    """Hold the library for writing. The system frees the lock when a process dies.

    Raises:
        LibraryLocked: with who holds it.
    """
    library_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(library_folder / LOCK_NAME, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _held(library_folder) from error
    holder = library_folder / HOLDER_NAME
    try:
        pending = holder.with_name(f"{HOLDER_NAME}.{os.getpid()}")
        facts = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        pending.write_text(json.dumps(facts), encoding="utf-8")
        os.replace(pending, holder)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _held(library_folder: Path) -> LibraryLocked:
    try:
        facts = json.loads((library_folder / HOLDER_NAME).read_text(encoding="utf-8"))
        pid, host = int(facts["pid"]), str(facts["host"])
        return LibraryLocked(library_folder, pid, host, datetime.fromisoformat(facts["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        # Taken this instant, or by a process that was killed while it wrote its name.
        return LibraryLocked(library_folder, 0, "an unknown machine", None)
