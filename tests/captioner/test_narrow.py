"""Matrices kept in 16, 8 and 4 bits: what they compute and what they take."""

import json
import shutil
from pathlib import Path

import numpy as np
import paddle
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from captioner import registry
from captioner.conversion import conversion_maps
from captioner.model import pad_left
from captioner.narrow import Bfloat16Linear, EmbeddingTable, Int4Linear, Int8Linear, widened
from captioner.protocol import Message
from captioner.weights import Precision
from pd_clip.conversion import convert
from tests.captioner.test_conversion import write_bfloat16

NOISE = np.random.default_rng(5)
WEIGHT = (NOISE.normal(size=(384, 40)) * 0.02).astype(np.float32)
TOKENS = NOISE.normal(size=(2, 3, 384)).astype(np.float32)
BIAS = NOISE.normal(size=40).astype(np.float32)


def bits(numbers: np.ndarray) -> np.ndarray:
    """The upper half of float32 numbers, as uint16."""
    return (numbers.view(np.uint32) >> 16).astype(np.uint16)


@pytest.mark.parametrize("published", [True, False])
def test_sixteen_bits_lose_nothing(published: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captioner.narrow._PIECE", 40 * 50)
    stored = bits(WEIGHT)
    turned = np.ascontiguousarray(stored.T) if published else stored
    layer = Bfloat16Linear(turned, paddle.to_tensor(BIAS), published=published)
    expected = TOKENS.astype(np.float64) @ widened(stored).astype(np.float64) + BIAS
    np.testing.assert_allclose(layer(paddle.to_tensor(TOKENS)).numpy(), expected, atol=1e-5)


def test_eight_bits_are_the_nearest_of_255_steps() -> None:
    layer = Int8Linear.quantise(WEIGHT, None, "float32")
    step = np.abs(WEIGHT).max(axis=0) / 127
    unit = paddle.to_tensor(np.eye(384, dtype=np.float32))
    assert (np.abs(layer(unit).numpy() - WEIGHT) <= step / 2 + 1e-7).all()


def test_four_bits_are_the_nearest_of_15_steps_in_each_group() -> None:
    layer = Int4Linear.quantise(WEIGHT, None, "float32")
    step = np.abs(WEIGHT.reshape(3, 128, 40)).max(axis=1) / 7
    unit = paddle.to_tensor(np.eye(384, dtype=np.float32))
    error = np.abs(layer(unit).numpy() - WEIGHT).reshape(3, 128, 40)
    assert (error <= step[:, None] / 2 + 1e-6).all()
    assert layer.pairs.numel() == WEIGHT.size // 2


@pytest.mark.parametrize("inputs", [2, 96, 4304])
def test_four_bits_take_any_even_number_of_inputs(inputs: int) -> None:
    weight = NOISE.normal(size=(inputs, 3)).astype(np.float32)
    layer = Int4Linear.quantise(weight, paddle.to_tensor(BIAS[:3]), "float32")
    found = layer(paddle.to_tensor(np.eye(inputs, dtype=np.float32))).numpy() - BIAS[:3]
    assert np.abs(found - weight).max() <= np.abs(weight).max() / 14 + 1e-5


def test_a_column_of_zeros_stays_zero() -> None:
    weight = np.zeros((128, 2), np.float32)
    for form in (Int8Linear, Int4Linear):
        found = form.quantise(weight, None, "float32")(paddle.ones([1, 128])).numpy()
        np.testing.assert_array_equal(found, 0)


def test_words_are_looked_up_in_either_table() -> None:
    token_ids = np.array([[3, 0], [383, 3]])
    stored = bits(WEIGHT)
    expected = widened(stored)[token_ids]
    np.testing.assert_array_equal(EmbeddingTable(stored)(token_ids).numpy(), expected)
    whole = EmbeddingTable(paddle.to_tensor(widened(stored)))
    np.testing.assert_array_equal(whole(token_ids).numpy(), expected)


def as_published(source: Path, folder: Path, *, wide: bool) -> Path:
    """A tiny checkpoint rounded to bfloat16; `wide` stores the same numbers as float32."""
    shutil.copytree(source, folder)
    tensors = load_file(folder / "model.safetensors")
    halves = {key: bits(tensor) for key, tensor in tensors.items()}
    if wide:
        save_file(
            {key: widened(half) for key, half in halves.items()}, folder / "model.safetensors"
        )
    else:
        write_bfloat16(folder / "model.safetensors", halves)
    return folder


def scores_of(folder: Path, picture: Image.Image, precision: Precision = "full") -> np.ndarray:
    captioner = registry.load(folder, precision=precision)
    prompt = pad_left([captioner._reader.read([Message("user", (picture, "What is this?"))])])
    return captioner._decoder.prefill(prompt)[0]


@pytest.mark.parametrize("model", ["mono", pytest.param("minicpm", marks=pytest.mark.caption)])
def test_a_bfloat16_checkpoint_answers_as_its_own_numbers_in_float32(
    model: str,
    mono_folder: Path,
    minicpm_folder: Path,
    tmp_path: Path,
    pictures: list[Image.Image],
) -> None:
    if model == "minicpm":
        pytest.importorskip(
            "paddlenlp.transformers", reason="needs PaddleNLP", exc_type=ImportError
        )
    source = mono_folder if model == "mono" else minicpm_folder
    wide = scores_of(as_published(source, tmp_path / "wide", wide=True), pictures[0])
    narrow = as_published(source, tmp_path / "narrow", wide=False)
    convert(narrow, tmp_path / "paddle", maps=conversion_maps())
    assert json.loads((tmp_path / "paddle" / "conversion.json").read_text())["layout"] == "paddle"
    for folder in (narrow, tmp_path / "paddle"):
        np.testing.assert_allclose(scores_of(folder, pictures[0]), wide, atol=1e-5)


def test_fewer_bits_say_nearly_the_same(mono_folder: Path, pictures: list[Image.Image]) -> None:
    full = scores_of(mono_folder, pictures[0])
    off = {
        precision: float((scores_of(mono_folder, pictures[0], precision) - full).std())
        for precision in ("int8", "int4")
    }
    assert 0 < off["int8"] < 0.05 * full.std()
    assert off["int8"] < off["int4"] < 0.5 * full.std()
