"""What the bundled model sees of a picture: cut-outs whole, photographs as the centre square."""

import numpy as np
import pytest
from PIL import Image

from pd_clip.compact.preprocess import LARGEST_ZOOM, CompactPreprocessing
from pd_clip.preprocess import centre_square

SIZE = 64
preprocess = CompactPreprocessing(SIZE)
RED, BLUE = (255, 0, 0), (0, 0, 255)


def pencil(mode: str, ground: tuple[int, ...], size: tuple[int, int] = (600, 200)) -> Image.Image:
    """A long thing with a red and a blue end, which a centre crop would cut off."""
    image = Image.new(mode, size, ground)
    image.paste((80, 80, 80), (40, 90, 560, 110))
    image.paste(RED, (40, 90, 70, 110))
    image.paste(BLUE, (530, 90, 560, 110))
    return image


def has(square: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(square.astype(int) - colour).max(axis=2) < 40).any())


@pytest.mark.parametrize(
    ("mode", "ground"),
    [("RGB", (255, 255, 255)), ("RGB", (20, 40, 30)), ("RGBA", (0, 255, 0, 0))],
    ids=["white", "dark", "transparent"],
)
def test_a_long_thing_on_a_plain_ground_is_seen_whole(mode: str, ground: tuple[int, ...]) -> None:
    image = pencil(mode, ground)
    seen = preprocess(image)
    assert has(seen, RED)
    assert has(seen, BLUE)
    assert not has(np.asarray(centre_square(image.convert("RGB"), SIZE)), RED)
    filled = np.abs(seen.astype(int) - seen[0, 0]).max(axis=2).any(axis=0)
    assert filled.mean() > 0.9  # and as large as it fits


def test_noise_of_a_camera_or_of_jpeg_leaves_a_ground_plain() -> None:
    noise = np.random.default_rng(1).integers(-6, 7, (200, 600, 3))
    pixels = np.asarray(pencil("RGB", (240, 240, 240)), np.int64) + noise
    seen = preprocess(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)))
    assert has(seen, RED)
    assert has(seen, BLUE)


def test_a_thing_that_touches_the_border_in_places_is_seen_whole() -> None:
    image = pencil("RGB", (255, 255, 255)).crop((40, 0, 560, 200))
    seen = preprocess(image)
    assert has(seen, RED)
    assert has(seen, BLUE)


def test_a_photograph_is_its_centre_square() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (90, 160, 3)).astype(np.uint8)
    sky = np.full((90, 160, 3), 200, np.uint8)
    sky[45:] = pixels[45:]  # a border of which half is plain is no plain ground
    for image in (Image.fromarray(pixels), Image.fromarray(sky)):
        np.testing.assert_array_equal(preprocess(image), np.asarray(centre_square(image, SIZE)))


def test_a_speck_is_not_blown_up() -> None:
    image = Image.new("RGB", (400, 400), "white")
    image.paste((0, 0, 0), (100, 100, 108, 108))
    dark = (preprocess(image) < 128).all(axis=2)
    across = 8 / (400 / LARGEST_ZOOM) * SIZE
    assert 1 <= dark.sum() <= (across + 2) ** 2


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (20_000, 30), (2, 3)])
@pytest.mark.parametrize("dotted", [False, True])
def test_any_shape_gives_a_square(size: tuple[int, int], dotted: bool) -> None:
    image = Image.new("RGB", size, (250, 250, 250))
    if dotted:
        image.putpixel((size[0] // 2, size[1] // 2), (0, 0, 0))
    seen = preprocess(image)
    assert seen.shape == (SIZE, SIZE, 3)
    assert seen.dtype == np.uint8
