"""Record what PyTorch answers for a published folder: outputs and every stage, for `verify`.

    python -m benchmarks.torch_reference FOLDER reference.npz
    searchapp model verify FOLDER --reference reference.npz --layers

Needs the extra `alignment` (torch, transformers, timm); `verify` needs none of it. Random
pictures and token ids; texts of lengths 1 to the longest, padded. One tower is in memory at a
time.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.torch_towers import ImageReference, TextReference, run_watched


def record(folder: Path, pictures: int, lengths: Sequence[int]) -> dict[str, np.ndarray]:
    """Inputs, features, unit vectors and stages by the names that `model verify` knows."""
    config = json.loads((folder / "config.json").read_text())
    size = config["vision_config"]["image_size"]
    sizes = config["text_config"].get("hf_model_config_kwargs", {})
    generator = np.random.default_rng(0)
    ids = np.ones((len(lengths), max(lengths)), np.int64)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = generator.integers(4, sizes.get("vocab_size", 250002), length)
    pixels = generator.standard_normal((pictures, 3, size, size)).astype(np.float32)
    recorded = {"input_ids": ids, "pixel_values": pixels}
    for side, kind, given in (
        ("text", TextReference, torch.from_numpy(ids)),
        ("image", ImageReference, torch.from_numpy(pixels)),
    ):
        tower = kind(folder)
        stages = run_watched(tower, given, f"{side}.pooled")
        recorded |= {name: tensor.numpy() for name, tensor in stages.items()}
        features = recorded[f"{side}.pooled"]
        recorded[f"{side}_features"] = features
        lengths_of_rows = np.linalg.norm(features, axis=1, keepdims=True)
        recorded[f"{side}_embeddings"] = features / lengths_of_rows
        del tower
    return recorded


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=int, default=2)
    parser.add_argument("--lengths", type=int, nargs="+", default=[1, 2, 16, 40])
    chosen = parser.parse_args(argv)
    recorded = record(chosen.folder, chosen.pictures, chosen.lengths)
    np.savez(chosen.out, **recorded)
    print(f"{len(recorded)} arrays in {chosen.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
