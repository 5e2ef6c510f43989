"""Camera RAW: the preview the camera left in the file, or the sensor's data developed small.

Needs the extra `raw` (rawpy, which is LibRaw); without it a scan does not take such files for
pictures. The preview is the camera's own rendering, and quick; where it is too small for the
model, the sensor's data is developed at half size.
"""

import io
from dataclasses import dataclass

from PIL import Image

from indexer.failures import PictureUnreadable, Reason

try:
    import rawpy
except ImportError:  # the extra is not installed
    rawpy = None

FORMAT = "RAW"

# LibRaw's `flip` (0, 3, 5 or 6) in the numbers of EXIF.
_ORIENTATION_OF_FLIP = {3: 3, 5: 8, 6: 6}


@dataclass(frozen=True)
class RawPicture:
    """preview: as it lies in the file; `orientation` (EXIF's number) turns it upright.

    width, height: of the sensor's picture, before turning. exif: empty where none can be read.
    """

    preview: Image.Image
    width: int
    height: int
    orientation: int
    exif: Image.Exif


def read_raw(data: bytes, pixel_limit: int, needed: int) -> RawPicture | None:
    """A camera RAW file's picture; None for a file that LibRaw does not know.

    needed: pixels that the shorter side of a preview must have for it to do.

    Raises:
        PictureUnreadable: too many pixels, truncated or damaged.
        MemoryError: the memory limit is reached.
    """
    if rawpy is None:
        return None
    try:
        opened = rawpy.imread(io.BytesIO(data))
    except (rawpy.LibRawFileUnsupportedError, rawpy.LibRawIOError):
        return None
    try:
        with opened as raw:
            # Read once: they are not to be trusted after a failed development.
            sizes = raw.sizes
            if sizes.raw_width * sizes.raw_height > pixel_limit:
                found = f"{sizes.raw_width} x {sizes.raw_height} pixels, limit {pixel_limit}"
                raise PictureUnreadable(Reason.TOO_MANY_PIXELS, found)
            preview = _preview(raw, needed)
            exif = _exif(data, preview)
            if preview is None or min(preview.size) < min(needed, sizes.width, sizes.height):
                preview = _developed(raw, preview)
            orientation = _ORIENTATION_OF_FLIP.get(sizes.flip, 1)
            return RawPicture(preview, sizes.width, sizes.height, orientation, exif)
    except rawpy.LibRawUnsufficientMemoryError as error:
        raise MemoryError from error
    except rawpy.LibRawIOError as error:
        raise PictureUnreadable(Reason.TRUNCATED, _text(error)) from error
    except rawpy.LibRawError as error:
        raise PictureUnreadable(Reason.DAMAGED, _text(error)) from error


def _preview(raw: "rawpy.RawPy", needed: int) -> Image.Image | None:
    """The largest preview in the file, reduced where it is far larger than needed; None if there
    is none that can be read."""
    try:
        thumbnail = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        return None
    if thumbnail.format == rawpy.ThumbFormat.BITMAP:
        return Image.fromarray(thumbnail.data)
    try:
        preview = Image.open(io.BytesIO(thumbnail.data), formats=("JPEG",))
        if min(preview.size) >= 2 * needed:
            preview.draft(None, (2 * needed, 2 * needed))
        preview.load()
    except (OSError, SyntaxError, ValueError):
        return None
    return preview


def _developed(raw: "rawpy.RawPy", preview: Image.Image | None) -> Image.Image:
    """The sensor's data as an sRGB picture of half the size, not turned.

    Data that LibRaw cannot read (a new camera's, or cut off) leave the small preview to find the
    picture by; without one the error stands.
    """
    try:
        return Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True, user_flip=0))
    except rawpy.LibRawUnsufficientMemoryError:
        raise
    except rawpy.LibRawError:
        if preview is None:
            raise
        return preview


def _exif(data: bytes, preview: Image.Image | None) -> Image.Exif:
    """EXIF of the file itself, most of which are TIFF, else of its preview."""
    exif = Image.Exif()
    try:
        exif.load(data)
        if len(exif):
            return exif
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, OverflowError):
        exif = Image.Exif()
    return exif if preview is None else preview.getexif()


def _text(error: Exception) -> str:
    detail = error.args[0] if error.args else ""
    said = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
    return f"{type(error).__name__}: {said}"[:300]
