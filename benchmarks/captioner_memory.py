"""What do the weights of a captioner of full size take and cost, in 16, 8 and 4 bits?

    python -m benchmarks.captioner_memory [--layers 24] [--folder DIR] [--out FILE]

Builds a checkpoint in Mono-InternVL-2B's layout with its real widths (24 layers: 6.2 GB, bfloat16,
random numbers) and, for each precision in a process of its own, loads it, reads a prompt of one
picture tile and generates a few tokens. Peak resident memory is given; mapped pages of the file
count in it, and the system takes them back when others need memory.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import numpy as np

from benchmarks.convert_memory import write_checkpoint
from captioner.mono_internvl.conversion import layers
from captioner.weights import Precision

PRECISIONS: tuple[Precision, ...] = ("full", "int8", "int4")
STEPS = 4


def config_of(language_layers: int) -> dict[str, object]:
    """The widths of Mono-InternVL-2B."""
    return {
        "model_type": "internvl_chat",
        "downsample_ratio": 0.5,
        "force_image_size": 448,
        "min_dynamic_patch": 1,
        "max_dynamic_patch": 12,
        "use_thumbnail": True,
        "vision_config": {"hidden_size": 1024, "patch_size": 14, "image_size": 448},
        "llm_config": {
            "vocab_size": 92553,
            "hidden_size": 2048,
            "intermediate_size": 8192,
            "num_hidden_layers": language_layers,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "max_position_embeddings": 32768,
            "rms_norm_eps": 1e-5,
            "rope_theta": 1e6,
            "rope_scaling": {"type": "dynamic", "factor": 2.0},
        },
    }


def run_here(folder: Path, precision: Precision) -> None:
    """Loads and generates in this process; prints what it took."""
    import paddle

    from captioner.model import pad_left
    from captioner.mono_internvl.config import MonoInternVLConfig
    from captioner.mono_internvl.conversion import MONO_INTERNVL
    from captioner.mono_internvl.language_model import LanguageModel
    from captioner.mono_internvl.patch_embedding import PatchEmbedding
    from captioner.weights import Weights

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = time.perf_counter()
    config = MonoInternVLConfig.read(folder)
    weights = Weights(folder, MONO_INTERNVL, precision=precision)
    patches, model = PatchEmbedding(config, weights), LanguageModel(config.language, weights)
    loaded = time.perf_counter()
    tokens = patches(paddle.zeros([1, 3, 448, 448]))[0]
    prompt = pad_left([(tokens, np.ones(len(tokens), bool))])
    scores, memory = model.prefill(prompt)
    read = time.perf_counter()
    for _ in range(STEPS):
        scores, memory = model.step(scores.argmax(axis=1), memory)
    report = {
        "load_seconds": loaded - started,
        "prefill_seconds": read - loaded,
        "seconds_per_token": (time.perf_counter() - read) / STEPS,
        "start_bytes": before,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(report))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--folder", type=Path, help="where to write 6.2 GB")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--here", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.here:
        run_here(Path(options.here[0]), cast("Precision", options.here[1]))
        return
    report: dict[str, object] = {
        "python": platform.python_version(),
        "machine": platform.processor() or platform.machine(),
        "layers": options.layers,
        "seed": 0,
        "repeats": 1,
    }
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name) / "checkpoint"
        config = config_of(options.layers)
        report["weight_bytes"], _ = write_checkpoint(folder, config, layers(config))
        for precision in PRECISIONS:
            ended = subprocess.run(
                [sys.executable, "-m", "benchmarks.captioner_memory", "--here", folder, precision],
                check=True,
                capture_output=True,
                text=True,
            )
            report[precision] = facts = json.loads(ended.stdout.splitlines()[-1])
            print(
                f"{precision:5} peak {facts['peak_bytes'] / 1e9:5.2f} GB "
                f"({facts['start_bytes'] / 1e9:.2f} before)  load {facts['load_seconds']:6.1f} s  "
                f"256 image tokens {facts['prefill_seconds']:6.1f} s  "
                f"{facts['seconds_per_token']:5.2f} s a token"
            )
    if options.out:
        options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
