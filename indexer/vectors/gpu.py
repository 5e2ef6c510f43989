"""The VectorStore on an NVIDIA GPU (extra `gpu`): exact search over float16 rows in its memory.

A GPU reads a million full-width rows in about a millisecond, so nothing is approximated there.
FAISS's GPU indexes know no removal, no filter by id and no more than 2,048 results: rows are
removed by forgetting their ids, and the caller answers what `can_search` declines.
"""

from typing import Any, Protocol

import numpy as np

from indexer.vectors.exact import spans
from indexer.vectors.faiss_store import FaissStore, checked
from indexer.vectors.families import Family
from indexer.vectors.full_width import GONE
from indexer.vectors.source import Floats, Ids
from indexer.vectors.store import StoreStats

MOST_RESULTS = 2048
# 8 GB of float16 rows at 1,024 columns.
MOST_ROWS = 4_000_000
_MOST_WASTE = 0.25
_SPAN = 16_384


class Gpu(Protocol):
    """Where an index on a GPU comes from; the tests put a stand-in on the processor here."""

    @property
    def name(self) -> str: ...

    def flat(self, dimensions: int) -> Any:
        """An empty index of float16 rows with `add`, `search`, `reset` and `reconstruct_n`."""
        ...


class FaissGpu:
    """The first GPU, through FAISS."""

    name = "gpu"

    def __init__(self) -> None:
        import faiss

        self._resources = faiss.StandardGpuResources()

    def flat(self, dimensions: int) -> Any:
        """As Gpu.flat."""
        import faiss

        config = faiss.GpuIndexFlatConfig()
        config.useFloat16 = True
        return faiss.GpuIndexFlatIP(self._resources, dimensions, config)


def find_gpu() -> Gpu | None:
    """The GPU of this machine, if there is one and the FAISS that is installed can use it."""
    import faiss

    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
        return None
    return FaissGpu()


class GpuStore(FaissStore):
    """Vectors by id in the memory of a GPU; nothing of it is ever written to disk."""

    def __init__(self, gpu: Gpu, family: Family) -> None:
        super().__init__(gpu.flat(family.coarse_dimensions), family)
        self._device = gpu.name
        self._ids: Ids = np.empty(0, dtype=np.int64)

    def add(self, ids: Ids, vectors: Floats) -> None:
        """As VectorStore.add."""
        vectors = checked(vectors, self.family.coarse_dimensions)
        self.remove(ids)
        self.index.add(vectors)
        self._ids = np.concatenate([self._ids, np.asarray(ids, dtype=np.int64)])

    def remove(self, ids: Ids) -> int:
        """As VectorStore.remove."""
        leaving = np.isin(self._ids, ids)
        if leaving.any():
            self._ids = np.where(leaving, GONE, self._ids)
            if (self._ids == GONE).sum() > _MOST_WASTE * len(self._ids):
                self._compact()
        return int(leaving.sum())

    def can_search(self, k: int, allowed: Ids | None) -> bool:
        """Whether this store can answer at all."""
        return allowed is None and k + int((self._ids == GONE).sum()) <= MOST_RESULTS

    def search_with(
        self, family: Family, queries: Floats, k: int, allowed: Ids | None = None
    ) -> tuple[Ids, Floats]:
        """As FaissStore.search_with; `allowed` and many results by way of the processor."""
        queries = checked(queries, self.family.coarse_dimensions)
        if not self.can_search(k, allowed):
            return self._search_copied(queries, k, allowed)
        gone = int((self._ids == GONE).sum())
        scores, places = self.index.search(queries, min(k + gone, MOST_RESULTS))
        ids = (
            np.where(places >= 0, self._ids[np.maximum(places, 0)], GONE)
            if len(self._ids)
            else np.full_like(places, GONE)
        )
        return _first(ids, scores, k)

    def stats(self) -> StoreStats:
        """As VectorStore.stats."""
        count = int((self._ids != GONE).sum())
        return StoreStats(
            family=self.family.spec,
            parameters=self.family.parameters,
            count=count,
            dimensions=self.family.coarse_dimensions,
            bytes_in_memory=len(self._ids) * (2 * self.family.coarse_dimensions + 8),
            device=self._device,
        )

    def _search_copied(self, queries: Floats, k: int, allowed: Ids | None) -> tuple[Ids, Floats]:
        there = self._ids != GONE if allowed is None else np.isin(self._ids, allowed)
        copied = FaissStore.train(self.family, queries[:0])
        for start, stop in spans(len(self._ids), _SPAN):
            chosen = np.flatnonzero(there[start:stop])
            if len(chosen):
                vectors = self.index.reconstruct_n(start, stop - start)[chosen]
                copied.add(self._ids[start + chosen], vectors)
        return copied.search(queries, k)

    def _compact(self) -> None:
        there = self._ids != GONE
        kept = self.index.reconstruct_n(0, len(self._ids))[there] if len(self._ids) else None
        self.index.reset()
        self._ids = self._ids[there]
        if kept is not None and len(kept):
            self.index.add(np.ascontiguousarray(kept, dtype=np.float32))


def _first(ids: Ids, scores: Floats, k: int) -> tuple[Ids, Floats]:
    """The k first of each row that are there, padded with -1 and -inf."""
    found = np.full((len(ids), k), -1, dtype=np.int64)
    best = np.full((len(ids), k), -np.inf, dtype=np.float32)
    for place, row in enumerate(ids):
        kept = np.flatnonzero(row != GONE)[:k]
        found[place, : len(kept)] = row[kept]
        best[place, : len(kept)] = scores[place, kept]
    return found, best
