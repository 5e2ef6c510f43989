"""Two rankings into one: reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from searchapp.query.textual import TextHit

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

# The constant of the paper; it keeps the first places of one list from ruling alone.
RANK_OFFSET = 60
# Words that stand in a picture's own caption or name are evidence, but a name may lie.
TEXT_RELEVANCE = 0.9
NOBODY: Ids = np.empty(0, np.int64)


@dataclass(frozen=True)
class Fused:
    """One ranking, best first: ids [N], cosines [N] (NaN where no vector was compared),
    relevances [N] (NaN where unknown), and for each why it is there.
    """

    ids: Ids
    scores: Floats
    relevances: Floats
    matched_by: tuple[tuple[str, ...], ...]


def fuse(
    ids: Ids,
    scores: Floats,
    relevances: Floats,
    hits: Sequence[TextHit],
    told: Ids = NOBODY,
) -> Fused:
    """Merge a vector ranking with text hits and pictures whose captions mean it, all best first.

    Words count a little less than vectors, and a picture that has the words gets credit for its
    place in the vector ranking only as far as it is relevant there: the tail of that ranking
    holds every picture. A text hit is relevant with TEXT_RELEVANCE at least, whatever its vector
    says. A picture that only its captions speak for keeps the relevance of its own vector: they
    may be wrong.
    """
    words = np.array([hit.id for hit in hits], dtype=np.int64)
    believed = np.where(np.isin(ids, words) & ~np.isnan(relevances), relevances, 1.0)
    rankings = ((ids, believed), (words, TEXT_RELEVANCE), (told, 1.0))
    every, first = np.unique(np.concatenate([ids, words, told]), return_index=True)
    weights = np.zeros(len(every))
    rank = np.full(len(every), -1, dtype=np.int64)
    for listed, weight in rankings:
        places = np.searchsorted(every, listed)
        weights[places] += weight / (RANK_OFFSET + np.arange(len(listed)))
    rank[np.searchsorted(every, ids)] = np.arange(len(ids))
    order = np.lexsort((first, -weights))  # of equal weight the one that was listed first
    place_of = np.argsort(order)[np.searchsorted(every, words)]
    every, rank = every[order], rank[order]
    by_vector = rank >= 0
    merged = np.full((2, len(every)), np.nan, dtype=np.float32)
    merged[:, by_vector] = scores[rank[by_vector]], relevances[rank[by_vector]]
    merged[1, place_of] = np.fmax(merged[1, place_of], TEXT_RELEVANCE)
    reasons: list[tuple[str, ...]] = [("vector",) if there else () for there in by_vector.tolist()]
    for place, hit in zip(place_of.tolist(), hits, strict=True):
        reasons[place] += hit.fields
    return Fused(every, merged[0], merged[1], tuple(reasons))
