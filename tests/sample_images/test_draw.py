"""The drawn pictures come out of draw.py as they lie in the folder."""

import subprocess
import sys
from pathlib import Path

import pytest
from draw import CUT_OFF, CUT_OFF_FROM, DRAWINGS, Drawing, exif, paint
from drawing import brush
from PIL import Image, ImageChops, ImageStat

IDS = [Path(drawing.path).stem for drawing in DRAWINGS]


def difference(one: Path, other: Path) -> float:
    """Mean difference of two pictures in grey levels (0 to 255), as they lie in the file."""
    with Image.open(one) as first, Image.open(other) as second:
        assert first.size == second.size
        apart = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
    return sum(ImageStat.Stat(apart).mean) / 3


@pytest.mark.parametrize("drawing", DRAWINGS[::5], ids=IDS[::5])
def test_a_drawing_is_reproduced(drawing: Drawing, samples: Path, tmp_path: Path) -> None:
    """Every fifth one, for time; encoders of other versions may differ by a grey level."""
    paint(drawing, tmp_path)
    assert difference(tmp_path / drawing.path, samples / drawing.path) < 1.5


def test_painting_twice_gives_the_same_pixels() -> None:
    scene = DRAWINGS[0].scene
    assert scene().finished().tobytes() == scene().finished().tobytes()


@pytest.mark.parametrize("drawing", DRAWINGS, ids=IDS)
def test_the_stored_exif_is_that_of_the_table(drawing: Drawing, samples: Path) -> None:
    with Image.open(samples / drawing.path) as image:
        stored = image.getexif()
    wanted = Image.Exif()
    wanted.load(exif(drawing))
    for folder in (0x8769, 0x8825):
        assert stored.get_ifd(folder).keys() == wanted.get_ifd(folder).keys()
    assert stored.get(0x0112) == wanted.get(0x0112)


def test_every_drawing_lies_in_the_folder_and_none_twice(samples: Path) -> None:
    paths = [drawing.path for drawing in DRAWINGS]
    assert len(paths) == len(set(paths)) >= 40
    assert all((samples / path).is_file() for path in paths)


def test_the_cut_off_picture_is_the_first_half_of_its_original(samples: Path) -> None:
    half, whole = (samples / CUT_OFF).read_bytes(), (samples / CUT_OFF_FROM).read_bytes()
    assert half == whole[: len(whole) // 2]


def test_the_script_runs_by_itself(samples: Path, tmp_path: Path) -> None:
    """Only its imports and table: painting all of it takes half a minute."""
    code = (
        f"import sys; sys.path.insert(0, {str(samples)!r}); import draw; print(len(draw.DRAWINGS))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(DRAWINGS)


def test_a_gradient_reaches_both_of_its_colours() -> None:
    down = brush.Down("#ff0000", "#0000ff").image(3, 50)
    assert down.getpixel((1, 0))[0] > 245 and down.getpixel((1, 49))[2] > 245
    across = brush.Across("#ff0000", "#0000ff").image(50, 3)
    assert across.getpixel((0, 1))[0] > 245 and across.getpixel((49, 1))[2] > 245


def test_a_ball_is_lightest_at_its_spot() -> None:
    ball = brush.Ball("#ffffff", "#000000", (0.25, 0.25)).image(40, 40).convert("L")
    assert ball.getpixel((10, 10)) > 240 > 80 > ball.getpixel((39, 39))


def test_shapes_land_where_they_are_told() -> None:
    canvas = brush.Canvas(60, 40, "#000000")
    canvas.rect(10, 10, 30, 20, "#ffffff")
    picture = canvas.finished().convert("L")
    assert picture.getpixel((20, 15)) == 255
    assert picture.getpixel((40, 15)) == 0


def test_opacity_mixes_with_what_is_below() -> None:
    canvas = brush.Canvas(20, 20, "#000000")
    canvas.rect(0, 0, 20, 20, "#ffffff", opacity=0.5)
    assert 120 <= canvas.finished().convert("L").getpixel((10, 10)) <= 135


def test_a_smooth_curve_goes_through_its_corners() -> None:
    corners = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
    curve = brush.smooth(corners, closed=False)
    assert all(corner in curve for corner in corners)
    assert len(brush.smooth(corners)) == 36


def test_a_quarter_turn_is_clockwise_on_the_picture() -> None:
    ((x, y),) = brush.turned([(1.0, 0.0)], (0.0, 0.0), 90)
    assert (round(x, 6), round(y, 6)) == (0, 1)
