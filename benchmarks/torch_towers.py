"""jina-clip-v2 in PyTorch, put together from other people's parts: the reference of comparisons.

Text: transformers' `JinaEmbeddingsV3Model`. Pictures: timm's `eva02_large_patch14_clip_336` at
the sizes of config.json. The published file is read by the safetensors library and LoRA is added
here, so nothing of this project's port takes part. Needs the extra `alignment`.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import safe_open
from transformers import JinaEmbeddingsV3Config, JinaEmbeddingsV3Model

TEXT, VISION = "text_model.transformer.roberta.", "vision_model."
_LORA = ".parametrizations.weight"


def read_weights(folder: Path, prefix: str) -> dict[str, torch.Tensor]:
    """Tensors under `prefix` in float32, LoRA merged, as `….weight`."""
    kwargs = _text_section(folder).get("hf_model_config_kwargs", {})
    scale = kwargs.get("lora_alpha", 4) / kwargs.get("lora_rank", 4)
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        keys = [key for key in file.keys() if key.startswith(prefix)]  # noqa: SIM118
        weights = {}
        for key in keys:
            name = key.removeprefix(prefix)
            if not name.endswith(f"{_LORA}.original"):
                if _LORA not in name:
                    weights[name] = file.get_tensor(key).float()
                continue
            stem = name.removesuffix(f"{_LORA}.original")
            lora_a = file.get_tensor(f"{prefix}{stem}{_LORA}.0.lora_A")[0].float()
            lora_b = file.get_tensor(f"{prefix}{stem}{_LORA}.0.lora_B")[0].float()
            change = lora_a @ lora_b if "embeddings" in stem else lora_b @ lora_a
            weights[f"{stem}.weight"] = file.get_tensor(key).float() + scale * change
    return weights


def _text_section(folder: Path) -> dict[str, Any]:
    section: dict[str, Any] = json.loads((folder / "config.json").read_text())["text_config"]
    return section


class TextReference(torch.nn.Module):
    """Token ids [N, L], padded with 1 -> mean of the last layer over real tokens [N, D]."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        section = _text_section(folder)
        sizes = section.get("hf_model_config_kwargs", {})
        hidden = sizes.get("hidden_size", section.get("embed_dim", 1024))
        config = JinaEmbeddingsV3Config(
            hidden_size=hidden,
            num_hidden_layers=sizes.get("num_hidden_layers", 24),
            num_attention_heads=sizes.get("num_attention_heads", 16),
            intermediate_size=sizes.get("intermediate_size", 4 * hidden),
            vocab_size=sizes.get("vocab_size", 250002),
        )
        with torch.device("meta"):
            self.model = JinaEmbeddingsV3Model(config, add_pooling_layer=False)
        self.model.load_state_dict(_text_names(read_weights(folder, TEXT)), assign=True)
        rotary = type(self.model.rotary_emb)(config)
        self.model.rotary_emb = rotary
        embeddings = self.model.embeddings
        embeddings.position_ids = torch.arange(config.max_position_embeddings)[None]
        embeddings.token_type_ids = torch.zeros_like(embeddings.position_ids)
        self.eval()

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        mask = (input_ids != 1).long()
        hidden = self.model(input_ids=input_ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)

    def watched(self) -> dict[str, torch.nn.Module]:
        """Stages by the names that `pd_clip.verify.stages` gives them."""
        found: dict[str, torch.nn.Module] = {"text.embedding": self.model.embeddings}
        return found | {f"text.layers.{i}": layer for i, layer in enumerate(self.model.layers)}


def _text_names(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    renamed = {}
    for name, tensor in weights.items():
        name = name.replace("emb_ln", "embeddings.LayerNorm").replace("encoder.layers", "layers")
        name = name.replace("norm1", "post_attention_layernorm")
        name = name.replace("norm2", "post_mlp_layernorm")
        if ".mixer.Wqkv." in name:
            for part, piece in zip("qkv", tensor.chunk(3), strict=True):
                renamed[name.replace("mixer.Wqkv", f"self_attn.{part}_proj")] = piece.clone()
        else:
            renamed[name.replace("mixer.out_proj", "self_attn.o_proj")] = tensor
    return renamed


class ImageReference(torch.nn.Module):
    """Normalised pictures [N, 3, S, S] -> class token after the last norm [N, D]."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        vision = json.loads((folder / "config.json").read_text())["vision_config"]
        size, patch = vision["image_size"], vision.get("patch_size", 14)
        width = vision["width"]
        self.inside = size // patch * patch  # the rest right and below is ignored
        self.model = timm.create_model(
            "eva02_large_patch14_clip_336",
            pretrained=False,
            num_classes=0,
            img_size=self.inside,
            patch_size=patch,
            embed_dim=width,
            depth=vision["layers"],
            num_heads=width // vision.get("head_width", 64),
            mlp_ratio=vision.get("mlp_ratio", 2.6667),
        )
        self.model.load_state_dict(_vision_names(read_weights(folder, VISION)), assign=True)
        self.eval()

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        inside: torch.Tensor = pixel_values[:, :, : self.inside, : self.inside]
        features: torch.Tensor = self.model(inside)
        return features

    def watched(self) -> dict[str, torch.nn.Module]:
        """Stages by the names that `pd_clip.verify.stages` gives them."""
        found: dict[str, torch.nn.Module] = {"image.embedding": self.model.patch_embed}
        return found | {f"image.blocks.{i}": block for i, block in enumerate(self.model.blocks)}


def _vision_names(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    pairs = (
        ("attn.q_bias", "attn.q_proj.bias"),
        ("attn.v_bias", "attn.v_proj.bias"),
        ("attn.inner_attn_ln", "attn.norm"),
        ("mlp.w1", "mlp.fc1_g"),
        ("mlp.w2", "mlp.fc1_x"),
        ("mlp.w3", "mlp.fc2"),
        ("mlp.ffn_ln", "mlp.norm"),
    )
    renamed = {}
    for name, tensor in weights.items():
        for published, theirs in pairs:
            name = name.replace(published, theirs)
        renamed[name] = tensor
    return renamed


def run_watched(
    tower: TextReference | ImageReference, given: torch.Tensor, last: str
) -> dict[str, torch.Tensor]:
    """The output of every watched stage, and of the tower itself under the name `last`."""
    found: dict[str, torch.Tensor] = {}

    def keeper(name: str) -> Callable[..., None]:
        def keep(module: Any, inputs: Any, output: Any) -> None:
            found[name] = output[0] if isinstance(output, tuple) else output

        return keep

    hooks = [m.register_forward_hook(keeper(name)) for name, m in tower.watched().items()]
    with torch.inference_mode():
        found[last] = tower(given)
    for hook in hooks:
        hook.remove()
    return found
