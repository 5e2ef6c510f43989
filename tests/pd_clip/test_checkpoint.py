"""The published file: every key accounted for, in any layout, and every fault named."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

import pd_clip
from pd_clip.checkpoint import Checkpoint, expected_tensors
from pd_clip.config import JinaClipConfig, TextConfig, VisionConfig
from pd_clip.conversion.engine import convert
from pd_clip.errors import (
    CheckpointInvalid,
    CheckpointMismatch,
    CheckpointMissing,
    CheckpointUnsafe,
    ConfigInvalid,
)
from pd_clip.safetensors_file import read_header, to_bfloat16_bits, widen

Tensors = dict[str, NDArray[Any]]


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "model"))


def rewrite(folder: Path, change: Callable[[Tensors], None]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


def features(folder: Path, expected: Mapping[str, NDArray[Any]]) -> tuple[Any, Any]:
    model = pd_clip.JinaClip.from_pretrained(folder)
    image = model.get_image_features(expected["pixel_values"]).numpy()
    return image, model.get_text_features(expected["input_ids"]).numpy()


def test_the_full_size_keys_are_the_published_ones() -> None:
    keys = Path(__file__).parents[1] / "alignment" / "data" / "jina_clip_v2_keys.json"
    published = json.loads(keys.read_text())
    config = JinaClipConfig(VisionConfig(), TextConfig(), (1024,))
    assert expected_tensors(config) == {key: tuple(shape) for key, (shape, _) in published.items()}
    assert len(published) == 999


def test_shards_with_an_index(folder: Path, expected: Mapping[str, NDArray[Any]]) -> None:
    whole = features(folder, expected)
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    (folder / "model.safetensors").unlink()
    weight_map = {}
    for number, chosen in enumerate((names[::2], names[1::2]), 1):
        shard = f"model-{number:05}-of-00002.safetensors"
        save_file({name: tensors[name] for name in chosen}, folder / shard)
        weight_map |= dict.fromkeys(chosen, shard)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}))
    for sharded, once in zip(features(folder, expected), whole, strict=True):
        np.testing.assert_array_equal(sharded, once)


def test_a_missing_shard_is_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"logit_scale": "absent.safetensors"}}))
    with pytest.raises(CheckpointMissing, match=r"absent\.safetensors"):
        pd_clip.JinaClip.from_pretrained(folder)


def test_an_index_cannot_reach_outside(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "../model.safetensors"}}))
    with pytest.raises(CheckpointInvalid, match="no shard beside it"):
        pd_clip.JinaClip.from_pretrained(folder)


def test_float16(folder: Path, expected: Mapping[str, NDArray[Any]]) -> None:
    def halve(tensors: Tensors) -> None:
        for name in tensors:
            tensors[name] = tensors[name].astype(np.float16)

    rewrite(folder, halve)
    image, text = features(folder, expected)
    np.testing.assert_allclose(image, expected["image_features"], atol=2e-2)
    np.testing.assert_allclose(text, expected["text_features"], atol=2e-2)
    assert Checkpoint(folder, JinaClipConfig.from_folder(folder)).sixteen_bit


def test_bfloat16_is_read_exactly(folder: Path, expected: Mapping[str, NDArray[Any]]) -> None:
    tensors = load_file(folder / "model.safetensors")
    rounded = {
        name: np.asarray(widen(to_bfloat16_bits(values), "BF16"))
        for name, values in tensors.items()
    }
    save_file(rounded, folder / "model.safetensors")
    as_float32 = features(folder, expected)
    write_bfloat16(folder / "model.safetensors", tensors)
    for sixteen, thirty_two in zip(features(folder, expected), as_float32, strict=True):
        np.testing.assert_array_equal(sixteen, thirty_two)


def write_bfloat16(path: Path, tensors: Tensors) -> None:
    header, blobs, start = {}, [], 0
    for name, values in tensors.items():
        blob = to_bfloat16_bits(values).tobytes()
        entry = {"dtype": "BF16", "shape": list(values.shape)}
        header[name] = {**entry, "data_offsets": [start, start + len(blob)]}
        blobs.append(blob)
        start += len(blob)
    encoded = json.dumps(header).encode()
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + b"".join(blobs))


def test_a_converted_folder_gives_the_same(
    folder: Path, expected: Mapping[str, NDArray[Any]], tmp_path: Path
) -> None:
    convert(folder, tmp_path / "converted")
    assert JinaClipConfig.from_folder(tmp_path / "converted").layout == "paddle"
    for ours, published in zip(
        features(tmp_path / "converted", expected), features(folder, expected), strict=True
    ):
        np.testing.assert_allclose(ours, published, rtol=0, atol=2e-6)


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(CheckpointUnsafe, match=r"pytorch_model\.bin"):
        pd_clip.JinaClip.from_pretrained(folder)


def test_all_problems_are_counted_and_ten_are_listed(folder: Path) -> None:
    def damage(tensors: Tensors) -> None:
        for name in [name for name in tensors if name.startswith("vision_model.blocks.1.")]:
            tensors[name + ".extra"] = tensors.pop(name)
        tensors["vision_model.norm.bias"] = tensors["vision_model.norm.bias"][:-1]

    rewrite(folder, damage)
    with pytest.raises(CheckpointMismatch) as caught:
        pd_clip.JinaClip.from_pretrained(folder)
    problems = caught.value.problems
    assert len(problems) == 43
    assert str(caught.value).count("vision_model.") == 10
    assert "43 tensors" in str(caught.value)
    assert "vision_model.norm.bias is [63], expected [64]" in problems


@pytest.mark.parametrize("length", [0, 5, 8, 4000, -1])
def test_a_cut_file_is_never_loaded(folder: Path, length: int) -> None:
    path = folder / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:length])
    with pytest.raises(CheckpointInvalid):
        read_header(path)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("vision_config", "post_norm", True),
        ("vision_config", "subln", False),
        ("text_config", "pooler_type", "cls_pooler"),
        ("text_config", "hf_model_name_or_path", "jinaai/jina-bert-flash-implementation"),
        (None, "add_projections", True),
    ],
)
def test_a_switch_this_port_does_not_have(
    folder: Path, section: str | None, key: str, value: object
) -> None:
    config = json.loads((folder / "config.json").read_text())
    (config[section] if section else config)[key] = value
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ConfigInvalid, match=key):
        JinaClipConfig.from_folder(folder)


def test_truncate_dim_of_the_config_is_kept(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text()) | {"truncate_dim": 32}
    (folder / "config.json").write_text(json.dumps(config))
    encoder = pd_clip.load_encoder(folder, runtime="dynamic")
    vectors = encoder.encode_images(np.zeros((1, 62, 62, 3), np.uint8))
    assert (encoder.dimensions, vectors.shape) == (32, (1, 32))
    assert encoder.matryoshka == (32,)
