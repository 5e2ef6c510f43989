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

    A text hit is relevant with TEXT_RELEVANCE at least, whatever its vector says. A picture that
    only its captions speak for keeps the relevance of its own vector: they may be wrong.
    """
    place = {picture_id: rank for rank, picture_id in enumerate(ids.tolist())}
    fields = {hit.id: hit.fields for hit in hits}
    text_place = {hit.id: rank for rank, hit in enumerate(hits)}
    told_place = {picture_id: rank for rank, picture_id in enumerate(told.tolist())}
    every = list(dict.fromkeys([*place, *text_place, *told_place]))

    def weight(picture_id: int) -> float:
        ranks = (each.get(picture_id) for each in (place, text_place, told_place))
        return sum(1.0 / (RANK_OFFSET + rank) for rank in ranks if rank is not None)

    every.sort(key=weight, reverse=True)
    merged = np.full((2, len(every)), np.nan, dtype=np.float32)
    reasons = []
    for position, picture_id in enumerate(every):
        rank = place.get(picture_id)
        if rank is not None:
            merged[:, position] = scores[rank], relevances[rank]
        if picture_id in fields:
            merged[1, position] = np.fmax(merged[1, position], TEXT_RELEVANCE)
        reasons.append((("vector",) if rank is not None else ()) + fields.get(picture_id, ()))
    return Fused(np.array(every, dtype=np.int64), merged[0], merged[1], tuple(reasons))
