"""Bursts: the same camera within seconds, and alike."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from searchapp.query.bursts import GAP, bursts, moments_of
from searchapp.query.duplicates import Hashes, collapse

Moment = tuple[int, str | None, datetime | None]
NOON = datetime(2024, 7, 1, 12)
ALIKE = np.tile(np.array([1.0, 0.0], np.float32), (100, 1))


def at(number: int, seconds: float, camera: str | None = "Pixel 8") -> Moment:
    return (number, camera, NOON + timedelta(seconds=seconds))


def test_pictures_within_seconds_are_a_burst() -> None:
    moments = [at(5, 1), at(3, 0), at(9, 2), at(1, 60), at(2, 61)]
    assert bursts(moments_of(moments), lambda ids: ALIKE[ids]) == [(3, 5, 9), (1, 2)]


@pytest.mark.parametrize(
    "moments",
    [
        [at(1, 0), at(2, GAP.astype(float) + 1)],
        [at(1, 0), at(2, 1, "Canon")],
        [at(1, 0, None), at(2, 1, None)],
        [(1, "Pixel 8", None), (2, "Pixel 8", None)],
        [],
    ],
    ids=["later", "another camera", "no camera", "no time", "nothing"],
)
def test_others_are_not(moments: list[Moment]) -> None:
    assert bursts(moments_of(moments), lambda ids: ALIKE[ids]) == []


def test_a_turn_of_the_camera_ends_a_burst() -> None:
    vectors = ALIKE.copy()
    vectors[3:] = [0.0, 1.0]
    moments = moments_of(at(number, number) for number in range(1, 6))
    found = bursts(moments, lambda ids: vectors[ids])
    assert found == [(3, 4, 5), (1, 2)]


def test_the_best_of_a_burst_stands_for_it() -> None:
    nothing = Hashes(np.zeros(4, np.uint64), np.zeros(4, np.bool_))
    kept = collapse(np.array([4, 7, 5, 6]), nothing, [(5, 6, 7)])
    assert kept.places.tolist() == [0, 1]
    assert kept.stands_for.tolist() == [0, 2]
