"""Exact scores over full-width float16 rows, read where they lie.

FAISS scores float16 codes at the speed of memory (20,000 x 1024 in 1.5 ms on one core), where
NumPy first widens them (52 ms). So rows are copied into the codes of a throw-away index.
"""

import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from indexer.vectors.source import Floats, Halves

Positions = npt.NDArray[np.int64]


def use_threads(query_count: int) -> None:
    """Let FAISS use every core for many queries and only the calling thread for one.

    One query is done before a second thread has woken up, and on a busy machine the wait for
    that thread is what the slowest queries are made of. The setting is the calling thread's own.
    """
    import faiss

    faiss.omp_set_num_threads(1 if query_count < 8 else os.cpu_count() or 1)


def top_of_rows(
    queries: Floats, vectors: Halves, rows: Positions | None, k: int
) -> tuple[Positions, Floats]:
    """The k best of these rows (None: all) of vectors [N, D] for each of queries [Q, D].

    Returns positions in `rows` [Q, k], -1 where there are fewer, and scores [Q, k], inner
    products, best first.
    """
    import faiss

    dimensions = vectors.shape[1]
    count = len(vectors) if rows is None else len(rows)
    if count == 0:
        return nothing(len(queries), k)
    scorer = faiss.IndexScalarQuantizer(
        dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    scorer.codes.resize(count * dimensions * 2)
    bytes_of_codes = faiss.rev_swig_ptr(scorer.codes.data(), count * dimensions * 2)
    codes = bytes_of_codes.view(np.float16).reshape(count, dimensions)
    if rows is None:
        codes[:] = vectors
    else:  # mode='clip' lets NumPy write straight into the codes instead of through a buffer.
        np.take(vectors, rows, axis=0, out=codes, mode="clip")
    scorer.ntotal = count
    use_threads(len(queries))
    scores, positions = scorer.search(np.ascontiguousarray(queries), k)
    scores[positions < 0] = -np.inf
    return positions, scores


def nothing(query_count: int, k: int) -> tuple[Positions, Floats]:
    """The answer where there is no vector: ids -1, scores -inf."""
    return (
        np.full((query_count, k), -1, dtype=np.int64),
        np.full((query_count, k), -np.inf, dtype=np.float32),
    )


def merge(
    left: tuple[Positions, Floats], right: tuple[Positions, Floats], k: int
) -> tuple[Positions, Floats]:
    """The k best of two answers to the same queries."""
    positions = np.concatenate([left[0], right[0]], axis=1)
    scores = np.concatenate([left[1], right[1]], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(positions, order, 1), np.take_along_axis(scores, order, 1)


def cut(vectors: Halves | Floats, dimensions: int) -> Floats:
    """Matryoshka truncation: the first `dimensions` columns, rows brought to length 1 again.

    At full width the rows are left as they are.
    """
    if dimensions >= vectors.shape[-1]:
        return np.ascontiguousarray(vectors, dtype=np.float32)
    prefix = np.ascontiguousarray(vectors[..., :dimensions], dtype=np.float32)
    lengths = np.linalg.norm(prefix, axis=-1, keepdims=True)
    return np.asarray(prefix / np.maximum(lengths, 1e-12), dtype=np.float32)


def spans(count: int, size: int) -> Iterator[tuple[int, int]]:
    """[start, stop) pieces of `count` rows, `size` at a time."""
    for start in range(0, count, size):
        yield start, min(start + size, count)
