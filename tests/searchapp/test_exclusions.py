"""Patterns that a library leaves out in every run."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from searchapp.errors import PatternInvalid
from searchapp.requests import IndexRequest
from searchapp.results import IndexOutcome
from searchapp.service import SearchService
from searchapp.settings import Settings

SAMPLES = Path(__file__).parents[2] / "sample_images" / "food"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "screenshots").mkdir(parents=True)
    one, two = sorted(SAMPLES.glob("*.jpg"))[:2]
    shutil.copy(one, folder / "one.jpg")
    shutil.copy(two, folder / "screenshots" / "two.jpg")
    return folder


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SearchService]:
    opened = SearchService(Settings(library=tmp_path / "library", model="bundled"))
    yield opened
    opened.close()


def index(service: SearchService, *folders: Path, excludes: tuple[str, ...] = ()) -> IndexOutcome:
    request = IndexRequest(paths=folders, excludes=excludes)
    return service.index(request, lambda _: None, lambda: False)


def test_nothing_is_left_out_at_first_and_nothing_is_made_by_asking(
    service: SearchService, tmp_path: Path
) -> None:
    assert service.exclusions() == ()
    assert not (tmp_path / "library").exists()


def test_every_run_heeds_them_until_they_are_taken_back(
    service: SearchService, photos: Path
) -> None:
    service.keep_exclusions(["screenshots/"])
    assert service.estimate(IndexRequest(paths=(photos,))).files == 1
    assert index(service, photos).indexed == 1
    assert index(service).unchanged == 1
    assert index(service, excludes=("one.jpg",)).missing == 1
    service.keep_exclusions([])
    assert service.exclusions() == ()
    assert index(service).indexed == 1
    assert service.pictures().count() == 2


def test_a_pattern_that_is_none_is_refused_and_those_before_stay(
    service: SearchService, photos: Path
) -> None:
    service.keep_exclusions(["*.gif", "été/"])
    with pytest.raises(PatternInvalid):
        service.keep_exclusions(["*.png", "!"])
    assert service.exclusions() == ("*.gif", "été/")
    with pytest.raises(PatternInvalid):
        index(service, photos, excludes=("!",))
