"""Stand-ins for the indexing benchmarks: an encoder of fixed cost, rows without pictures, trees."""

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from indexer.batch import Batch, ReadFile
from indexer.catalogue import Catalogue
from indexer.models import ensure_model
from indexer.work_list import NEW, WorkItem


@dataclass(frozen=True)
class SmallPreprocessing:
    """A PIL picture to uint8 [S, S, 3]."""

    size: int = 64

    def __call__(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.convert("RGB").resize((self.size, self.size)), dtype=np.uint8)


@dataclass
class FixedCostEncoder:
    """Takes `seconds` per picture of waiting and returns random unit vectors. Not a model."""

    seconds: float = 0.0
    name: str = "stand-in of fixed cost"
    fingerprint: str = "ab" * 16
    dimensions: int = 1024
    matryoshka: tuple[int, ...] = (64, 256, 1024)
    image_size: int = 64
    preprocessing: SmallPreprocessing = field(default_factory=SmallPreprocessing)

    def encode_images(self, batch: np.ndarray) -> np.ndarray:
        """uint8 [N, S, S, 3] -> float32 [N, D], rows of length 1."""
        if self.seconds:
            time.sleep(self.seconds * len(batch))
        return unit_vectors(len(batch), self.dimensions, int(batch[0, 0, 0, 0]))


def unit_vectors(count: int, dimensions: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


FACTS = {
    "width": 4000, "height": 3000, "format": "JPEG", "byte_size": 4_000_000, "frames": 1,
    "taken_at": "2019-07-14T18:30:05", "taken_offset_minutes": 120, "camera": "Canon EOS 5D",
    "latitude": 48.85, "longitude": 2.29,
    "colours": [[200, 30, 30, 0.5], [10, 10, 220, 0.25], [90, 90, 90, 0.1]],
    "perceptual_hash": "ff00ff00aa55aa55",
}  # fmt: skip


def fill(catalogue: Catalogue, items: Iterator[tuple[WorkItem, bytes]], chunk: int = 5000) -> int:
    """Store a row for every item and content hash, as indexing would, without any picture."""
    with catalogue.write() as connection:
        model_id = ensure_model(connection, FixedCostEncoder())
    total = 0
    vectors = unit_vectors(chunk, 1024, 0).astype(np.float16)
    pending: list[ReadFile] = []

    def flush() -> None:
        batch = Batch(model_id, set(), files=list(pending))
        batch.hashes = [file.content_hash for file in pending]
        batch.vectors = vectors[: len(pending)]
        with catalogue.write() as connection:
            batch.write(connection)
        pending.clear()

    for item, content_hash in items:
        facts = FACTS | {"byte_size": item.size}
        pending.append(ReadFile(item, content_hash, facts))
        total += 1
        if len(pending) == chunk:
            flush()
    if pending:
        flush()
    return total


def small_jpegs(
    folder: Path, count: int, per_folder: int = 500, shape: tuple[int, int] = (64, 64)
) -> None:
    """`count` real JPEG files, all different, in folders of `per_folder`."""
    patterns = []
    for seed in range(64):
        blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        target = io.BytesIO()
        Image.fromarray(blocks).resize(shape).save(target, "JPEG", quality=80)
        patterns.append(target.getvalue())
    for number in range(count):
        if number % per_folder == 0:
            inside = folder / f"{number // per_folder:05}"
            inside.mkdir(parents=True, exist_ok=True)
        # Bytes after the end of a JPEG are ignored; they make every file another one.
        content = patterns[number % 64] + number.to_bytes(8, "big")
        (inside / f"{number:07}.jpg").write_bytes(content)


def stored(root_id: int, relative_path: str, size: int, mtime_ns: int, inode: int) -> WorkItem:
    return WorkItem(NEW, root_id, relative_path, size, mtime_ns, inode)
