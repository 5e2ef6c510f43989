"""Bursts: pictures that one camera took within seconds of each other and that look alike."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Vectors = Callable[[Ids], Floats]
Moment = tuple[int, str | None, datetime | None]

# Cameras write whole seconds; a hand needs a few to point elsewhere.
GAP = timedelta(seconds=2)
# One subject from one place, as opposed to a quick turn: see benchmarks/near_duplicates.py for
# what edits of one picture reach; frames of a burst differ less than those.
LEAST_COSINE = 0.8


def bursts(moments: Iterable[Moment], vectors: Vectors) -> list[tuple[int, ...]]:
    """Runs of two or more pictures, in the order they were taken; longest run first.

    moments: (id, camera, time taken); those without a camera or a time belong to no burst.
    vectors(ids) gives unit rows [N, D].
    """
    pairs = list(_neighbours(moments))
    if not pairs:
        return []
    left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    alike = (vectors(left) * vectors(right)).sum(axis=1) >= LEAST_COSINE
    runs: list[list[int]] = []
    for (first, second), same in zip(pairs, alike.tolist(), strict=True):
        if not same:
            continue
        if runs and runs[-1][-1] == first:
            runs[-1].append(second)
        else:
            runs.append([first, second])
    return sorted((tuple(run) for run in runs), key=lambda run: (-len(run), run))


def _neighbours(moments: Iterable[Moment]) -> Iterator[tuple[int, int]]:
    known = sorted(
        (camera, taken_at, picture_id)
        for picture_id, camera, taken_at in moments
        if camera and taken_at is not None
    )
    for (camera, before, left), (other, after, right) in pairwise(known):
        if camera == other and after - before <= GAP:
            yield left, right
