"""Ways to keep a vector in fewer bytes, each seen as a change of vectors before a dot product.

What a store compares is what its codec gives back: a picture's vector after storing and reading,
a query's vector as it is compared. So one ranking serves all of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from searchapp.evaluation.ranking import TINY

Change = Callable[[np.ndarray], np.ndarray]
FLOAT16_BYTES = 2
PQ_CENTROIDS = 256
PQ_POINTS = 32
PQ_ROUNDS = 5
"""Ten change R@5 by less than another seed does, and take twice as long."""


@dataclass(frozen=True)
class Codec:
    """One way of storing. rerank: how many of the first are compared again at full width.

    engine: what the time of a search is measured on: fp16, int8, binary or pq.
    """

    name: str
    family: str
    dim: int
    bytes_per_picture: float
    engine: str
    pictures: Change
    queries: Change
    rerank: int = 0


@dataclass(frozen=True)
class Unmade:
    """A codec that could not be made, and why."""

    name: str
    reason: str


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS on one thread: its threads wait for each other far longer than so small a job takes."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1, float32."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), TINY)
    return np.asarray(vectors / lengths, np.float32)


def prefix(dim: int, rerank: int = 0) -> Codec:
    """The first `dim` numbers, brought to length 1, in half precision: what the program does."""

    def cut(vectors: np.ndarray) -> np.ndarray:
        return unit(vectors[:, :dim])

    return Codec(
        f"{dim} -> rerank {rerank}" if rerank else f"prefix {dim}",
        "two-stage" if rerank else "prefix",
        dim,
        FLOAT16_BYTES * dim,
        "fp16",
        lambda vectors: cut(vectors).astype(np.float16).astype(np.float32),
        cut,
        rerank,
    )


def pca(dim: int, fit_vectors: np.ndarray) -> Codec | Unmade:
    """The `dim` directions with most of the products, learnt on other pictures and texts.

    Not centred: a shift would change cosines.
    """
    name = f"pca {dim}"
    if len(fit_vectors) < dim:
        return Unmade(name, f"{len(fit_vectors)} vectors to learn from, {dim} needed")
    _, directions = np.linalg.eigh(fit_vectors.T.astype(np.float64) @ fit_vectors)
    return _projection(name, "pca", directions[:, ::-1][:, :dim].astype(np.float32))


def random_projection(dim: int, width: int, seed: int) -> Codec:
    """`dim` random directions at right angles."""
    matrix = np.random.default_rng(seed).standard_normal((width, dim))
    directions, _ = np.linalg.qr(matrix)
    return _projection(f"random {dim}", "random projection", directions.astype(np.float32))


def _projection(name: str, family: str, directions: np.ndarray) -> Codec:
    def project(vectors: np.ndarray) -> np.ndarray:
        return unit(vectors @ directions)

    dim = directions.shape[1]
    return Codec(name, family, dim, FLOAT16_BYTES * dim, "fp16", project, project)


def int8(dim: int, fit_vectors: np.ndarray) -> Codec:
    """A byte a number, 256 steps over the range each number had in other vectors."""
    known = unit(fit_vectors[:, :dim])
    low = known.min(axis=0)
    step = np.maximum(known.max(axis=0) - low, TINY) / 255

    def round_trip(vectors: np.ndarray) -> np.ndarray:
        steps = np.clip(np.rint((unit(vectors[:, :dim]) - low) / step), 0, 255)
        return np.asarray(low + steps * step, np.float32)

    return Codec(f"int8 {dim}", "int8", dim, dim, "int8", round_trip, lambda v: unit(v[:, :dim]))


def binary(dim: int, rerank: int = 0) -> Codec:
    """A bit a number, its sign; compared by Hamming distance."""

    def signs(vectors: np.ndarray) -> np.ndarray:
        bits = np.where(vectors[:, :dim] > 0, 1, -1)
        return np.asarray(bits / np.sqrt(dim), np.float32)

    name = f"binary {dim} -> rerank {rerank}" if rerank else f"binary {dim}"
    family = "binary + rerank" if rerank else "binary"
    return Codec(name, family, dim, dim / 8, "binary", signs, signs, rerank)


def product_quantiser(code_bytes: int, fit_vectors: np.ndarray, seed: int) -> Codec | Unmade:
    """`code_bytes` bytes, each a choice among 256 centroids of a stretch of the vector."""
    name = f"pq {code_bytes} bytes"
    width = fit_vectors.shape[1]
    if width % code_bytes:
        return Unmade(name, f"{width} numbers do not divide into {code_bytes} parts")
    if len(fit_vectors) < PQ_CENTROIDS:
        return Unmade(name, f"{len(fit_vectors)} vectors to learn from, {PQ_CENTROIDS} needed")
    import faiss

    quantiser: Any = faiss.ProductQuantizer(width, code_bytes, 8)
    quantiser.cp.seed = seed
    quantiser.cp.min_points_per_centroid = 1
    quantiser.cp.max_points_per_centroid = PQ_POINTS
    quantiser.cp.niter = PQ_ROUNDS
    with one_thread():
        quantiser.train(np.ascontiguousarray(fit_vectors, np.float32))

    def round_trip(vectors: np.ndarray) -> np.ndarray:
        codes = quantiser.compute_codes(np.ascontiguousarray(vectors, np.float32))
        return np.asarray(quantiser.decode(codes), np.float32)

    return Codec(name, "pq", width, code_bytes, "pq", round_trip, unit)
