"""Checkpoint folders in the published layout, small enough to convert in a moment."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

DATA = Path(__file__).parents[2] / "alignment" / "data"
Tensors = dict[str, np.ndarray]


@pytest.fixture(scope="session")
def published_tensors() -> Tensors:
    """The tensors of the tiny jina-clip checkpoint, as published."""
    return load_file(DATA / "jina_clip_tiny" / "model.safetensors")


@pytest.fixture
def make_published(tmp_path: Path, published_tensors: Tensors) -> Callable[..., Path]:
    """Makes a folder as a model hub would hold it, in as many shards as asked for."""

    def make(shards: int = 1, name: str = "published") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(DATA / "jina_clip_tiny" / "config.json", folder)
        (folder / "tokenizer.json").write_text('{"version": "1.0"}')
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text("{}")
        if shards == 1:
            save_file(published_tensors, folder / "model.safetensors", {"format": "pt"})
            return folder
        keys = sorted(published_tensors)
        weight_map = {}
        for number in range(shards):
            shard = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
            part = {key: published_tensors[key] for key in keys[number::shards]}
            save_file(part, folder / shard, {"format": "pt"})
            weight_map.update(dict.fromkeys(part, shard))
        index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        return folder

    return make


def every_file(folder: Path) -> dict[str, bytes]:
    """The content of each file of a folder, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
