"""The port against outputs recorded from an independent PyTorch implementation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import pd_clip
from pd_clip.config import JinaClipConfig, VisionConfig
from pd_clip.errors import ImageSizeInvalid
from pd_clip.preparation import image_size_costs

Expected = Mapping[str, NDArray[Any]]
TOLERANCE = 5e-6


@pytest.fixture(scope="module")
def model(tiny: Path) -> Any:
    return pd_clip.JinaClip.from_pretrained(tiny)


def test_image_features_match(model: Any, expected: Expected) -> None:
    features = model.get_image_features(expected["pixel_values"]).numpy()
    np.testing.assert_allclose(features, expected["image_features"], rtol=0, atol=TOLERANCE)


def test_text_features_match(model: Any, expected: Expected) -> None:
    features = model.get_text_features(expected["input_ids"]).numpy()
    np.testing.assert_allclose(features, expected["text_features"], rtol=0, atol=TOLERANCE)


def test_padding_does_not_leak(model: Any, expected: Expected) -> None:
    ids = expected["input_ids"]
    wider = np.concatenate([ids, np.ones((len(ids), 40), np.int64)], axis=1)
    features = model.get_text_features(wider).numpy()
    np.testing.assert_allclose(features, expected["text_features"], rtol=0, atol=TOLERANCE)
    for row, wanted in zip(ids, expected["text_features"], strict=True):
        alone = model.get_text_features(row[row != 1][None]).numpy()
        np.testing.assert_allclose(alone[0], wanted, rtol=0, atol=TOLERANCE)


def test_paddle_tensors_are_taken_as_well(model: Any, expected: Expected) -> None:
    import paddle

    features = model.get_text_features(paddle.to_tensor(expected["input_ids"])).numpy()
    np.testing.assert_allclose(features, expected["text_features"], rtol=0, atol=TOLERANCE)


def test_from_picture_to_vector(tiny: Path, expected: Expected) -> None:
    encoder = pd_clip.load_encoder(tiny, runtime="dynamic")
    pictures = [Image.fromarray(expected[f"image_rgb_{number}"]) for number in (0, 1)]
    batch = np.stack([encoder.preprocess(picture) for picture in pictures])
    vectors = encoder.encode_images(batch)
    np.testing.assert_allclose(vectors, expected["image_embeddings"], rtol=0, atol=TOLERANCE)
    cut = pd_clip.truncate(vectors, 32)
    np.testing.assert_allclose(cut, expected["image_embeddings_32"], rtol=0, atol=TOLERANCE)


def test_another_picture_size_changes_grid_and_fingerprint(tiny: Path) -> None:
    own, large = pd_clip.load_encoder(tiny), pd_clip.load_encoder(tiny, image_size=224)
    assert (own.image_size, large.image_size) == (62, 224)
    assert own.fingerprint != large.fingerprint
    batch = np.zeros((1, 224, 224, 3), np.uint8)
    assert large.encode_images(batch).shape == (1, 64)


def test_a_picture_size_that_is_not_offered(tiny: Path) -> None:
    with pytest.raises(ImageSizeInvalid, match="300"):
        JinaClipConfig.from_folder(tiny).at_size(300)


def test_the_cost_of_a_picture_at_each_size(tiny: Path) -> None:
    # By hand, for 512 px: 24 blocks of 1,297 tokens, width 1,024, inner width 2,730.
    tokens, width, inner = 1297, 1024, 2730
    by_hand = 24 * tokens * (8 * width**2 + 6 * width * inner + 4 * tokens * width) / 1e9
    full = VisionConfig()
    assert full.num_positions == tokens
    assert full.gigaflop == pytest.approx(by_hand, rel=0.01)
    costs = image_size_costs(tiny, runtime="dynamic")
    assert [(cost.pixels, cost.tokens) for cost in costs] == [
        (62, 17),
        (224, 257),
        (336, 577),
        (512, 1297),
    ]
    assert all(cost.seconds is not None and cost.seconds > 0 for cost in costs)
    assert image_size_costs(tiny, measure=False)[0].seconds is None


def test_lora_is_part_of_the_result(
    tiny: Path, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pd_clip.config.TextConfig.lora_scale", property(lambda self: 0.0))
    features = pd_clip.JinaClip.from_pretrained(tiny).get_text_features(expected["input_ids"])
    assert np.abs(features.numpy() - expected["text_features"]).max() > 1e-3
