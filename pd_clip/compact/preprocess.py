"""From a picture to the square that the bundled model reads; needs no weights and no Paddle."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageOps

from pd_clip.preprocess import Preprocessing, centre_square, resize

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]  # left, top, right, bottom

# A border is plain where so much of it is within so many levels of its median colour; a subject
# is what differs more than that. Chosen on clip art with a title, see docs/bundled_model_runs.md.
PLAIN_SHARE: Final = 0.8
PLAIN_LEVELS: Final = 12
SUBJECT_LEVELS: Final = 18
# A speck on an empty page is not blown up until it fills the square.
LARGEST_ZOOM: Final = 4


@dataclass(frozen=True)
class CompactPreprocessing(Preprocessing):
    """As for the big model, but for two things.

    What is transparent becomes white: drawings would otherwise stand on whatever colour lies
    hidden there, most often black. And what stands alone on a plain ground (a cut-out, a drawing,
    goods for sale) is seen whole, however long or high it is; a centre crop would cut it off.
    """

    def __call__(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [S, S, 3] of the first frame, turned as its EXIF orientation says."""
        upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            clear = upright.convert("RGBA")
            white = Image.new("RGBA", clear.size, "white")
            upright = Image.alpha_composite(white, clear)
        opaque = upright.convert("RGB")
        ground = plain_ground(opaque)
        subject = ground and subject_box(opaque, ground)
        if ground and subject:
            square = whole_subject(opaque, ground, subject, self.size)
        else:
            square = centre_square(opaque, self.size)
        return np.asarray(square, dtype=np.uint8)


def plain_ground(image: Image.Image) -> Colour | None:
    """The colour of the border of an RGB picture, None where the border is not of one colour."""
    width, height = image.size
    edges = (
        (0, 0, width, 1),
        (0, height - 1, width, height),
        (0, 0, 1, height),
        (width - 1, 0, width, height),
    )
    border = np.concatenate(
        [np.asarray(image.crop(edge), np.int16).reshape(-1, 3) for edge in edges]
    )
    colour = np.median(border, axis=0).astype(np.int16)
    away = np.abs(border - colour).max(axis=1)
    if (away <= PLAIN_LEVELS).mean() < PLAIN_SHARE:
        return None
    red, green, blue = colour.tolist()
    return red, green, blue


def subject_box(image: Image.Image, ground: Colour) -> Box | None:
    """All that is not the ground; None where there is nothing."""
    away = ImageChops.difference(image, Image.new("RGB", image.size, ground))
    red, green, blue = away.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([255 * (level > SUBJECT_LEVELS) for level in range(256)]).getbbox()


def whole_subject(image: Image.Image, ground: Colour, box: Box, size: int) -> Image.Image:
    """The part of the picture in the box, as large as it fits, in the middle of a square."""
    part = image.crop(box)
    side = max(*part.size, max(image.size) / LARGEST_ZOOM)
    width, height = (max(1, round(edge * size / side)) for edge in part.size)
    square = Image.new("RGB", (size, size), ground)
    square.paste(resize(part, (width, height)), ((size - width) // 2, (size - height) // 2))
    return square
