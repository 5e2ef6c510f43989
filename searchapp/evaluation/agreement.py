"""Without captions: how far each width's answers agree with those of the full width.

Agreement says how much answers change, not whether they get worse; only captions can say that.
Overlap@10 and rank-biased overlap look at the top, where people look. The rank correlations look
at the whole order, which is mostly pictures that nobody would call an answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from searchapp.errors import LibraryTooSmall
from searchapp.evaluation.bootstrap import interval, resample_counts
from searchapp.evaluation.ranking import Prefixes, cosines
from searchapp.evaluation.results import IndexRecall

DEPTH = 10
RBO_DEPTH = 100
RBO_PERSISTENCE = 0.9
"""86 % of the weight of rank-biased overlap lies on the first ten (Webber et al., 2010)."""
CORRELATED = 300
"""Pictures drawn for the rank correlations: every pair of them is looked at."""
BLOCK = 16
LEAST_PICTURES = DEPTH + 1
ENOUGH = 0.9
BELOW_ALL = -2.0
"""Less than any cosine."""
METRICS = ("overlap@10", "rbo", "spearman", "kendall")


@dataclass(frozen=True)
class AgreementRow:
    """One measure of agreement with the full width; -1 or 0 to 1, mean over queries."""

    dim: int
    metric: str
    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class AgreementResult:
    """Rows for every width below the full one.

    smallest: the smallest width that keeps nine of the first ten answers on average; the full
    width when none does. queries_are: `texts` or `pictures`.
    model, fingerprint, index_recall: of the library, filled in where it is one.
    """

    rows: tuple[AgreementRow, ...]
    full_dim: int
    pictures: int
    queries: int
    queries_are: str
    smallest: int
    resamples: int
    seed: int
    model: str = ""
    fingerprint: str = ""
    index_recall: tuple[IndexRecall, ...] = ()


@dataclass(frozen=True)
class AgreementOptions:
    """own: for queries that are themselves pictures, their positions [Q], left out of answers."""

    own: np.ndarray | None = None
    resamples: int = 1000
    seed: int = 0


def agreement(
    vectors: np.ndarray,
    queries: np.ndarray,
    dims: tuple[int, ...],
    options: AgreementOptions | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> AgreementResult:
    """Compare each of `dims` with the full width over pictures [N, D] and queries [Q, D].

    Raises LibraryTooSmall below eleven pictures.
    """
    chosen = options or AgreementOptions()
    count, full_dim = vectors.shape
    if count < LEAST_PICTURES or len(queries) == 0:
        raise LibraryTooSmall(count, LEAST_PICTURES)
    widths = (*sorted({dim for dim in dims if 0 < dim < full_dim}), full_dim)
    gallery = Prefixes.of(np.asarray(vectors, np.float32), widths)
    asked = Prefixes.of(np.asarray(queries, np.float32), widths)
    drawn = np.random.default_rng(chosen.seed).permutation(count)[:CORRELATED]
    values = np.empty((len(widths) - 1, len(METRICS), len(queries)))
    for start in range(0, len(queries), BLOCK):
        advance(start, len(queries))
        block = slice(start, min(start + BLOCK, len(queries)))
        scores = np.stack([own.copy() for _, own in cosines(asked.rows(block), gallery)])
        if chosen.own is not None:
            scores[:, np.arange(scores.shape[1]), chosen.own[block]] = BELOW_ALL
        values[:, :, block] = _compare(scores, drawn)
    counts = resample_counts(len(queries), chosen.resamples, chosen.seed) / len(queries)
    rows = []
    for position, dim in enumerate(widths[:-1]):
        lows, highs = interval(counts @ values[position].T)
        means = values[position].mean(axis=1)
        for metric, value, low, high in zip(METRICS, means, lows, highs, strict=True):
            rows.append(AgreementRow(dim, metric, float(value), float(low), float(high)))
    kept = [row.dim for row in rows if row.metric == METRICS[0] and row.value >= ENOUGH]
    return AgreementResult(
        rows=tuple(rows),
        full_dim=full_dim,
        pictures=count,
        queries=len(queries),
        queries_are="texts" if chosen.own is None else "pictures",
        smallest=min(kept, default=full_dim),
        resamples=chosen.resamples,
        seed=chosen.seed,
    )


def _compare(scores: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Agreement [W - 1, 4, Q] of scores [W, Q, N] with those of the last width."""
    orders = np.argsort(-scores, axis=2, kind="stable")
    truth = orders[-1]
    places = np.argsort(truth, axis=1, kind="stable")
    part = scores[:, :, drawn]
    return np.stack(
        [
            np.stack(
                [
                    overlap(places, order, DEPTH),
                    rank_biased_overlap(places, order),
                    spearman(part[-1], narrow),
                    kendall(part[-1], narrow),
                ]
            )
            for order, narrow in zip(orders[:-1], part[:-1], strict=True)
        ]
    )


def overlap(places: np.ndarray, order: np.ndarray, depth: int) -> np.ndarray:
    """Share [Q] of the first `depth` of `order` that stand among the first of the other list.

    places [Q, N]: the place from 0 of every picture in the other list.
    """
    first = np.take_along_axis(places, order[:, :depth], axis=1)
    return np.asarray((first < depth).mean(axis=1))


def rank_biased_overlap(
    places: np.ndarray, order: np.ndarray, persistence: float = RBO_PERSISTENCE
) -> np.ndarray:
    """Rank-biased overlap [Q], extrapolated from the first hundred (Webber et al., eq. 30)."""
    depth = min(RBO_DEPTH, order.shape[1])
    other = np.take_along_axis(places, order[:, :depth], axis=1)
    # A picture is in both lists from the deeper of its two places on.
    meets = np.maximum(other, np.arange(depth))
    shared = np.zeros((len(order), depth))
    for at in range(depth):
        shared[:, at] = np.count_nonzero(meets <= at, axis=1)
    depths = np.arange(1, depth + 1)
    weights = persistence**depths / depths
    tail = shared[:, -1] / depth * persistence**depth
    return np.asarray(tail + (1 - persistence) / persistence * (shared @ weights))


def spearman(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Rank correlation [Q] of scores [Q, N]; order of arrival among equals."""
    ranks = [np.argsort(np.argsort(scores, axis=1), axis=1) for scores in (left, right)]
    centred = [rank - (rank.shape[1] - 1) / 2 for rank in ranks]
    norm = np.einsum("qn,qn->q", centred[0], centred[0])
    return np.asarray(np.einsum("qn,qn->q", *centred) / norm)


def kendall(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Kendall's tau-b [Q] of scores [Q, N] over all pairs."""
    taus = np.empty(len(left))
    for row, (first, second) in enumerate(zip(left, right, strict=True)):
        signs = [np.sign(scores[:, None] - scores[None, :]) for scores in (first, second)]
        sizes = [np.abs(sign).sum() for sign in signs]
        taus[row] = (signs[0] * signs[1]).sum() / max(np.sqrt(sizes[0] * sizes[1]), 1.0)
    return taus
