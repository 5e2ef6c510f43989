"""Builds the two towers and fills them; the only module here that turns matrices."""

from pathlib import Path

import paddle
from paddle import nn

from pd_clip.compact.checkpoint import Tensors, check, read_stored, unpack
from pd_clip.compact.config import CompactConfig
from pd_clip.compact.text_tower import TextTower
from pd_clip.compact.vision_tower import VisionTower


def load_vision_tower(path: Path, config: CompactConfig) -> VisionTower:
    """The image tower in eval mode; raises the CheckpointInvalid family."""
    tower = VisionTower(config.vision, config.dimensions)
    _fill(tower, path, unpack(read_stored(path, "vision")))
    return tower


def load_text_tower(path: Path, config: CompactConfig) -> TextTower:
    """The text tower in eval mode; raises the CheckpointInvalid family."""
    tower = TextTower(config.text, config.dimensions)
    _fill(tower, path, unpack(read_stored(path, "text")))
    return tower


def _fill(tower: nn.Layer, path: Path, tensors: Tensors) -> None:
    """Stored linear weights are [out, in], Paddle's are [in, out]: decided by kind of layer."""
    linear = {
        f"{name}.weight" for name, layer in tower.named_sublayers() if isinstance(layer, nn.Linear)
    }
    turned = {name: t.T if name in linear else t for name, t in tensors.items()}
    parameters = dict(tower.named_parameters())
    check(path, turned, {name: list(p.shape) for name, p in parameters.items()})
    for name, parameter in parameters.items():
        parameter.set_value(paddle.to_tensor(turned[name].copy()))
    tower.eval()
