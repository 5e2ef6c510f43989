"""Snapshots of the catalogue, and the way back to one.

Made with SQLite's backup API, so that a snapshot is whole even while others write: once a day
before indexing, before every migration, and before a restore. Fourteen are kept.
"""

import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from indexer.catalogue.engine import sqlite_driver
from indexer.errors import (
    CatalogueDamaged,
    CatalogueMissing,
    CatalogueUnavailable,
    DiskFull,
    SnapshotMissing,
)
from indexer.failpoints import failpoint
from indexer.lock import library_lock
from indexer.vectors.manifest import MANIFEST

KEPT = 14
INTERVAL = timedelta(days=1)
_PREFIX, _SUFFIX = "catalogue-", ".db"
_TIME = "%Y%m%dT%H%M%S%fZ"
_PAGES_PER_STEP = 4096


@dataclass(frozen=True)
class Snapshot:
    """A stored state of the catalogue; `made_at` in UTC."""

    path: Path
    made_at: datetime
    byte_size: int


def snapshots(library_folder: Path) -> list[Snapshot]:
    """All snapshots of a library, newest first."""
    found = []
    for path in (library_folder / "snapshots").glob(f"{_PREFIX}*{_SUFFIX}"):
        try:
            made_at = datetime.strptime(path.stem[len(_PREFIX) :], _TIME).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Snapshot(path, made_at, path.stat().st_size))
    return sorted(found, key=lambda snapshot: snapshot.made_at, reverse=True)


def snapshot_if_due(catalogue_path: Path) -> Snapshot | None:
    """Make the day's snapshot unless there is one; None if there is, or nothing to keep.

    Raises:
        DiskFull: there is no room for it.
    """
    existing = snapshots(catalogue_path.parent)
    now = datetime.now(UTC)
    # On either side: a snapshot dated far ahead, by a clock that was wrong, must not stop them.
    if any(abs(now - snapshot.made_at) < INTERVAL for snapshot in existing):
        return None
    return make_snapshot(catalogue_path)


def make_snapshot(catalogue_path: Path) -> Snapshot:
    """Copy the catalogue as it is now; older snapshots beyond `KEPT` are deleted.

    Raises:
        CatalogueMissing: there is none.
        DiskFull: there is no room for it.
    """
    if not catalogue_path.exists():
        raise CatalogueMissing(str(catalogue_path))
    folder = catalogue_path.parent / "snapshots"
    folder.mkdir(mode=0o700, exist_ok=True)
    _require_room(folder, catalogue_path.stat().st_size)
    made_at = datetime.now(UTC)
    path = folder / f"{_PREFIX}{made_at.strftime(_TIME)}{_SUFFIX}"
    pending = path.with_suffix(".part")
    os.close(os.open(pending, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        _copy(catalogue_path, pending)
    except BaseException:
        pending.unlink(missing_ok=True)
        raise
    failpoint("snapshot.before_rename")
    os.replace(pending, path)
    failpoint("snapshot.after_rename")
    others = [other for other in snapshots(catalogue_path.parent) if other.path != path]
    for old in others[KEPT - 1 :]:
        old.path.unlink(missing_ok=True)
    for left_over in folder.glob("*.part"):
        left_over.unlink(missing_ok=True)
    return Snapshot(path, made_at, path.stat().st_size)


def restore(library_folder: Path, snapshot: Path | None = None) -> Snapshot:
    """Put a snapshot (the newest if none is named) in the catalogue's place.

    The catalogue as it is now is kept first, as another snapshot, or as `library.db.damaged-...`
    if it cannot be read any more.

    Raises:
        SnapshotMissing: there is none.
        CatalogueDamaged: the snapshot itself is damaged; nothing was changed.
        LibraryLocked: an indexer is at work.
    """
    with library_lock(library_folder):
        existing = snapshots(library_folder)
        chosen = next((s for s in existing if snapshot in (None, s.path)), None)
        if chosen is None:
            raise SnapshotMissing(library_folder, snapshot)
        _check(chosen.path)
        target = library_folder / "library.db"
        pending = library_folder / "library.db.restoring"
        pending.unlink(missing_ok=True)
        os.close(os.open(pending, os.O_CREAT | os.O_RDWR, 0o600))
        _copy(chosen.path, pending)
        _set_aside(target)
        # The ids given since will be given again, to other pictures: an index that holds them
        # must not be believed. It is derived, and built anew by whoever opens it next.
        for manifest in (library_folder / "vectors").rglob(MANIFEST):
            manifest.unlink()
        failpoint("restore.before_rename")
        for name in ("-wal", "-shm"):
            Path(f"{target}{name}").unlink(missing_ok=True)
        os.replace(pending, target)
        failpoint("restore.after_rename")
        return chosen


def _set_aside(target: Path) -> None:
    if not target.exists():
        return
    try:
        _check(target)
        make_snapshot(target)
    except CatalogueDamaged:
        aside = f"{target}.damaged-{time.strftime('%Y%m%dT%H%M%S')}"
        shutil.copyfile(target, aside)
        os.chmod(aside, 0o600)


def _check(path: Path) -> None:
    module: Any = sqlite_driver().module
    try:
        connection = module.connect(path)
        try:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except module.DatabaseError as error:
        raise CatalogueDamaged(str(path), str(error)) from error
    if verdict != "ok":
        raise CatalogueDamaged(str(path), str(verdict))


def _copy(source: Path, target: Path) -> None:
    module: Any = sqlite_driver().module
    with_source, with_target = module.connect(source), module.connect(target)
    try:
        with_source.backup(with_target, pages=_PAGES_PER_STEP)
        # A snapshot is one file: in WAL mode a reader would lay two more beside it.
        with_target.execute("PRAGMA journal_mode=DELETE")
    except module.OperationalError as error:
        if "disk is full" not in str(error):
            raise CatalogueUnavailable(str(source), str(error)) from error
        free = shutil.disk_usage(target.parent).free
        raise DiskFull(str(target.parent), source.stat().st_size, free) from error
    finally:
        with_target.close()
        with_source.close()
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed * 1.2:
        raise DiskFull(str(folder), int(needed * 1.2), free)
