"""Does the port equal transformers and timm at full size, stage by stage and in every engine?

    python -m benchmarks.full_size_parity [--folder DIR] [--torch-python PYTHON] [--out FILE]

Random weights in the published layout (865,278,477 parameters, bfloat16 as published), unless
DIR holds a checkpoint already: then that one is compared, so the published weights can be. Prints
each stage's largest difference (in Paddle, layer by layer) and names the worst; then the features
of every exported program. Needs 6 GB of memory, 8 GB of disk, and the extra `alignment` in the
Python given with --torch-python.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.synthetic_checkpoint import write
from pd_clip.runtimes.openvino import processor
from pd_clip.verify import Check, Verification, verify_reference, verify_stages

ENGINES = (
    ("inference", "float32"),
    ("openvino", "float32"),
    ("openvino", "bfloat16"),
)


def show(check: Check) -> None:
    state = "ok   " if check.ok else "WRONG"
    difference = "-" if check.max_abs_diff is None else f"{check.max_abs_diff:.2e}"
    print(f"  {state} {check.name:<22} {difference:>9}  cosine {check.min_cosine:.8f}", flush=True)


def worst(checks: Sequence[Check]) -> Check:
    return max(checks, key=lambda check: check.max_abs_diff or float("inf"))


def stage_by_stage(folder: Path, reference: Path) -> Verification:
    found = verify_stages(folder, reference)
    for check in found.checks:
        show(check)
    for tower in ("text", "image"):
        last = worst([check for check in found.checks if check.name.startswith(tower)])
        print(f"worst of {tower}: {last.name}, {last.max_abs_diff:.2e}")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="a checkpoint, or where to write one")
    parser.add_argument("--torch-python", default=sys.executable)
    parser.add_argument("--reference", type=Path, help="what PyTorch recorded, perhaps elsewhere")
    parser.add_argument("--lengths", nargs="+", default=["1", "2", "16", "40"])
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch) / "full"
        if not (folder / "config.json").is_file():
            write(folder, "bfloat16")
        reference = chosen.reference or Path(scratch) / "reference.npz"
        if not reference.is_file():
            recorder = [chosen.torch_python, "-m", "benchmarks.torch_reference"]
            subprocess.run(
                [*recorder, str(folder), str(reference), "--lengths", *chosen.lengths], check=True
            )
        stages = stage_by_stage(folder, reference)
        report: dict[str, object] = {
            "machine": processor(),
            "seed": 0,
            "stages": [asdict(check) for check in stages.checks],
        }
        for runtime, precision in ENGINES:
            print(f"{runtime}, {precision}:")
            found = verify_reference(folder, reference, runtime=runtime, precision=precision)
            for check in found.checks:
                show(check)
            report[f"{runtime} {precision}"] = [asdict(check) for check in found.checks]
    if chosen.out:
        chosen.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0 if stages.ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
