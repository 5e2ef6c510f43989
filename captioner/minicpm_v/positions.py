"""Which row of the 70 x 70 table of positions a patch takes, for any number of patches.

The original spreads the patches of a side over [0, 1) and sorts them into 70 equal buckets, both
built by `torch.arange` in float32. Where a patch falls on the edge of a bucket, rounding decides,
so that arithmetic is repeated here exactly: torch fills eight floats at a time from a float32
base, adding multiples of the float64 step; and the step between patches has been through float32
before, because the number of patches comes as a tensor. PaddlePaddle's own arange and bucketize
differ for 54 of the first 128 counts, 28 patches, the usual case, among them.
"""

from math import ceil

import numpy as np

_LANES = 8


def bucket_of(count: int, buckets: int = 70) -> np.ndarray:
    """int64 [count]: the bucket of each of `count` patches along one side."""
    boundaries = _torch_arange(1 / buckets, 1.0, 1 / buckets)
    fractions = _torch_arange(0.0, 1 - 1e-6, float(np.float32(1 / count)))
    return np.searchsorted(boundaries, fractions, side="right").astype(np.int64)


def position_ids(rows: int, columns: int, buckets: int = 70) -> np.ndarray:
    """int64 [rows * columns]: the row of the table for each patch, in reading order."""
    down, across = bucket_of(rows, buckets), bucket_of(columns, buckets)
    return np.ravel(down[:, None] * buckets + across)


def _torch_arange(start: float, end: float, step: float) -> np.ndarray:
    index = np.arange(ceil((end - start) / step))
    lane = index % _LANES
    base = (start + step * (index - lane)).astype(np.float32)
    return np.asarray(base.astype(np.float64) + step * lane, np.float32)
