"""How long do a picture and a query take in each engine, beside PyTorch in the same run?

    python -m benchmarks.engine_speed --tower text --folder DIR [--torch-python PYTHON]
    python -m benchmarks.engine_speed --tower image --folder DIR --rounds 3 --batch 4

Full size, random weights (written to DIR) unless DIR holds a checkpoint. Each engine is a process
of its own; all are loaded first and then take turns, one call each a round, so that whatever else
the machine does falls on all alike. Prints medians of the clock and of processor seconds (which
other programs disturb less), ratios to PyTorch eager in float32, and the cosine to it. Memory:
about 1.5 GB an engine in float32, half of it in bfloat16.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.synthetic_checkpoint import write
from pd_clip.runtimes.openvino import processor

ENGINES = (
    ("torch", "float32"),
    ("torch-compiled", "float32"),
    ("dynamic", "float32"),
    ("inference", "float32"),
    ("openvino", "float32"),
    ("torch", "bfloat16"),
    ("torch-compiled", "bfloat16"),
    ("inference", "bfloat16"),
    ("openvino", "bfloat16"),
)


@dataclass
class Worker:
    """A process that holds one engine."""

    engine: str
    precision: str
    process: "subprocess.Popen[str]"
    out: Path
    facts: dict[str, float] = field(default_factory=dict)
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def read(self) -> dict[str, float] | None:
        """The next line of facts; None when the process ended."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                facts: dict[str, float] = json.loads(line)
                return facts
        return None

    def time_once(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        facts = self.read()
        assert facts is not None, self.engine
        self.wall.append(facts["wall"])
        self.processor.append(facts["processor"])


def start(engine: str, precision: str, chosen: argparse.Namespace, scratch: Path) -> Worker:
    python = chosen.torch_python if engine.startswith("torch") else sys.executable
    out = scratch / f"{engine}-{precision}.npy"
    command = [python, "-m", "benchmarks.engine_worker", str(chosen.folder)]
    command += ["--engine", engine, "--tower", chosen.tower, "--precision", precision]
    command += ["--batch", str(chosen.batch), "--tokens", str(chosen.tokens), "--out", str(out)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if chosen.debug else subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(chosen.threads)},
    )
    return Worker(engine, precision, process, out)


def measure(chosen: argparse.Namespace, scratch: Path) -> list[Worker]:
    workers = []
    for engine, precision in ENGINES:
        if chosen.engines and f"{engine}:{precision}" not in chosen.engines:
            continue
        worker = start(engine, precision, chosen, scratch)
        facts = worker.read()
        if facts is None:
            print(f"{engine}, {precision}: does not run here (see it with --debug)", flush=True)
            continue
        worker.facts = facts
        print(f"{engine}, {precision}: loaded in {facts['ready_seconds']:.0f} s", flush=True)
        workers.append(worker)
    with suppress(KeyboardInterrupt):  # Ctrl-C: the rounds that were done are shown
        for _ in range(chosen.rounds):
            for worker in workers:
                worker.time_once()
    for worker in workers:
        assert worker.process.stdin is not None
        worker.process.stdin.close()
        worker.process.wait()
    return [worker for worker in workers if worker.wall]


def cosine(one: Path, other: Path) -> float:
    a, b = np.load(one).astype(np.float64), np.load(other).astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(axis=1) / lengths).min())


def table(workers: list[Worker], chosen: argparse.Namespace) -> list[dict[str, object]]:
    """Rows for print and file; times are per picture or per query."""
    base = workers[0]
    rows = []
    for worker in workers:
        wall = statistics.median(worker.wall) / chosen.batch
        processor = statistics.median(worker.processor) / chosen.batch
        rows.append(
            {
                "engine": worker.engine,
                "precision": worker.precision,
                "seconds": wall,
                "least_seconds": min(worker.wall) / chosen.batch,
                "processor_seconds": processor,
                "faster": statistics.median(base.wall) / chosen.batch / wall,
                "cosine": cosine(base.out, worker.out),
                "peak_mb": worker.facts["peak_bytes"] / 1e6,
            }
        )
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tower", choices=("image", "text"), required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--torch-python", default=sys.executable)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--engines", nargs="*", help="for example openvino:bfloat16")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--debug", action="store_true")
    chosen = parser.parse_args(argv)
    if not (chosen.folder / "config.json").is_file():
        write(chosen.folder, "bfloat16")
    with tempfile.TemporaryDirectory() as scratch:
        workers = measure(chosen, Path(scratch))
        rows = table(workers, chosen)
    print(f"{chosen.tower}, batch {chosen.batch}, {len(workers[0].wall)} rounds, each in seconds:")
    print(f"  {'engine':<16}{'precision':<10}{'median':>8}{'least':>8}{'processor':>10}", end="")
    print(f"{'faster':>8}{'cosine':>9}{'peak MB':>9}")
    for row in rows:
        print(
            f"  {row['engine']:<16}{row['precision']:<10}{row['seconds']:>8.3f}"
            f"{row['least_seconds']:>8.3f}{row['processor_seconds']:>10.3f}"
            f"{row['faster']:>7.2f}x{row['cosine']:>9.5f}{row['peak_mb']:>9.0f}"
        )
    if chosen.out:
        kept = ("tower", "batch", "tokens", "rounds", "threads")
        report = {
            "machine": processor(),
            "python": platform.python_version(),
            "seed": 0,
            **{name: getattr(chosen, name) for name in kept},
            "calls": min(len(worker.wall) for worker in workers),
            "rows": rows,
        }
        chosen.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
