"""How long one query takes on each kind of store, measured with FAISS on random vectors.

A scan costs the same whatever the vectors hold; so pictures need not be encoded by the thousand
to time it. One thread, so that the times of two machines with unlike cores can be compared.
"""

import time
from typing import Any

import numpy as np

from searchapp.evaluation.codecs import PQ_CENTROIDS, Codec, one_thread

GALLERY = 10_000
QUERIES = 24
NEIGHBOURS = 10


class Stopwatch:
    """Times codecs against `GALLERY` vectors; equal stores are timed once."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._known: dict[tuple[str, int, int], float] = {}

    def milliseconds(self, codec: Codec, full_dim: int) -> float:
        """Median of one query for its ten nearest, reranking included."""
        size = int(codec.bytes_per_picture) if codec.engine == "pq" else codec.dim
        key = (codec.engine, size, codec.rerank)
        if key not in self._known:
            with one_thread():
                self._known[key] = self._time(codec, size, full_dim)
        return self._known[key]

    def _time(self, codec: Codec, size: int, full_dim: int) -> float:
        store, queries = self._store(codec.engine, size, full_dim)
        wanted = max(codec.rerank, NEIGHBOURS)
        full = self._vectors(GALLERY, full_dim) if codec.rerank else None
        full_queries = self._vectors(QUERIES, full_dim)
        seconds = []
        for query, full_query in zip(queries, full_queries, strict=True):
            begin = time.perf_counter()
            _, found = store.search(query[None], wanted)
            if full is not None:
                scores = full[found[0]] @ full_query
                np.argpartition(-scores, NEIGHBOURS - 1)
            seconds.append(time.perf_counter() - begin)
        return 1000 * float(np.median(seconds))

    def _vectors(self, rows: int, dim: int) -> np.ndarray:
        return self._generator.standard_normal((rows, dim), dtype=np.float32)

    def _store(self, engine: str, size: int, full_dim: int) -> tuple[Any, np.ndarray]:
        import faiss

        if engine == "binary":
            bits = self._generator.integers(0, 256, (GALLERY + QUERIES, size // 8), np.uint8)
            store: Any = faiss.IndexBinaryFlat(size)
            store.add(bits[:GALLERY])
            return store, bits[GALLERY:]
        if engine == "pq":
            return self._product_quantised(size, full_dim), self._vectors(QUERIES, full_dim)
        kinds = {
            "fp16": faiss.ScalarQuantizer.QT_fp16,
            "int8": faiss.ScalarQuantizer.QT_8bit,
        }
        store = faiss.IndexScalarQuantizer(size, kinds[engine], faiss.METRIC_INNER_PRODUCT)
        vectors = self._vectors(GALLERY, size)
        store.train(vectors[:2048])
        store.add(vectors)
        return store, self._vectors(QUERIES, size)

    def _product_quantised(self, code_bytes: int, dim: int) -> Any:
        """Codes and centroids at random: learning and encoding cost far more than the search."""
        import faiss

        store: Any = faiss.IndexPQ(dim, code_bytes, 8, faiss.METRIC_INNER_PRODUCT)
        centroids = self._vectors(PQ_CENTROIDS, dim).ravel()
        faiss.copy_array_to_vector(centroids, store.pq.centroids)
        codes = self._generator.integers(0, PQ_CENTROIDS, GALLERY * code_bytes, np.uint8)
        faiss.copy_array_to_vector(codes, store.codes)
        store.is_trained, store.ntotal = True, GALLERY
        return store
