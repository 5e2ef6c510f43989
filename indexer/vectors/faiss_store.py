"""The VectorStore over FAISS on the processor: exact, or inverted lists with quantised codes."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from indexer.vectors.errors import WidthMismatch
from indexer.vectors.exact import use_threads
from indexer.vectors.families import FLAT, Family
from indexer.vectors.source import Floats, Ids
from indexer.vectors.store import StoreStats

# A bitmap over all ids costs a bit an id; beyond this many bits an id that is kept, hash.
_SPARSE = 1024
_TRAIN_PER_LIST = 64


class FaissStore:
    """Vectors by id in one FAISS index."""

    def __init__(self, index: Any, family: Family, path: Path | None = None) -> None:
        self.index = index
        self.family = family
        self.path = path

    @classmethod
    def train(cls, family: Family, sample: Floats, path: Path | None = None) -> "FaissStore":
        """An empty store; sample [S, D] teaches its lists and codes (unused when exact)."""
        import faiss

        dimensions = family.coarse_dimensions
        if family.spec == FLAT:
            flat = faiss.IndexScalarQuantizer(
                dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            return cls(faiss.IndexIDMap2(flat), family, path)
        index: Any = faiss.index_factory(dimensions, family.spec, faiss.METRIC_INNER_PRODUCT)
        # FAISS would take 256 a list: four times the training for recall that is tuned anyway.
        index.cp.max_points_per_centroid = _TRAIN_PER_LIST
        index.cp.min_points_per_centroid = 1
        use_threads(len(sample))
        index.train(checked(sample, dimensions))
        return cls(index, family, path)

    @classmethod
    def load(cls, path: Path, family: Family) -> "FaissStore":
        """Read a file whose hash was checked before (`manifest.check`)."""
        import faiss

        return cls(faiss.read_index(os.fspath(path)), family, path)

    def add(self, ids: Ids, vectors: Floats) -> None:
        """As VectorStore.add."""
        vectors = checked(vectors, self.family.coarse_dimensions)
        if self.index.ntotal:
            self.remove(ids)
        use_threads(len(vectors))
        self.index.add_with_ids(vectors, np.ascontiguousarray(ids, dtype=np.int64))

    def remove(self, ids: Ids) -> int:
        """As VectorStore.remove."""
        import faiss

        if self.index.ntotal == 0 or len(ids) == 0:
            return 0
        selector = faiss.IDSelectorBatch(np.ascontiguousarray(ids, dtype=np.int64))
        return int(self.index.remove_ids(selector))

    def search(self, queries: Floats, k: int, allowed: Ids | None = None) -> tuple[Ids, Floats]:
        """As VectorStore.search."""
        return self.search_with(self.family, queries, k, allowed)

    def search_with(
        self, family: Family, queries: Floats, k: int, allowed: Ids | None = None
    ) -> tuple[Ids, Floats]:
        """Search with the settings of another family of the same kind."""
        import faiss

        queries = checked(queries, self.family.coarse_dimensions)
        settings: dict[str, Any] = {} if allowed is None else {"sel": _selector(allowed)}
        if family.exact:
            parameters = faiss.SearchParameters(**settings)
        else:
            settings["nprobe"] = min(family.nprobe, self.index.nlist)
            kind = (
                faiss.IVFRaBitQSearchParameters
                if "RaBitQ" in family.spec
                else faiss.SearchParametersIVF
            )
            parameters = kind(**settings)
        use_threads(len(queries))
        scores, ids = self.index.search(queries, k, params=parameters)
        scores[ids < 0] = -np.inf
        return ids, scores

    def persist(self) -> Path | None:
        """As VectorStore.persist; the file is written to the end and synced."""
        import faiss

        if self.path is None:
            return None
        faiss.write_index(self.index, os.fspath(self.path))
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        return self.path

    def stats(self) -> StoreStats:
        """As VectorStore.stats."""
        return StoreStats(
            family=self.family.spec,
            parameters=self.family.parameters,
            count=int(self.index.ntotal),
            dimensions=self.family.coarse_dimensions,
            bytes_in_memory=self._bytes(),
        )

    def _bytes(self) -> int:
        count, width = int(self.index.ntotal), self.family.coarse_dimensions
        if self.family.exact:
            return count * (2 * width + 8)
        import faiss

        lists: Any = faiss.downcast_InvertedLists(self.index.invlists)
        sizes = np.array([lists.list_size(i) for i in range(lists.nlist)])
        if hasattr(lists, "block_size"):  # fast-scan codes lie in blocks of n_per_block
            codes = np.ceil(sizes / lists.n_per_block).sum() * lists.block_size
        else:
            codes = sizes.sum() * lists.code_size
        return int(codes + 8 * count + 4 * width * lists.nlist)


def checked(vectors: Floats, dimensions: int) -> Floats:
    if vectors.ndim != 2 or vectors.shape[1] != dimensions:
        raise WidthMismatch(dimensions, int(vectors.shape[-1]))
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _selector(allowed: Ids) -> Any:
    import faiss

    highest = int(allowed.max()) + 1 if len(allowed) else 1
    if highest > _SPARSE * max(len(allowed), 64):
        return faiss.IDSelectorBatch(np.ascontiguousarray(allowed, dtype=np.int64))
    kept = np.zeros(highest, dtype=bool)
    kept[allowed] = True
    bitmap: Any = faiss.IDSelectorBitmap
    return bitmap(np.packbits(kept, bitorder="little"))
