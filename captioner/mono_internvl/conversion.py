"""The layers of Mono-InternVL (config.json of OpenGVLab/Mono-InternVL-2B, 253 tensors)."""

from collections.abc import Mapping
from typing import Any

from pd_clip.conversion.layers import ConversionMap, LayerTable


def layers(config: Mapping[str, Any]) -> LayerTable:
    """Every published key, with its shape and kind."""
    table = LayerTable()
    _patch_embedding(table, config["vision_config"])
    _language_model(table, config["llm_config"])
    width = config["llm_config"]["hidden_size"]
    # Pixel shuffle by the ratio r folds 1/r x 1/r patches into one token.
    folded = int(config["vision_config"]["hidden_size"] / config["downsample_ratio"] ** 2)
    table.norm("mlp1.0", folded)
    table.linear("mlp1.1", folded, width, bias=True)
    table.linear("mlp1.3", width, width, bias=True)
    return table


def _patch_embedding(table: LayerTable, vision: Mapping[str, Any]) -> None:
    width, patch = vision["hidden_size"], vision["patch_size"]
    positions = (vision["image_size"] // patch) ** 2 + 1
    table.parameter("vision_model.embeddings.class_embedding", 1, 1, width)
    table.parameter("vision_model.embeddings.position_embedding", 1, positions, width)
    table.patch_convolution("vision_model.embeddings.patch_embedding", width, patch)


def _language_model(table: LayerTable, config: Mapping[str, Any]) -> None:
    width, hidden = config["hidden_size"], config["intermediate_size"]
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    bias = config.get("bias", False)
    table.embedding("language_model.model.tok_embeddings", config["vocab_size"], width)
    for number in range(config["num_hidden_layers"]):
        block = f"language_model.model.layers.{number}"
        qkv = (heads + 2 * groups) * (width // heads)
        table.linear(f"{block}.attention.wqkv", width, qkv, bias=bias)
        table.linear(f"{block}.attention.wo", width, width, bias=bias)
        for expert in ("feed_forward", "feed_forward_ve"):
            table.linear(f"{block}.{expert}.w1", width, hidden, bias=False)
            table.linear(f"{block}.{expert}.w3", width, hidden, bias=False)
            table.linear(f"{block}.{expert}.w2", hidden, width, bias=False)
        table.norm(f"{block}.attention_norm", width, bias=False)
        table.norm(f"{block}.ffn_norm", width, bias=False)
    table.norm("language_model.model.norm", width, bias=False)
    table.linear("language_model.output", width, config["vocab_size"], bias=False)


MONO_INTERNVL = ConversionMap("Mono-InternVL-2B", "internvl_chat", layers)
