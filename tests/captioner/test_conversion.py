"""The captioners' checkpoints through the converter, and the folders of a known bad script."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from captioner.conversion import conversion_maps
from pd_clip.conversion import convert, inspect, verify_conversion
from pd_clip.conversion.errors import CheckpointMismatch
from pd_clip.conversion.safetensors_file import SafetensorsFile, encode_header

DATA = Path(__file__).parents[1] / "alignment" / "data"
MAPS = conversion_maps()


def in_two_shards(source: Path, folder: Path) -> Path:
    """The tiny checkpoint split in two, with an index, as big ones are published."""
    tensors = load_file(source / "model.safetensors")
    folder.mkdir()
    shutil.copy(source / "config.json", folder)
    keys = list(tensors)
    weight_map = {}
    for number, part in enumerate((keys[: len(keys) // 2], keys[len(keys) // 2 :]), start=1):
        shard = f"model-{number:05d}-of-00002.safetensors"
        save_file({key: tensors[key] for key in part}, folder / shard, {"format": "pt"})
        weight_map.update(dict.fromkeys(part, shard))
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": 0}, "weight_map": weight_map})
    )
    return folder


@pytest.mark.parametrize("model", ["minicpm_v_tiny", "mono_internvl_tiny"])
def test_there_and_back_is_bit_for_bit(model: str, tmp_path: Path) -> None:
    published = in_two_shards(DATA / model, tmp_path / "published")
    report = convert(published, tmp_path / "paddle", maps=MAPS)
    assert report.square
    assert inspect(tmp_path / "paddle", maps=MAPS).defects == ()
    assert verify_conversion(tmp_path / "paddle", maps=MAPS) == ()
    convert(tmp_path / "paddle", tmp_path / "back", reverse=True, maps=MAPS)
    for path in published.iterdir():
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes()


def test_minicpm_v_is_renamed_for_paddlenlp_in_files_and_index_alike(tmp_path: Path) -> None:
    published = in_two_shards(DATA / "minicpm_v_tiny", tmp_path / "published")
    convert(published, tmp_path / "paddle", maps=MAPS)
    index = json.loads((tmp_path / "paddle" / "model.safetensors.index.json").read_text())
    for key, shard in index["weight_map"].items():
        assert key in SafetensorsFile(tmp_path / "paddle" / shard).tensors
    assert "llm.qwen2.embed_tokens.weight" in index["weight_map"]
    assert not any(key.startswith("llm.model.") for key in index["weight_map"])


def test_the_resampler_keeps_its_bare_parameter(tmp_path: Path) -> None:
    """`proj` is square and multiplied from the right: turning it would go unnoticed."""
    convert(DATA / "minicpm_v_tiny", tmp_path / "paddle", maps=MAPS)
    before = load_file(DATA / "minicpm_v_tiny" / "model.safetensors")
    after = load_file(tmp_path / "paddle" / "model.safetensors")
    np.testing.assert_array_equal(after["resampler.proj"], before["resampler.proj"])
    in_proj = "resampler.attn.in_proj_weight"
    np.testing.assert_array_equal(after[in_proj], before[in_proj].T)


def test_a_square_matrix_the_wrong_way_round_is_found_by_its_numbers(tmp_path: Path) -> None:
    convert(DATA / "minicpm_v_tiny", tmp_path / "paddle", maps=MAPS)
    shard = tmp_path / "paddle" / "model.safetensors"
    tensors = load_file(shard)
    key = "llm.qwen2.layers.0.self_attn.q_proj.weight"
    tensors[key] = np.ascontiguousarray(tensors[key].T)
    save_file(tensors, shard, {"format": "np"})
    assert f"{key} lies the wrong way round" in verify_conversion(tmp_path / "paddle", maps=MAPS)


def test_bfloat16_stays_bfloat16(tmp_path: Path) -> None:
    published = tmp_path / "published"
    published.mkdir()
    shutil.copy(DATA / "mono_internvl_tiny" / "config.json", published)
    tensors = load_file(DATA / "mono_internvl_tiny" / "model.safetensors")
    halves = {key: (t.view("<u4") >> 16).astype("<u2") for key, t in tensors.items()}
    write_bfloat16(published / "model.safetensors", halves)
    convert(published, tmp_path / "paddle", maps=MAPS)
    converted = SafetensorsFile(tmp_path / "paddle" / "model.safetensors")
    assert {entry.dtype for entry in converted.tensors.values()} == {"BF16"}
    key = "language_model.output.weight"
    np.testing.assert_array_equal(converted.raw(key), halves[key].T)
    with safe_open(tmp_path / "paddle" / "model.safetensors", framework="paddle") as handle:
        assert str(handle.get_tensor(key).dtype) == "paddle.bfloat16"
    convert(tmp_path / "paddle", tmp_path / "back", reverse=True, maps=MAPS)
    assert (tmp_path / "back" / "model.safetensors").read_bytes() == (
        published / "model.safetensors"
    ).read_bytes()


def test_an_unknown_key_stops_the_conversion(tmp_path: Path) -> None:
    published = tmp_path / "published"
    published.mkdir()
    shutil.copy(DATA / "mono_internvl_tiny" / "config.json", published)
    tensors = load_file(DATA / "mono_internvl_tiny" / "model.safetensors")
    tensors["language_model.model.surprise.weight"] = np.zeros((2, 2), np.float32)
    save_file(tensors, published / "model.safetensors")
    with pytest.raises(CheckpointMismatch) as caught:
        convert(published, tmp_path / "paddle", maps=MAPS)
    assert caught.value.unknown == ("language_model.model.surprise.weight",)


def test_the_folder_of_the_script_in_circulation_is_recognised(tmp_path: Path) -> None:
    """It renames and turns by fragments, saves bfloat16 as integers and keeps the old index."""
    published = in_two_shards(DATA / "minicpm_v_tiny", tmp_path / "published")
    bad = shutil.copytree(published, tmp_path / "bad")
    fragments = ("_proj.weight", "in_proj_weight", "fc1.weight", "fc2.weight", "lm_head.weight")
    for shard in bad.glob("*.safetensors"):
        renamed = {}
        for key, tensor in load_file(shard).items():
            turned = tensor.T if tensor.ndim == 2 and key.endswith(fragments) else tensor
            halves = (np.ascontiguousarray(turned).view("<u4") >> 16).astype(np.uint16)
            renamed[key.replace("llm.model.", "llm.qwen2.")] = halves
        save_file(renamed, shard)
    defects = inspect(bad, maps=MAPS).defects
    assert any("index.json is stale" in defect for defect in defects)
    assert any("stored as integers" in defect for defect in defects)
    assert any("cannot be told from their shapes" in defect for defect in defects)


def test_a_folder_turned_by_fragments_that_do_not_fit_is_half_converted(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    shutil.copy(DATA / "mono_internvl_tiny" / "config.json", bad)
    tensors = load_file(DATA / "mono_internvl_tiny" / "model.safetensors")
    for key in list(tensors):
        if key.endswith(("wqkv.weight", "output.weight")):
            tensors[key] = np.ascontiguousarray(tensors[key].T)
    save_file(tensors, bad / "model.safetensors")
    info = inspect(bad, maps=MAPS)
    assert info.layout == "mixed"
    assert any("half converted" in defect for defect in info.defects)


def write_bfloat16(path: Path, halves: dict[str, np.ndarray]) -> None:
    """A safetensors file with BF16 tensors, which the library's NumPy writer cannot make."""
    header = encode_header({key: ("BF16", t.shape) for key, t in halves.items()}, {"format": "pt"})
    with path.open("wb") as handle:
        handle.write(len(header).to_bytes(8, "little") + header)
        for tensor in halves.values():
            handle.write(tensor.tobytes())
