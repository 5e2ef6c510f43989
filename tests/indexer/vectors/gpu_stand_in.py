"""A stand-in for a GPU: FAISS on the processor, with the limits that its GPU indexes have."""

from typing import Any

import faiss
import numpy as np

from indexer.vectors.gpu import MOST_RESULTS


class ProcessorGpu:
    """Gives out indexes that can do no more than those of FAISS on a GPU."""

    name = "gpu"

    def flat(self, dimensions: int) -> "LimitedFlat":
        return LimitedFlat(dimensions)


class LimitedFlat:
    """float16 rows; no removal, no selector, no ids of one's own, at most 2,048 results."""

    def __init__(self, dimensions: int) -> None:
        self._index: Any = faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )

    @property
    def ntotal(self) -> int:
        return int(self._index.ntotal)

    def add(self, vectors: np.ndarray) -> None:
        assert vectors.dtype == np.float32 and vectors.flags["C_CONTIGUOUS"]
        self._index.add(vectors)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        assert 1 <= k <= MOST_RESULTS
        scores, places = self._index.search(queries, k)
        return scores, places

    def reset(self) -> None:
        self._index.reset()

    def reconstruct_n(self, start: int, count: int) -> np.ndarray:
        vectors: np.ndarray = self._index.reconstruct_n(start, count)
        return vectors
