"""How far are the captioners from the recorded PyTorch outputs, stage by stage?

    python -m benchmarks.captioner_parity [--out FILE]

Run it with the captioner's environment (.venv-caption/bin/python) for the stages that need
PaddleNLP; without it they are left out and the table says so. It also says what eight-bit weights
change on the tiny models, and what they take and cost on one layer of full size.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import paddle

from captioner.errors import CaptionerDependency
from captioner.layers import Linear
from captioner.narrow import Bfloat16Linear, Int4Linear, Int8Linear, widened
from captioner.verification import stages
from captioner.weights import Precision

DATA = Path(__file__).parents[1] / "tests" / "alignment" / "data"
Row = dict[str, object]


def parity(folder: Path, precision: Precision) -> list[Row]:
    """Every recorded stage: the largest absolute difference, or how many tokens are equal."""
    recorded = np.load(folder / "expected.npz")
    rows: list[Row] = []
    try:
        for name, found in stages(folder, recorded, precision):
            if name == "greedy":
                value: object = f"{int((found == recorded[name]).sum())} of {found.size} tokens"
            else:
                value = float(np.abs(found - recorded[name].astype(found.dtype)).max())
            rows.append({"stage": name, "value": value})
    except CaptionerDependency as error:
        rows.append({"stage": "logits, greedy tokens", "value": f"not run: {error}"})
    return rows


def full_size_layer(repeats: int) -> list[Row]:
    """Qwen2-7B's widest layer, [3584, 18944], for one token: bytes, processor time, error."""
    noise = np.random.default_rng(0)
    weight = (noise.normal(size=(3584, 18944)) * 0.02).astype(np.float32)
    bits = (weight.view(np.uint32) >> 16).astype(np.uint16)
    weight = widened(bits)
    tokens = paddle.to_tensor(noise.normal(size=(1, 3584)).astype(np.float32))
    exact = Linear(paddle.to_tensor(weight))
    reference = exact(tokens).numpy()
    rows: list[Row] = []
    for name, layer, size in (
        ("float32", exact, weight.size * 4),
        ("bfloat16", Bfloat16Linear(bits, None, published=False), weight.size * 2),
        ("int8", Int8Linear.quantise(weight, None, "float32"), weight.size + 4 * 18944),
        ("int4", Int4Linear.quantise(weight, None, "float32"), weight.size // 2 + 28 * 4 * 18944),
    ):
        layer(tokens)
        seconds = []
        for _ in range(repeats):
            started = time.process_time()
            found = layer(tokens).numpy()
            seconds.append(time.process_time() - started)
        error = float(np.linalg.norm(found - reference) / np.linalg.norm(reference))
        rows.append({"layer": name, "bytes": size, "seconds": seconds, "relative_error": error})
    return rows


def full_size_memory() -> Row:
    """Bytes of all weights of MiniCPM-V 2.6, from its key list, in the three forms."""
    keys = json.loads((DATA / "minicpm_v_2_6_keys.json").read_text())
    count = {key: int(np.prod(shape)) for key, (shape, _) in keys.items()}
    small = sum(
        count[key]
        for key, (shape, kind) in keys.items()
        if kind == "linear_weight" and key.startswith("llm.model.layers.")
    )
    total = sum(count.values())
    rest = 2 * (total - small)
    # One float32 scale for each 128 numbers of the four-bit form.
    return {"bfloat16": 2 * total, "int8": rest + small, "int4": rest + small * (1 / 2 + 4 / 128)}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(argv)
    report: dict[str, object] = {
        "python": platform.python_version(),
        "paddle": paddle.__version__,
        "numpy": np.__version__,
        "seed": 0,
        "repeats": options.repeats,
    }
    precisions: tuple[Precision, ...] = ("full", "int8", "int4")
    for name in ("minicpm_v_tiny", "mono_internvl_tiny"):
        for precision in precisions:
            rows = parity(DATA / name, precision)
            report[f"{name}, {precision}"] = rows
            for row in rows:
                value = row["value"]
                shown = f"{value:.1e}" if isinstance(value, float) else value
                print(f"{name:18} {precision:5} {row['stage']:26} {shown}")
    report["layer"] = layers = full_size_layer(options.repeats)
    for row in layers:
        seconds = row["seconds"]
        assert isinstance(seconds, list)
        print(
            f"layer 3584 x 18944 {row['layer']:8} {int(str(row['bytes'])) / 1e6:6.1f} MB "
            f"{1000 * float(np.median(seconds)):7.1f} ms of processors  "
            f"relative error {row['relative_error']:.4f}"
        )
    report["weights"] = memory = full_size_memory()
    print(
        "weights of MiniCPM-V 2.6:",
        {key: f"{float(str(v)) / 1e9:.1f} GB" for key, v in memory.items()},
    )
    if options.out:
        options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
