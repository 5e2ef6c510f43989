"""Writes a jina-clip-v2 checkpoint of full size with random weights, in the published layout.

The published weights are not needed to measure speed and memory, nor to compare two
implementations: both read this file.

    python -m benchmarks.synthetic_checkpoint FOLDER --dtype bfloat16
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from pd_clip.checkpoint import expected_tensors
from pd_clip.config import JinaClipConfig, TextConfig, VisionConfig
from pd_clip.safetensors_file import to_bfloat16_bits

CONFIG = {
    "model_type": "jina_clip",
    "add_projections": False,
    "matryoshka_dimensions": [32, 64, 128, 256, 512, 768, 1024],
    "text_config": {
        "default_lora_task": "retrieval.query",
        "embed_dim": 1024,
        "hf_model_config_kwargs": {"lora_adaptations": ["retrieval.query"], "lora_rank": 4},
        "pooler_type": "mean_pooler",
    },
    "vision_config": {"width": 1024, "layers": 24, "image_size": 512, "pt_hw_seq_len": 16},
}


def write(folder: Path, dtype: str, seed: int = 0) -> Path:
    """A folder with config.json, model.safetensors and a tokenizer of made-up words."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    _tokenizer().save(str(folder / "tokenizer.json"))
    shapes = expected_tensors(JinaClipConfig(VisionConfig(), TextConfig(), (1024,)))
    size, name = (2, "BF16") if dtype == "bfloat16" else (4, "F32")
    header: dict[str, object] = {}
    start = 0
    for key, shape in shapes.items():
        end = start + size * int(np.prod(shape, dtype=np.int64))
        header[key] = {"dtype": name, "shape": list(shape), "data_offsets": [start, end]}
        start = end
    generator = np.random.default_rng(seed)
    with (folder / "model.safetensors").open("wb") as file:
        encoded = json.dumps(header).encode()
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for key, shape in shapes.items():
            values = _values(key, shape, generator)
            file.write(to_bfloat16_bits(values).tobytes() if size == 2 else values.tobytes())
    return folder


def _values(key: str, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Sizes that keep activations near 1 through 24 layers, as trained weights do."""
    noise = generator.standard_normal(shape, np.float32)
    if key.endswith((".bias", "_bias")):
        return noise * np.float32(0.02)
    if len(shape) == 1:
        return np.float32(1.0) + noise * np.float32(0.1)
    if "embeddings" in key or key.endswith(("cls_token", "pos_embed", "logit_scale")):
        return noise * np.float32(0.1)
    return noise * np.float32(1.0 / np.sqrt(np.prod(shape[1:])))


def _tokenizer() -> Tokenizer:
    """As many pieces as the published tokenizer has: it costs memory and time at each start."""
    pieces = [(name, 0.0) for name in ("<s>", "<pad>", "</s>", "<unk>")]
    pieces += [(f"\N{LOWER ONE EIGHTH BLOCK}w{number}", -5.0) for number in range(4, 250002)]
    tokenizer = Tokenizer(Unigram(pieces, unk_id=3))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    chosen = parser.parse_args(argv)
    print(write(chosen.folder, chosen.dtype))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
