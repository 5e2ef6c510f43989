"""Camera RAW files, written here as Adobe's DNG specification 1.4 says; skips without rawpy."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.catalogue import Catalogue
from indexer.pixels import decode, register_decoders
from tests.indexer.conftest import Runner, scalar

pytest.importorskip("rawpy")

SHORT, LONG, ASCII, BYTE, RATIONAL, SRATIONAL = 3, 4, 2, 1, 5, 10
SIDES = (600, 400)


def entry(tag: int, kind: int, values: bytes | tuple[int, ...]) -> tuple[int, int, int, bytes]:
    """Tag, type, count and value of a TIFF field."""
    if isinstance(values, bytes):
        return tag, kind, len(values), values
    code = {SHORT: "H", LONG: "I", BYTE: "B", RATIONAL: "I", SRATIONAL: "i"}[kind]
    count = len(values) // 2 if kind in (RATIONAL, SRATIONAL) else len(values)
    return tag, kind, count, struct.pack(f"<{len(values)}{code}", *values)


def directory(entries: list[tuple[int, int, int, bytes]], at: int) -> bytes:
    """A TIFF directory that will lie at this offset, with its longer values behind it."""
    head, tail = struct.pack("<H", len(entries)), b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in sorted(entries):
        if len(value) > 4:
            head += struct.pack("<HHII", tag, kind, count, behind + len(tail))
            tail += value + b"\0" * (len(value) % 2)
        else:
            head += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    return head + struct.pack("<I", 0) + tail


def dng(preview: Image.Image, orientation: int = 1, sensor_at: int | None = None) -> bytes:
    """A DNG of 600 x 400: a preview, and sensor data that are green below a white band.

    sensor_at: where the file says that the sensor's data begin, if not where they do.
    """
    width, height = SIDES
    stream = io.BytesIO()
    preview.save(stream, "JPEG", quality=95)
    jpeg = stream.getvalue() + b"\0" * (len(stream.getvalue()) % 2)
    pattern = np.array([[1000, 20_000], [20_000, 1000]], dtype="<u2")  # red, green; green, blue
    mosaic = np.tile(pattern, (height // 2, width // 2))
    mosaic[:40] = 65535
    sensor = mosaic.tobytes()
    jpeg_at, behind = 8, 8 + len(jpeg)
    raw_at = behind + len(sensor)
    raw = directory(
        [
            entry(254, LONG, (0,)), entry(256, LONG, (width,)), entry(257, LONG, (height,)),
            entry(258, SHORT, (16,)), entry(259, SHORT, (1,)), entry(262, SHORT, (32803,)),
            entry(273, LONG, (sensor_at or behind,)), entry(277, SHORT, (1,)),
            entry(278, LONG, (height,)), entry(279, LONG, (len(sensor),)),
            entry(33421, SHORT, (2, 2)), entry(33422, BYTE, (0, 1, 1, 2)),
            entry(50714, SHORT, (0,)), entry(50717, LONG, (65535,)),
        ],
        raw_at,
    )  # fmt: skip
    first_at = raw_at + len(raw)
    unit = (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)
    first = directory(
        [
            entry(254, LONG, (1,)), entry(256, LONG, (preview.width,)),
            entry(257, LONG, (preview.height,)), entry(258, SHORT, (8, 8, 8)),
            entry(259, SHORT, (7,)), entry(262, SHORT, (6,)), entry(271, ASCII, b"Ada\0"),
            entry(272, ASCII, b"Ada One\0"), entry(273, LONG, (jpeg_at,)),
            entry(274, SHORT, (orientation,)), entry(277, SHORT, (3,)),
            entry(278, LONG, (preview.height,)), entry(279, LONG, (len(jpeg),)),
            entry(306, ASCII, b"2021:05:06 07:08:09\0"), entry(330, LONG, (raw_at,)),
            entry(50706, BYTE, (1, 4, 0, 0)), entry(50708, ASCII, b"Ada One\0"),
            entry(50721, SRATIONAL, unit), entry(50728, RATIONAL, (1, 1) * 3),
            entry(50778, SHORT, (21,)),
        ],
        first_at,
    )  # fmt: skip
    return b"II*\0" + struct.pack("<I", first_at) + jpeg + sensor + raw + first


def red_over_blue(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0], size[1] // 2))
    return image


@pytest.fixture(autouse=True)
def _decoders() -> None:
    register_decoders()


def test_the_cameras_own_preview_is_used_and_turned_upright() -> None:
    found = decode(dng(red_over_blue(SIDES), orientation=6), 10**9, 256, raw=True)
    assert (found.format, found.width, found.height) == ("RAW", 400, 600)
    assert found.image.size == (400, 600)
    # Turned by 90 degrees to the right, what was above is on the right.
    assert found.image.getpixel((390, 300))[0] > 240  # type: ignore[index]
    assert found.image.getpixel((10, 300))[2] > 240  # type: ignore[index]


def test_a_preview_that_is_too_small_gives_way_to_the_sensors_data() -> None:
    found = decode(dng(red_over_blue((60, 40))), 10**9, 256, raw=True)
    red, green, blue = np.asarray(found.image)[100:].reshape(-1, 3).mean(axis=0)
    assert (found.width, found.height, found.image.size) == (600, 400, (300, 200))
    assert green > 100 > max(red, blue)


def test_sensor_data_that_are_cut_off_leave_the_small_preview() -> None:
    cut = dng(red_over_blue((60, 40)), sensor_at=10**6)
    found = decode(cut, 10**9, 256, raw=True)
    assert found.image.size == (60, 40)


def test_raw_files_are_indexed_in_the_confined_process(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    (photos / "a.DNG").write_bytes(dng(red_over_blue(SIDES)))
    (photos / "b.cr2").write_bytes(b"no camera wrote this")
    report = run()
    assert (report.indexed, [f.reason for f in report.failures]) == (1, ["not_a_picture"])
    assert scalar(catalogue, "SELECT format FROM picture") == "RAW"
    assert scalar(catalogue, "SELECT width FROM picture") == 600
    assert scalar(catalogue, "SELECT camera FROM picture") == "Ada One"
    assert str(scalar(catalogue, "SELECT taken_at FROM picture")).startswith("2021-05-06 07:08")


def test_too_many_pixels_are_known_before_any_is_developed(run: Runner, photos: Path) -> None:
    (photos / "a.dng").write_bytes(dng(red_over_blue(SIDES)))
    assert [f.reason for f in run(pixel_limit=1000).failures] == ["too_many_pixels"]
