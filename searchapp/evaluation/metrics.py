"""Retrieval metrics of a query, from the ranks of its right answers.

Names: `hit@k` is the recall of the CLIP papers (any right answer among the first k); `recall@k`
is the share of all right answers among the first k. For text to image there is one right answer
and the two are the same. `map@r` is mean average precision over the first R, where R is the
number of right answers (Musgrave et al., A Metric Learning Reality Check, 2020).
"""

import numpy as np

CUTS = (1, 5, 10)
MEAN_METRICS = (
    *(f"hit@{cut}" for cut in CUTS),
    *(f"recall@{cut}" for cut in CUTS),
    "mrr",
    "ndcg@10",
    "map@r",
)
"""Metrics that are a mean over queries."""
MEDIAN_RANK = "median_rank"
METRICS = (*MEAN_METRICS, MEDIAN_RANK)
NDCG_DEPTH = 10


def query_metrics(ranks: np.ndarray) -> np.ndarray:
    """Values [M, ...] float32 of MEAN_METRICS from ranks [..., R], rising, 0 where there is none.

    Queries without any right answer get 0 in all of them.
    """
    ranks = np.sort(np.where(ranks > 0, ranks, np.iinfo(np.int32).max), axis=-1)
    present = ranks < np.iinfo(np.int32).max
    answers = present.sum(axis=-1)
    share = 1 / np.maximum(answers, 1)
    first = ranks[..., 0]
    order = np.arange(1, ranks.shape[-1] + 1)

    hits = [(first <= cut) for cut in CUTS]
    recalls = [(ranks <= cut).sum(axis=-1) * share for cut in CUTS]
    reciprocal = np.where(answers > 0, 1 / first, 0)

    gains = np.where(ranks <= NDCG_DEPTH, 1 / np.log2(1 + ranks.astype(np.float64)), 0).sum(-1)
    ideal_gains = np.concatenate(([1.0], np.cumsum(1 / np.log2(1.0 + order[:NDCG_DEPTH]))))
    ideal = np.where(answers > 0, ideal_gains[np.minimum(answers, NDCG_DEPTH)], 1)

    precisions = np.where(ranks <= answers[..., None], order / ranks, 0).sum(axis=-1)
    values = [*hits, *recalls, reciprocal, gains / ideal, precisions * share]
    return np.stack([np.asarray(value, np.float32) for value in values])


def median_rank(ranks: np.ndarray) -> np.ndarray:
    """The lower median [W] of first ranks [W, Q]: the smallest rank that half the queries reach."""
    return np.sort(ranks, axis=-1)[..., (ranks.shape[-1] - 1) // 2]
