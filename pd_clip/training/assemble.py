"""Writes a folder that `pd_clip.load_encoder` can open: weights, config, tokenizer."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from pd_clip.compact.checkpoint import pack_int4, pack_int8
from pd_clip.compact.config import MODEL_TYPE
from pd_clip.compact.names import DICTIONARY
from pd_clip.training.teachers import LITE2_SIZE, LITE2_STAGES

MAX_TEXT_TOKENS = 128
# Nine parts of the last map of 9 x 9 places, chosen on the captions of the samples.
WINDOWS = {"side": 5, "stride": 2, "share": 0.5}
SMALL = 20_000  # a tensor with fewer weights is kept in float16


def name_is_kept(name: str) -> bool:
    """Positions and depthwise kernels (9 or 25 weights a channel) lose most in 8 bits."""
    return "position" in name or "depthwise" in name


def still_four_bit(text: Mapping[str, np.ndarray], teacher: Mapping[str, np.ndarray]) -> set[str]:
    """Stored names of the tensors that tuning left alone: the teacher's own four bits hold them."""
    same = {
        name
        for name, tensor in teacher.items()
        if tensor.ndim == 2 and "position" not in name and np.array_equal(tensor, text[name])
    }
    return {"words.table" if name == "word_embeddings.weight" else f"text.{name}" for name in same}


def pack(
    vision: Mapping[str, np.ndarray], text: Mapping[str, np.ndarray], four_bit: set[str]
) -> dict[str, np.ndarray]:
    """Both towers as stored arrays; names of `four_bit` tensors say which are stored so.

    Linear weights stay [out, in] here and are turned when the model is loaded.
    """
    named = {f"vision.{name}": value for name, value in vision.items()}
    named |= {f"text.{name}": value for name, value in text.items()}
    named["words.table"] = named.pop("text.word_embeddings.weight")
    positions = named.pop("text.position_embeddings.weight")
    named["text.position_embeddings"] = positions[:MAX_TEXT_TOKENS]
    stored: dict[str, Any] = {}
    for name, value in named.items():
        if name in four_bit:
            stored |= pack_int4(name, value)
        elif value.ndim > 1 and value.size >= SMALL and not name_is_kept(name):
            stored |= pack_int8(name, value)
        else:
            stored[name] = value.astype(np.float16)
    return {name: np.ascontiguousarray(value) for name, value in stored.items()}


def config(text: Mapping[str, np.ndarray], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """`config.json` without name and note; `groups` are those of `ConceptGroup`."""
    pieces, width = text["word_embeddings.weight"].shape
    keys = ("repeats", "kernel", "stride", "expansion", "channels")
    layers = {name.split(".")[1] for name in text if name.startswith("layers.")}
    return {
        "model_type": MODEL_TYPE,
        "dimensions": int(text["projection.weight"].shape[0]),
        "matryoshka": [32, 64, 96, 128, 256, 384],
        "max_text_tokens": MAX_TEXT_TOKENS,
        "vision": {
            "image_size": LITE2_SIZE,
            "mean": [127 / 255] * 3,
            "std": [128 / 255] * 3,
            "stem_channels": 32,
            "stages": [dict(zip(keys, stage, strict=True)) for stage in LITE2_STAGES],
            "head_channels": 1280,
            "groups": groups,
            "windows": WINDOWS,
        },
        "text": {
            "vocab_size": pieces,
            "hidden_size": width,
            "num_hidden_layers": len(layers),
            "num_attention_heads": 12,
            "intermediate_size": len(text["layers.0.intermediate.bias"]),
            "max_position_embeddings": MAX_TEXT_TOKENS,
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1,
            "prefix": "query: ",
        },
    }


def write_model(
    folder: Path,
    stored: Mapping[str, np.ndarray],
    dictionary: Mapping[str, np.ndarray],
    settings: dict[str, Any],
) -> None:
    """`model.safetensors`, `dictionary_names.safetensors` and `config.json`.

    The tokenizer is written by `vocabulary`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(stored), folder / "model.safetensors", metadata={"format": "np"})
    licence = {"format": "np", "license": "GPL-3.0-or-later"}
    save_file(dict(dictionary), folder / DICTIONARY, metadata=licence)
    text = json.dumps(settings, indent=2, ensure_ascii=False) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")
