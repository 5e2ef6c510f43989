"""Cutting a picture into tiles, as InternVL 1.5 does (https://arxiv.org/abs/2404.16821, 3.3)."""

import numpy as np
from PIL import Image

from captioner.mono_internvl.config import MonoInternVLConfig

# ImageNet statistics, the `IMAGENET_MEAN` and `IMAGENET_STD` of the original.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_STD = np.array([0.229, 0.224, 0.225], np.float32)


def choose_grid(width: int, height: int, config: MonoInternVLConfig) -> tuple[int, int]:
    """(columns, rows) whose shape is nearest to the picture's.

    Of equally near grids the later, larger one wins if the picture has more than half its area.
    """
    grids = sorted(
        {
            (columns, rows)
            for columns in range(1, config.max_dynamic_patch + 1)
            for rows in range(1, config.max_dynamic_patch + 1)
            if config.min_dynamic_patch <= columns * rows <= config.max_dynamic_patch
        },
        key=lambda grid: grid[0] * grid[1],
    )
    best, nearest = (1, 1), float("inf")
    for columns, rows in grids:
        distance = abs(width / height - columns / rows)
        room = 0.5 * config.image_size**2 * columns * rows
        if distance < nearest:
            best, nearest = (columns, rows), distance
        elif distance == nearest and width * height > room:
            best = (columns, rows)
    return best


def cut_tiles(picture: Image.Image, config: MonoInternVLConfig) -> np.ndarray:
    """float32 [N, 3, S, S]: tiles in reading order, then the whole picture if there are several.

    The picture is squeezed to the grid, so nothing of it is cut off.
    """
    picture = picture.convert("RGB")
    size = config.image_size
    columns, rows = choose_grid(*picture.size, config)
    resized = picture.resize((columns * size, rows * size), Image.Resampling.BICUBIC)
    tiles = [
        resized.crop((column * size, row * size, (column + 1) * size, (row + 1) * size))
        for row in range(rows)
        for column in range(columns)
    ]
    if config.use_thumbnail and len(tiles) > 1:
        tiles.append(picture.resize((size, size), Image.Resampling.BICUBIC))
    pixels = np.stack([np.asarray(tile, np.float32) for tile in tiles]) / np.float32(255)
    return np.ascontiguousarray(((pixels - _MEAN) / _STD).transpose(0, 3, 1, 2))
