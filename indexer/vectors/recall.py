"""Recall of an index, measured on this library's own vectors against exact search."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from indexer.vectors.exact import Positions, cut, merge, nothing, spans, top_of_rows
from indexer.vectors.faiss_store import FaissStore
from indexer.vectors.families import RECALL_GOAL, Family, widen
from indexer.vectors.full_width import GONE, FullWidthVectors
from indexer.vectors.source import Floats, Ids

NEIGHBOURS = 10
SAMPLES = 200
_SEED = 20
_SPAN = 16_384
_SMALL_SPAN = 1024


@dataclass(frozen=True)
class Recall:
    """Share of the true ten nearest neighbours that were found, over `samples` queries.

    None over 0 where nothing was measured: an exact search finds them all.
    """

    at_10: float | None
    samples: int


def exact_search(
    full: FullWidthVectors,
    queries: Floats,
    k: int,
    dim: int | None = None,
    among: Positions | None = None,
) -> tuple[Ids, Floats]:
    """Score every present vector: ids [Q, k] and scores [Q, k], at width `dim` where given.

    among: only these rows.
    """
    narrow = dim is not None and dim < full.dimensions

    def piece(bounds: tuple[int, int]) -> tuple[Ids, Floats]:
        rows = np.arange(*bounds) if among is None else among[slice(*bounds)]
        if among is not None or narrow or (full.ids[rows] == GONE).any():
            return rerank(full, rows[full.ids[rows] != GONE], queries, k, dim)
        places, scores = top_of_rows(queries, full.block(*bounds), None, k)
        return np.where(places >= 0, full.ids[bounds[0] + np.maximum(places, 0)], -1), scores

    best = nothing(len(queries), k)
    count = len(full) if among is None else len(among)
    # Small pieces stay in the cache; many queries at once are worth larger ones.
    span = _SPAN if len(queries) >= 8 else _SMALL_SPAN
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for answer in threads.map(piece, spans(count, span)):
            best = merge(best, answer, k)
    return best


def rerank(
    full: FullWidthVectors, rows: Positions, queries: Floats, k: int, dim: int | None = None
) -> tuple[Ids, Floats]:
    """Exact scores of these rows: ids [Q, k] and scores [Q, k], best first."""
    if len(rows) == 0:
        return nothing(len(queries), k)
    if dim is None or dim >= full.dimensions:
        vectors = full.take(rows)
        places, scores = top_of_rows(queries, vectors, None, k)
    else:
        every = cut(queries, dim) @ cut(full.take(rows), dim).T  # [Q, R]
        order = np.argsort(-every, axis=1, kind="stable")[:, :k]
        places, scores = nothing(len(queries), k)
        places[:, : order.shape[1]] = order
        scores[:, : order.shape[1]] = np.take_along_axis(every, order, axis=1)
    ids = full.ids[rows]
    return np.where(places >= 0, ids[np.maximum(places, 0)], -1), scores


def coarse_then_exact(
    full: FullWidthVectors,
    store: FaissStore,
    family: Family,
    queries: Floats,
    k: int,
    allowed: Ids | None = None,
    dim: int | None = None,
) -> tuple[Ids, Floats]:
    """Candidates from the store, reranked at full width; shapes as `exact_search`."""
    candidates = max(family.candidates, 2 * k)
    coarse = cut(queries, family.coarse_dimensions)
    found, _ = store.search_with(family, coarse, candidates, allowed)
    ids, scores = nothing(len(queries), k)
    for place, row_ids in enumerate(found):
        rows = full.rows_of(row_ids[row_ids >= 0])
        ids[place], scores[place] = (
            answer[0] for answer in rerank(full, rows[rows >= 0], queries[[place]], k, dim)
        )
    return ids, scores


def tune(full: FullWidthVectors, store: FaissStore) -> tuple[Family, Recall]:
    """The least thorough settings of the store's family that reach the goal on this data."""
    if store.family.exact and store.family.coarse_dimensions == full.dimensions:
        return store.family, Recall(None, 0)
    queries, true_ids = neighbours(full)
    best = store.family
    found_share = 0.0
    for family in widen(store.family):
        found, _ = coarse_then_exact(full, store, family, queries, NEIGHBOURS + 1)
        best, found_share = family, overlap(found[:, 1:], true_ids)
        if found_share >= RECALL_GOAL:
            break
    return best, Recall(found_share, len(queries))


def neighbours(full: FullWidthVectors) -> tuple[Floats, Ids]:
    """Sampled stored vectors [S, D] and their true neighbours [S, 10], themselves left out."""
    live = full.live_rows()
    chosen = np.random.default_rng(_SEED).choice(live, min(SAMPLES, len(live)), replace=False)
    queries = full.take(np.sort(chosen)).astype(np.float32)
    ids, _ = exact_search(full, queries, NEIGHBOURS + 1)
    return queries, ids[:, 1:]


def overlap(found: Ids, true_ids: Ids) -> float:
    """Mean share of each row of true_ids that its row of found contains."""
    shares = [
        len(np.intersect1d(row[row >= 0], truth[truth >= 0])) / max(int((truth >= 0).sum()), 1)
        for row, truth in zip(found, true_ids, strict=True)
    ]
    return float(np.mean(shares)) if shares else 1.0
