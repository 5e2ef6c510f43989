"""What config.json and preprocessor_config.json of a jina-clip folder say.

Sizes come only from here. A switch this port does not implement is refused at once: a model
that runs with a part silently left out answers, and answers wrongly.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pd_clip.errors import ConfigInvalid, ImageSizeInvalid

# jina-clip-v2 inherits this from jina-embeddings-v3; its own config.json does not repeat it.
TEXT_ROTARY_BASE: Final = 20000.0
# EVA-02, https://arxiv.org/abs/2303.11331
VISION_ROTARY_BASE: Final = 10000.0
# Text is cut here by default, although the tokenizer itself allows 8194.
MAX_TEXT_TOKENS: Final = 512
# Picture sizes in pixels the dial offers besides the model's own.
IMAGE_SIZES: Final = (224, 336, 512)
OPENAI_CLIP_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
OPENAI_CLIP_STD: Final = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class VisionConfig:
    """The EVA-02 image tower; all sizes in channels, pixels or layers."""

    hidden_size: int = 1024
    num_hidden_layers: int = 24
    head_width: int = 64
    mlp_ratio: float = 2.6667
    patch_size: int = 14
    image_size: int = 512
    rope_reference_grid: int = 16
    layer_norm_eps: float = 1e-6

    @property
    def num_attention_heads(self) -> int:
        return self.hidden_size // self.head_width

    @property
    def intermediate_size(self) -> int:
        return int(self.hidden_size * self.mlp_ratio)

    @property
    def grid(self) -> int:
        """Patches per side; pixels beyond the last whole patch are ignored."""
        return self.image_size // self.patch_size

    @property
    def num_positions(self) -> int:
        return self.grid * self.grid + 1

    @property
    def gigaflop(self) -> float:
        """Of one picture, in 10^9 operations; a multiplication and its addition count as two."""
        tokens, width = self.num_positions, self.hidden_size
        projections = 4 * width * width + 3 * width * self.intermediate_size  # q k v out, SwiGLU
        block = 2 * tokens * projections + 4 * tokens * tokens * width  # scores, mixing
        patches = 2 * self.grid**2 * 3 * self.patch_size**2 * width
        return (self.num_hidden_layers * block + patches) / 1e9


@dataclass(frozen=True)
class TextConfig:
    """The XLM-RoBERTa text tower with rotary positions (jina-embeddings-v3)."""

    hidden_size: int = 1024
    num_hidden_layers: int = 24
    num_attention_heads: int = 16
    intermediate_size: int = 4096
    vocab_size: int = 250002
    type_vocab_size: int = 1
    layer_norm_eps: float = 1e-5
    pad_token_id: int = 1
    rotary_base: float = TEXT_ROTARY_BASE
    lora_tasks: tuple[str, ...] = ("retrieval.query",)
    lora_rank: int = 4
    lora_alpha: float = 4.0
    default_task: str = "retrieval.query"
    task_instructions: tuple[tuple[str, str], ...] = ()

    @property
    def lora_scale(self) -> float:
        return self.lora_alpha / self.lora_rank

    def instruction(self, task: str | None) -> str:
        """The sentence put before a text for `task`; empty for a task without one."""
        return dict(self.task_instructions).get(task or "", "")


@dataclass(frozen=True)
class JinaClipConfig:
    """A whole jina-clip-v2 model."""

    vision: VisionConfig
    text: TextConfig
    matryoshka: tuple[int, ...]
    truncate_dim: int | None = None
    image_mean: tuple[float, float, float] = OPENAI_CLIP_MEAN
    image_std: tuple[float, float, float] = OPENAI_CLIP_STD
    # Orientation of linear weights in the file: "torch" [out, in] as published, or "paddle"
    # [in, out] as `pd_clip.conversion` writes it (its conversion.json says so).
    layout: str = "torch"

    @property
    def dimensions(self) -> int:
        """Full width of a vector, or the width config.json asks to cut every vector to."""
        return self.truncate_dim or self.vision.hidden_size

    def at_size(self, image_size: int | None) -> "JinaClipConfig":
        """This config with another picture size; raises ImageSizeInvalid for one not offered."""
        own = self.vision.image_size
        if image_size is None or image_size == own:
            return self
        if image_size not in IMAGE_SIZES:
            raise ImageSizeInvalid(image_size, tuple(sorted({own, *IMAGE_SIZES})))
        return replace(self, vision=replace(self.vision, image_size=image_size))

    @classmethod
    def from_folder(cls, folder: Path) -> "JinaClipConfig":
        """Read config.json and, when present, preprocessor_config.json.

        Raises ConfigInvalid for unreadable JSON and for switches this port does not implement.
        """
        path = folder / "config.json"
        config = read_json(path)
        vision, text = config.get("vision_config", {}), config.get("text_config", {})
        _refuse_unsupported(path, config, vision, text)
        mean, std = _normalisation(folder)
        truncate_dim = config.get("truncate_dim")
        width = int(vision.get("width", 1024))
        return cls(
            vision=_vision(vision),
            text=_text(text),
            matryoshka=tuple(
                int(size)
                for size in config.get("matryoshka_dimensions", [width])
                if int(size) <= (truncate_dim or width)
            ),
            truncate_dim=None if truncate_dim is None else int(truncate_dim),
            image_mean=mean,
            image_std=std,
            layout=_layout(folder),
        )


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from `path`; raises ConfigInvalid when it is absent or not an object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigInvalid(path, "file", "absent", "a JSON object") from None
    except (ValueError, OSError) as error:
        raise ConfigInvalid(path, "file", str(error), "a JSON object") from None
    if not isinstance(content, dict):
        raise ConfigInvalid(path, "file", type(content).__name__, "a JSON object")
    return content


def _vision(vision: dict[str, Any]) -> VisionConfig:
    return VisionConfig(
        hidden_size=int(vision.get("width", 1024)),
        num_hidden_layers=int(vision.get("layers", 24)),
        head_width=int(vision.get("head_width", 64)),
        mlp_ratio=float(vision.get("mlp_ratio", 2.6667)),
        patch_size=int(vision.get("patch_size", 14)),
        image_size=int(vision.get("image_size", 512)),
        rope_reference_grid=int(vision.get("pt_hw_seq_len", 16)),
    )


def _text(text: dict[str, Any]) -> TextConfig:
    inner = text.get("hf_model_config_kwargs", {})
    hidden_size = int(inner.get("hidden_size", text.get("embed_dim", 1024)))
    return TextConfig(
        hidden_size=hidden_size,
        num_hidden_layers=int(inner.get("num_hidden_layers", 24)),
        num_attention_heads=int(inner.get("num_attention_heads", 16)),
        intermediate_size=int(inner.get("intermediate_size", 4 * hidden_size)),
        vocab_size=int(inner.get("vocab_size", 250002)),
        rotary_base=float(inner.get("rotary_emb_base", TEXT_ROTARY_BASE)),
        lora_tasks=tuple(inner.get("lora_adaptations") or ()),
        lora_rank=int(inner.get("lora_rank", 4)),
        lora_alpha=float(inner.get("lora_alpha", 4)),
        default_task=str(text.get("default_lora_task") or "retrieval.query"),
        task_instructions=tuple(sorted((inner.get("task_instructions") or {}).items())),
    )


def _normalisation(
    folder: Path,
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    path = folder / "preprocessor_config.json"
    if not path.exists():
        return OPENAI_CLIP_MEAN, OPENAI_CLIP_STD
    preprocessor = read_json(path)
    for key, expected in (("resize_mode", "shortest"), ("interpolation", "bicubic")):
        if preprocessor.get(key, expected) != expected:
            raise ConfigInvalid(path, key, preprocessor[key], expected)
    return (
        _three(path, "mean", preprocessor.get("mean", OPENAI_CLIP_MEAN)),
        _three(path, "std", preprocessor.get("std", OPENAI_CLIP_STD)),
    )


def _three(path: Path, key: str, found: Any) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(value) for value in found)
    except (TypeError, ValueError):
        raise ConfigInvalid(path, key, found, "three numbers") from None
    return red, green, blue


def _refuse_unsupported(
    path: Path, config: dict[str, Any], vision: dict[str, Any], text: dict[str, Any]
) -> None:
    required: tuple[tuple[dict[str, Any], str, Any], ...] = (
        (config, "add_projections", False),
        (vision, "rope_embeddings", True),
        (vision, "intp_freq", True),
        (vision, "naive_swiglu", True),
        (vision, "subln", True),
        (vision, "qkv_bias", True),
        (vision, "post_norm", False),
        (vision, "ls_init_value", None),
        (vision, "proj_type", None),
        (text, "proj_type", None),
        (text, "pooler_type", "mean_pooler"),
    )
    for section, key, expected in required:
        found = section.get(key, expected)
        if found != expected:
            raise ConfigInvalid(path, key, found, expected)
    # jina-clip-v1 has another text tower (BERT with ALiBi) under the same model_type.
    backbone = str(text.get("hf_model_name_or_path", ""))
    if "jina-bert" in backbone:
        raise ConfigInvalid(path, "hf_model_name_or_path", backbone, "jinaai/jina-embeddings-v3")


def _layout(folder: Path) -> str:
    path = folder / "conversion.json"
    if not path.is_file():
        return "torch"
    layout = str(read_json(path).get("layout"))
    if layout not in ("torch", "paddle"):
        raise ConfigInvalid(path, "layout", layout, "'torch' or 'paddle'")
    return layout
