"""Mono-InternVL against recorded outputs of an independent PyTorch implementation."""

from pathlib import Path

import numpy as np
import paddle
import pytest

from captioner.conversion import conversion_maps
from captioner.decoder import Prompt
from captioner.generation import generate
from captioner.mono_internvl.config import MonoInternVLConfig
from captioner.mono_internvl.conversion import MONO_INTERNVL
from captioner.mono_internvl.language_model import LanguageModel
from captioner.mono_internvl.patch_embedding import PatchEmbedding
from captioner.options import GenerationOptions
from captioner.weights import Weights
from pd_clip.conversion import convert

FOLDER = Path(__file__).parent / "data" / "mono_internvl_tiny"
TOLERANCE = 1e-4
Expected = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def expected() -> Expected:
    with np.load(FOLDER / "expected.npz") as recorded:
        return dict(recorded)


@pytest.fixture(scope="module", params=["as published", "as converted"])
def parts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[PatchEmbedding, LanguageModel]:
    folder = FOLDER
    if request.param == "as converted":
        folder = tmp_path_factory.mktemp("mono") / "paddle"
        convert(FOLDER, folder, maps=conversion_maps())
    config, weights = MonoInternVLConfig.read(folder), Weights(folder, MONO_INTERNVL)
    return PatchEmbedding(config, weights), LanguageModel(config.language, weights)


@pytest.fixture(scope="module")
def prompt(parts: tuple[PatchEmbedding, LanguageModel], expected: Expected) -> Prompt:
    patches, language_model = parts
    token_ids = expected["input_ids"]
    visual = token_ids == expected["image_context_token_id"]
    embeddings = language_model.embed(token_ids).numpy()
    embeddings[visual] = patches(paddle.to_tensor(expected["pixel_values"])).flatten(0, 1).numpy()
    return Prompt(paddle.to_tensor(embeddings), np.ones_like(visual), visual)


def test_image_features(parts: tuple[PatchEmbedding, LanguageModel], expected: Expected) -> None:
    features = parts[0](paddle.to_tensor(expected["pixel_values"])).numpy()
    np.testing.assert_allclose(features, expected["image_features"], atol=TOLERANCE)


def test_logits_with_both_experts(
    parts: tuple[PatchEmbedding, LanguageModel], prompt: Prompt, expected: Expected
) -> None:
    logits = parts[1].logits(parts[1].forward(prompt)[0])
    np.testing.assert_allclose(logits, expected["logits"], atol=TOLERANCE)


def test_logits_with_text_experts_only(
    parts: tuple[PatchEmbedding, LanguageModel], prompt: Prompt, expected: Expected
) -> None:
    text_only = Prompt(prompt.embeddings, prompt.token_mask, np.zeros_like(prompt.visual_mask))
    logits = parts[1].logits(parts[1].forward(text_only)[0])
    np.testing.assert_allclose(logits, expected["logits_text_experts_only"], atol=TOLERANCE)
    assert np.abs(logits - expected["logits"]).max() > 0.01


def test_greedy_continuation(
    parts: tuple[PatchEmbedding, LanguageModel], prompt: Prompt, expected: Expected
) -> None:
    # The recording begins with the token that the original puts before generated text.
    wanted = expected["greedy"][0, 1:].tolist()
    options = GenerationOptions(max_new_tokens=len(wanted))
    assert generate(parts[1], prompt, options, []) == [wanted]


def test_memory_gives_what_reading_everything_again_gives(
    parts: tuple[PatchEmbedding, LanguageModel], prompt: Prompt
) -> None:
    language_model = parts[1]
    _, memory = language_model.prefill(prompt)
    token = np.array([7])
    stepped, _ = language_model.step(token, memory)
    longer = Prompt(
        paddle.concat([prompt.embeddings, language_model.embed(token[:, None])], axis=1),
        memory.longer_mask(),
        np.pad(prompt.visual_mask, ((0, 0), (0, 1))),
    )
    again, _ = language_model.prefill(longer)
    np.testing.assert_allclose(stepped, again, atol=1e-5)


def test_padding_on_the_left_changes_nothing(
    parts: tuple[PatchEmbedding, LanguageModel], prompt: Prompt
) -> None:
    language_model = parts[1]
    padded = Prompt(
        paddle.concat(
            [paddle.full([1, 5, prompt.embeddings.shape[-1]], 3.0), prompt.embeddings], 1
        ),
        np.pad(prompt.token_mask, ((0, 0), (5, 0))),
        np.pad(prompt.visual_mask, ((0, 0), (5, 0))),
    )
    np.testing.assert_allclose(
        language_model.prefill(padded)[0], language_model.prefill(prompt)[0], atol=1e-5
    )


def test_rotation_stretches_beyond_the_trained_length(
    parts: tuple[PatchEmbedding, LanguageModel],
) -> None:
    """Dynamic NTK: at twice the length and factor 2 the base grows by 3 ** (d / (d - 2))."""
    language_model, width = parts[1], 16
    trained = language_model.config.max_position_embeddings
    positions = np.array([[1]])
    short, _ = language_model._rotation(positions, trained)
    long, _ = language_model._rotation(positions, 2 * trained)
    frequency = 1 / 1e6 ** (2 / width)
    stretched = 1 / (1e6 * 3 ** (width / (width - 2))) ** (2 / width)
    assert float(short[0, 0, 0, 1]) == pytest.approx(np.cos(frequency), abs=1e-6)
    assert float(long[0, 0, 0, 1]) == pytest.approx(np.cos(stretched), abs=1e-6)
