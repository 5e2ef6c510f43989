"""What an index of the program loses against exact search, at each width and family."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from searchapp.evaluation.bootstrap import interval, resample_counts
from searchapp.evaluation.codecs import one_thread, unit
from searchapp.evaluation.measure import Sampling
from searchapp.evaluation.results import IndexRecall

if TYPE_CHECKING:
    from indexer.vectors import VectorSource
    from indexer.vectors.families import Family

NEIGHBOURS = 10
QUERIES = 200
MOST_VECTORS = 100_000
LEAST_FOR_LISTS = 1000
"""Fewer vectors than this are not worth inverted lists."""
CANDIDATES = 200
PROBES = 64
NAMES = {"exact": "scan", "lists": "inverted lists"}


def library_vectors(source: "VectorSource") -> np.ndarray:
    """Vectors [N, D] float32 of a library, at most 100,000, taken evenly."""
    step = max(1, -(-source.count() // MOST_VECTORS))
    parts = [vectors[::step].astype(np.float32) for _, vectors in source.batches()]
    return np.concatenate(parts) if parts else np.empty((0, source.dimensions), np.float32)


def index_recall(
    vectors: np.ndarray,
    measured_on: str,
    sampling: Sampling,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> list[IndexRecall]:
    """Recall of the first ten neighbours of sampled pictures, the picture itself left out.

    vectors: [N, D] float32 at full width, which is also what candidates are reranked with.
    """
    rows = unit(vectors)
    if len(rows) <= NEIGHBOURS:
        return []
    generator = np.random.default_rng(sampling.seed)
    asked = np.sort(generator.permutation(len(rows))[:QUERIES])
    truth = _neighbours(rows[asked] @ rows.T, asked)
    counts = resample_counts(len(asked), sampling.resamples, sampling.seed) / len(asked)
    families = _families(len(rows), sampling.widths)
    found = []
    for done, (name, family) in enumerate(families):
        advance(done, len(families))
        answers, milliseconds, size = _search(family, rows, asked)
        shares = np.array(
            [
                len(np.intersect1d(answer, right)) / NEIGHBOURS
                for answer, right in zip(answers, truth, strict=True)
            ]
        )
        low, high = interval(np.clip(counts @ shares, 0, 1))
        found.append(
            IndexRecall(
                name, family.coarse_dimensions, float(shares.mean()), float(low), float(high),
                milliseconds, size, f"{measured_on}, {len(rows)} vectors",
            )
        )  # fmt: skip
    return found


def _families(count: int, widths: tuple[int, ...]) -> list[tuple[str, "Family"]]:
    from indexer.vectors.families import FLAT, FLAT_UP_TO, Family, choose

    lists = choose(max(count, FLAT_UP_TO + 1), widths[-1]).spec
    if count <= FLAT_UP_TO:
        # The same code book as a large library's, with as many lists as this count deserves.
        deserved = max(1, round(4 * count**0.5))
        lists = f"IVF{deserved},{lists.partition(',')[2]}"
    families = []
    for width in widths:
        candidates = min(CANDIDATES, max(2 * NEIGHBOURS, count // 10))
        families.append((NAMES["exact"], Family(FLAT, width, candidates=candidates)))
        if count >= LEAST_FOR_LISTS:
            family = Family(lists, width, nprobe=PROBES, candidates=candidates)
            families.append((NAMES["lists"], family))
    return families


@one_thread()
def _search(
    family: "Family", rows: np.ndarray, asked: np.ndarray
) -> tuple[list[np.ndarray], float, float]:
    """First ten of every asked picture, median milliseconds, bytes a picture."""
    from indexer.vectors.faiss_store import FaissStore

    short = unit(rows[:, : family.coarse_dimensions])
    store = FaissStore.train(family, short)
    store.add(np.arange(len(rows), dtype=np.int64), short)
    answers, seconds = [], []
    for row in asked:
        begin = time.perf_counter()
        ids, _ = store.search_with(family, short[row][None], family.candidates + 1)
        candidates = ids[0][(ids[0] >= 0) & (ids[0] != row)]
        scores = rows[candidates] @ rows[row]
        answers.append(candidates[np.argsort(-scores, kind="stable")[:NEIGHBOURS]])
        seconds.append(time.perf_counter() - begin)
    return answers, 1000 * float(np.median(seconds)), _bytes_per_picture(family)


def _bytes_per_picture(family: "Family") -> float:
    # RaBitQ keeps a bit a number and two float32 factors.
    if family.exact:
        return 2.0 * family.coarse_dimensions
    return family.coarse_dimensions / 8 + 8.0


def _neighbours(scores: np.ndarray, asked: np.ndarray) -> np.ndarray:
    scores[np.arange(len(asked)), asked] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :NEIGHBOURS]
