"""From a picture to the square of pixels the image tower reads; needs no weights and no Paddle.

Bit-equal to the reference: shortest side to the target with bicubic, the long side cut down to
`int(size * long / short)`, then a centre crop. Squashing to a square, padding, or leaving out
mean and deviation are known mistakes of other integrations.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pd_clip.config import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

# A strip of 1 x 5000 would grow to size x (5000 * size) before the crop throws nearly all of it
# away; beyond this ratio only the part that survives is computed, which gives the same pixels.
EXTREME_RATIO: Final = 16


@dataclass(frozen=True)
class Preprocessing:
    """Picklable, so that decode workers can be handed it without a model.

    size: pixels per side of the square; mean and std: per channel, on values in 0..1;
    mode: "shortest" is the only way of resizing that the reference knows.
    """

    size: int
    mean: tuple[float, float, float] = OPENAI_CLIP_MEAN
    std: tuple[float, float, float] = OPENAI_CLIP_STD
    mode: str = "shortest"

    def __call__(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [S, S, 3] of the first frame, turned as its EXIF orientation says."""
        upright = ImageOps.exif_transpose(image)
        square = centre_square(upright.convert("RGB"), self.size)
        return np.asarray(square, dtype=np.uint8)

    def normalise(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [N, S, S, 3] -> float32 [N, 3, S, S], channel first, mean 0 and deviation 1."""
        pixels = batch.astype(np.float32)
        pixels /= np.float32(255.0)
        pixels -= np.asarray(self.mean, np.float32)
        pixels /= np.asarray(self.std, np.float32)
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))


def centre_square(image: Image.Image, size: int) -> Image.Image:
    """Resize the shortest side to `size`, bicubic, and keep the centre square."""
    width, height = image.size
    short, long = min(width, height), max(width, height)
    long_side = int(size * long / short)
    target = (size, long_side) if width <= height else (long_side, size)
    left, top = round((target[0] - size) / 2.0), round((target[1] - size) / 2.0)
    if long > EXTREME_RATIO * short and size > short:
        return _resize_window(image, size, target, (left, top))
    return resize(image, target).crop((left, top, left + size, top + size))


def resize(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Bicubic, one axis at a time, in the order of Pillow 13 whatever Pillow is installed.

    Values are rounded to bytes between the two passes, so the order shows in the pixels. Pillow
    13 takes the height first where it shrinks much more than the width; older ones never do
    (https://github.com/python-pillow/Pillow/pull/9549). Vectors must not depend on that.
    """
    width_cut, height_cut = image.width - target[0], image.height - target[1]
    height_first = height_cut > 2 * max(width_cut, 0)
    between = (image.width, target[1]) if height_first else (target[0], image.height)
    return image.resize(between, Image.Resampling.BICUBIC).resize(target, Image.Resampling.BICUBIC)


def _resize_window(
    image: Image.Image, size: int, target: tuple[int, int], corner: tuple[int, int]
) -> Image.Image:
    """The crop alone: of the long axis only the rows that survive it are ever computed.

    Pillow resizes along the width first and rounds to bytes between the two passes; the same
    order is kept here, so the pixels are the same. (Its own `box` argument gives others.)
    """
    left, top = corner
    if image.width >= image.height:
        across = _resample_rows(np.asarray(image).swapaxes(0, 1), target[0], left, size)
        strip = Image.fromarray(np.ascontiguousarray(across.swapaxes(0, 1)))
        return strip.resize((size, size), Image.Resampling.BICUBIC)
    strip = image.resize((size, image.height), Image.Resampling.BICUBIC)
    return Image.fromarray(_resample_rows(np.asarray(strip), target[1], top, size))


def _resample_rows(
    pixels: NDArray[np.uint8], target: int, first: int, count: int
) -> NDArray[np.uint8]:
    """Rows first..first+count of `pixels` [H, W, 3] enlarged to `target` rows, bicubic.

    Fixed point with 22 bits, as in Pillow's src/libImaging/Resample.c.
    """
    scale = pixels.shape[0] / target
    centres = (np.arange(first, first + count) + 0.5) * scale
    taps = np.trunc(centres[:, None] - 2.0 + 0.5).astype(np.int64) + np.arange(4)  # [count, 4]
    last = np.trunc(centres + 2.0 + 0.5).astype(np.int64)[:, None]
    inside = (taps >= 0) & (taps < np.minimum(last, pixels.shape[0]))
    weights = np.where(inside, _cubic(taps - centres[:, None] + 0.5), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    fixed = np.trunc(weights * (1 << 22) + np.where(weights < 0, -0.5, 0.5)).astype(np.int64)
    rows = pixels[np.clip(taps, 0, pixels.shape[0] - 1)].astype(np.int64)  # [count, 4, W, 3]
    sums = (rows * fixed[:, :, None, None]).sum(axis=1) + (1 << 21)
    bytes_out: NDArray[np.uint8] = np.clip(sums >> 22, 0, 255).astype(np.uint8)
    return bytes_out


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pillow's bicubic kernel, a = -0.5."""
    near = np.abs(distance)
    inner = (1.5 * near - 2.5) * near * near + 1.0
    outer = ((near - 5.0) * near + 8.0) * near * -0.5 + 2.0
    return np.where(near < 1.0, inner, np.where(near < 2.0, outer, 0.0))
