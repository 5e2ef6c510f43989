"""What the folder promises: pictures that open, in many shapes, each with its source."""

import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageOps

LICENCES = {
    "CC0-1.0",
    "public domain",
    "no known copyright restrictions",
    "CC-BY-2.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "GPL-2.0-or-later",
    "LGPL-3.0",
}
EXIF_FOLDER, GPS_FOLDER, DATE_TAKEN, ORIENTATION = 0x8769, 0x8825, 0x9003, 0x0112


@pytest.fixture(scope="module")
def opened(sound: dict[str, Path]) -> dict[str, Image.Image]:
    images = {}
    for name, path in sound.items():
        with Image.open(path) as image:
            image.load()
            images[name] = image
    return images


def test_at_least_120_pictures_open(opened: dict[str, Image.Image]) -> None:
    assert len(opened) >= 120


def test_pictures_are_small_enough_to_travel(opened: dict[str, Image.Image]) -> None:
    too_large = {name: image.size for name, image in opened.items() if max(image.size) > 1024}
    assert not too_large


def test_the_folder_stays_within_eight_megabytes(pictures: dict[str, Path]) -> None:
    assert sum(path.stat().st_size for path in pictures.values()) <= 8_000_000


def test_every_picture_has_one_row_in_sources(
    pictures: dict[str, Path], sources: dict[str, list[str]]
) -> None:
    assert set(sources) == set(pictures)


def test_every_photograph_names_author_licence_and_package(sources: dict[str, list[str]]) -> None:
    photographs = {name: cells for name, cells in sources.items() if len(cells) == 5}
    assert len(photographs) >= 100
    for name, (author, licence, package, _, changes) in photographs.items():
        assert author and changes, name
        assert licence in LICENCES, name
        assert "(Debian)" in package or "(PyPI)" in package, name


def test_share_alike_and_attribution_pictures_name_a_real_author(
    sources: dict[str, list[str]],
) -> None:
    nameless = {
        name
        for name, cells in sources.items()
        if len(cells) == 5
        and cells[1].startswith("CC-BY")
        and cells[0].lower() in {"anonymous", "unknown", "?"}
    }
    assert not nameless


def test_many_formats_are_there(opened: dict[str, Image.Image]) -> None:
    formats = Counter(image.format for image in opened.values())
    assert {"JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"} <= set(formats)


def test_a_suffix_says_the_truth_about_the_format(opened: dict[str, Image.Image]) -> None:
    expected = {".jpg": "JPEG", ".heic": "HEIF"}
    for name, image in opened.items():
        suffix = Path(name).suffix
        assert image.format == expected.get(suffix, suffix[1:].upper()), name


def test_grey_cmyk_and_transparent_pictures_are_there(opened: dict[str, Image.Image]) -> None:
    modes = {image.mode for image in opened.values()}
    assert {"L", "RGB", "RGBA", "CMYK"} <= modes
    assert opened["space/earth.png"].getchannel("A").getextrema() == (0, 255)


def test_a_panorama_is_three_times_as_wide_as_high(opened: dict[str, Image.Image]) -> None:
    wide = [name for name, image in opened.items() if image.width >= 3 * image.height]
    assert "landscapes/mountain-panorama.jpg" in wide


def test_turned_pictures_stand_upright_after_exif(opened: dict[str, Image.Image]) -> None:
    turned = {
        name: image.getexif()[ORIENTATION]
        for name, image in opened.items()
        if ORIENTATION in image.getexif()
    }
    assert {3, 6, 8} <= set(turned.values())
    tower = ImageOps.exif_transpose(opened["places/tower-bridge.jpg"])
    assert tower.size == opened["places/tower-bridge.jpg"].size  # nothing to turn
    lighthouse = opened["Été à la mer/phare.jpg"]
    upright = ImageOps.exif_transpose(lighthouse)
    assert (upright.width, upright.height) == (lighthouse.height, lighthouse.width)
    # The sky is above the rock only when the picture was turned the right way.
    top = upright.resize((1, 2), Image.Resampling.BOX).getpixel((0, 0))
    bottom = upright.resize((1, 2), Image.Resampling.BOX).getpixel((0, 1))
    assert sum(top) > sum(bottom)


def test_dates_and_places_are_there_to_filter_by(opened: dict[str, Image.Image]) -> None:
    dates, places = set(), 0
    for image in opened.values():
        exif = image.getexif()
        dates.add(str(exif.get_ifd(EXIF_FOLDER).get(DATE_TAKEN, ""))[:4])
        places += bool(exif.get_ifd(GPS_FOLDER))
    assert {"2019", "2020", "2021", "2022", "2023", "2024"} <= dates
    assert places >= 20


def test_a_place_is_where_the_building_stands(opened: dict[str, Image.Image]) -> None:
    gps = opened["places/machu-picchu.jpg"].getexif().get_ifd(GPS_FOLDER)
    degrees, minutes, _ = gps[2]
    assert (gps[1], gps[3]) == ("S", "W")
    assert (int(degrees), int(minutes)) == (13, 9)


def test_folders_carry_names_beyond_ascii(pictures: dict[str, Path]) -> None:
    folders = {name.split("/")[0] for name in pictures}
    assert {"Été à la mer", "旅行"} <= folders
    assert all(unicodedata.is_normalized("NFC", name) for name in pictures)


def test_the_copy_is_byte_for_byte(pictures: dict[str, Path]) -> None:
    contents = Counter(path.read_bytes() for path in pictures.values())
    assert [count for count in contents.values() if count > 1] == [2]
    original = pictures["animals/chelsea-the-cat.jpg"].read_bytes()
    assert pictures["copies/chelsea-again.jpg"].read_bytes() == original


@pytest.mark.parametrize("name", ["broken/half-a-picture.jpg", "broken/not-a-picture.jpg"])
def test_broken_files_do_not_open(pictures: dict[str, Path], name: str) -> None:
    with pytest.raises(OSError), Image.open(pictures[name]) as image:
        image.load()


def test_no_picture_is_nearly_one_colour(sound: dict[str, Path]) -> None:
    for name, path in sound.items():
        with Image.open(path) as image:
            low, high = image.convert("L").resize((32, 32)).getextrema()
        assert high - low > 40, name
