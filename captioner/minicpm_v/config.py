"""The entries of MiniCPM-V 2.6's config.json and preprocessor_config.json that this port reads."""

from dataclasses import dataclass
from pathlib import Path

from pd_clip.conversion.folder import read_json


@dataclass(frozen=True)
class VisionConfig:
    """SigLIP, read at any resolution (https://arxiv.org/abs/2307.06304)."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    patch_size: int
    image_size: int

    @property
    def positions_per_side(self) -> int:
        """Side of the table of learned positions, 70 at full size."""
        return self.image_size // self.patch_size


@dataclass(frozen=True)
class SlicingConfig:
    """How a picture is cut (https://arxiv.org/abs/2403.11703)."""

    max_slices: int
    resolution: int
    patch_size: int


@dataclass(frozen=True)
class LanguageConfig:
    """Qwen2 (https://arxiv.org/abs/2407.10671)."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float


@dataclass(frozen=True)
class MiniCPMVConfig:
    """MiniCPM-V 2.6 (https://arxiv.org/abs/2408.01800)."""

    language: LanguageConfig
    vision: VisionConfig
    slicing: SlicingConfig
    query_num: int
    use_image_id: bool

    @classmethod
    def read(cls, folder: Path) -> "MiniCPMVConfig":
        """Reads the two files of a checkpoint folder."""
        config = read_json(folder / "config.json")
        pixels = read_json(folder / "preprocessor_config.json")
        language = LanguageConfig(
            **{name: config[name] for name in LanguageConfig.__dataclass_fields__}
        )
        vision = VisionConfig(
            **{name: config["vision_config"][name] for name in VisionConfig.__dataclass_fields__}
        )
        slicing = SlicingConfig(
            pixels["max_slice_nums"], pixels["scale_resolution"], pixels["patch_size"]
        )
        return cls(language, vision, slicing, config["query_num"], pixels["use_image_id"])
