"""The entries of Mono-InternVL's config.json that this port reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pd_clip.conversion.folder import read_json


@dataclass(frozen=True)
class LanguageConfig:
    """InternLM2 (https://arxiv.org/abs/2403.17297), `llm_config`."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float
    # Dynamic NTK scaling starts beyond max_position_embeddings; 1.0 is none.
    rope_factor: float
    bias: bool
    bos_token_id: int
    eos_token_id: int

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.hidden_size // self.num_attention_heads


@dataclass(frozen=True)
class MonoInternVLConfig:
    """Mono-InternVL (https://arxiv.org/abs/2410.08202)."""

    language: LanguageConfig
    image_size: int
    patch_size: int
    downsample_ratio: float
    min_dynamic_patch: int
    max_dynamic_patch: int
    use_thumbnail: bool

    @property
    def tokens_per_tile(self) -> int:
        """Image tokens of one tile, 256 at full size."""
        return int((self.image_size // self.patch_size * self.downsample_ratio) ** 2)

    @classmethod
    def read(cls, folder: Path) -> "MonoInternVLConfig":
        """Reads config.json of a checkpoint folder."""
        config: Mapping[str, Any] = read_json(folder / "config.json")
        return cls(
            language=_language(config["llm_config"]),
            image_size=config.get("force_image_size") or config["vision_config"]["image_size"],
            patch_size=config["vision_config"]["patch_size"],
            downsample_ratio=config["downsample_ratio"],
            min_dynamic_patch=config["min_dynamic_patch"],
            max_dynamic_patch=config["max_dynamic_patch"],
            use_thumbnail=config["use_thumbnail"],
        )


def _language(config: Mapping[str, Any]) -> LanguageConfig:
    scaling = config.get("rope_scaling") or {"type": "dynamic", "factor": 1.0}
    return LanguageConfig(
        vocab_size=config["vocab_size"],
        hidden_size=config["hidden_size"],
        num_hidden_layers=config["num_hidden_layers"],
        num_attention_heads=config["num_attention_heads"],
        num_key_value_heads=config["num_key_value_heads"],
        max_position_embeddings=config["max_position_embeddings"],
        rms_norm_eps=config["rms_norm_eps"],
        rope_theta=config["rope_theta"],
        rope_factor=scaling["factor"],
        bias=config.get("bias", False),
        bos_token_id=config.get("bos_token_id", 1),
        eos_token_id=config.get("eos_token_id", 2),
    )
