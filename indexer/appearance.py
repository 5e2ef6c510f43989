"""What a picture looks like in a few numbers: dominant colours and a perceptual hash."""

import math

import numpy as np
from PIL import Image

_COLOURS = 5
_SAMPLE = 64
_LEAST_SHARE = 0.02
_HASH_SIDE = 8
_HASH_SAMPLE = 32


def dominant_colours(image: Image.Image) -> list[list[float]]:
    """Up to five [red, green, blue, share of the picture], largest share first (median cut)."""
    small = image.resize((_SAMPLE, _SAMPLE), Image.Resampling.BOX)
    reduced = small.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = reduced.getpalette() or []
    counts = sorted(reduced.getcolors() or [], reverse=True)
    return [
        [*palette[3 * index : 3 * index + 3], round(count / _SAMPLE**2, 3)]
        for count, index in counts
        if isinstance(index, int) and count >= _LEAST_SHARE * _SAMPLE**2
    ]


def perceptual_hash(image: Image.Image) -> str:
    """64-bit DCT hash as 16 hex digits; near duplicates differ in few bits.

    The usual pHash: 32 x 32 grey, DCT-II, the 8 x 8 lowest frequencies against their median
    (https://www.hackerfactor.com/blog/?/archives/432-Looks-Like-It.html).
    """
    # ImageHash computes the same (a test compares), but with scipy and PyWavelets: 150 MB on disk,
    # and in every decoding process half a second and 28 MB more. Two matrix products do not.
    small = image.convert("L").resize((_HASH_SAMPLE, _HASH_SAMPLE), Image.Resampling.LANCZOS)
    grey = np.asarray(small, dtype=np.float64)
    lowest = (_DCT @ grey @ _DCT.T)[:_HASH_SIDE, :_HASH_SIDE]
    bits = (lowest > np.median(lowest)).ravel()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def _dct_matrix(size: int) -> np.ndarray:
    """DCT-II [size, size], unscaled: only the order of the coefficients matters here."""
    rows = np.arange(size)[:, None]
    columns = np.arange(size)[None, :]
    return np.asarray(2.0 * np.cos(math.pi * rows * (2 * columns + 1) / (2 * size)))


_DCT = _dct_matrix(_HASH_SAMPLE)
