"""Edits of a picture are found as such; a similar picture is not an edit."""

import io
from functools import cache
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from indexer.appearance import perceptual_hash
from searchapp.query.duplicates import collapse, distance, is_edit, near_duplicates

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


def test_collapsing_keeps_the_best_of_each_and_counts_the_rest() -> None:
    first, second = perceptual_hash(scene(1)), perceptual_hash(scene(2))
    hashes = {1: first, 2: second, 3: perceptual_hash(jpeg(scene(1)))}
    assert collapse([3, 2, 1, 9], hashes) == {3: 1, 2: 0, 9: 0}
    assert collapse([], hashes) == {}
