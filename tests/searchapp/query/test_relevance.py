"""Scores into probabilities: sensible curves, whatever the calibration."""

from dataclasses import dataclass

import numpy as np
import pytest

from searchapp.query.relevance import (
    calibration_error,
    deviations_of,
    fit_curve,
    reliability,
)


@dataclass(frozen=True)
class Quantiles:
    matching: tuple[float, ...]
    random: tuple[float, ...]


def drawn(matching: tuple[float, float], random: tuple[float, float]) -> Quantiles:
    source = np.random.default_rng(5)
    steps = np.linspace(0, 1, 101)
    return Quantiles(
        tuple(np.quantile(source.normal(*matching, 5000), steps).tolist()),
        tuple(np.quantile(source.normal(*random, 50_000), steps).tolist()),
    )


GOOD = drawn((0.45, 0.05), (0.1, 0.05))
WEAK = drawn((0.15, 0.05), (0.1, 0.05))


def test_a_better_score_is_never_less_probable() -> None:
    curve = fit_curve(GOOD, 500)
    said = curve(np.linspace(-5, 12, 200, dtype=np.float32))
    assert (np.diff(said) >= 0).all()
    assert said[0] < 0.001 and said[-1] > 0.99


def test_a_weak_language_is_believed_less() -> None:
    five = np.array([5.0], dtype=np.float32)
    assert fit_curve(WEAK, 500)(five)[0] < fit_curve(GOOD, 500)(five)[0]


def test_a_large_library_asks_for_more() -> None:
    four = np.array([4.0], dtype=np.float32)
    assert fit_curve(GOOD, 1000)(four)[0] < fit_curve(GOOD, 20)(four)[0]


def test_a_curve_is_fitted_once() -> None:
    assert fit_curve(GOOD, 400) is fit_curve(GOOD, 400)


@pytest.mark.parametrize("count", [50, 400])
def test_the_probability_is_one(count: int) -> None:
    source = np.random.default_rng(8)
    said, was = [], []
    curve = fit_curve(GOOD, count)
    for _ in range(400):
        scores = source.normal(0.1, 0.05, count).astype(np.float32)
        scores[0] = source.normal(0.45, 0.05)
        said.append(curve(deviations_of(scores, scores, GOOD)))
        was.append(np.arange(count) == 0)
    rows = reliability(np.concatenate(said), np.concatenate(was))
    assert calibration_error(rows) < 0.02


def test_something_absent_stays_below_the_cut_off() -> None:
    source = np.random.default_rng(9)
    curve = fit_curve(GOOD, 1000)
    scores = source.normal(0.2, 0.02, 1000).astype(np.float32)
    assert curve(deviations_of(scores, scores, GOOD)).max() < 0.5


def test_separate_distributions_and_tiny_libraries_do_not_break() -> None:
    apart = Quantiles(tuple([0.9] * 101), tuple(np.linspace(0, 0.1, 101)))
    curve = fit_curve(apart, 3)
    assert np.isfinite([curve.slope, curve.offset]).all()
    assert not deviations_of(np.ones(3, np.float32), np.ones(3, np.float32), apart).any()


def test_reliability_rows_by_hand() -> None:
    rows = reliability(
        np.array([0.05, 0.95, 0.95, 1.0], np.float32), np.array([False, True, True, False])
    )
    assert rows == [
        (pytest.approx(0.05), 0.0, 1),
        (pytest.approx(2.9 / 3), pytest.approx(2 / 3), 3),
    ]
    assert calibration_error(rows) == pytest.approx((0.05 + 3 * (2.9 / 3 - 2 / 3)) / 4)
