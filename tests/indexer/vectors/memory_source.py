"""A VectorSource that lives in a dictionary, for tests and benchmarks."""

from collections.abc import Iterator

import numpy as np


class MemorySource:
    """Vectors by id; every change raises the generation, as the catalogue does."""

    def __init__(self, dimensions: int = 32, fingerprint: str = "f00d") -> None:
        self.dimensions = dimensions
        self.fingerprint = fingerprint
        self.vectors: dict[int, np.ndarray] = {}
        self.changed: dict[int, int] = {}
        self.now = 0
        self.reads = 0

    def put(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        self.now += 1
        for picture_id, vector in zip(ids.tolist(), vectors.astype(np.float16), strict=True):
            self.vectors[picture_id] = vector
            self.changed[picture_id] = self.now

    def drop(self, ids: np.ndarray) -> None:
        self.now += 1
        for picture_id in ids.tolist():
            del self.vectors[picture_id]
            self.changed[picture_id] = self.now

    def touch(self, ids: np.ndarray) -> None:
        """A change that leaves the vector alone, such as a new caption."""
        self.now += 1
        self.changed.update(dict.fromkeys(ids.tolist(), self.now))

    def generation(self) -> int:
        return self.now

    def count(self) -> int:
        return len(self.vectors)

    def batches(self, size: int = 4096) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.reads += 1
        ids = np.array(sorted(self.vectors), dtype=np.int64)
        for start in range(0, len(ids), size):
            yield self.fetch(ids[start : start + size])

    def changes_since(self, generation: int) -> tuple[np.ndarray, np.ndarray]:
        changed = [i for i, at in self.changed.items() if at > generation]
        present = [i for i in changed if i in self.vectors]
        gone = [i for i in changed if i not in self.vectors]
        return np.array(present, dtype=np.int64), np.array(gone, dtype=np.int64)

    def fetch(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [i for i in ids.tolist() if i in self.vectors]
        rows = [self.vectors[i] for i in found]
        stacked = np.stack(rows) if rows else np.empty((0, self.dimensions), dtype=np.float16)
        return np.array(found, dtype=np.int64), stacked


def clustered(count: int, dimensions: int, seed: int = 0, clusters: int = 20) -> np.ndarray:
    """Unit vectors [count, dimensions] around `clusters` centres, early columns weightier."""
    random = np.random.default_rng(seed)
    weight = 1.0 / np.sqrt(1 + np.arange(dimensions) / 8)
    centres = random.standard_normal((clusters, dimensions)) * weight
    points = centres[random.integers(0, clusters, count)]
    points = points + 0.6 * random.standard_normal((count, dimensions)) * weight
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def filled(count: int = 300, dimensions: int = 32, seed: int = 0) -> MemorySource:
    """A source with `count` clustered vectors under ids 1, 4, 7, ..."""
    source = MemorySource(dimensions)
    source.put(np.arange(count) * 3 + 1, clustered(count, dimensions, seed))
    return source


def slow_search(source: MemorySource, query: np.ndarray, k: int) -> list[int]:
    """The oracle: ids of the k best, by a plain loop over float64 products."""
    scored = sorted(
        source.vectors.items(),
        key=lambda item: -float(item[1].astype(np.float64) @ query.astype(np.float64)),
    )
    return [picture_id for picture_id, _ in scored[:k]]
