"""Each declared map accounts for every key of the full checkpoint, with its shape and kind."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from captioner.conversion import conversion_maps
from pd_clip.conversion import JINA_CLIP, ConversionMap

DATA = Path(__file__).parents[2] / "alignment" / "data"
MAPS = {declared.model_type: declared for declared in (JINA_CLIP, *conversion_maps())}

# The entries of the published config.json files that decide a shape.
PUBLISHED: dict[str, dict[str, Any]] = {
    "jina_clip": {
        "text_config": {"hf_model_config_kwargs": {"lora_adaptations": ["retrieval.query"]}},
        "vision_config": {
            "width": 1024,
            "layers": 24,
            "mlp_ratio": 2.6667,
            "patch_size": 14,
            "image_size": 512,
        },
    },
    "minicpmv": {
        "hidden_size": 3584,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "intermediate_size": 18944,
        "vocab_size": 151666,
        "query_num": 64,
        "vision_config": {
            "hidden_size": 1152,
            "num_hidden_layers": 27,
            "intermediate_size": 4304,
            "patch_size": 14,
            "image_size": 980,
        },
    },
    "internvl_chat": {
        "downsample_ratio": 0.5,
        "vision_config": {"hidden_size": 1024, "patch_size": 14, "image_size": 448},
        "llm_config": {
            "hidden_size": 2048,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "intermediate_size": 8192,
            "vocab_size": 92553,
        },
    },
}


@pytest.mark.parametrize(
    ("model_type", "key_list", "transposed", "square"),
    [
        ("jina_clip", "jina_clip_v2_keys.json", 264, 120),
        ("minicpmv", "minicpm_v_2_6_keys.json", 362, 165),
        ("internvl_chat", "mono_internvl_2b_keys.json", 195, 25),
    ],
)
def test_the_map_is_the_published_key_list(
    model_type: str, key_list: str, transposed: int, square: int
) -> None:
    published: Mapping[str, tuple[list[int], str]] = json.loads((DATA / key_list).read_text())
    table = MAPS[model_type].layers(PUBLISHED[model_type])
    declared = {key: (list(spec.shape), str(spec.kind)) for key, spec in table.items()}
    # The lists name the parameter after "param:", which repeats the key.
    assert declared == {
        key: (shape, kind.split(":")[0]) for key, (shape, kind) in published.items()
    }
    assert sum(spec.kind.transposed for spec in table.values()) == transposed
    assert sum(spec.square for spec in table.values()) == square


@pytest.mark.parametrize("declared", MAPS.values(), ids=lambda declared: declared.name)
def test_renaming_can_be_undone(declared: ConversionMap) -> None:
    for key in declared.layers(PUBLISHED[declared.model_type]):
        assert declared.published_key(declared.paddle_key(key)) == key
