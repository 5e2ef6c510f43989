"""From decoded pictures to committed batches: encode, store thumbnails, one transaction."""

import errno
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from indexer.batch import Batch, FailedItem, ReadFile, Tally
from indexer.catalogue.store import LEAST_ROOM, Catalogue
from indexer.decode import DecodePool, DecodeResult
from indexer.errors import DiskFull, VectorsUnusable
from indexer.failpoints import failpoint
from indexer.models import ModelFacts
from indexer.report import Timings
from indexer.thumbnails import store_thumbnail
from indexer.work_list import WorkItem

# One call of the encoder should take about this long: short enough to stop soon after Ctrl-C.
_TARGET_SECONDS = 1.0
_FIRST_BATCH = 4
_LENGTH_TOLERANCE = 0.02


class ImageEncoder(ModelFacts, Protocol):
    """What indexing needs of `pd_clip.encoder.Encoder`."""

    @property
    def preprocessing(self) -> Callable[..., NDArray[np.uint8]]:
        """Picklable: a PIL picture to uint8 [S, S, 3]."""
        ...

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [N, S, S, 3] -> float32 [N, D], rows of length 1."""
        ...


@dataclass
class BatchWriter:
    """Collects results of the pool and writes them in batches of growing size."""

    catalogue: Catalogue
    library_folder: Path
    encoder: ImageEncoder
    model_id: int
    pool: DecodePool[WorkItem]
    vanished: set[int]
    largest: int
    size: int = _FIRST_BATCH
    tally: Tally = field(default_factory=Tally)
    encoding_seconds: float = 0.0
    decoding_seconds: float = 0.0
    thumbnail_bytes: int = 0
    _results: list[DecodeResult[WorkItem]] = field(default_factory=list)
    _slots: int = 0
    _since: float = 0.0

    def __post_init__(self) -> None:
        self.size = min(self.size, self.largest)

    def add(self, result: DecodeResult[WorkItem]) -> None:
        """Take a decoded, known or failed file; writes when a batch is full."""
        if not self._results:
            self._since = time.monotonic()
        self._results.append(result)
        self._slots += result.slot is not None
        if self._slots >= self.size or len(self._results) >= 4 * self.largest:
            self.flush()

    def timings(self) -> Timings | None:
        """What the pictures so far took; None before the first are stored."""
        pictures = self.tally.embedded
        if not pictures:
            return None
        return Timings(
            sampled=pictures + self.tally.failed,
            failed=self.tally.failed,
            decode_seconds=self.decoding_seconds / pictures,
            encode_seconds=self.encoding_seconds / pictures,
            thumbnail_bytes=self.thumbnail_bytes / pictures,
        )

    def flush_if_older(self, seconds: float) -> None:
        """Write what has waited for longer than this."""
        if self._results and time.monotonic() - self._since > seconds:
            self.flush()

    def flush_read(self) -> None:
        """Write what needs no encoder; a stopped run leaves the pictures that do to the next."""
        self._results = [result for result in self._results if result.slot is None]
        self.flush()

    def flush(self) -> None:
        """Encode and commit everything collected.

        Raises:
            VectorsUnusable: the encoder returned something that must not be stored.
            DiskFull: nothing of this batch was stored.
        """
        if not self._results:
            return
        results, self._results, self._slots = self._results, [], 0
        batch = Batch(self.model_id, self.vanished)
        slots: dict[bytes, int] = {}
        thumbnails: dict[bytes, bytes] = {}
        for result in results:
            if result.reason is not None:
                detail = str(result.facts["detail"])
                batch.failures.append(FailedItem(result.tag, result.reason, detail))
                continue
            content_hash = bytes.fromhex(result.facts["hash"])
            batch.files.append(ReadFile(result.tag, content_hash, result.facts))
            if result.slot is not None:
                slots[content_hash] = result.slot
                thumbnails[content_hash] = result.thumbnail
                self.decoding_seconds += result.facts["seconds"]
                self.thumbnail_bytes += len(result.thumbnail)
        self._encode(batch, slots)
        self.pool.release([r.slot for r in results if r.slot is not None])
        try:
            self._store(batch, thumbnails)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            free = shutil.disk_usage(self.library_folder).free
            raise DiskFull(str(self.library_folder), LEAST_ROOM, free) from error

    def _encode(self, batch: Batch, slots: dict[bytes, int]) -> None:
        with self.catalogue.read() as connection:
            done = embedded(connection, list(slots), self.model_id)
        batch.hashes = [content_hash for content_hash in slots if content_hash not in done]
        if not batch.hashes:
            return
        rows = [slots[content_hash] for content_hash in batch.hashes]
        # Indexing copies, so that no decoder can change pixels while they are encoded.
        pixels = self.pool.pixels[rows]
        failpoint("encode.before")
        started = time.monotonic()
        vectors = self.encoder.encode_images(pixels)
        seconds = time.monotonic() - started
        self.encoding_seconds += seconds
        self._adapt(seconds, len(rows))
        failpoint("encode.after")
        batch.vectors = checked_vectors(vectors, len(rows), self.encoder)

    def _adapt(self, seconds: float, pictures: int) -> None:
        # Powers of two, so that a runtime that compiles per shape compiles few.
        if pictures >= self.size and seconds < _TARGET_SECONDS / 2:
            self.size = min(self.largest, self.size * 2)
        elif seconds > _TARGET_SECONDS * 2 and self.size > 1:
            self.size //= 2

    def _store(self, batch: Batch, thumbnails: dict[bytes, bytes]) -> None:
        for content_hash, webp in thumbnails.items():
            store_thumbnail(self.library_folder, content_hash, webp)
        failpoint("insert.before")
        before = set(self.vanished)
        try:
            with self.catalogue.write() as connection:
                tally = batch.write(connection)
                failpoint("commit.before")
        except BaseException:
            self.vanished |= before
            raise
        failpoint("commit.after")
        self.tally.add(tally)


def embedded(connection: Connection, hashes: list[bytes], model_id: int) -> set[bytes]:
    """Which of these contents have a vector of the model."""
    found: set[bytes] = set()
    for content_hash in hashes:
        row = connection.execute(_EMBEDDED, {"hash": content_hash, "model": model_id}).first()
        if row is not None:
            found.add(content_hash)
    return found


_EMBEDDED = text(
    "SELECT 1 FROM picture p JOIN embedding e ON e.picture_id = p.id"
    " WHERE p.content_hash = :hash AND e.model_id = :model"
)


def checked_vectors(
    vectors: NDArray[np.float32], count: int, facts: ModelFacts
) -> NDArray[np.float16]:
    """The vectors as they are stored: float16 [count, D].

    Raises:
        VectorsUnusable: wrong shape, not finite, or not of length 1.
    """
    if vectors.shape != (count, facts.dimensions):
        detail = f"shape {vectors.shape} instead of {(count, facts.dimensions)}"
        raise VectorsUnusable(facts.name, detail)
    if not np.isfinite(vectors).all():
        raise VectorsUnusable(facts.name, "numbers that are not finite")
    lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
    if np.abs(lengths - 1.0).max() > _LENGTH_TOLERANCE:
        raise VectorsUnusable(facts.name, f"lengths from {lengths.min()} to {lengths.max()}")
    return vectors.astype(np.float16)
