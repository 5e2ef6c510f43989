"""From a cosine to the probability that the picture is what was asked for.

A fixed cosine cannot tell a match: what is a good score differs with the query, the language and
the library. So a score is first measured in standard deviations above what this query scores on
this library's pictures at large; then a logistic curve, fitted to the model's calibration (score
distributions of matching and of random pairs), turns that into a probability (Platt, 1999).
benchmarks/relevance.py compares this with the best fixed threshold.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

# Pictures that stand for the library at large when a query is normalised.
BACKGROUND = 2000
# One picture in this many is relevant before anything is known; in smaller libraries one in all.
# People ask for what they have more than once: with a thousand, "a dog" among 900 pictures showed
# nothing (benchmarks/relevance.py has the calibration error of what is shown).
MOST_RANDOM = 30
_LEAST_BACKGROUND = 8
_STEPS = 30


class Distribution(Protocol):
    """Quantiles, 0 % to 100 %, of the cosines of matching and of random pairs; hashable."""

    @property
    def matching(self) -> tuple[float, ...]: ...

    @property
    def random(self) -> tuple[float, ...]: ...
    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class Curve:
    """Probability of relevance at z deviations above the library: 1 / (1 + exp(-(az + b)))."""

    slope: float
    offset: float

    def __call__(self, deviations: Floats) -> Floats:
        exponent = np.clip(self.slope * deviations + self.offset, -30, 30)
        return np.asarray(1.0 / (1.0 + np.exp(-exponent)), dtype=np.float32)


def fit_curve(distribution: Distribution, count: int) -> Curve:
    """The curve for a library of `count` pictures, by weighted logistic regression.

    The quantiles of matching pairs weigh one picture together, those of random pairs all others.
    """
    return _fit(distribution, min(max(count, _LEAST_BACKGROUND), MOST_RANDOM) - 1)


# One for each group of languages of a model; a fit takes as long as the rest of a quick search.
@lru_cache(maxsize=64)
def _fit(distribution: Distribution, others: int) -> Curve:
    random = np.asarray(distribution.random, dtype=np.float64)
    spread = max(float(random.std()), 1e-6)
    matching = (np.asarray(distribution.matching, dtype=np.float64) - random.mean()) / spread
    # A hundred quantiles are too coarse for the upper tail, where matches are told from chance.
    fine = np.linspace(0, 1, 20 * (len(random) - 1) + 1)[:-1] + 0.5 / (20 * (len(random) - 1))
    chance = (np.interp(fine, np.linspace(0, 1, len(random)), random) - random.mean()) / spread
    deviations = np.concatenate([matching, chance])
    relevant = np.concatenate([np.ones(len(matching)), np.zeros(len(chance))])
    weights = np.concatenate(
        [np.full(len(matching), 1 / len(matching)), np.full(len(chance), others / len(chance))]
    )
    return _regress(deviations, relevant, weights)


def deviations_of(scores: Floats, background: Floats, distribution: Distribution) -> Floats:
    """Scores [N] in standard deviations above the scores [B] of the library at large.

    The deviation is the geometric mean of the query's own and the calibration's: a query whose
    scores spread widely is told from others by that too, but not in full proportion
    (benchmarks/relevance.py: better than either alone).
    """
    if len(background) < _LEAST_BACKGROUND:
        return np.zeros_like(scores)
    own, usual = float(background.std()), float(np.std(distribution.random))
    spread = math.sqrt(max(own, 1e-6) * max(usual, 1e-6))
    return np.asarray((scores - float(background.mean())) / spread, dtype=np.float32)


def reliability(
    probabilities: Floats, relevant: npt.NDArray[np.bool_], bins: int = 10
) -> list[tuple[float, float, int]]:
    """Rows of (mean probability, share relevant, number), one per bin that is not empty."""
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    return [
        (
            float(probabilities[place == number].mean()),
            float(relevant[place == number].mean()),
            int((place == number).sum()),
        )
        for number in range(bins)
        if (place == number).any()
    ]


def calibration_error(rows: list[tuple[float, float, int]]) -> float:
    """Expected calibration error of a reliability table."""
    total = sum(number for _, _, number in rows)
    return sum(number * abs(said - was) for said, was, number in rows) / max(total, 1)


def _regress(deviations: Doubles, relevant: Doubles, weights: Doubles) -> Curve:
    slope, offset = 1.0, -math.log(max(weights[relevant == 0].sum(), 1.0))
    for _ in range(_STEPS):  # Newton; the problem is convex in two unknowns
        exponent = np.clip(slope * deviations + offset, -30, 30)
        said = 1 / (1 + np.exp(-exponent))
        bend = weights * said * (1 - said) + 1e-12
        # A whisper of a prior keeps the step finite where the two kinds separate perfectly.
        hessian = np.array(
            [
                [(bend * deviations**2).sum() + 1e-3, (bend * deviations).sum()],
                [(bend * deviations).sum(), bend.sum() + 1e-6],
            ]
        )
        slack = weights * (relevant - said)
        step = np.linalg.solve(
            hessian, np.array([(slack * deviations).sum() - 1e-3 * slope, slack.sum()])
        )
        slope, offset = (
            slope + float(np.clip(step[0], -1, 1)),
            offset + float(np.clip(step[1], -2, 2)),
        )
    return Curve(max(slope, 0.0), offset)
