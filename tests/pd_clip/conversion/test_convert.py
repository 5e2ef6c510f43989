"""A converted folder holds the same numbers, laid out for PaddlePaddle, and can be undone."""

import json
import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from pd_clip.conversion import ConversionProgress, convert, inspect, verify_conversion
from pd_clip.conversion import engine as engine_module
from pd_clip.conversion.errors import (
    ArchitectureUnknown,
    CheckpointMismatch,
    CheckpointUnreadable,
    DestinationTaken,
    DiskFull,
    ManifestMissing,
    PickledCheckpoint,
    WrongLayout,
)
from tests.pd_clip.conversion.conftest import Tensors, every_file

MakeFolder = Callable[..., Path]
WQKV = "text_model.transformer.roberta.encoder.layers.0.mixer.Wqkv.parametrizations.weight.original"


def test_linear_layers_are_turned_and_nothing_else_is(
    make_published: MakeFolder, tmp_path: Path, published_tensors: Tensors
) -> None:
    convert(make_published(), tmp_path / "paddle")
    converted = load_file(tmp_path / "paddle" / "model.safetensors")
    assert converted.keys() == published_tensors.keys()
    np.testing.assert_array_equal(converted[WQKV], published_tensors[WQKV].T)
    square = "vision_model.blocks.0.attn.q_proj.weight"
    np.testing.assert_array_equal(converted[square], published_tensors[square].T)
    for kept in (
        "text_model.transformer.roberta.embeddings.word_embeddings.parametrizations.weight.original",
        "text_model.transformer.roberta.encoder.layers.0.mlp.fc1.parametrizations.weight.0.lora_A",
        "vision_model.patch_embed.proj.weight",
        "vision_model.pos_embed",
        "logit_scale",
    ):
        np.testing.assert_array_equal(converted[kept], published_tensors[kept])


@pytest.mark.parametrize("shards", [1, 3])
def test_reversing_gives_back_every_file_bit_for_bit(
    make_published: MakeFolder, tmp_path: Path, shards: int
) -> None:
    published = make_published(shards)
    before = every_file(published)
    convert(published, tmp_path / "paddle")
    convert(tmp_path / "paddle", tmp_path / "back", reverse=True)
    assert every_file(tmp_path / "back") == before
    assert every_file(published) == before


def test_the_shard_index_tells_the_truth(make_published: MakeFolder, tmp_path: Path) -> None:
    convert(make_published(shards=3), tmp_path / "paddle")
    index = json.loads((tmp_path / "paddle" / "model.safetensors.index.json").read_text())
    sizes = 0
    for key, shard in index["weight_map"].items():
        sizes += load_file(tmp_path / "paddle" / shard)[key].nbytes
    assert index["metadata"]["total_size"] == sizes


def test_processor_files_and_sub_folders_come_along(
    make_published: MakeFolder, tmp_path: Path
) -> None:
    convert(make_published(), tmp_path / "paddle")
    assert (tmp_path / "paddle" / "tokenizer.json").is_file()
    assert (tmp_path / "paddle" / "1_Pooling" / "config.json").is_file()


def test_progress_ends_at_the_whole(make_published: MakeFolder, tmp_path: Path) -> None:
    seen: list[ConversionProgress] = []
    convert(make_published(shards=2), tmp_path / "paddle", progress=seen.append)
    assert [step.done_bytes for step in seen] == sorted(step.done_bytes for step in seen)
    assert seen[-1].done_bytes == pytest.approx(seen[-1].total_bytes, rel=0.1)


def test_check_names_square_matrices_and_writes_nothing(
    make_published: MakeFolder, tmp_path: Path
) -> None:
    report = convert(make_published(), tmp_path / "paddle", check=True)
    assert "vision_model.blocks.0.attn.q_proj.weight" in report.square
    assert WQKV not in report.square
    assert report.destination is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["published"]


def test_an_interrupted_conversion_goes_on_where_it_was(
    make_published: MakeFolder, tmp_path: Path
) -> None:
    published = make_published(shards=3)

    def stop_in_the_second_shard(step: ConversionProgress) -> None:
        if step.shard.startswith("model-00002"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(published, tmp_path / "paddle", progress=stop_in_the_second_shard)
    assert not (tmp_path / "paddle").exists()
    report = convert(published, tmp_path / "paddle")
    assert report.resumed_shards == 1
    assert verify_conversion(tmp_path / "paddle") == ()
    convert(tmp_path / "paddle", tmp_path / "back", reverse=True)
    assert every_file(tmp_path / "back") == every_file(published)
    assert not list(tmp_path.glob("*.partial"))


def test_a_finished_shard_that_was_damaged_meanwhile_is_written_again(
    make_published: MakeFolder, tmp_path: Path
) -> None:
    published = make_published(shards=2)

    def stop_in_the_second_shard(step: ConversionProgress) -> None:
        if step.shard.startswith("model-00002"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(published, tmp_path / "paddle", progress=stop_in_the_second_shard)
    damaged = tmp_path / "paddle.partial" / "model-00001-of-00002.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\x7f")
    assert convert(published, tmp_path / "paddle").resumed_shards == 0
    assert verify_conversion(tmp_path / "paddle") == ()


def test_everything_that_differs_is_listed_before_anything_is_written(
    make_published: MakeFolder, tmp_path: Path
) -> None:
    published = make_published()
    config = json.loads((published / "config.json").read_text())
    config["vision_config"]["layers"] = 4
    config["text_config"]["hf_model_config_kwargs"]["num_hidden_layers"] = 2
    config["text_config"]["hf_model_config_kwargs"]["vocab_size"] = 301
    (published / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointMismatch) as caught:
        convert(published, tmp_path / "paddle")
    assert "vision_model.blocks.3.attn.q_proj.weight" in caught.value.missing
    assert any(".encoder.layers.2." in key for key in caught.value.unknown)
    assert any(want[0] == 301 and got[0] == 300 for _, want, got in caught.value.misshapen)
    assert not (tmp_path / "paddle").exists()
    assert not (tmp_path / "paddle.partial").exists()


def test_pickled_weights_are_refused(make_published: MakeFolder, tmp_path: Path) -> None:
    published = make_published()
    (published / "model.safetensors").rename(published / "pytorch_model.bin")
    with pytest.raises(PickledCheckpoint):
        convert(published, tmp_path / "paddle")


def test_pickled_twins_are_left_out_and_named(make_published: MakeFolder, tmp_path: Path) -> None:
    published = make_published()
    (published / "training_args.bin").write_bytes(b"\x80\x04.")
    assert convert(published, tmp_path / "paddle").skipped == ("training_args.bin",)
    assert not (tmp_path / "paddle" / "training_args.bin").exists()


def test_converting_twice_is_refused(make_published: MakeFolder, tmp_path: Path) -> None:
    convert(make_published(), tmp_path / "paddle")
    with pytest.raises(WrongLayout):
        convert(tmp_path / "paddle", tmp_path / "again")
    with pytest.raises(WrongLayout):
        convert(tmp_path / "published", tmp_path / "again", reverse=True)


def test_a_destination_that_exists_is_left_alone(
    make_published: MakeFolder, tmp_path: Path
) -> None:
    (tmp_path / "paddle").mkdir()
    with pytest.raises(DestinationTaken):
        convert(make_published(), tmp_path / "paddle")
    assert list((tmp_path / "paddle").iterdir()) == []


def test_a_full_disk_is_noticed_before_writing(
    make_published: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(engine_module.shutil, "disk_usage", lambda _: usage(10, 9, 1))
    with pytest.raises(DiskFull) as caught:
        convert(make_published(), tmp_path / "paddle")
    assert caught.value.free == 1
    assert not (tmp_path / "paddle.partial").exists()


def test_an_unknown_model_is_refused(make_published: MakeFolder, tmp_path: Path) -> None:
    published = make_published()
    (published / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ArchitectureUnknown) as caught:
        convert(published, tmp_path / "paddle")
    assert caught.value.model_type == "bert"


@pytest.mark.parametrize("cut", [4, 100, -1])
def test_a_shard_cut_short_is_refused(make_published: MakeFolder, tmp_path: Path, cut: int) -> None:
    published = make_published()
    shard = published / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:cut])
    with pytest.raises(CheckpointUnreadable):
        convert(published, tmp_path / "paddle")


def test_weights_changed_after_the_conversion_do_not_pass_as_the_original(
    make_published: MakeFolder, tmp_path: Path
) -> None:
    convert(make_published(), tmp_path / "paddle")
    shard = tmp_path / "paddle" / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(CheckpointUnreadable):
        convert(tmp_path / "paddle", tmp_path / "back", reverse=True)
    assert not (tmp_path / "back").exists()


def test_reversing_needs_the_manifest(make_published: MakeFolder, tmp_path: Path) -> None:
    convert(make_published(), tmp_path / "paddle")
    os.unlink(tmp_path / "paddle" / "conversion.json")
    with pytest.raises(ManifestMissing):
        convert(tmp_path / "paddle", tmp_path / "back", reverse=True)


def test_verifying_finds_damage(make_published: MakeFolder, tmp_path: Path) -> None:
    convert(make_published(), tmp_path / "paddle")
    assert verify_conversion(tmp_path / "paddle") == ()
    shard = tmp_path / "paddle" / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:-4] + b"\0\0\0\1")
    assert "damaged" in verify_conversion(tmp_path / "paddle")[0]


def test_a_sound_folder_has_no_defects(make_published: MakeFolder, tmp_path: Path) -> None:
    published = make_published(shards=2)
    convert(published, tmp_path / "paddle")
    before, after = inspect(published), inspect(tmp_path / "paddle")
    assert (before.layout, before.defects) == ("torch", ())
    assert (after.layout, after.defects, after.converted_here) == ("paddle", (), True)
    assert before.parameters == after.parameters


def test_a_config_that_sed_has_broken_is_named(make_published: MakeFolder) -> None:
    published = make_published()
    text = (published / "config.json").read_text()
    (published / "config.json").write_text(text.replace('"torch_dtype": "float32",', '"dtype" ='))
    assert "config.json" in inspect(published).defects[0]


def test_links_in_the_source_are_followed(make_published: MakeFolder, tmp_path: Path) -> None:
    published = make_published()
    shutil.move(published / "model.safetensors", tmp_path / "blob")
    (published / "model.safetensors").symlink_to(tmp_path / "blob")
    convert(published, tmp_path / "paddle")
    assert not (tmp_path / "paddle" / "model.safetensors").is_symlink()
    assert (tmp_path / "blob").is_file()
