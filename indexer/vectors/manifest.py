"""The manifest: which files make the index, what they hold, and their hashes.

Replacing the manifest is the one step that puts new files into force, so a crash leaves either
the old index or the new one. FAISS has no checksum of its own and loads damaged files without
complaint; nothing is read before its hash agrees with the manifest.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import xxhash

from indexer.vectors.errors import VectorsDamaged

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 22


@dataclass(frozen=True)
class FileEntry:
    """A file beside the manifest: name, bytes, xxh3_128 of them (hex)."""

    name: str
    size: int
    hash: str


@dataclass(frozen=True)
class Manifest:
    """What the files hold.

    rows: rows in `vectors`, those of removed pictures included. count: pictures present.
    vectors: name of the full-width file, whose rows carry their own checksums.
    rows_file: ids and checksums of the rows. coarse: the FAISS file; None for an exact family.
    """

    fingerprint: str
    dimensions: int
    coarse_dimensions: int
    generation: int
    rows: int
    count: int
    family: str
    nprobe: int
    candidates: int
    recall_at_10: float | None
    recall_samples: int
    built_at: str
    build_seconds: float
    built_count: int
    vectors: str
    rows_file: FileEntry
    coarse: FileEntry | None
    format: int = FORMAT

    def names(self) -> set[str]:
        """Names of all files in force."""
        coarse = {self.coarse.name} if self.coarse else set()
        return {self.vectors, self.rows_file.name} | coarse


def hash_file(path: Path) -> str:
    """xxh3_128 of a file, in hex."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def entry_of(path: Path) -> FileEntry:
    """The entry of a file that was just written."""
    return FileEntry(path.name, path.stat().st_size, hash_file(path))


def encode(manifest: Manifest) -> bytes:
    """JSON with its own hash in it."""
    body = asdict(manifest)
    return json.dumps({"hash": _hash_of(body), "manifest": body}, indent=1).encode()


def decode(path: Path) -> Manifest:
    """Read a manifest. Raises VectorsDamaged, or FileNotFoundError when there is none."""
    try:
        document = json.loads(path.read_bytes())
        body = document["manifest"]
        if document["hash"] != _hash_of(body):
            raise VectorsDamaged(path, "hash differs")
        if body["format"] != FORMAT:
            raise VectorsDamaged(path, f"format {body['format']}")
        body["rows_file"] = FileEntry(**body["rows_file"])
        body["coarse"] = FileEntry(**body["coarse"]) if body["coarse"] else None
        return Manifest(**body)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VectorsDamaged(path, "unreadable") from error


def check(folder: Path, entry: FileEntry) -> Path:
    """The path of a file whose size and hash are as promised. Raises VectorsDamaged."""
    path = folder / entry.name
    try:
        if path.stat().st_size != entry.size:
            raise VectorsDamaged(path, "size differs")
        if hash_file(path) != entry.hash:
            raise VectorsDamaged(path, "hash differs")
    except OSError as error:
        raise VectorsDamaged(path, "unreadable") from error
    return path


def _hash_of(body: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(body, sort_keys=True).encode())
