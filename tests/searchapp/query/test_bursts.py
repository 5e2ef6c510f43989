"""Bursts: the same camera within seconds, and alike."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from searchapp.query.bursts import GAP, Moment, bursts
from searchapp.query.duplicates import collapse

NOON = datetime(2024, 7, 1, 12)
ALIKE = np.tile(np.array([1.0, 0.0], np.float32), (100, 1))


def at(number: int, seconds: float, camera: str | None = "Pixel 8") -> Moment:
    return (number, camera, NOON + timedelta(seconds=seconds))


def test_pictures_within_seconds_are_a_burst() -> None:
    moments = [at(5, 1), at(3, 0), at(9, 2), at(1, 60), at(2, 61)]
    assert bursts(moments, lambda ids: ALIKE[ids]) == [(3, 5, 9), (1, 2)]


@pytest.mark.parametrize(
    "moments",
    [
        [at(1, 0), at(2, GAP.total_seconds() + 1)],
        [at(1, 0), at(2, 1, "Canon")],
        [at(1, 0, None), at(2, 1, None)],
        [(1, "Pixel 8", None), (2, "Pixel 8", None)],
        [],
    ],
    ids=["later", "another camera", "no camera", "no time", "nothing"],
)
def test_others_are_not(moments: list[Moment]) -> None:
    assert bursts(moments, lambda ids: ALIKE[ids]) == []


def test_a_turn_of_the_camera_ends_a_burst() -> None:
    vectors = ALIKE.copy()
    vectors[3:] = [0.0, 1.0]
    found = bursts([at(number, number) for number in range(1, 6)], lambda ids: vectors[ids])
    assert found == [(3, 4, 5), (1, 2)]


def test_the_best_of_a_burst_stands_for_it() -> None:
    assert collapse([4, 7, 5, 6], {}, [(5, 6, 7)]) == {4: 0, 7: 2}
