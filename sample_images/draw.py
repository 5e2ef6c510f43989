"""Paint the drawn sample pictures: python sample_images/draw.py [FOLDER]

Writes every scene of the table below into FOLDER (this one if none is given), each in its own
format, some with the date, place and turned camera of a photograph, and one picture cut off in the
middle. Needs Pillow alone. Dates, places and camera are made up, as the scenes are.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drawing import food, outdoors, seaside, things, town, vehicles
from drawing.brush import Canvas
from PIL import Image

DATE_TAKEN, OFFSET_TAKEN = 0x9003, 0x9011
MAKE, MODEL, ORIENTATION = 0x010F, 0x0110, 0x0112
EXIF_FOLDER, GPS_FOLDER = 0x8769, 0x8825

# EXIF orientation -> how the upright picture lies in the file (CIPA DC-008, 4.6.4 A)
STORED = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Drawing:
    """One scene, where it goes, and what its EXIF says."""

    path: str
    scene: Callable[[], Canvas]
    taken: str = ""  # "2023:08:14 20:41:00"
    offset: str = ""  # "+02:00"
    place: tuple[float, float] | None = None  # degrees north, degrees east
    orientation: int = 1


DRAWINGS = (
    Drawing("food/red-apple.jpg", food.red_apple, "2022:10:02 10:15:00"),
    Drawing("food/bananas.webp", food.bananas, "2021:05:11 08:02:00"),
    Drawing("food/pizza.jpg", food.pizza, "2023:02:18 19:30:00", "+01:00"),
    Drawing("food/birthday-cake.jpg", food.birthday_cake, "2024:06:21 16:00:00", "+02:00"),
    Drawing("food/watermelon.jpg", food.watermelon, "2023:08:15 13:20:00", "+02:00"),
    Drawing("food/ice-cream.jpg", food.ice_cream, "2023:08:15 15:05:00", "+02:00", orientation=6),
    Drawing("food/teapot.jpg", food.teapot, "2020:11:29 17:00:00"),
    Drawing("food/fried-eggs.jpg", food.fried_eggs, "2021:01:03 09:10:00"),
    Drawing("food/hamburger.webp", food.hamburger),
    Drawing(
        "landscapes/snowy-cabin.jpg",
        outdoors.snowy_cabin,
        "2022:12:24 18:22:00",
        "+01:00",
        (47.07, 12.69),
    ),
    Drawing("landscapes/rainbow.jpg", outdoors.rainbow, "2021:04:27 17:45:00"),
    Drawing(
        "landscapes/volcano.jpg",
        outdoors.volcano,
        "2021:02:16 22:10:00",
        "+01:00",
        (37.751, 14.9934),
    ),
    Drawing(
        "landscapes/cactus.jpg", outdoors.cactus, "2019:10:08 17:55:00", "-07:00", (32.25, -111.17)
    ),
    Drawing("landscapes/toadstools.jpg", outdoors.toadstools, "2022:10:09 11:31:00"),
    Drawing("landscapes/sunflowers.jpg", outdoors.sunflowers, "2020:07:19 14:12:00"),
    Drawing("landscapes/snowman.jpg", outdoors.snowman, "2021:01:17 12:00:00"),
    Drawing("landscapes/crescent-moon.png", outdoors.crescent_moon),
    Drawing("landscapes/waterfall.jpg", outdoors.waterfall, "2019:06:30 10:40:00", orientation=8),
    Drawing("landscapes/campfire.jpg", outdoors.campfire, "2023:07:08 22:30:00", "+02:00"),
    Drawing(
        "landscapes/mountain-panorama.jpg",
        outdoors.mountain_panorama,
        "2022:08:05 09:00:00",
        "+02:00",
        (46.58, 7.96),
    ),
    Drawing(
        "Été à la mer/voilier-au-couchant.jpg",
        seaside.sailing_boat,
        "2023:08:14 20:41:00",
        "+02:00",
        (48.68, -3.95),
    ),
    Drawing(
        "Été à la mer/phare.jpg",
        seaside.lighthouse,
        "2023:08:13 11:20:00",
        "+02:00",
        (48.683, -3.887),
        6,
    ),
    Drawing(
        "Été à la mer/plage-aux-palmiers.jpg", seaside.palm_beach, "2023:08:12 14:03:00", "+02:00"
    ),
    Drawing("Été à la mer/baleine.webp", seaside.whale),
    Drawing(
        "Été à la mer/panorama-de-la-plage.jpg",
        seaside.surf_panorama,
        "2023:08:12 18:48:00",
        "+02:00",
        (48.69, -3.92),
    ),
    Drawing("vehicles/red-car.jpg", vehicles.red_car, "2019:09:14 13:37:00", orientation=3),
    Drawing("vehicles/bus.jpg", vehicles.city_bus, "2024:03:04 08:25:00"),
    Drawing("vehicles/steam-train.jpg", vehicles.steam_train, "2022:05:22 11:11:00"),
    Drawing("vehicles/bicycle.jpg", vehicles.bicycle, "2020:04:18 16:50:00"),
    Drawing("vehicles/airplane.jpg", vehicles.airplane, "2024:09:30 07:15:00"),
    Drawing("vehicles/hot-air-balloons.avif", vehicles.hot_air_balloons),
    Drawing("vehicles/tractor.jpg", vehicles.tractor, "2020:08:02 10:00:00"),
    Drawing("vehicles/helicopter.png", vehicles.helicopter),
    Drawing("vehicles/motorcycle.jpg", vehicles.motorcycle, "2019:09:15 19:05:00"),
    Drawing(
        "town/city-at-night.jpg",
        town.city_at_night,
        "2024:01:12 21:00:00",
        "-05:00",
        (40.706, -73.996),
    ),
    Drawing("town/fireworks.jpg", town.fireworks, "2024:01:01 00:00:00", "+01:00"),
    Drawing("town/house.jpg", town.house_with_garden, "2021:05:30 12:45:00"),
    Drawing("town/traffic-light.jpg", town.traffic_light),
    Drawing("town/umbrella.jpg", town.umbrella_in_rain, "2020:10:21 08:08:00"),
    Drawing("town/christmas-tree.jpg", town.christmas_tree, "2022:12:24 20:00:00", "+01:00"),
    Drawing("town/jack-o-lantern.jpg", town.pumpkin_lantern, "2023:10:31 19:00:00", "+01:00"),
    Drawing("things/guitar.jpg", things.guitar),
    Drawing("things/alarm-clock.jpg", things.alarm_clock, "2024:02:29 06:30:00"),
    Drawing("things/candles.jpg", things.candles),
    Drawing("things/books.jpg", things.books, "2020:03:22 15:00:00"),
    Drawing("things/football.jpg", things.football, "2024:06:14 21:00:00", "+02:00"),
    Drawing("things/present.webp", things.present),
    Drawing("things/teddy-bear.jpg", things.teddy_bear),
    Drawing("things/piano.jpg", things.piano),
    Drawing("things/camera.jpg", things.photo_camera),
)

CUT_OFF = "broken/half-a-picture.jpg"  # the first half of this drawing's file:
CUT_OFF_FROM = "food/pizza.jpg"


def exif(drawing: Drawing) -> bytes:
    """The EXIF block of a drawing; empty where it has nothing to say."""
    block = Image.Exif()
    if drawing.orientation != 1:
        block[ORIENTATION] = drawing.orientation
    if drawing.taken:
        block[MAKE], block[MODEL] = "searchapp", "Paint box"
        block.get_ifd(EXIF_FOLDER)[DATE_TAKEN] = drawing.taken
        if drawing.offset:
            block.get_ifd(EXIF_FOLDER)[OFFSET_TAKEN] = drawing.offset
    if drawing.place:
        north, east = drawing.place
        gps = block.get_ifd(GPS_FOLDER)
        gps[1], gps[2] = "N" if north >= 0 else "S", _degrees(north)
        gps[3], gps[4] = "E" if east >= 0 else "W", _degrees(east)
    return block.tobytes() if len(block) or drawing.place else b""


def _degrees(angle: float) -> tuple[float, float, float]:
    whole = int(abs(angle))
    minutes = (abs(angle) - whole) * 60
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 2)


def paint(drawing: Drawing, folder: Path) -> None:
    """Write one drawing below the folder."""
    picture = drawing.scene().finished()
    if drawing.orientation != 1:
        picture = picture.transpose(STORED[drawing.orientation])
    path = folder / drawing.path
    path.parent.mkdir(parents=True, exist_ok=True)
    block = exif(drawing)
    options: dict[str, object] = {"exif": block} if block else {}
    match path.suffix:
        case ".jpg":
            picture.save(path, quality=82, optimize=True, progressive=True, **options)
        case ".webp":
            picture.save(path, quality=80, method=6, **options)
        case ".avif":
            picture.save(path, quality=65, speed=4)
        case ".png":
            picture.quantize(255, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def main(folder: Path) -> None:
    for drawing in DRAWINGS:
        paint(drawing, folder)
        print(drawing.path)
    whole = (folder / CUT_OFF_FROM).read_bytes()
    (folder / CUT_OFF).parent.mkdir(exist_ok=True)
    (folder / CUT_OFF).write_bytes(whole[: len(whole) // 2])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
