"""The bundled model's layers against independent implementations.

`compact_text_tiny.npz`: a random BERT of transformers 5.24 (its own last hidden state, averaged
over tokens, times a matrix). `efficientnet_lite2.npz`: logits of efficientnet_lite_pytorch 0.1.0
with the published float32 weights on two sample photographs.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from pd_clip.compact.checkpoint import pack_int4, pack_int8, unpack
from pd_clip.compact.config import load_config
from pd_clip.errors import CheckpointInvalid, CheckpointMismatch, CheckpointMissing, ConfigInvalid
from pd_clip.registry import BUNDLED_FOLDER

DATA = Path(__file__).parent / "data"
SAMPLES = Path(__file__).parents[2] / "sample_images"
VISION = {
    "image_size": 32,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "stem_channels": 4,
    "stages": [{"repeats": 2, "kernel": 3, "stride": 2, "expansion": 2, "channels": 6}],
    "head_channels": 8,
    "groups": [{"concepts": 3, "sharpness": 0.5}, {"concepts": 2, "sharpness": 1.0}],
    "windows": {"side": 4, "stride": 4, "share": 0.25},
}
TEXT = {
    "vocab_size": 40,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 24,
    "layer_norm_eps": 1e-12,
    "pad_token_id": 1,
    "prefix": "",
}


def write_config(folder: Path, **changes: object) -> Path:
    content: dict[str, object] = {
        "model_type": "searchapp_compact",
        "name": "tiny",
        "dimensions": 16,
        "matryoshka": [8, 16],
        "max_text_tokens": 24,
        "model_note": "a test",
        "vision": VISION,
        "text": TEXT,
    }
    path = folder / "config.json"
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    return path


@pytest.fixture
def reference() -> dict[str, np.ndarray]:
    with np.load(DATA / "compact_text_tiny.npz") as stored:
        return dict(stored)


@pytest.fixture
def tiny(tmp_path: Path, reference: dict[str, np.ndarray]) -> Path:
    write_config(tmp_path)
    tensors = {k: v for k, v in reference.items() if k.startswith(("text.", "words."))}
    save_file(tensors, tmp_path / "model.safetensors")
    return tmp_path


def text_features(folder: Path, token_ids: np.ndarray) -> np.ndarray:
    import paddle

    from pd_clip.compact.model import load_text_tower
    from pd_clip.compact.words import WordPieces

    weights = folder / "model.safetensors"
    tower = load_text_tower(weights, load_config(folder / "config.json"))
    kept = (token_ids != 1).astype(np.float32)
    words = WordPieces(weights, 40, 32)(token_ids)
    with paddle.no_grad():
        return np.asarray(tower(paddle.to_tensor(words), paddle.to_tensor(kept)).numpy())


def test_text_tower_agrees_with_bert_of_transformers(
    tiny: Path, reference: dict[str, np.ndarray]
) -> None:
    found = text_features(tiny, reference["token_ids"])
    np.testing.assert_allclose(found, reference["text_features"], atol=1e-4)


def test_padding_changes_nothing(tiny: Path, reference: dict[str, np.ndarray]) -> None:
    short = reference["token_ids"][:1, :5]
    np.testing.assert_allclose(
        text_features(tiny, short), reference["text_features"][:1], atol=1e-4
    )


def test_image_tower_sees_what_the_published_network_sees() -> None:
    import paddle

    from pd_clip.compact.encoder import load
    from pd_clip.compact.model import load_vision_tower

    encoder = load(BUNDLED_FOLDER)
    tower = load_vision_tower(encoder.weights, encoder.config)
    with np.load(DATA / "efficientnet_lite2.npz") as stored:
        names, expected = stored["pictures"].tolist(), stored["logits"]
    pictures = [encoder.preprocess(Image.open(SAMPLES / name)) for name in names]
    pixels = paddle.to_tensor(encoder.preprocessing.normalise(np.stack(pictures)))
    with paddle.no_grad():
        found = tower.classifier(tower.features(pixels)[:, 0]).numpy()[:, : expected.shape[1]]
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()
    for own, theirs in zip(found, expected, strict=True):  # 8 bits cost this much, not more
        assert np.corrcoef(own, theirs)[0, 1] > 0.99


def test_concept_groups_compete_apart(tmp_path: Path) -> None:
    import paddle

    from pd_clip.compact.vision_tower import VisionTower

    config = load_config(write_config(tmp_path))
    tower = VisionTower(config.vision, 5)
    tower.concept_vectors.set_value(paddle.eye(5))
    tower.eval()
    with paddle.no_grad():
        shares = tower(paddle.randn([2, 3, 32, 32])).numpy()
    np.testing.assert_allclose(shares[:, :3].sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(shares[:, 3:].sum(axis=1), 1, rtol=1e-5)


def test_windows_count_as_much_as_they_should(tmp_path: Path) -> None:
    import paddle

    from pd_clip.compact.vision_tower import VisionTower

    config = load_config(write_config(tmp_path))
    tower = VisionTower(config.vision, 5)
    tower.concept_vectors.set_value(paddle.eye(5))
    tower.eval()
    pixels = paddle.randn([2, 3, 32, 32])
    with paddle.no_grad():
        features, shares = tower.features(pixels), tower(pixels).numpy()
        logits = tower.classifier(features).numpy().astype(np.float64)
    assert logits.shape == (2, 1 + 4, 5)  # a map of 8 x 8 places in windows of 4 x 4
    np.testing.assert_allclose(features[:, 1:].mean(axis=1), features[:, 0], rtol=1e-4)
    scaled = np.exp(logits * [0.5, 0.5, 0.5, 1, 1])
    first = scaled[..., :3] / scaled[..., :3].sum(axis=-1, keepdims=True)
    second = scaled[..., 3:] / scaled[..., 3:].sum(axis=-1, keepdims=True)
    each = np.concatenate([first, second], axis=-1)
    expected = 0.75 * each[:, 0] + 0.25 * each[:, 1:].mean(axis=1)
    np.testing.assert_allclose(shares, expected, rtol=1e-4)


def test_eight_bits_are_within_half_a_step() -> None:
    tensor = np.random.default_rng(0).normal(size=(7, 3, 5)).astype(np.float32)
    tensor[2] = 0
    back = unpack(pack_int8("t", tensor))["t"]
    step = np.abs(tensor).reshape(7, -1).max(axis=1) / 127
    assert (np.abs(back - tensor).reshape(7, -1).max(axis=1) <= step / 2 + 1e-7).all()


def test_four_bits_are_exact_for_what_four_bits_can_hold() -> None:
    random = np.random.default_rng(1)
    codes = random.integers(-8, 8, (6, 64)).astype(np.float32)
    codes[:, ::32] = -8
    tensor = codes * np.float16(0.37).astype(np.float32)
    np.testing.assert_array_equal(unpack(pack_int4("t", tensor))["t"], tensor)


def test_a_missing_tensor_is_named(tiny: Path, reference: dict[str, np.ndarray]) -> None:
    kept = {k: v for k, v in reference.items() if k.startswith("text.") and "query" not in k}
    save_file(kept, tiny / "model.safetensors")
    with pytest.raises(CheckpointMismatch, match=r"layers\.0\.query\.weight is missing"):
        text_features(tiny, reference["token_ids"][:1])


def test_an_unused_tensor_is_named(tiny: Path, reference: dict[str, np.ndarray]) -> None:
    more = {k: v for k, v in reference.items() if k.startswith(("text.", "words."))}
    save_file(more | {"text.pooler": np.zeros(3, np.float32)}, tiny / "model.safetensors")
    with pytest.raises(CheckpointMismatch, match="pooler is not used"):
        text_features(tiny, reference["token_ids"][:1])


def test_weights_that_are_no_safetensors(tiny: Path, reference: dict[str, np.ndarray]) -> None:
    (tiny / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(CheckpointInvalid):
        text_features(tiny, reference["token_ids"][:1])
    (tiny / "model.safetensors").unlink()
    with pytest.raises(CheckpointMissing):
        text_features(tiny, reference["token_ids"][:1])


def test_config_of_another_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="model_type"):
        load_config(write_config(tmp_path, model_type="jina_clip"))


def test_config_with_an_unknown_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="wings"):
        load_config(write_config(tmp_path, wings=2))
