"""A model is taught other drawn concepts without losing the classes of photographs."""

from pathlib import Path

import numpy as np

from pd_clip.compact.checkpoint import read_stored, unpack
from pd_clip.compact.config import load_config
from pd_clip.registry import BUNDLED_FOLDER
from pd_clip.training.artists import taught_otherwise


def test_only_the_drawn_concepts_are_taught_anew(tmp_path: Path) -> None:
    vision = load_config(BUNDLED_FOLDER / "config.json").vision
    classes, drawn = (group.concepts for group in vision.groups)
    chance = np.random.default_rng(4)
    weight = chance.normal(size=(drawn, vision.head_channels)).astype(np.float32)
    bias = chance.normal(size=drawn).astype(np.float32)
    model = taught_otherwise(BUNDLED_FOLDER, tmp_path / "model", weight, bias)
    before, after = (
        unpack(read_stored(folder / "model.safetensors", "vision"))
        for folder in (BUNDLED_FOLDER, model)
    )
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert before.keys() == after.keys()
    assert changed == {"classifier.weight", "classifier.bias"}
    for name, wanted in (("classifier.weight", weight), ("classifier.bias", bias)):
        np.testing.assert_array_equal(after[name][:classes], before[name][:classes])
        np.testing.assert_allclose(after[name][classes:], wanted, atol=0.03)
