"""The layers of jina-clip-v2 (config.json of jinaai/jina-clip-v2, 999 tensors at full size)."""

from collections.abc import Mapping
from typing import Any

from pd_clip.conversion.layers import ConversionMap, Kind, LayerTable

# jina-embeddings-v3's own config.json; jina-clip-v2's refers to it by name and repeats none of it.
_TEXT_DEFAULTS = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "intermediate_size": 4096,
    "vocab_size": 250002,
    "lora_rank": 4,
    "lora_adaptations": ["retrieval.query"],
}


def layers(config: Mapping[str, Any]) -> LayerTable:
    """Every published key, with its shape and kind."""
    table = LayerTable()
    table.parameter("logit_scale")
    _text_tower(table, config["text_config"].get("hf_model_config_kwargs", {}))
    _vision_tower(table, config["vision_config"])
    return table


def _text_tower(table: LayerTable, overrides: Mapping[str, Any]) -> None:
    text = {**_TEXT_DEFAULTS, **overrides}
    width, hidden = text["hidden_size"], text["intermediate_size"]
    tasks, rank = len(text["lora_adaptations"]), text["lora_rank"]

    def embedding(key: str, rows: int) -> None:
        stem = f"{key}.parametrizations.weight"
        table.add(f"{stem}.original", (rows, width), Kind.EMBEDDING_WEIGHT)
        table.add(f"{stem}.0.lora_A", (tasks, rows, rank), Kind.LORA_A_EMBEDDING)
        table.add(f"{stem}.0.lora_B", (tasks, rank, width), Kind.LORA_B_EMBEDDING)

    def linear(key: str, inputs: int, outputs: int) -> None:
        stem = f"{key}.parametrizations.weight"
        table.add(f"{key}.bias", (outputs,), Kind.LINEAR_BIAS)
        table.add(f"{stem}.original", (outputs, inputs), Kind.LINEAR_WEIGHT)
        table.add(f"{stem}.0.lora_A", (tasks, rank, inputs), Kind.LORA_A_LINEAR)
        table.add(f"{stem}.0.lora_B", (tasks, outputs, rank), Kind.LORA_B_LINEAR)

    root = "text_model.transformer.roberta"
    embedding(f"{root}.embeddings.word_embeddings", text["vocab_size"])
    embedding(f"{root}.embeddings.token_type_embeddings", 1)
    table.norm(f"{root}.emb_ln", width)
    for number in range(text["num_hidden_layers"]):
        block = f"{root}.encoder.layers.{number}"
        linear(f"{block}.mixer.Wqkv", width, 3 * width)
        linear(f"{block}.mixer.out_proj", width, width)
        table.norm(f"{block}.norm1", width)
        linear(f"{block}.mlp.fc1", width, hidden)
        linear(f"{block}.mlp.fc2", hidden, width)
        table.norm(f"{block}.norm2", width)


def _vision_tower(table: LayerTable, vision: Mapping[str, Any]) -> None:
    width, patch = vision["width"], vision["patch_size"]
    hidden = int(width * vision["mlp_ratio"])
    grid = vision["image_size"] // patch
    table.parameter("vision_model.cls_token", 1, 1, width)
    table.parameter("vision_model.pos_embed", 1, grid * grid + 1, width)
    table.patch_convolution("vision_model.patch_embed.proj", width, patch)
    for number in range(vision["layers"]):
        block = f"vision_model.blocks.{number}"
        table.norm(f"{block}.norm1", width)
        table.parameter(f"{block}.attn.q_bias", width)
        table.parameter(f"{block}.attn.v_bias", width)
        for name in ("q_proj", "k_proj", "v_proj"):
            table.linear(f"{block}.attn.{name}", width, width, bias=False)
        table.norm(f"{block}.attn.inner_attn_ln", width)
        table.linear(f"{block}.attn.proj", width, width, bias=True)
        table.norm(f"{block}.norm2", width)
        table.linear(f"{block}.mlp.w1", width, hidden, bias=True)
        table.linear(f"{block}.mlp.w2", width, hidden, bias=True)
        table.norm(f"{block}.mlp.ffn_ln", hidden)
        table.linear(f"{block}.mlp.w3", hidden, width, bias=True)
    table.norm("vision_model.norm", width)


JINA_CLIP = ConversionMap("jina-clip-v2", "jina_clip", layers)
