"""Record what PyTorch answers for a published folder: outputs and every stage, for `verify`.

    python -m benchmarks.torch_reference FOLDER reference.npz
    searchapp model verify FOLDER --reference reference.npz --layers

Needs the extra `alignment` (torch, transformers, timm); `verify` needs none of it. Random
pictures; random token ids of the given lengths, or the lines of a file (`--texts`) through the
folder's tokenizer.json, padded. One tower is in memory at a time.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from benchmarks.torch_towers import ImageReference, TextReference, run_watched


def random_ids(lengths: Sequence[int], vocab_size: int) -> list[list[int]]:
    generator = np.random.default_rng(0)
    return [generator.integers(4, vocab_size, length).tolist() for length in lengths]


def ids_of(texts: Sequence[str], folder: Path) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def padded(rows: list[list[int]]) -> np.ndarray:
    ids = np.ones((len(rows), max(map(len, rows))), np.int64)
    for target, row in zip(ids, rows, strict=True):
        target[: len(row)] = row
    return ids


def record(
    folder: Path, pictures: int, rows: list[list[int]], stages: bool
) -> dict[str, np.ndarray]:
    """Inputs, features, unit vectors and stages by the names that `model verify` knows."""
    size = json.loads((folder / "config.json").read_text())["vision_config"]["image_size"]
    noise = np.random.default_rng(0).standard_normal((pictures, 3, size, size))
    inputs = {"input_ids": padded(rows), "pixel_values": noise.astype(np.float32)}
    recorded: dict[str, np.ndarray] = {}
    for side, name, kind in (
        ("text", "input_ids", TextReference),
        ("image", "pixel_values", ImageReference),
    ):
        if not len(inputs[name]):
            continue
        tower = kind(folder)
        found = run_watched(tower, torch.from_numpy(inputs[name]), f"{side}.pooled")
        features = found[f"{side}.pooled"].numpy()
        if stages:
            recorded |= {stage: tensor.numpy() for stage, tensor in found.items()}
        recorded |= {name: inputs[name], f"{side}_features": features}
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        recorded[f"{side}_embeddings"] = features / lengths
        del tower
    return recorded


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=int, default=2)
    parser.add_argument("--lengths", type=int, nargs="+", default=[1, 2, 16, 40])
    parser.add_argument("--texts", type=Path, help="one text a line")
    parser.add_argument("--no-stages", action="store_true", help="only what the towers put out")
    chosen = parser.parse_args(argv)
    if chosen.texts:
        texts = chosen.texts.read_text(encoding="utf-8").splitlines()
        rows = ids_of(texts, chosen.folder)
    else:
        config = json.loads((chosen.folder / "config.json").read_text())["text_config"]
        sizes = config.get("hf_model_config_kwargs", {})
        rows = random_ids(chosen.lengths, sizes.get("vocab_size", 250002))
    recorded = record(chosen.folder, chosen.pictures, rows, not chosen.no_stages)
    np.savez_compressed(chosen.out, **recorded)
    print(f"{len(recorded)} arrays in {chosen.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
