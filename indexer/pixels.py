"""From a file's bytes to an upright RGB picture in sRGB on white.

Runs in a confined process, on files nobody vouches for: only the decoders of
`formats.PILLOW_FORMATS` are tried, and the header's number of pixels is checked before any is
decoded.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from indexer.failures import PictureUnreadable, Reason
from indexer.formats import PILLOW_FORMATS
from indexer.raw import FORMAT as RAW
from indexer.raw import RawPicture, read_raw

# Everything that 12,000 odd files made Pillow and pillow-heif raise (also out of `getexif`), and
# what their parsers raise by construction.
DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    NotImplementedError,
    EOFError,
    RuntimeError,
    TypeError,
    LookupError,
    OverflowError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)

# What a preview in a camera RAW file must have where JPEGs are decoded in full.
_RAW_SIDE = 1024

_TRUNCATED = ("truncat", "unexpected end", "premature", "not enough image data", "broken data")


@dataclass(frozen=True)
class Decoded:
    """A picture ready to be resized.

    image: RGB, upright, no metadata. `width`, `height`: of the upright original in pixels.
    profile: ICC profile still to be applied (to the small results; it is cheaper there).
    """

    image: Image.Image
    width: int
    height: int
    format: str
    frames: int
    exif: Image.Exif
    profile: bytes | None


def register_decoders() -> None:
    """Make HEIF known to Pillow; AVIF it knows by itself."""
    import pillow_heif

    # All of Pillow's own now: a confined process can open no file, so none by need.
    Image.init()
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DISABLE_SECURITY_LIMITS = False
    # The pixel limit is ours, settable and checked on the header.
    Image.MAX_IMAGE_PIXELS = None


def decode(
    data: bytes, pixel_limit: int, reduced_for: int | None = None, *, raw: bool = False
) -> Decoded:
    """Decode the first frame.

    reduced_for: pixels per side that are needed; a JPEG of at least twice as many is decoded at
        a half, a quarter or an eighth. None decodes exactly.
    raw: the file's name says camera RAW, which to Pillow is a TIFF with a stamp-sized picture.

    Raises:
        PictureUnreadable: with the reason.
    """
    if not data:
        raise PictureUnreadable(Reason.EMPTY, "0 bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if raw and (camera := read_raw(data, pixel_limit, reduced_for or _RAW_SIDE)):
                return _from_raw(camera)
            return _decode(data, pixel_limit, reduced_for)
        except UnidentifiedImageError as error:
            raise PictureUnreadable(Reason.NOT_A_PICTURE, "no known picture format") from error
        except MemoryError as error:
            raise PictureUnreadable(Reason.OUT_OF_MEMORY, "memory limit reached") from error
        except NotImplementedError as error:
            raise PictureUnreadable(Reason.UNSUPPORTED, _text(error)) from error
        except DECODER_ERRORS as error:
            text = _text(error)
            cut = any(sign in text.lower() for sign in _TRUNCATED)
            raise PictureUnreadable(Reason.TRUNCATED if cut else Reason.DAMAGED, text) from error


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _decode(data: bytes, pixel_limit: int, reduced_for: int | None) -> Decoded:
    image: Image.Image = Image.open(io.BytesIO(data), formats=PILLOW_FORMATS)
    name = image.format or "unknown"
    width, height = image.size
    if width * height > pixel_limit:
        raise PictureUnreadable(
            Reason.TOO_MANY_PIXELS, f"{width} x {height} pixels, limit {pixel_limit}"
        )
    exif = _exif(image)
    frames = _frames(image)
    profile = image.info.get("icc_profile")
    if reduced_for is not None and name in ("JPEG", "MPO"):
        needed = 2 * reduced_for
        image.draft(None, (needed, needed) if min(width, height) >= needed else image.size)
    image.load()
    orientation = exif.get(ORIENTATION, 1)
    if isinstance(profile, bytes) and profile and image.mode in ("CMYK", "L", "LAB"):
        image = _profile_applied(image, profile)
        profile = None
    upright = _upright(flattened(image), orientation)
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    usable = profile if isinstance(profile, bytes) and not _is_srgb(profile) else None
    return Decoded(upright, width, height, name, frames, exif, usable)


def _from_raw(camera: RawPicture) -> Decoded:
    width, height = camera.width, camera.height
    if camera.orientation in (5, 6, 7, 8):
        width, height = height, width
    profile = camera.preview.info.get("icc_profile")
    usable = profile if isinstance(profile, bytes) and not _is_srgb(profile) else None
    upright = _upright(flattened(camera.preview), camera.orientation)
    return Decoded(upright, width, height, RAW, 1, camera.exif, usable)


ORIENTATION = 0x0112

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, orientation: object) -> Image.Image:
    method = _TRANSPOSE.get(orientation) if isinstance(orientation, int) else None
    return image if method is None else image.transpose(method)


def _exif(image: Image.Image) -> Image.Exif:
    # Broken EXIF in an otherwise fine picture costs the metadata, not the picture.
    try:
        return image.getexif()
    except DECODER_ERRORS:
        return Image.Exif()


def _frames(image: Image.Image) -> int:
    try:
        frames = int(getattr(image, "n_frames", 1))
        if frames > 1:
            image.seek(0)
        return frames
    except DECODER_ERRORS:
        return 1


def flattened(image: Image.Image) -> Image.Image:
    """Any mode as RGB: 16 bit and float scaled to 8, transparency laid on white."""
    mode = image.mode
    if mode.startswith("I;16") or mode in ("I", "F"):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, coloured).convert("RGB")
    if mode == "RGB":
        return image
    return image.convert("RGB")


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Greyscale of more than 8 bits, [H, W], to uint8 [H, W]."""
    if np.issubdtype(values.dtype, np.floating):
        finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        # Floats are either 0..1 by convention or measurements, which are stretched to be seen.
        if low < 0.0 or high > 1.0:
            finite = (finite - low) / max(high - low, 1e-12)
        return np.asarray(np.rint(finite * 255.0), dtype=np.uint8)
    clipped = np.clip(values.astype(np.int64), 0, 65535)
    return np.asarray((clipped + 128) // 257, dtype=np.uint8)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The RGB picture converted from its ICC profile; unchanged if the profile is unusable."""
    return image if profile is None else _profile_applied(image, profile)


def _profile_applied(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (*DECODER_ERRORS, ImageCms.PyCMSError):
        return image
    return image if converted is None else converted


def _is_srgb(profile: bytes) -> bool:
    # The description of every common sRGB profile says so within its first kilobytes.
    return b"sRGB" in profile[:4096] or b"s\0R\0G\0B" in profile[:4096]
