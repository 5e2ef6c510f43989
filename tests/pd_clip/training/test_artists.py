"""A tower is taught other drawn concepts without losing the classes of photographs."""

import numpy as np
import paddle

from pd_clip.compact.config import load_config
from pd_clip.compact.vision_tower import VisionTower
from pd_clip.registry import BUNDLED_FOLDER
from pd_clip.training.artists import teach


def test_only_the_drawn_concepts_are_taught_anew() -> None:
    config = load_config(BUNDLED_FOLDER / "config.json")
    tower = VisionTower(config.vision, config.dimensions)
    classes, drawn = (group.concepts for group in config.vision.groups)
    chance = np.random.default_rng(4)
    weight = chance.normal(size=(drawn, config.vision.head_channels)).astype(np.float32)
    bias = chance.normal(size=drawn).astype(np.float32)
    features = paddle.to_tensor(chance.normal(size=(2, weight.shape[1])).astype(np.float32))
    with paddle.no_grad():
        before = tower.classifier(features).numpy()
        teach(tower, classes, weight, bias)
        after = tower.classifier(features).numpy()
    np.testing.assert_array_equal(after[:, :classes], before[:, :classes])
    expected = features.numpy() @ weight.T + bias
    np.testing.assert_allclose(after[:, classes:], expected, rtol=1e-3, atol=1e-3)
