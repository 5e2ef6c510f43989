"""A disk that changes bytes: the same answers, or it is noticed; never wrong ones."""

import random

import pytest

from tests.indexer.bit_rot import KINDS, Rot

PLACES = 8


@pytest.fixture(scope="module")
def rot(tmp_path_factory: pytest.TempPathFactory) -> Rot:
    return Rot(tmp_path_factory.mktemp("rot"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["catalogue", "log", "index", "thumbnail", "weights"])
def test_damage_is_noticed_or_does_no_harm(rot: Rot, target: str, kind: str) -> None:
    chance = random.Random(f"{target} {kind}")
    outcomes = {getattr(rot, target)(kind, chance) for _ in range(PLACES)}
    if target == "index":
        # It is derived: whatever was damaged is built again, unasked.
        assert outcomes == {"same"}
    if target in ("thumbnail", "weights"):
        assert outcomes == {"refused"}
