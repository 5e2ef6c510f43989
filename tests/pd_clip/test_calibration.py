"""Calibration: what is written is read back, and relevance behaves as a probability should."""

import json
from pathlib import Path

import numpy as np
import pytest

from pd_clip.calibration import (
    Distribution,
    load_calibration,
    make_calibration,
    wilson_interval,
    write_calibration,
)
from pd_clip.errors import ConfigInvalid


def rows(count: int, seed: int, of: np.ndarray | None = None) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32)
    vectors = noise if of is None else of + 0.1 * noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images = rows(40, 1)
    captions = {
        code: (rows(40, seed, images), np.arange(40)) for seed, code in ((2, "de"), (3, "zh"))
    }
    write_calibration(tmp_path, make_calibration("abc", images, rows(40, 4, images), captions))
    return tmp_path


def test_what_is_written_is_read(folder: Path) -> None:
    calibration = load_calibration(folder, "abc")
    assert calibration is not None
    assert set(calibration.languages) == {"de", "zh"}
    assert len(calibration.text_image.matching) == 101
    assert calibration.text_image.n_matching == 80
    assert calibration.of("de").r5 == 1.0
    assert calibration.of("xx") is calibration.text_image


def test_matching_pairs_score_above_random_ones(folder: Path) -> None:
    calibration = load_calibration(folder)
    assert calibration is not None
    both = calibration.text_image
    assert np.median(both.matching) > np.median(both.random)
    assert list(both.matching) == sorted(both.matching)


def test_calibration_of_other_weights_is_not_used(folder: Path) -> None:
    assert load_calibration(folder, "def") is None


def test_no_file_is_no_calibration(tmp_path: Path) -> None:
    assert load_calibration(tmp_path) is None


@pytest.mark.parametrize("broken", ["[]", "{", '{"version": 9}', '{"version": 1}'])
def test_a_broken_file_is_an_error(tmp_path: Path, broken: str) -> None:
    (tmp_path / "calibration.json").write_text(broken, encoding="utf-8")
    with pytest.raises(ConfigInvalid):
        load_calibration(tmp_path)


def test_too_few_quantiles_are_an_error(folder: Path) -> None:
    path = folder / "calibration.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["text_image"]["random"].pop()
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConfigInvalid):
        load_calibration(folder)


def test_relevance_rises_with_the_cosine() -> None:
    matching = tuple(np.linspace(0.3, 0.7, 101))
    random = tuple(np.linspace(-0.2, 0.2, 101))
    both = Distribution(matching, random)
    values = [both.relevance(cosine) for cosine in np.linspace(0.0, 1.0, 50)]
    assert values == sorted(values)
    assert values[0] < 0.01 and values[-1] > 0.9
    assert all(0 <= value <= 1 for value in values)


def test_one_picture_is_too_few() -> None:
    with pytest.raises(ValueError, match="two pictures"):
        make_calibration("abc", rows(1, 1), rows(1, 1), {"en": (rows(1, 2), np.arange(1))})


def test_wilson_interval_of_a_known_case() -> None:
    low, high = wilson_interval(45, 50)  # textbook: 0.786 to 0.957
    assert (round(low, 3), round(high, 3)) == (0.786, 0.957)
    assert wilson_interval(0, 0) == (0.0, 1.0)
