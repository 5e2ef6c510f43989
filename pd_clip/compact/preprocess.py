"""From a picture to the square that the bundled model reads; needs no weights and no Paddle."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pd_clip.preprocess import Preprocessing, centre_square


@dataclass(frozen=True)
class CompactPreprocessing(Preprocessing):
    """As for the big model, but what is transparent becomes white.

    Drawings with a transparent ground would otherwise stand on whatever colour lies hidden in
    it, most often black.
    """

    def __call__(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [S, S, 3] of the first frame, turned as its EXIF orientation says."""
        upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            clear = upright.convert("RGBA")
            ground = Image.new("RGBA", clear.size, "white")
            upright = Image.alpha_composite(ground, clear)
        return np.asarray(centre_square(upright.convert("RGB"), self.size), dtype=np.uint8)
