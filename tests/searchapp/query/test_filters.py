"""Filters against a real catalogue."""

from datetime import datetime

import pytest

from indexer.catalogue import Catalogue
from searchapp.query.filters import Filters, colour_name
from searchapp.query.syntax import parse
from tests.searchapp.conftest import Put

NOW = datetime(2026, 11, 24)


@pytest.fixture
def library(catalogue: Catalogue, put: Put) -> dict[str, int]:
    return {
        "beach": put(
            "2023/Holiday/beach.jpg",
            {"en": "A beach at sunset", "de": "Ein Strand"},
            taken_at=datetime(2023, 7, 1, 18),
            camera="Google Pixel 8",
            latitude=48.86,
            longitude=2.35,
            favourite=True,
            colours=[[230, 120, 20, 0.6], [10, 10, 10, 0.4]],
        ),
        "snow": put(
            "2021/snow.png",
            {"de-AT": "Schnee"},
            taken_at=datetime(2021, 12, 31, 23, 59),
            format="PNG",
            width=300,
            height=600,
            colours=[[250, 250, 250, 0.9]],
        ),
        "scan": put("Scans/Straße_1.tif", format="TIFF", width=2000, height=1980, frames=2),
        "oslo": put("oslo.heic", format="HEIF", latitude=59.91, longitude=10.75),
        "gone": put("Holiday/gone.jpg", {"en": "A beach"}, live=False),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("after:2023", {"beach"}),
        ("before:2022", {"snow"}),
        ("date:2021-12-31", {"snow"}),
        ("-after:2022", {"snow", "scan", "oslo"}),
        ("folder:holiday", {"beach"}),
        ("folder:photos", {"beach", "snow", "scan", "oslo"}),
        ("-folder:holiday", {"snow", "scan", "oslo"}),
        ("name:straße", {"scan"}),
        ("name:os", {"oslo"}),
        ("type:png", {"snow"}),
        ("type:png,tiff", {"snow", "scan"}),
        ("type:heic", {"oslo"}),
        ("orientation:portrait", {"snow"}),
        ("orientation:square", {"scan"}),
        ("camera:pixel", {"beach"}),
        ("-camera:pixel", {"snow", "scan", "oslo"}),
        ("near:48.85,2.35,10km", {"beach"}),
        ("near:59.9,10.7", {"oslo"}),
        ("near:48.85,2.35,500m", set()),
        ("-near:48.85,2.35,10km", {"snow", "scan", "oslo"}),
        ("colour:orange", {"beach"}),
        ("colour:white,orange", {"beach", "snow"}),
        ("-colour:white", {"beach", "scan", "oslo"}),
        ("has:caption", {"beach", "snow"}),
        ("-has:caption", {"scan", "oslo"}),
        ("has:place", {"beach", "oslo"}),
        ("lang:de", {"beach", "snow"}),
        ("lang:en", {"beach"}),
        ("is:favourite", {"beach"}),
        ("is:animated", {"scan"}),
        ("width:>1000", {"scan"}),
        ("width:<=300", {"snow"}),
        ("size:>=4k", {"oslo"}),
        ('"a beach"', {"beach"}),
        ('"BEACH AT"', {"beach"}),
        ('"no such words"', set()),
        ("type:jpeg is:favourite after:2023-07-01 before:2023-07-02", {"beach"}),
        ("type:jpeg is:animated", set()),
    ],
)
def test_a_filter_keeps_what_it_says(
    catalogue: Catalogue, library: dict[str, int], query: str, names: set[str]
) -> None:
    parsed = parse(query, NOW)
    allowed = Filters(catalogue).allowed(parsed.conditions, parsed.phrases)
    assert allowed is not None
    assert {name for name, number in library.items() if number in allowed} == names


def test_no_filter_is_no_restriction(catalogue: Catalogue) -> None:
    assert Filters(catalogue).allowed(()) is None


def test_wildcards_in_values_are_plain_letters(catalogue: Catalogue, put: Put) -> None:
    put("a_b%c/x.jpg")
    put("aXbYc/x.jpg")
    filters = Filters(catalogue)
    for query in ("folder:a_", "folder:b%", "folder:a_b%c"):
        assert filters.allowed(parse(query, NOW).conditions) == [1]
    assert len(filters.allowed(parse("folder:%'--", NOW).conditions)) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((211, 58, 44), "red"),
        ((238, 138, 38), "orange"),
        ((240, 205, 58), "yellow"),
        ((76, 154, 74), "green"),
        ((63, 118, 201), "blue"),
        ((134, 86, 184), "purple"),
        ((132, 90, 59), "brown"),
        ((29, 29, 29), "black"),
        ((143, 143, 143), "grey"),
        ((244, 244, 242), "white"),
        ((255, 170, 190), "pink"),
    ],
)
def test_colours_have_the_names_that_people_give_them(rgb: tuple[int, int, int], name: str) -> None:
    assert colour_name(*rgb) == name
