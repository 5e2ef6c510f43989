"""What is missing, doubled or unreadable is counted and named; the digest follows the content."""

import json
import shutil

import pytest

from searchapp.errors import CaptionedPicturesMissing, EvaluationStopped
from searchapp.evaluation.dataset import prepare
from searchapp.evaluation.loaders import load_captions
from searchapp.evaluation.progress import Reporter, silent
from tests.searchapp.evaluation.conftest import make_set, paint


def write_lines(folder, captions):
    lines = [json.dumps({"image": name, "captions": spoken}) for name, spoken in captions.items()]
    path = folder / "captions.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_captions(path)


@pytest.fixture
def folder(tmp_path):
    for number, colour in enumerate(("red", "green", "blue")):
        paint(tmp_path / f"{number}.png", [colour] * 4)
    return tmp_path


def test_missing_pictures_are_named_and_their_captions_not_asked(folder):
    captions = {"0.png": {"en": ["a"]}, "gone.png": {"en": ["b"]}, "1.png": {"en": ["c"]}}
    dataset = prepare(write_lines(folder, captions), "all", silent())
    assert dataset.missing == ("gone.png",)
    assert dataset.texts["en"].captions == ("a", "c")
    assert dataset.texts["en"].picture_of_text.tolist() == [0, 1]


def test_copies_are_one_answer_with_the_captions_of_both(folder):
    shutil.copy(folder / "0.png", folder / "copy.png")
    captions = {
        "0.png": {"en": ["a", "both"]},
        "1.png": {"en": ["b"]},
        "copy.png": {"en": ["both", "c"], "de": ["d"]},
    }
    dataset = prepare(write_lines(folder, captions), "all", silent())
    assert [file.name for file in dataset.files] == ["0.png", "1.png"]
    assert dataset.duplicates == (("copy.png", "0.png"),)
    assert dataset.texts["en"].captions == ("a", "both", "c", "b")
    assert dataset.texts["en"].picture_of_text.tolist() == [0, 0, 0, 1]
    assert dataset.texts["de"].picture_of_text.tolist() == [0]


def test_first_caption_only(folder):
    captions = {"0.png": {"en": ["a", "b"], "de": ["c"]}, "1.png": {"en": ["d", "e"]}}
    dataset = prepare(write_lines(folder, captions), "first", silent())
    assert dataset.texts["en"].captions == ("a", "d")
    assert dataset.texts["de"].captions == ("c",)


def test_the_digest_follows_pictures_and_captions_and_nothing_else(folder):
    captions = {"0.png": {"en": ["a"]}, "1.png": {"en": ["b"]}}
    first = prepare(write_lines(folder, captions), "all", silent()).digest
    assert prepare(write_lines(folder, captions), "all", silent()).digest == first
    (folder / "0.png").rename(folder / "renamed.png")
    renamed = {"renamed.png": {"en": ["a"]}, "1.png": {"en": ["b"]}}
    assert prepare(write_lines(folder, renamed), "all", silent()).digest == first
    changed = {"renamed.png": {"en": ["A"]}, "1.png": {"en": ["b"]}}
    assert prepare(write_lines(folder, changed), "all", silent()).digest != first
    paint(folder / "1.png", ["white"] * 4)
    assert prepare(write_lines(folder, renamed), "all", silent()).digest != first


def test_two_different_pictures_are_the_least(folder):
    captions = {"0.png": {"en": ["a"]}, "gone.png": {"en": ["b"]}}
    with pytest.raises(CaptionedPicturesMissing) as caught:
        prepare(write_lines(folder, captions), "all", silent())
    assert (caught.value.found, caught.value.total, caught.value.example) == (1, 2, "gone.png")


def test_leaving_out_unreadable_pictures_moves_the_rest_up(folder):
    captions = {f"{n}.png": {"en": [f"e{n}"], "de": [f"d{n}"]} for n in range(3)}
    captions["1.png"]["fr"] = ["f1"]
    dataset = prepare(write_lines(folder, captions), "all", silent())
    kept = dataset.without({1}, ("1.png",))
    assert [file.name for file in kept.files] == ["0.png", "2.png"]
    assert kept.texts["de"].captions == ("d0", "d2")
    assert kept.texts["de"].picture_of_text.tolist() == [0, 1]
    assert "fr" not in kept.texts
    assert kept.unreadable == ("1.png",)


def test_reading_can_be_stopped(tmp_path):
    captions = load_captions(make_set(tmp_path, 5))
    seen = []
    stopper = Reporter(seen.append, lambda: len(seen) > 2)
    with pytest.raises(EvaluationStopped) as caught:
        prepare(captions, "all", stopper)
    assert (caught.value.done, caught.value.total) == (2, 5)
