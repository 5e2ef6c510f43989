"""Formats, orientation, colour spaces, depth, transparency; metadata and its absurdities."""

import io
from datetime import datetime
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageCms

from indexer.appearance import dominant_colours, perceptual_hash
from indexer.decode_worker import DecodeSettings, look_at
from indexer.metadata import parse_offset, parse_time, read_metadata
from indexer.pixels import decode, register_decoders
from indexer.thumbnails import encode_thumbnail, shrink
from tests.indexer.encoder import GridPreprocessing

LIMIT = 10**8
NOW = datetime(2026, 11, 24)
register_decoders()


def picture(size: tuple[int, int] = (64, 48), seed: int = 1) -> Image.Image:
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize(size, Image.Resampling.BICUBIC)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)  # type: ignore[arg-type]
    return target.getvalue()


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [
        ("JPEG", 6), ("PNG", 0), ("WEBP", 8), ("BMP", 0), ("TIFF", 0), ("HEIF", 8),
        ("AVIF", 8), ("JPEG2000", 6), ("ICO", 0), ("PPM", 0), ("GIF", 40),
    ],
)  # fmt: skip
def test_every_format_is_read_with_its_colours(kind: str, tolerance: int) -> None:
    image = picture((64, 64))
    decoded = decode(saved(image, kind), LIMIT)
    assert (decoded.width, decoded.height, decoded.format) == (64, 64, kind)
    difference = np.abs(np.asarray(decoded.image, int) - np.asarray(image, int)).mean()
    assert difference <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(picture(), "JPEG", exif=exif, quality=95)
    decoded = decode(data, LIMIT)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert decoded.image.size == expected.size == (decoded.width, decoded.height)
    assert np.array_equal(np.asarray(decoded.image), np.asarray(expected))


def test_cmyk_and_palette_and_one_bit() -> None:
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    cmyk = decode(saved(red.convert("CMYK"), "TIFF"), LIMIT).image
    assert cmyk.getpixel((4, 4)) == (255, 0, 0)
    assert decode(saved(red.quantize(4), "PNG"), LIMIT).image.getpixel((0, 0)) == (255, 0, 0)
    white = decode(saved(Image.new("1", (8, 8), 1), "PNG"), LIMIT).image
    assert white.getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bits_are_scaled_not_cut() -> None:
    values = np.array([[0, 257 * 100, 257 * 200, 65535]], dtype=np.uint16)
    decoded = decode(saved(Image.fromarray(values), "PNG"), LIMIT).image
    assert [decoded.getpixel((x, 0))[0] for x in range(4)] == [0, 100, 200, 255]  # type: ignore[index]


def test_transparency_lies_on_white() -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    image.putpixel((0, 0), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 128))
    decoded = decode(saved(image, "PNG"), LIMIT).image
    assert decoded.getpixel((3, 3)) == (255, 255, 255)
    assert decoded.getpixel((0, 0)) == (255, 0, 0)
    assert decoded.getpixel((1, 0)) == (127, 127, 127)


def test_animated_pictures_give_their_first_frame_and_count() -> None:
    frames = [Image.new("RGB", (8, 8), (40 * n, 0, 0)) for n in range(5)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    decoded = decode(data, LIMIT)
    assert decoded.frames == 5 and decoded.image.getpixel((0, 0)) == (0, 0, 0)


def test_icc_profiles_are_converted_to_srgb() -> None:
    lab = ImageCms.createProfile("LAB")
    assert lab
    data = saved(picture(), "JPEG", icc_profile=_swapped_primaries(), quality=95)
    plain = saved(picture(), "JPEG", quality=95)
    settings = DecodeSettings(32)
    _, converted, _ = look_at(data, settings, GridPreprocessing())
    _, unconverted, _ = look_at(plain, settings, GridPreprocessing())
    assert np.abs(converted.astype(int) - unconverted.astype(int)).mean() > 5


def _swapped_primaries() -> bytes:
    """sRGB with its red and green colorants exchanged: the conversion must show."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace(b"s\0R\0G\0B", b"x\0y\0z\0w").replace(b"sRGB", b"xyzw")


def test_reduced_decoding_stays_within_one_step_of_exact() -> None:
    image = picture((2400, 1800), seed=5)
    noisy = np.asarray(image, int) + np.random.default_rng(0).normal(0, 12, (1800, 2400, 3))
    data = saved(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)), "JPEG", quality=90)
    _, exact, _ = look_at(data, DecodeSettings(224, exact=True), GridPreprocessing(224))
    facts, reduced, _ = look_at(data, DecodeSettings(224), GridPreprocessing(224))
    assert np.abs(exact.astype(int) - reduced.astype(int)).mean() <= 1.0
    assert (facts["width"], facts["height"]) == (2400, 1800)


def exif_of(**tags: object) -> Image.Exif:
    exif = Image.Exif()
    details, places = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    for name, value in tags.items():
        if name.startswith("GPS"):
            from PIL import ExifTags

            places[ExifTags.GPS[name]] = value
        elif name in ("Make", "Model", "DateTime"):
            exif[{"Make": 271, "Model": 272, "DateTime": 306}[name]] = value
        else:
            details[{"DateTimeOriginal": 36867, "OffsetTimeOriginal": 36881}[name]] = value
    return exif


def test_metadata_of_a_photograph() -> None:
    metadata = read_metadata(
        exif_of(
            Make="Canon", Model="Canon EOS 5D", DateTimeOriginal="2019:07:14 18:30:05",
            OffsetTimeOriginal="+02:00", GPSLatitude=(48.0, 51.0, 30.0), GPSLatitudeRef="N",
            GPSLongitude=(2.0, 17.0, 40.0), GPSLongitudeRef="W",
        ),
        NOW,
    )  # fmt: skip
    assert metadata.taken_at == datetime(2019, 7, 14, 18, 30, 5)
    assert (metadata.taken_offset_minutes, metadata.camera) == (120, "Canon EOS 5D")
    assert metadata.latitude == pytest.approx(48.8583, abs=1e-3)
    assert metadata.longitude == pytest.approx(-2.2944, abs=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00", "2019:13:41 10:00:00", "1500:01:01 00:00:00",
        "2900:01:01 00:00:00", "", "yesterday",
    ],
)  # fmt: skip
def test_absurd_times_are_none(text: str) -> None:
    assert parse_time(text, NOW) is None


def test_offsets() -> None:
    assert parse_offset("-05:30") == -330
    assert parse_offset("+99:00") is None and parse_offset("Z") is None


@pytest.mark.parametrize(
    "degrees", [(500.0, 0.0, 0.0), (float("nan"), 0.0, 0.0), (1.0,), "x", None]
)
def test_absurd_positions_are_none(degrees: object) -> None:
    exif = exif_of(GPSLatitude=degrees, GPSLongitude=(2.0, 0.0, 0.0)) if degrees else exif_of()
    metadata = read_metadata(exif, NOW)
    assert (metadata.latitude, metadata.longitude) == (None, None)


def test_the_perceptual_hash_is_the_usual_one() -> None:
    for seed in range(20):
        image = picture((200, 150), seed)
        assert perceptual_hash(image) == str(imagehash.phash(image))


def test_dominant_colours_are_shares_of_the_picture() -> None:
    image = Image.new("RGB", (100, 100), (200, 30, 30))
    image.paste((10, 10, 220), (0, 0, 100, 25))
    first, second = dominant_colours(image)[:2]
    assert first == [200, 30, 30, 0.75] and second == [10, 10, 220, 0.25]


def test_thumbnails_carry_no_metadata() -> None:
    exif = Image.Exif()
    exif[272] = "Secret Camera"
    data = saved(picture((800, 600)), "JPEG", exif=exif)
    thumbnail = encode_thumbnail(shrink(decode(data, LIMIT).image))
    with Image.open(io.BytesIO(thumbnail)) as opened:
        assert opened.size == (400, 300) and not dict(opened.getexif())
    assert b"Secret" not in thumbnail


def test_broken_exif_costs_the_metadata_not_the_picture(tmp_path: Path) -> None:
    data = bytearray(saved(picture(), "JPEG", exif=exif_of(Model="X", DateTime="2019:01:01")))
    place = data.index(b"Exif\0\0") + 14
    data[place : place + 12] = b"\xff" * 12
    assert decode(bytes(data), LIMIT).width == 64
