"""Bursts: pictures that one camera took within seconds of each other and that look alike."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Vectors = Callable[[Ids], Floats]

# Cameras write whole seconds; a hand needs a few to point elsewhere.
GAP = np.timedelta64(2, "s")
# One subject from one place, as opposed to a quick turn: see benchmarks/near_duplicates.py for
# what edits of one picture reach; frames of a burst differ less than those.
LEAST_COSINE = 0.8


class Moments(NamedTuple):
    """When and with what pictures were taken: ids [N]; cameras [N], a number for each name, 0
    where there is none; times [N], datetime64, NaT where unknown.
    """

    ids: Ids
    cameras: npt.NDArray[np.int32]
    times: npt.NDArray[np.datetime64]


def moments_of(pictures: Iterable[tuple[int, str | None, datetime | None]]) -> Moments:
    """Moments out of (id, camera, time taken)."""
    ids, cameras, times = tuple(zip(*pictures, strict=True)) or ((), (), ())
    names = {name: number for number, name in enumerate(sorted({*cameras} - {None, ""}), start=1)}
    return Moments(
        np.array(ids, np.int64),
        np.array([names.get(name, 0) for name in cameras], np.int32),
        np.array(times, "M8[us]"),
    )


def bursts(moments: Moments, vectors: Vectors) -> list[tuple[int, ...]]:
    """Runs of two or more pictures, in the order they were taken; longest run first.

    Those without a camera or a time belong to no burst. vectors(ids) gives unit rows [N, D].
    """
    left, right = _neighbours(moments)
    if len(left) == 0:
        return []
    alike = np.vecdot(vectors(left), vectors(right)) >= LEAST_COSINE
    runs: list[list[int]] = []
    for first, second in zip(left[alike].tolist(), right[alike].tolist(), strict=True):
        if runs and runs[-1][-1] == first:
            runs[-1].append(second)
        else:
            runs.append([first, second])
    return sorted((tuple(run) for run in runs), key=lambda run: (-len(run), run))


def _neighbours(moments: Moments) -> tuple[Ids, Ids]:
    """Ids of pictures [P] and of those [P] that the same camera took right after them."""
    known = np.flatnonzero((moments.cameras > 0) & ~np.isnat(moments.times))
    ids, cameras, times = moments.ids[known], moments.cameras[known], moments.times[known]
    order = np.lexsort((ids, times, cameras))
    ids, cameras, times = ids[order], cameras[order], times[order]
    close = (cameras[1:] == cameras[:-1]) & (times[1:] - times[:-1] <= GAP)
    return ids[:-1][close], ids[1:][close]
