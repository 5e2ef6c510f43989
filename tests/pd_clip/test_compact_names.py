"""Names that the bundled model knows by heart: what is found in a text, and what is not."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from pd_clip.compact.names import DICTIONARY, PULL, NameBook, pack_keys, pack_names, words_of
from pd_clip.errors import CheckpointMismatch

CAT, DOG, BUS, HOUSE = range(4)
NAMES = [
    ("cat", CAT), ("Katze", CAT), ("猫", CAT), ("แมว", CAT), ("बिल्ली", CAT), ("小猫", CAT),
    ("dog", DOG), ("Hot Dog", BUS), ("un", DOG), ("bank", HOUSE), ("bank", BUS),
    ("고양이", CAT), ("개가", DOG), ("ድመ", CAT),
]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    stored = pack_names(NAMES, np.eye(4, 8, dtype=np.float32))
    save_file(stored, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def meaning(path: Path, text: str) -> list[float]:
    pull = NameBook(path, 8)([text])[0]
    assert not pull[4:].any()
    return [round(float(part), 3) for part in pull[:4] / PULL]


def test_a_name_alone_is_pulled_fully(path: Path) -> None:
    for text in ("cat", "KATZE", " cat! ", "猫", "แมว", "बिल्ली", "ድመ"):
        assert meaning(path, text) == [1, 0, 0, 0], text


def test_the_share_of_letters_counts(path: Path) -> None:
    assert meaning(path, "eine Katze") == [pytest.approx(5 / 9, abs=1e-3), 0, 0, 0]
    assert meaning(path, "cat, dog") == [0.5, 0.5, 0, 0]


def test_the_longest_name_wins(path: Path) -> None:
    assert meaning(path, "hot dog") == [0, 0, 1, 0]
    assert meaning(path, "dog hot") == [0, 0.5, 0, 0]


def test_names_inside_scripts_without_spaces(path: Path) -> None:
    assert meaning(path, "一只小猫在睡觉") == [pytest.approx(2 / 7, abs=1e-3), 0, 0, 0]
    assert meaning(path, "熊猫") == [0, 0, 0, 0]  # one letter inside another word says nothing


def test_parts_of_words_and_articles_are_no_names(path: Path) -> None:
    for text in ("concatenate", "un", "un autre", "", "  ", "?!"):
        assert meaning(path, text) == [0, 0, 0, 0], text


def test_a_word_may_carry_an_ending(path: Path) -> None:
    assert meaning(path, "Katzen") == [pytest.approx(5 / 6, abs=1e-3), 0, 0, 0]
    assert meaning(path, "개가 고양이와") == [
        pytest.approx(3 / 6, abs=1e-3), pytest.approx(2 / 6, abs=1e-3), 0, 0,
    ]  # fmt: skip
    assert meaning(path, "Katzenhaar") == [0, 0, 0, 0]  # more than an ending: another word
    assert meaning(path, "doge") == [0, 0, 0, 0]  # so short a name may begin any word


def test_two_meanings_share(path: Path) -> None:
    assert meaning(path, "bank") == [0, 0, 0.5, 0.5]


def test_a_model_without_names_pulls_nothing(tmp_path: Path) -> None:
    save_file({"text.x": np.zeros(2, np.float32)}, tmp_path / "model.safetensors")
    assert not NameBook(tmp_path / "model.safetensors", 8)(["cat", "dog"]).any()


def test_another_width_is_an_error(path: Path) -> None:
    with pytest.raises(CheckpointMismatch, match="names"):
        NameBook(path, 16)


def test_marks_and_compatibility_forms_are_folded() -> None:
    assert words_of("Ｃａｔ—“Dog”…") == ["cat", "dog"]
    assert words_of("तितली") == ["तितली"]


def test_names_of_dictionaries_lie_in_a_file_of_their_own(path: Path) -> None:
    assert meaning(path, "kater") == [0, 0, 0, 0]
    save_file(
        pack_keys([("kater", CAT), ("kater", DOG), ("abri", HOUSE)]), path.with_name(DICTIONARY)
    )
    assert meaning(path, "kater") == [0.5, 0.5, 0, 0]
    assert meaning(path, "abri") == [0, 0, 0, 1]
    assert meaning(path, "cat") == [1, 0, 0, 0]
    save_file(pack_keys([("kater", 9)]), path.with_name(DICTIONARY))
    with pytest.raises(CheckpointMismatch):
        NameBook(path, 8)
