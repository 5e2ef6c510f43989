"""Fingerprints: vectors of two models never meet in one index.

A fingerprint covers the weights' bytes and everything that changes a vector. Hashing gigabytes
at every start would cost more than a query, so the hash of a large file is remembered for some
days beside the exported programs, keyed by path, size, time of change and inode. Not for ever: a
disk that changes bytes leaves all of these as they were.
"""

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from blake3 import blake3

from pd_clip.conversion.folder import EXPORTED

LENGTH = 32  # hex digits, 128 bits
# Bytes that take some hundredths of a second: hashed at every start.
QUICKLY_HASHED = 64 * 1024**2
REMEMBERED_SECONDS = 7 * 24 * 3600


def digest(*parts: object) -> str:
    """Hex over the JSON of `parts`."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return blake3(text.encode()).hexdigest()[:LENGTH]


def weights_digest(files: Iterable[Path], cache: Path) -> str:
    """Hex over the contents of the weight files."""
    return digest(*(_file_digest(path, cache) for path in files))


def _file_digest(path: Path, cache: Path) -> str:
    stat = path.stat()
    if stat.st_size <= QUICKLY_HASHED:
        return _hashed(path)
    key = digest(str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ino)
    remembered = cache / "hashes" / key
    try:
        content = remembered.read_text(encoding="ascii")
        if len(content) == LENGTH and time.time() - remembered.stat().st_mtime < REMEMBERED_SECONDS:
            return content
    except (OSError, UnicodeDecodeError):
        content = ""
    content = _hashed(path)
    write_cached(remembered, content)
    return content


def _hashed(path: Path) -> str:
    hasher = blake3(max_threads=blake3.AUTO)
    hasher.update_mmap(path)
    return str(hasher.hexdigest()[:LENGTH])


def write_cached(path: Path, content: str) -> None:
    """Whole or not at all; a cache that cannot be written costs time, not correctness."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(content, encoding="ascii")
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()


def cache_folder(model_folder: Path) -> Path:
    """Where derived files of a model go: SEARCHAPP_CACHE, beside the checkpoint, or user cache."""
    if configured := os.environ.get("SEARCHAPP_CACHE"):
        return Path(configured)
    inside_package = Path(__file__).parent in model_folder.resolve().parents
    if not inside_package and os.access(model_folder, os.W_OK):
        return model_folder / EXPORTED
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("searchapp", appauthor=False)) / EXPORTED
