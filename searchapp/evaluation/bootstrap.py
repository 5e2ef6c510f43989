"""Intervals by resampling pictures, from sums per picture: nothing is ranked again.

Texts of one picture stand or fall together, so pictures are drawn, not texts. A resample is a row
of counts W [B, P]; the mean of a metric in all resamples is (W @ sums) / (W @ texts). The same
counts serve every language, direction and width, so differences between widths are paired and
the mean over languages keeps what its languages have in common.
"""

import math

import numpy as np

LEVEL = 0.95
MEDIAN_MARGIN = 6.0
"""Standard errors of a quantile within which every resampled median is looked for."""


def resample_counts(pictures: int, resamples: int, seed: int) -> np.ndarray:
    """How often each picture is drawn: [B, P] float32, each row sums to P."""
    generator = np.random.default_rng(seed)
    counts = np.empty((resamples, pictures), np.float32)
    for row in counts:
        row[:] = np.bincount(generator.integers(0, pictures, pictures), minlength=pictures)
    return counts


def mean_samples(counts: np.ndarray, sums: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Resampled means [B, K] of sums [P, K] over `texts` [P] queries a picture.

    A resample that drew none of the pictures with queries is NaN.
    """
    drawn = counts @ texts.astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: np.ndarray = (counts @ sums.astype(np.float32)) / drawn[:, None]
    means[drawn == 0] = np.nan
    return means


def median_samples(counts: np.ndarray, ranks: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """Resampled lower medians [B] of ranks [Q] whose queries belong to pictures [Q]."""
    ordered = np.sort(ranks)
    margin = MEDIAN_MARGIN * 0.5 / math.sqrt(counts.shape[1]) + 0.02
    low = int(max(0.0, 0.5 - margin) * (len(ordered) - 1))
    high = math.ceil(min(1.0, 0.5 + margin) * (len(ordered) - 1))
    candidates = np.unique(ordered[low : high + 1])
    reached = np.zeros((counts.shape[1], len(candidates)), np.float32)
    np.add.at(reached, pictures, (ranks[:, None] <= candidates[None, :]).astype(np.float32))
    texts = np.bincount(pictures, minlength=counts.shape[1]).astype(np.float32)
    enough = counts @ reached >= (counts @ texts)[:, None] / 2
    enough[:, -1] = True
    return np.asarray(candidates[enough.argmax(axis=1)], np.float32)


def interval(samples: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval (low, high) along the first axis of samples [B, ...]."""
    quantiles = ((1 - level) / 2, (1 + level) / 2)
    if not np.isnan(samples).any():
        low, high = np.quantile(samples, quantiles, axis=0)
        return low, high
    valid = ~np.isnan(samples).all(axis=0)
    low = np.full(samples.shape[1:], np.nan)
    high = low.copy()
    low[valid], high[valid] = np.nanquantile(samples[:, valid], quantiles, axis=0)
    return low, high


def hidden_loss(pictures: int) -> float:
    """The loss that a sample without a single loss can still hide, at 95 %.

    If none of n pictures lost, the true share lies below 3 / n (the rule of three).
    """
    return min(1.0, 3.0 / max(pictures, 1))
