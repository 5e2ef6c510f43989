"""Writing and reading the files of an index; the manifest puts a set of them into force."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from indexer.failpoints import failpoint
from indexer.vectors import manifest as manifests
from indexer.vectors.errors import NoRoomForVectors, VectorsDamaged
from indexer.vectors.full_width import Checksums, FullWidthVectors, Rows, checksums_of
from indexer.vectors.manifest import MANIFEST, FileEntry, Manifest
from indexer.vectors.source import Halves, Ids

# A rebuild starts only with this many times the room it needs.
_ROOM = 1.2
_PREFIXES = ("vectors-", "rows-", "coarse-", "manifest-")


def stamp() -> str:
    """A fresh part of file names; names are never used twice."""
    return secrets.token_hex(6)


def need_room(folder: Path, needed: int) -> None:
    """Raises NoRoomForVectors unless 1.2 times `needed` bytes are free."""
    free = shutil.disk_usage(folder).free
    if free < needed * _ROOM:
        raise NoRoomForVectors(folder, int(needed * _ROOM), free)


def write_vectors(path: Path, batches: Iterator[tuple[Ids, Halves]]) -> tuple[Ids, Checksums]:
    """Stream batches into a full-width file; returns ids [R] and checksums [R]."""
    all_ids: list[Ids] = [np.empty(0, dtype=np.int64)]
    all_sums: list[Checksums] = [np.empty(0, dtype=np.uint64)]
    with path.open("wb") as file:
        for ids, vectors in batches:
            file.write(np.ascontiguousarray(vectors, dtype=np.float16).data)
            all_ids.append(ids)
            all_sums.append(checksums_of(vectors))
        _sync(file.fileno())
    return np.concatenate(all_ids), np.concatenate(all_sums)


def append_vectors(path: Path, rows: int, tail: Halves) -> None:
    """Append the tail after `rows` rows, over whatever an interrupted writer left there."""
    with path.open("r+b") as file:
        file.truncate(rows * tail.shape[1] * 2)
        file.seek(0, os.SEEK_END)
        file.write(np.ascontiguousarray(tail).data)
        _sync(file.fileno())


def map_vectors(path: Path, rows: int, dimensions: int) -> Halves:
    """The full-width file as an array [rows, dimensions]. Raises VectorsDamaged."""
    if rows == 0:
        return np.empty((0, dimensions), dtype=np.float16)
    try:
        return np.memmap(path, dtype=np.float16, mode="r", shape=(rows, dimensions))
    except (OSError, ValueError) as error:
        raise VectorsDamaged(path, "missing or too short") from error


def write_rows(path: Path, ids: Rows, checksums: Checksums) -> FileEntry:
    """Write ids and checksums of the rows."""
    with path.open("wb") as file:
        file.write(np.ascontiguousarray(ids, dtype="<i8").data)
        file.write(np.ascontiguousarray(checksums, dtype="<u8").data)
        _sync(file.fileno())
    return manifests.entry_of(path)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the files of `manifest` into force, all at once."""
    fresh = folder / f"manifest-{stamp()}"
    with fresh.open("wb") as file:
        file.write(manifests.encode(manifest))
        _sync(file.fileno())
    failpoint("manifest.before_rename")
    fresh.replace(folder / MANIFEST)
    failpoint("manifest.after_rename")
    _sync_folder(folder)


def read_rows(folder: Path, manifest: Manifest) -> FullWidthVectors:
    """Open the full-width vectors of a manifest. Raises VectorsDamaged."""
    path = manifests.check(folder, manifest.rows_file)
    words = np.fromfile(path, dtype="<i8")
    if len(words) != 2 * manifest.rows:
        raise VectorsDamaged(path, "wrong number of rows")
    stored = map_vectors(folder / manifest.vectors, manifest.rows, manifest.dimensions)
    ids = words[: manifest.rows].astype(np.int64)
    return FullWidthVectors(stored, ids, words[manifest.rows :].view(np.uint64))


def sweep(folder: Path, keep: set[str]) -> None:
    """Delete files of earlier builds. Only under the lock."""
    for path in folder.iterdir():
        if path.name.startswith(_PREFIXES) and path.name not in keep:
            # Windows keeps a file that another process has mapped; the next sweep gets it.
            with contextlib.suppress(OSError):
                path.unlink()


def size_on_disk(folder: Path) -> int:
    """Bytes of all files in the folder, which need not be there."""
    if not folder.is_dir():
        return 0
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _sync(descriptor: int) -> None:
    failpoint("vectors.before_sync")
    os.fsync(descriptor)
    failpoint("vectors.after_sync")


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
