"""jina-clip-v2 as a Paddle model: both towers with the published weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor, nn

from pd_clip.checkpoint import TEXT_PREFIX, VISION_PREFIX, Checkpoint
from pd_clip.config import JinaClipConfig
from pd_clip.jina_encoder import text_inputs
from pd_clip.safetensors_file import to_bfloat16_bits
from pd_clip.text_tower import TextTower
from pd_clip.vision_tower import VisionTower, resize_positions
from pd_clip.word_table import WordTable


class JinaClip(nn.Layer):
    """Both towers in memory; features are raw, as the reference's `get_*_features` gives them."""

    def __init__(
        self, config: JinaClipConfig, vision: VisionTower, text: TextTower, words: WordTable
    ) -> None:
        super().__init__()
        self.config = config
        self.vision_model = vision
        self.text_model = text
        self.word_table = words

    @classmethod
    def from_pretrained(
        cls, folder: str | Path, *, dtype: str = "float32", image_size: int | None = None
    ) -> "JinaClip":
        """Load a published (or converted) folder; peak memory is the model plus one tensor.

        dtype: "float32" or "bfloat16" (needs a device with bfloat16 kernels to run).
        Raises the CheckpointInvalid family, ConfigInvalid, ImageSizeInvalid.
        """
        folder = Path(folder)
        config = JinaClipConfig.from_folder(folder)
        checkpoint = Checkpoint(folder, config)
        vision = load_vision_tower(checkpoint, dtype=dtype, image_size=image_size)
        text = load_text_tower(checkpoint, dtype=dtype)
        return cls(config, vision, text, WordTable(checkpoint))

    def get_image_features(self, pixel_values: Tensor | NDArray[np.float32]) -> Tensor:
        """Normalised pictures [N, 3, S, S] -> raw image features [N, D]."""
        with paddle.no_grad():
            return self.vision_model(paddle.to_tensor(pixel_values))

    def get_text_features(self, input_ids: Tensor | NDArray[np.integer[Any]]) -> Tensor:
        """Token ids [N, L], padded with the pad id -> raw text features [N, D]."""
        ids = np.asarray(input_ids)
        inputs = text_inputs(ids, self.word_table, self.config)
        with paddle.no_grad():
            return self.text_model(*(paddle.to_tensor(part) for part in inputs))


def load_vision_tower(
    checkpoint: Checkpoint, *, dtype: str = "float32", image_size: int | None = None
) -> VisionTower:
    """The image tower alone, at the model's own picture size or another (positions resized)."""
    vision = checkpoint.config.at_size(image_size).vision
    with _unfilled_parameters(dtype):
        tower = VisionTower(vision)

    def at_grid() -> Iterator[tuple[str, NDArray[np.float32]]]:
        for name, weight in checkpoint.weights(VISION_PREFIX):
            yield name, resize_positions(weight, vision.grid) if name == "pos_embed" else weight

    _fill(tower, at_grid())
    return tower


def load_text_tower(checkpoint: Checkpoint, *, dtype: str = "float32") -> TextTower:
    """The text tower without its word table."""
    with _unfilled_parameters(dtype):
        tower = TextTower(checkpoint.config.text)
    _fill(tower, checkpoint.weights(TEXT_PREFIX))
    return tower


@contextmanager
def _unfilled_parameters(dtype: str) -> Iterator[None]:
    """Create parameters of `dtype` as zeros: they are about to be overwritten."""
    before = paddle.get_default_dtype()
    paddle.set_default_dtype(dtype)
    nn.initializer.set_global_initializer(nn.initializer.Constant(0.0))
    try:
        yield
    finally:
        nn.initializer.set_global_initializer(None)
        paddle.set_default_dtype(before)


def _fill(tower: nn.Layer, weights: Iterator[tuple[str, NDArray[np.float32]]]) -> None:
    parameters = dict(tower.named_parameters())
    for name, weight in weights:
        parameter = parameters.pop(name)
        if parameter.dtype == paddle.bfloat16:
            parameter.set_value(to_bfloat16_bits(weight))
        else:
            parameter.set_value(weight)
    if parameters:
        # The checkpoint was compared with the config before, so this is a fault of this file.
        raise AssertionError(f"parameters never filled: {sorted(parameters)[:10]}")
    tower.eval()
