"""Edits of a picture are found as such; a similar picture is not an edit."""

import io
from functools import cache
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from indexer.appearance import perceptual_hash
from searchapp.query.duplicates import Hashes, collapse, distance, is_edit, near_duplicates

FOLDER = Path(__file__).parents[3] / "sample_images"
PATHS = sorted(FOLDER.glob("animals/*.jpg"))[:4] + sorted(FOLDER.glob("places/*.jpg"))[:8]


@cache
def scene(number: int) -> Image.Image:
    image = Image.open(PATHS[number]).convert("RGB")
    image.thumbnail((480, 480))
    return image


def jpeg(image: Image.Image) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=40)
    return Image.open(stream)


EDITS = {
    "resize": lambda image: image.resize((200, 150)),
    "jpeg": jpeg,
    "grey": lambda image: image.convert("L"),
    "rotate 90": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "rotate 180": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "rotate 270": lambda image: image.transpose(Image.Transpose.ROTATE_270),
    "mirror": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "transpose": lambda image: image.transpose(Image.Transpose.TRANSPOSE),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("seed", range(4))
def test_an_edit_is_near(edit: str, seed: int) -> None:
    bits = distance(perceptual_hash(scene(seed)), perceptual_hash(EDITS[edit](scene(seed))))
    assert is_edit(bits, None)


def test_different_pictures_are_far() -> None:
    hashes = [perceptual_hash(scene(seed)) for seed in range(12)]
    assert all(not is_edit(distance(a, b), None) for i, a in enumerate(hashes) for b in hashes[:i])


@pytest.mark.parametrize("seed", range(4))
def test_the_distance_is_that_of_an_independent_hash(seed: int) -> None:
    first, second = scene(seed), EDITS["jpeg"](scene(seed)).resize((100, 75))
    theirs = imagehash.phash(first) - imagehash.phash(second)
    assert abs(distance(perceptual_hash(first), perceptual_hash(second)) - theirs) <= 4


def test_groups_join_what_vectors_or_hashes_propose() -> None:
    pictures = {
        1: scene(1),
        2: scene(2),
        3: EDITS["grey"](scene(1)),
        4: EDITS["rotate 90"](scene(1)),
        5: scene(3),
        6: scene(4),
    }
    hashes = {number: perceptual_hash(image) for number, image in pictures.items()}
    units = np.eye(7, dtype=np.float32)  # no vector resembles another

    def nearest(queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        cosines = queries @ units.T
        order = np.argsort(-cosines, axis=1)[:, :k]
        return order, np.take_along_axis(cosines, order, 1)

    groups = near_duplicates(hashes, lambda ids: units[ids], nearest)
    assert [group.ids for group in groups] == [(1, 3, 4)]


def hashes_of(*texts: str | None) -> Hashes:
    words = [int(text or "0", 16) for text in texts]
    return Hashes(np.array(words, np.uint64), np.array([text is not None for text in texts], bool))


def test_collapsing_keeps_the_best_of_each_and_counts_the_rest() -> None:
    first, second = perceptual_hash(scene(1)), perceptual_hash(scene(2))
    hashes = hashes_of(perceptual_hash(jpeg(scene(1))), second, first, None)
    kept = collapse(np.array([3, 2, 1, 9]), hashes)
    assert kept.places.tolist() == [0, 1, 3]
    assert kept.stands_for.tolist() == [1, 0, 0]
    assert collapse(np.empty(0, np.int64), hashes_of()).places.tolist() == []


def test_collapsing_a_long_ranking_is_what_one_picture_after_the_other_gives() -> None:
    random = np.random.default_rng(4)
    originals = random.integers(0, 2**63, 60, dtype=np.uint64)
    words = originals[random.integers(60, size=400)]
    for _ in range(3):  # edits: a few bits of each are another
        words ^= np.uint64(1) << random.integers(0, 64, 400).astype(np.uint64)
    there = random.random(400) < 0.9
    ids = random.permutation(5000)[:400]
    runs = [tuple(ids[start : start + 5].tolist()) for start in range(0, 400, 40)]
    kept = collapse(ids, Hashes(words, there), runs)
    places, stands_for = _collapsed_one_by_one(ids, words, there, runs)
    assert 50 < len(kept.places) < 200
    assert kept.places.tolist() == places
    assert kept.stands_for.tolist() == stands_for


def _collapsed_one_by_one(
    ids: np.ndarray, words: np.ndarray, there: np.ndarray, runs: list[tuple[int, ...]]
) -> tuple[list[int], list[int]]:
    stays: dict[int, int] = {}
    for place, number in enumerate(ids.tolist()):
        run = next((run for run in runs if number in run), ())
        before = [other for other in stays if ids[other] in run] or [
            other
            for other in stays
            if there[place]
            and there[other]
            and (int(words[place]) ^ int(words[other])).bit_count() <= 8
        ]
        if before:
            stays[before[0]] += 1
        else:
            stays[place] = 0
    return list(stays), list(stays.values())
