"""Which files are taken for pictures, and which decoders may open them."""

from importlib.util import find_spec

# File name endings by the decoder that may read them. The content decides in the end: a JPEG
# named .png is read as a JPEG; a name only says that a file is worth opening.
EXTENSIONS: dict[str, frozenset[str]] = {
    "JPEG": frozenset({"jpg", "jpeg", "jpe", "jfif"}),
    "PNG": frozenset({"png", "apng"}),
    "WEBP": frozenset({"webp"}),
    "GIF": frozenset({"gif"}),
    "BMP": frozenset({"bmp", "dib"}),
    "TIFF": frozenset({"tif", "tiff"}),
    "HEIF": frozenset({"heic", "heif", "hif"}),
    "AVIF": frozenset({"avif"}),
    "JPEG2000": frozenset({"jp2", "j2k", "jpf", "jpx", "j2c", "jpc"}),
    "ICO": frozenset({"ico"}),
    "PPM": frozenset({"ppm", "pgm", "pbm", "pnm"}),
}

RAW_EXTENSIONS = frozenset(
    {"dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "orf", "rw2", "raf", "pef"}
)

# The names Pillow knows these decoders by; nothing else is ever tried on a file. Its JPEG decoder
# also opens MPO, which is no decoder of its own: naming it here is a KeyError.
PILLOW_FORMATS: tuple[str, ...] = (
    "JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "HEIF", "AVIF", "JPEG2000",
    "ICO", "PPM",
)  # fmt: skip


def raw_supported() -> bool:
    """Whether the extra `raw` (rawpy) is installed."""
    return find_spec("rawpy") is not None


def picture_extensions() -> frozenset[str]:
    """Lower-case file name endings, without the dot, that a scan takes for pictures."""
    endings = frozenset().union(*EXTENSIONS.values())
    return endings | RAW_EXTENSIONS if raw_supported() else endings


def is_raw(path: str) -> bool:
    """Whether the name is that of a camera RAW file."""
    return path[path.rfind(".") + 1 :].lower() in RAW_EXTENSIONS
