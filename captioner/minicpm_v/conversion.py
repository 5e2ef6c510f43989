"""The layers of MiniCPM-V 2.6 (config.json of openbmb/MiniCPM-V-2_6, 789 tensors)."""

from collections.abc import Mapping
from typing import Any

from pd_clip.conversion.layers import ConversionMap, Kind, LayerTable


def layers(config: Mapping[str, Any]) -> LayerTable:
    """Every published key, with its shape and kind."""
    table = LayerTable()
    _language_model(table, config)
    _vision_tower(table, config["vision_config"])
    _resampler(
        table, config["query_num"], config["hidden_size"], config["vision_config"]["hidden_size"]
    )
    return table


def _language_model(table: LayerTable, config: Mapping[str, Any]) -> None:
    width, hidden = config["hidden_size"], config["intermediate_size"]
    keys = width // config["num_attention_heads"] * config["num_key_value_heads"]
    table.embedding("llm.model.embed_tokens", config["vocab_size"], width)
    for number in range(config["num_hidden_layers"]):
        block = f"llm.model.layers.{number}"
        table.linear(f"{block}.self_attn.q_proj", width, width, bias=True)
        table.linear(f"{block}.self_attn.k_proj", width, keys, bias=True)
        table.linear(f"{block}.self_attn.v_proj", width, keys, bias=True)
        table.linear(f"{block}.self_attn.o_proj", width, width, bias=False)
        table.linear(f"{block}.mlp.gate_proj", width, hidden, bias=False)
        table.linear(f"{block}.mlp.up_proj", width, hidden, bias=False)
        table.linear(f"{block}.mlp.down_proj", hidden, width, bias=False)
        table.norm(f"{block}.input_layernorm", width, bias=False)
        table.norm(f"{block}.post_attention_layernorm", width, bias=False)
    table.norm("llm.model.norm", width, bias=False)
    table.linear("llm.lm_head", width, config["vocab_size"], bias=False)


def _vision_tower(table: LayerTable, vision: Mapping[str, Any]) -> None:
    width, hidden, patch = vision["hidden_size"], vision["intermediate_size"], vision["patch_size"]
    table.patch_convolution("vpm.embeddings.patch_embedding", width, patch)
    positions = (vision["image_size"] // patch) ** 2
    table.embedding("vpm.embeddings.position_embedding", positions, width)
    for number in range(vision["num_hidden_layers"]):
        block = f"vpm.encoder.layers.{number}"
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            table.linear(f"{block}.self_attn.{name}", width, width, bias=True)
        table.norm(f"{block}.layer_norm1", width)
        table.linear(f"{block}.mlp.fc1", width, hidden, bias=True)
        table.linear(f"{block}.mlp.fc2", hidden, width, bias=True)
        table.norm(f"{block}.layer_norm2", width)
    table.norm("vpm.post_layernorm", width)


def _resampler(table: LayerTable, queries: int, width: int, vision_width: int) -> None:
    table.parameter("resampler.query", queries, width)
    # Applied as `tokens @ proj`: a bare parameter, although it looks like a linear layer's matrix.
    table.parameter("resampler.proj", width, width)
    table.linear("resampler.kv_proj", vision_width, width, bias=False)
    table.add("resampler.attn.in_proj_weight", (3 * width, width), Kind.MHA_IN_PROJ_WEIGHT)
    table.add("resampler.attn.in_proj_bias", (3 * width,), Kind.MHA_IN_PROJ_BIAS)
    table.linear("resampler.attn.out_proj", width, width, bias=True)
    for name in ("ln_q", "ln_kv", "ln_post"):
        table.norm(f"resampler.{name}", width)


# PaddleNLP calls the decoder of its Qwen2ForCausalLM `qwen2`, transformers calls it `model`.
MINICPM_V = ConversionMap(
    "MiniCPM-V-2.6", "minicpmv", layers, renamed_prefixes={"llm.model.": "llm.qwen2."}
)
