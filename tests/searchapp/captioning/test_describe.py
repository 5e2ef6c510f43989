"""Describing pictures: which, in what order, and what a failure costs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL.Image import Image

from captioner import registry
from captioner.errors import CaptionerCrashed, CaptionerNotStarted
from captioner.options import GenerationOptions
from captioner.process import CaptionerProcess
from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption
from indexer.report import Progress
from searchapp.captioning import CaptionRequest, caption_pictures
from searchapp.handwork import write_caption
from tests.captioner.conftest import mono_folder  # noqa: F401 - a fixture
from tests.searchapp.captioning.conftest import AddPicture, captions_in, found_by_text


class Counting:
    """Says how many pictures it has seen, and crashes where it is told to."""

    name = "counting"

    def __init__(self, crash_at: int | None = None) -> None:
        self.seen = 0
        self.prompts: list[str] = []
        self._crash_at = crash_at

    def caption(self, pictures: list[Image], prompt: str) -> list[str]:
        assert all(picture.mode == "RGB" for picture in pictures)
        self.seen += 1
        self.prompts.append(prompt)
        if self.seen == self._crash_at:
            raise CaptionerCrashed(self.name, "out of memory")
        return [f"picture number {self.seen} "]


def silent(_: Progress) -> None:
    """Shows nothing."""


def never() -> bool:
    """Never stops."""
    return False


def test_newest_first_and_findable_at_once(catalogue: Catalogue, add: AddPicture) -> None:
    old, new = add("old.jpg", 2001), add("new.jpg", 2024)
    outcome = caption_pictures(catalogue, Counting(), CaptionRequest(), silent, never)
    assert (outcome.captioned, outcome.skipped, outcome.failed) == (2, 0, 0)
    assert captions_in(catalogue) == {
        (new, "en", "picture number 1", "captioner"),
        (old, "en", "picture number 2", "captioner"),
    }
    assert found_by_text(catalogue, "number 2") == [old]


def test_who_said_it_and_what_was_asked_is_kept(catalogue: Catalogue, add: AddPicture) -> None:
    add("a.jpg")
    request = CaptionRequest(language="de", prompt="Was ist zu sehen?")
    caption_pictures(catalogue, Counting(), request, silent, never)
    with catalogue.read() as connection:
        row = connection.execute(sa.select(Caption)).one()
    assert (row.language, row.model, row.prompt) == ("de", "counting", "Was ist zu sehen?")
    assert row.created_at is not None


def test_a_second_run_does_only_what_is_left(catalogue: Catalogue, add: AddPicture) -> None:
    for number in range(3):
        add(f"{number}.jpg")
    first = caption_pictures(catalogue, Counting(), CaptionRequest(limit=2), silent, never)
    second = Counting()
    rest = caption_pictures(catalogue, second, CaptionRequest(), silent, never)
    assert (first.captioned, rest.captioned, second.seen) == (2, 1, 1)


def test_stopping_loses_nothing(catalogue: Catalogue, add: AddPicture) -> None:
    for number in range(3):
        add(f"{number}.jpg")
    captioner = Counting()
    outcome = caption_pictures(
        catalogue, captioner, CaptionRequest(), silent, lambda: captioner.seen == 1
    )
    assert (outcome.captioned, outcome.skipped) == (1, 2)
    assert len(captions_in(catalogue)) == 1


def test_a_failure_stops_nothing_and_is_named(
    catalogue: Catalogue, add: AddPicture, photos: Path
) -> None:
    add("1.jpg", 2021)
    add("2.jpg", 2022)
    add("3.jpg", 2023)
    add("4.jpg", 2024)
    (photos / "1.jpg").write_bytes(b"no picture any more")
    (photos / "3.jpg").unlink()
    captioner = Counting(crash_at=1)
    outcome = caption_pictures(catalogue, captioner, CaptionRequest(), silent, never)
    assert (outcome.captioned, outcome.failed) == (1, 3)
    assert {Path(failure.path).name: failure.reason for failure in outcome.failures} == {
        "1.jpg": "PictureUnreadable",
        "3.jpg": "FileNotFoundError",
        "4.jpg": "CaptionerCrashed",
    }


def test_a_captioner_that_does_not_start_ends_the_run(
    catalogue: Catalogue, add: AddPicture
) -> None:
    class Broken(Counting):
        def caption(self, pictures: list[Image], prompt: str) -> list[str]:
            raise CaptionerNotStarted("broken", "no library")

    add("a.jpg")
    with pytest.raises(CaptionerNotStarted):
        caption_pictures(catalogue, Broken(), CaptionRequest(), silent, never)


def test_a_persons_caption_stays_and_spares_the_work(catalogue: Catalogue, add: AddPicture) -> None:
    picture = add("a.jpg")
    write_caption(catalogue, picture, "en", "My grandmother")
    captioner = Counting()
    caption_pictures(catalogue, captioner, CaptionRequest(), silent, never)
    assert captioner.seen == 0
    caption_pictures(catalogue, captioner, CaptionRequest(language="zh"), silent, never)
    assert captions_in(catalogue) == {
        (picture, "en", "My grandmother", "person"),
        (picture, "zh", "picture number 1", "captioner"),
    }


def test_the_question_is_asked_in_the_language(catalogue: Catalogue, add: AddPicture) -> None:
    add("a.jpg")
    captioner = Counting()
    for language in ("zh", "fi"):
        request = CaptionRequest(language=language)
        caption_pictures(catalogue, captioner, request, silent, never)
    assert "描述" in captioner.prompts[0]
    assert "code fi" in captioner.prompts[1]


@pytest.fixture
def tiny_captioner(mono_folder: Path) -> Iterator[CaptionerProcess]:  # noqa: F811
    process = CaptionerProcess(*registry.find(str(mono_folder), mono_folder.parent))
    yield process
    process.close()


def test_a_real_model_in_its_own_process(
    catalogue: Catalogue, add: AddPicture, tiny_captioner: CaptionerProcess
) -> None:
    add("a.jpg")
    add("b.png")

    class Brief:
        name = tiny_captioner.name

        def caption(self, pictures: list[Image], prompt: str) -> list[str]:
            return tiny_captioner.caption(pictures, prompt, GenerationOptions(max_new_tokens=5))

    outcome = caption_pictures(catalogue, Brief(), CaptionRequest(), silent, never)
    assert outcome.captioned + outcome.failed == 2
    assert outcome.captioned, outcome.failures
