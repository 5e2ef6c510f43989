"""Sizes of the bundled model, read from its `config.json`; nothing about them is in the code."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pd_clip.errors import ConfigInvalid

MODEL_TYPE = "searchapp_compact"


@dataclass(frozen=True)
class Stage:
    """One stage of inverted bottlenecks: the first block has the stride, the others have 1."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


@dataclass(frozen=True)
class ConceptGroup:
    """Concepts that compete with each other: one softmax over all of them.

    sharpness: logits are multiplied by it first; 0.5 is the square root of the probabilities.
    """

    concepts: int
    sharpness: float


@dataclass(frozen=True)
class Windows:
    """Square parts of the last map that are classified beside its whole.

    side, stride: in places of the map; share: what all parts together count, the whole the rest.
    """

    side: int
    stride: int
    share: float


@dataclass(frozen=True)
class VisionConfig:
    """EfficientNet-Lite (Tan and Le 2019, arXiv 1905.11946, without squeeze and excitation)."""

    image_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    stem_channels: int
    stages: tuple[Stage, ...]
    head_channels: int
    groups: tuple[ConceptGroup, ...]
    windows: Windows

    @property
    def concepts(self) -> int:
        """Rows of the classifier and of the table of concept vectors."""
        return sum(group.concepts for group in self.groups)


@dataclass(frozen=True)
class TextConfig:
    """BERT with learned positions, read through mean pooling (arXiv 2402.05672)."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    layer_norm_eps: float
    pad_token_id: int
    prefix: str  # put before every text, as the encoder was trained


@dataclass(frozen=True)
class CompactConfig:
    """The whole of `config.json`."""

    name: str
    dimensions: int
    matryoshka: tuple[int, ...]
    max_text_tokens: int
    model_note: str
    vision: VisionConfig
    text: TextConfig


def load_config(path: Path) -> CompactConfig:
    """Reads and checks `config.json`.

    Raises:
        ConfigInvalid: unreadable, of another model type, or a key is missing or too many.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigInvalid(path, "config", str(error), "a JSON object") from error
    found = content.pop("model_type", None) if isinstance(content, dict) else None
    if found != MODEL_TYPE:
        raise ConfigInvalid(path, "model_type", found, MODEL_TYPE)
    try:
        return _parse(content)
    except (KeyError, TypeError) as error:
        raise ConfigInvalid(path, "keys", str(error), "the keys of CompactConfig") from error


def _parse(content: dict[str, Any]) -> CompactConfig:
    vision = dict(content.pop("vision"))
    stages = tuple(Stage(**stage) for stage in vision.pop("stages"))
    groups = tuple(ConceptGroup(**group) for group in vision.pop("groups"))
    mean, std = tuple(vision.pop("mean")), tuple(vision.pop("std"))
    windows = Windows(**vision.pop("windows"))
    return CompactConfig(
        matryoshka=tuple(content.pop("matryoshka")),
        vision=VisionConfig(
            stages=stages, groups=groups, mean=mean, std=std, windows=windows, **vision
        ),
        text=TextConfig(**content.pop("text")),
        **content,
    )
