"""How much memory and time does converting a checkpoint take, and does it come back unchanged?

    python -m benchmarks.convert_memory [--layers 8] [--folder DIR] [--out FILE]

Builds a checkpoint in MiniCPM-V 2.6's layout with its real widths and fewer layers (8 language
layers make 6 GB in 4 shards, bfloat16, random numbers), converts it and reverses it, each in a
process of its own whose peak resident memory is measured. Mapped pages of the source count.
"""

import argparse
import hashlib
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from captioner.conversion import conversion_maps
from captioner.minicpm_v.conversion import layers
from pd_clip.conversion import LayerTable, convert
from pd_clip.conversion.safetensors_file import SafetensorsWriter, encode_header

SHARDS = 4
LIMIT_BESIDE_TENSORS = 200e6


def config_of(language_layers: int) -> dict[str, object]:
    """The published config.json's widths with few layers."""
    return {
        "model_type": "minicpmv",
        "hidden_size": 3584,
        "num_hidden_layers": language_layers,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "intermediate_size": 18944,
        "vocab_size": 151666,
        "query_num": 64,
        "vision_config": {
            "hidden_size": 1152,
            "num_hidden_layers": 2,
            "intermediate_size": 4304,
            "patch_size": 14,
            "image_size": 980,
        },
    }


def write_checkpoint(folder: Path, config: dict[str, object], table: LayerTable) -> tuple[int, int]:
    """Writes random bfloat16 numbers; returns (bytes of all tensors, bytes of the largest)."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    sizes = {key: 2 * int(np.prod(spec.shape)) for key, spec in table.items()}
    share = sum(sizes.values()) / SHARDS
    parts: list[list[str]] = [[] for _ in range(SHARDS)]
    before = 0
    for key in table:
        parts[min(SHARDS - 1, int(before / share))].append(key)
        before += sizes[key]
    numbers = np.random.default_rng(0).standard_normal(1 << 24, np.float32) * np.float32(0.02)
    noise = (numbers.view(np.uint32) >> 16).astype(np.uint16)
    weight_map = {}
    for number, keys in enumerate(parts, start=1):
        name = f"model-{number:05d}-of-{SHARDS:05d}.safetensors"
        header = encode_header({key: ("BF16", table[key].shape) for key in keys}, {"format": "pt"})
        writer = SafetensorsWriter(folder / name, header)
        for key in keys:
            left = sizes[key] // 2
            while left:
                writer.write(noise[: min(left, len(noise))])
                left -= min(left, len(noise))
        writer.finish()
        weight_map.update(dict.fromkeys(keys, name))
    index = {"metadata": {"total_size": before}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return before, max(sizes.values())


def convert_here(source: str, destination: str, reverse: str) -> None:
    """Converts in this process and prints what it took."""
    at_start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = time.perf_counter()
    convert(Path(source), Path(destination), reverse=reverse == "reverse", maps=conversion_maps())
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - started,
                "start_bytes": at_start,
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


def measured(source: Path, destination: Path, direction: str) -> dict[str, float]:
    """`convert_here` in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.convert_memory", "--here"]
    ended = subprocess.run(
        [*command, str(source), str(destination), direction],
        check=True,
        capture_output=True,
        text=True,
    )
    facts: dict[str, float] = json.loads(ended.stdout)
    return facts


def same_files(one: Path, other: Path) -> bool:
    """Whether two folders hold the same bytes under the same names."""

    def digests(folder: Path) -> dict[str, str]:
        found = {}
        for path in folder.iterdir():
            with path.open("rb") as handle:
                found[path.name] = hashlib.file_digest(handle, "sha256").hexdigest()
        return found

    return digests(one) == digests(other)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--folder", type=Path, help="where to write about three times 6 GB")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--here", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.here:
        convert_here(*options.here)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        config = config_of(options.layers)
        total, largest = write_checkpoint(folder / "published", config, layers(config))
        limit = 2 * largest + LIMIT_BESIDE_TENSORS
        report: dict[str, object] = {
            "python": platform.python_version(),
            "machine": platform.processor() or platform.machine(),
            "seed": 0,
            "repeats": 1,
            "total_bytes": total,
            "largest_tensor_bytes": largest,
            "limit_bytes": limit,
            "convert": measured(folder / "published", folder / "paddle", "forward"),
            "reverse": measured(folder / "paddle", folder / "back", "reverse"),
        }
        report["identical"] = same_files(folder / "published", folder / "back")
    print(f"checkpoint {total / 1e9:.2f} GB in {SHARDS} shards, largest {largest / 1e6:.0f} MB")
    for direction in ("convert", "reverse"):
        facts = report[direction]
        assert isinstance(facts, dict)
        print(
            f"{direction:8} {facts['seconds']:6.1f} s  {total / 1e6 / facts['seconds']:5.0f} MB/s"
            f"  peak {facts['peak_bytes'] / 1e6:5.0f} MB (limit {limit / 1e6:.0f} MB)"
        )
    print(f"back bit for bit: {report['identical']}")
    if options.out:
        options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
