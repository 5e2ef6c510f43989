"""Pictures as other models want them, with Pillow alone, so that decode workers need no torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pd_clip.preprocess import centre_square

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class Square:
    """Picklable. size: pixels per side; mode: "shortest" keeps the centre, "squash" distorts.

    Raises ValueError for a way of resizing that is not one of these two.
    """

    size: int
    mode: str = "shortest"
    interpolation: str = "bicubic"

    def __post_init__(self) -> None:
        if self.mode not in ("shortest", "squash") or self.interpolation not in RESAMPLING:
            raise ValueError(f"resizing {self.mode}, {self.interpolation} is not known here")

    def __call__(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [S, S, 3]."""
        picture = ImageOps.exif_transpose(image).convert("RGB")
        if self.mode == "shortest" and self.interpolation == "bicubic":
            return np.asarray(centre_square(picture, self.size), np.uint8)
        if self.mode == "shortest":
            return np.asarray(self._centre(picture), np.uint8)
        chosen = RESAMPLING[self.interpolation]
        return np.asarray(picture.resize((self.size, self.size), chosen), np.uint8)

    def _centre(self, picture: Image.Image) -> Image.Image:
        short = min(picture.size)
        width, height = (
            self.size if side == short else int(self.size * side / short) for side in picture.size
        )
        scaled = picture.resize((width, height), RESAMPLING[self.interpolation])
        left, top = round((width - self.size) / 2), round((height - self.size) / 2)
        return scaled.crop((left, top, left + self.size, top + self.size))
