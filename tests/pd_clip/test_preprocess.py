"""Pixels must be those of the reference to the last bit."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pd_clip.preprocess import Preprocessing

DATA = Path(__file__).parents[1] / "alignment" / "data"
MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "I", "F"]


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def reference(image: Image.Image, size: int) -> np.ndarray:
    """The published recipe, one Pillow call after another."""
    image = image.convert("RGB")
    width, height = image.size
    short, long = min(width, height), max(width, height)
    other = int(size * long / short)
    target = (size, other) if width <= height else (other, size)
    image = image.resize(target, Image.Resampling.BICUBIC)
    left, top = round((target[0] - size) / 2), round((target[1] - size) / 2)
    return np.asarray(image.crop((left, top, left + size, top + size)))


with np.load(DATA / "jina_clip_preprocess.npz") as _archive:
    _RECORDED = {name: _archive[name] for name in _archive.files}


@pytest.mark.parametrize("name", [name for name in _RECORDED if name.startswith("in_")])
def test_recorded_crops(name: str) -> None:
    crop = Preprocessing(512)(Image.fromarray(_RECORDED[name]))
    np.testing.assert_array_equal(crop, _RECORDED[f"crop_{name.split('_')[1]}"])


def test_a_tall_picture_is_resized_in_the_order_of_pillow_13() -> None:
    tiny = DATA / "jina_clip_tiny" / "expected.npz"
    with np.load(tiny) as archive:
        picture, wanted = archive["image_rgb_1"], archive["pixel_values"][1]
    preprocessing = Preprocessing(62)
    pixel_values = preprocessing.normalise(preprocessing(Image.fromarray(picture))[None])
    np.testing.assert_array_equal(pixel_values[0], wanted)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode(mode: str) -> None:
    image = noise(90, 70).convert("L").convert(mode) if mode in "1P" else _in_mode(mode)
    np.testing.assert_array_equal(Preprocessing(64)(image), reference(image, 64))


def _in_mode(mode: str) -> Image.Image:
    if mode == "I;16":
        values = np.random.default_rng(1).integers(0, 65536, (70, 90)).astype(np.uint16)
        return Image.fromarray(values)
    if mode in ("I", "F"):
        return noise(90, 70).convert("L").convert(mode)
    return noise(90, 70).convert(mode)


def test_palette_with_transparency() -> None:
    image = noise(90, 70).quantize(16)
    image.info["transparency"] = 3
    np.testing.assert_array_equal(Preprocessing(64)(image), reference(image, 64))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_comes_first(orientation: int) -> None:
    upright = noise(90, 70)
    turns = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }[orientation]
    stored = upright
    for turn in turns:
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    stored.save(file, "PNG", exif=exif)
    opened = Image.open(io.BytesIO(file.getvalue()))
    np.testing.assert_array_equal(Preprocessing(64)(opened), reference(upright, 64))


@pytest.mark.parametrize("size", [(1, 900), (900, 1), (3, 400), (700, 11), (20, 2000)])
def test_extreme_shapes_give_the_same_pixels_without_the_memory(size: tuple[int, int]) -> None:
    image = noise(*size)
    np.testing.assert_array_equal(Preprocessing(32)(image), reference(image, 32))


def test_one_by_five_thousand_at_full_size() -> None:
    assert Preprocessing(512)(noise(1, 5000)).shape == (512, 512, 3)


def test_the_first_frame_of_an_animation() -> None:
    frames = [noise(40, 30, seed) for seed in (1, 2, 3)]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    opened = Image.open(io.BytesIO(file.getvalue()))
    np.testing.assert_array_equal(Preprocessing(30)(opened), reference(frames[0], 30))


def test_it_can_be_sent_to_another_process() -> None:
    preprocessing = Preprocessing(224)
    assert pickle.loads(pickle.dumps(preprocessing)) == preprocessing
