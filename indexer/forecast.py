"""What indexing will cost, from a timed sample of the user's own pictures."""

import os
import queue
import random
import time
from collections.abc import Iterator

import numpy as np

from indexer.decode import DecodePool, Request
from indexer.decode_worker import DecodeSettings
from indexer.encoding import ImageEncoder
from indexer.errors import FolderMissing, NotAFolder
from indexer.report import Forecast, IndexOptions, Timings
from indexer.scan import Scan, ScanRules

SAMPLE = 24
# Catalogue rows, indexes and words of a picture without its vector, and a thumbnail: measured by
# benchmarks/catalogue_scale.py and on the sample pictures.
_ROW_BYTES = 1700
# Python, decoders and database of a run, without the model and the pixels in flight.
_BASE_MEMORY = 250 * 1024**2
_WORKER_MEMORY = 90 * 1024**2
_INDEX_BYTES_PER_DIMENSION = 1


def estimate(options: IndexOptions, encoder: ImageEncoder, sample: int = SAMPLE) -> Forecast:
    """Count the pictures below `options.paths`, read and encode a random few, and scale up.

    Nothing is written. Raises FolderMissing, NotAFolder.
    """
    files, byte_size, chosen = _count(options, sample)
    pixels, decode_seconds, thumbnail_bytes = _decode(options, encoder, chosen)
    encode_seconds = _time_encoder(encoder, pixels) if len(pixels) else 0.0
    failed = len(chosen) - len(pixels)
    timings = Timings(len(chosen), failed, decode_seconds, encode_seconds, thumbnail_bytes)
    return scaled(timings, files, byte_size, options, encoder)


def scaled(
    timings: Timings, files: int, byte_size: int, options: IndexOptions, encoder: ImageEncoder
) -> Forecast:
    """What was measured on a few, for all `files`."""
    workers = options.workers or max(1, (os.cpu_count() or 2) - 1)
    slowest = max(timings.decode_seconds / workers, timings.encode_seconds)
    slot_bytes = encoder.image_size**2 * 3
    slots = 3 * options.batch_size + workers
    widths = {*encoder.matryoshka, encoder.dimensions}
    return Forecast(
        files=files,
        byte_size=byte_size,
        sampled=timings.sampled,
        failed=timings.failed,
        decode_seconds=timings.decode_seconds,
        encode_seconds=timings.encode_seconds,
        seconds=files * slowest,
        memory_bytes=_BASE_MEMORY + workers * _WORKER_MEMORY + slots * slot_bytes,
        catalogue_bytes=round(files * stored_bytes(encoder, timings.thumbnail_bytes)),
        index_bytes={w: files * w * _INDEX_BYTES_PER_DIMENSION for w in sorted(widths)},
        model=encoder.name,
        image_size=encoder.image_size,
    )


def stored_bytes(encoder: ImageEncoder, thumbnail_bytes: float) -> float:
    """Bytes on disk that one picture takes: catalogue, vector and thumbnail."""
    return 2 * encoder.dimensions * 8 / 7 + _ROW_BYTES + thumbnail_bytes


def _count(options: IndexOptions, sample: int) -> tuple[int, int, list[str]]:
    """Number and bytes of all pictures, and a uniform sample of their paths (reservoir)."""
    chosen: list[str] = []
    files = byte_size = 0
    draw = random.Random(0)  # noqa: S311 - a sample, not a secret
    for path in options.paths:
        if not path.exists():
            raise FolderMissing(path)
        if not path.is_dir():
            raise NotAFolder(path)
        rules = ScanRules(options.excludes, options.follow_symlinks, options.hidden)
        for found in Scan(os.path.realpath(path), rules).files():
            files += 1
            byte_size += found.size
            absolute = os.path.join(os.path.realpath(path), found.path)
            if len(chosen) < sample:
                chosen.append(absolute)
            elif (place := draw.randrange(files)) < sample:
                chosen[place] = absolute
    return files, byte_size, chosen


def _decode(
    options: IndexOptions, encoder: ImageEncoder, paths: list[str]
) -> tuple[np.ndarray, float, int]:
    """Pixels uint8 [N, S, S, 3], seconds per file in one worker, mean bytes of a thumbnail."""
    size = encoder.image_size
    if not paths:
        return np.zeros((0, size, size, 3), dtype=np.uint8), 0.0, 0
    settings = DecodeSettings(
        size, options.pixel_limit, options.byte_limit, options.decode_seconds,
        exact=options.exact_decode,
    )  # fmt: skip
    requests: Iterator[Request[str]] = iter(Request(path, path) for path in paths)
    pool = DecodePool(settings, encoder.preprocessing, requests, workers=1, slots=len(paths) + 1)
    slots: list[int] = []
    seconds: list[float] = []
    thumbnails = 0
    try:
        while True:
            try:
                result = pool.next_result(timeout=1.0)
            except queue.Empty:
                continue
            if result is None:
                break
            if result.slot is not None:
                slots.append(result.slot)
                seconds.append(result.facts["seconds"])
                thumbnails += len(result.thumbnail)
        pixels = pool.pixels[slots]
    finally:
        pool.close()
    mean = sum(seconds) / len(seconds) if seconds else 0.0
    return pixels, mean, thumbnails // max(1, len(slots))


def _time_encoder(encoder: ImageEncoder, pixels: np.ndarray) -> float:
    """Seconds per picture, after one call that loads the weights."""
    encoder.encode_images(pixels[:1])
    started = time.perf_counter()
    for start in range(0, len(pixels), 8):
        encoder.encode_images(pixels[start : start + 8])
    return (time.perf_counter() - started) / len(pixels)
