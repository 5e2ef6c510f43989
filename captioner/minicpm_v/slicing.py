"""Cutting a picture into at most nine slices of about 448 x 448 pixels, plus the whole picture.

Sizes follow `MiniCPMVImageProcessor` of the checkpoint; they must match to the pixel, because the
number of slices decides the prompt.
"""

from math import ceil, inf, log, sqrt

import numpy as np
from PIL import Image

from captioner.minicpm_v.config import SlicingConfig

Size = tuple[int, int]


def choose_grid(size: Size, config: SlicingConfig) -> Size | None:
    """(columns, rows) of the slices, None for a picture that is not cut."""
    width, height = size
    wanted = min(ceil(width * height / config.resolution**2), config.max_slices)
    if wanted <= 1:
        return None
    grids = [
        (columns, count // columns)
        for count in (wanted - 1, wanted, wanted + 1)
        if 1 < count <= config.max_slices
        for columns in range(1, count + 1)
        if count % columns == 0
    ]
    best, nearest = (1, 1), inf
    for columns, rows in grids:
        distance = abs(log(width / height) - log(columns / rows))
        if distance < nearest:
            best, nearest = (columns, rows), distance
    return best


def whole_size(size: tuple[float, float], config: SlicingConfig, *, enlarge: bool) -> Size:
    """The size nearest in shape whose sides are whole patches and whose area is 448 x 448.

    Smaller pictures keep their size unless `enlarge`.
    """
    width, height = size
    if enlarge or width * height > config.resolution**2:
        ratio = width / height
        height = int(config.resolution / sqrt(ratio))
        width = int(height * ratio)
    return _whole(width, config.patch_size), _whole(height, config.patch_size)


def cut_slices(
    picture: Image.Image, config: SlicingConfig
) -> tuple[list[Image.Image], Size | None]:
    """The whole picture, then its slices in reading order; and their grid."""
    picture = picture.convert("RGB")
    grid = choose_grid(picture.size, config)
    whole = whole_size(picture.size, config, enlarge=grid is None)
    slices = [picture.resize(whole, Image.Resampling.BICUBIC)]
    if grid is not None:
        columns, rows = grid
        share = (_whole(picture.width, columns) / columns, _whole(picture.height, rows) / rows)
        width, height = whole_size(share, config, enlarge=True)
        refined = picture.resize((width * columns, height * rows), Image.Resampling.BICUBIC)
        slices += [
            refined.crop((x * width, y * height, (x + 1) * width, (y + 1) * height))
            for y in range(rows)
            for x in range(columns)
        ]
    return slices, grid


def to_patches(picture: Image.Image, patch: int) -> np.ndarray:
    """float32 [L, 3, P, P]: the patches in reading order, from -1 to 1."""
    pixels = (np.asarray(picture, np.float32) / np.float32(255) - np.float32(0.5)) / np.float32(0.5)
    rows, columns = pixels.shape[0] // patch, pixels.shape[1] // patch
    patches = pixels.reshape(rows, patch, columns, patch, 3).transpose(0, 2, 4, 1, 3)
    return np.ascontiguousarray(patches.reshape(rows * columns, 3, patch, patch))


def _whole(length: float, unit: int) -> int:
    return max(round(length / unit) * unit, unit)
