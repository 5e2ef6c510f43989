"""The process in which pictures nobody vouches for are decoded.

It can write no file, open no more than a few, use no more memory than it is given, and ends
itself when one picture takes too long. It answers in JSON and bytes, never in pickles: should a
decoder be taken over by a file, it cannot hand objects to the program.
"""

import errno
import json
import mmap
import os
import signal
import stat
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3
from PIL import Image

from indexer.appearance import dominant_colours, perceptual_hash
from indexer.failures import PictureUnreadable, Reason, Skip
from indexer.formats import is_raw
from indexer.metadata import read_metadata
from indexer.pixels import Decoded, decode, register_decoders, to_srgb
from indexer.thumbnails import LONGEST_SIDE, encode_thumbnail, shrink

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

READY = b"ready"


@dataclass(frozen=True)
class DecodeSettings:
    """Limits and choices of a decoding process.

    seconds, memory_bytes: for one picture; pixel_limit: width times height; byte_limit: file
    size; exact: decode every JPEG in full.
    """

    image_size: int
    pixel_limit: int = 200_000_000
    byte_limit: int = 2_000_000_000
    seconds: float = 30.0
    memory_bytes: int = 3 * 1024**3
    exact: bool = False
    follow_symlinks: bool = False


@dataclass(frozen=True)
class DecodeJob:
    """A file to read. A file whose hash (hex) is among `known` is not decoded."""

    path: str
    slot: int
    known: tuple[str, ...] = ()


def work(
    connection: "Connection",
    buffer_path: str,
    settings: DecodeSettings,
    preprocess: "Callable[[Image.Image], np.ndarray]",
) -> None:
    """Answer jobs until the connection closes."""
    # Ctrl-C in a terminal reaches all processes of a command. This one ends with its parent.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    register_decoders()
    size = settings.image_size
    try:
        with open(buffer_path, "r+b") as file:
            shared = mmap.mmap(file.fileno(), 0)
    except FileNotFoundError:
        return  # whoever started this process has been killed meanwhile, and nobody waits for it
    slots = np.frombuffer(shared, dtype=np.uint8).reshape(-1, size, size, 3)
    confine(settings.memory_bytes)
    connection.send_bytes(READY)
    while True:
        try:
            job = DecodeJob(**json.loads(connection.recv_bytes()))
        except (EOFError, OSError):
            return
        _alarm(settings.seconds)
        answer, thumbnail = _answer(job, settings, preprocess, slots)
        _alarm(0)
        try:
            connection.send_bytes(json.dumps(answer).encode("ascii"))
            connection.send_bytes(thumbnail)
        except OSError:
            return


def confine(memory_bytes: int) -> None:
    """Limit this process; where the system has no such limits, the parent's clock remains."""
    if sys.platform == "win32":
        return
    import resource

    used = _address_space()
    for limit, value in (
        (resource.RLIMIT_AS, used + memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, hard = resource.getrlimit(limit)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(limit, (value, value))


def _address_space() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * mmap.PAGESIZE
    except OSError:
        return 1024**3


def _alarm(seconds: float) -> None:
    # The parent kills a process that takes too long. Should the parent be gone, this does.
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds * 2)


def _answer(
    job: DecodeJob,
    settings: DecodeSettings,
    preprocess: "Callable[[Image.Image], np.ndarray]",
    slots: np.ndarray,
) -> tuple[dict[str, Any], bytes]:
    started = time.perf_counter()
    try:
        data = read_file(job.path, settings)
        if isinstance(data, Skip):
            return {"skip": data}, b""
        digest = blake3(data).hexdigest()
        if digest in job.known:
            return {"hash": digest, "byte_size": len(data)}, b""
        facts, square, thumbnail = look_at(data, settings, preprocess, raw=is_raw(job.path))
        slots[job.slot] = square
        facts |= {"hash": digest, "seconds": time.perf_counter() - started}
        return facts, thumbnail
    except PictureUnreadable as error:
        return {"reason": error.reason, "detail": error.detail}, b""
    except MemoryError:
        return {"reason": Reason.OUT_OF_MEMORY, "detail": "memory limit reached"}, b""


def read_file(path: str, settings: DecodeSettings) -> bytes | Skip:
    """All bytes of a regular file. Never opens what is none, and never waits for one.

    Raises:
        PictureUnreadable: it cannot be read or is too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not settings.follow_symlinks:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return Skip.VANISHED
        raise PictureUnreadable(Reason.UNREADABLE, error.strerror or str(error)) from error
    with open(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return Skip.VANISHED
        if before.st_size > settings.byte_limit:
            raise PictureUnreadable(Reason.TOO_LARGE, f"{before.st_size} bytes")
        try:
            data = file.readall()
        except OSError as error:
            raise PictureUnreadable(Reason.UNREADABLE, error.strerror or str(error)) from error
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return Skip.CHANGING
    return data


def look_at(
    data: bytes,
    settings: DecodeSettings,
    preprocess: "Callable[[Image.Image], np.ndarray]",
    *,
    raw: bool = False,
) -> tuple[dict[str, Any], np.ndarray, bytes]:
    """Facts for the catalogue, the model's input uint8 [S, S, 3], and the thumbnail as WebP.

    Raises:
        PictureUnreadable: with the reason.
    """
    needed = None if settings.exact else max(settings.image_size, LONGEST_SIDE // 2)
    picture = decode(data, settings.pixel_limit, needed, raw=raw)
    square = preprocess(picture.image)
    if picture.profile is not None:
        square = np.asarray(to_srgb(Image.fromarray(square), picture.profile))
    thumbnail = to_srgb(shrink(picture.image), picture.profile)
    return _facts(picture, thumbnail, len(data)), square, encode_thumbnail(thumbnail)


def _facts(picture: Decoded, thumbnail: Image.Image, byte_size: int) -> dict[str, Any]:
    metadata = asdict(read_metadata(picture.exif, datetime.now()))
    taken_at = metadata["taken_at"]
    metadata["taken_at"] = None if taken_at is None else taken_at.isoformat()
    return metadata | {
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "frames": picture.frames,
        "byte_size": byte_size,
        "colours": dominant_colours(thumbnail),
        "perceptual_hash": perceptual_hash(thumbnail),
    }
