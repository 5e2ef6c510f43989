"""Does the encoder ever wait, does memory stay bounded, and is the remaining time right?

    python -m benchmarks.pipeline_efficiency [--files 20000] [--cost 0.005] [--side 64]
    python -m benchmarks.pipeline_efficiency --model bundled --files 300 --side 4000
    python -m benchmarks.pipeline_efficiency --model FOLDER --files 24 --side 4000 --batch 4

Indexes generated JPEGs with a stand-in encoder that waits `--cost` seconds per picture (it leaves
the cores to the decoders, as an encoder on another device does; not a model), or with a real one
(FOLDER: `benchmarks.synthetic_checkpoint` writes one of full size). The encoder alone is timed on
as large batches before and after the run. Remaining time: what the run said after each tenth,
beside what it took.
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.indexing_stand_ins import FixedCostEncoder, small_jpegs
from benchmarks.process_memory import PeakMemory
from benchmarks.where_run import where_run
from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, IndexReport, Progress, index


@dataclass(frozen=True)
class Timed:
    """A run: when reading began and ended, and what it said was left at which moment."""

    report: IndexReport
    begun: float
    ended: float
    said: list[tuple[float, float]]
    processor_seconds: float


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--cost", type=float, default=0.005)
    parser.add_argument("--side", type=int, default=64, help="longer side of the JPEGs")
    parser.add_argument("--model", help="a real model instead of the stand-in")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5, help="batches for the encoder alone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    encoder = encoder_named(options.model, options.cost)
    with tempfile.TemporaryDirectory(prefix="efficiency-") as made:
        draw(Path(made, "photos"), options.files, options.side)
        alone = encoder_seconds(encoder, options.batch, options.rounds)
        with PeakMemory() as peak:
            run = timed(Path(made), encoder, options)
        alone += encoder_seconds(encoder, options.batch, options.rounds)
    alone_rate = options.batch / statistics.median(alone)
    end_to_end = run.report.embedded / (run.ended - run.begun)
    efficiency = end_to_end / alone_rate
    print(f"encoder alone {alone_rate:.2f}/s, end to end {end_to_end:.2f}/s: {efficiency:.3f}")
    print(f"memory: {peak.own / 1e6:.0f} MB here, {peak.others / 1e6:.0f} MB in a decoder,"
          f" {peak.together / 1e6:.0f} MB together at most, {options.files} files")  # fmt: skip
    errors = remaining_errors(run)
    for tenth, (seconds, error) in errors.items():
        print(f"remaining time said after {tenth} %, {seconds:.0f} s: off by {error:+.0%}")
    result: dict[str, object] = {
        "encoder": encoder.name, "image_size": encoder.image_size, "files": options.files,
        "side": options.side, "workers": options.workers, "batch": options.batch,
        "alone_seconds": alone, "alone": alone_rate, "end_to_end": end_to_end,
        "efficiency": efficiency, "seconds": run.ended - run.begun,
        "own_processor_seconds": run.processor_seconds, "own": peak.own, "decoder": peak.others,
        "together": peak.together, "remaining": errors, **where_run(),
    }  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


def timed(made: Path, encoder: Any, options: argparse.Namespace) -> Timed:
    said: list[tuple[float, float]] = []
    begun: list[float] = []

    def show(progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage == "Indexing":
            begun.append(now)
        if progress.remaining_seconds is not None and progress.done:
            said.append((now, progress.remaining_seconds))

    asked = IndexOptions((made / "photos",), workers=options.workers, batch_size=options.batch)
    with Catalogue.open(made / "library.db", create=True) as catalogue:
        before = time.process_time()
        report = index(catalogue, made, asked, encoder, show)
        used = time.process_time() - before
    if report.embedded != options.files:
        raise SystemExit(f"{report.embedded} of {options.files} encoded")
    return Timed(report, begun[0], time.monotonic(), said, used)


def encoder_named(model: str | None, cost: float) -> Any:
    if model is None:
        return FixedCostEncoder(cost)
    from pd_clip import load_encoder

    return load_encoder(model)


def encoder_seconds(encoder: Any, batch: int, rounds: int) -> list[float]:
    """Seconds of some batches through the encoder by itself, after one that does not count."""
    size = encoder.image_size
    pixels = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), dtype=np.uint8)
    encoder.encode_images(pixels)
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        encoder.encode_images(pixels)
        seconds.append(time.perf_counter() - started)
    return seconds


def draw(photos: Path, count: int, side: int) -> None:
    if side <= 64:
        small_jpegs(photos, count)
        return
    photos.mkdir(parents=True)
    grain = np.random.default_rng(1).integers(0, 256, (side // 8, side // 6, 3), dtype=np.uint8)
    drawn = Image.fromarray(grain).resize((side, side * 3 // 4), Image.Resampling.BICUBIC)
    drawn.save(photos / "first.jpg", quality=90)
    content = (photos / "first.jpg").read_bytes()
    for number in range(1, count):
        # Bytes after the end of a JPEG are ignored; they make every file another one.
        (photos / f"{number:05}.jpg").write_bytes(content + number.to_bytes(8, "big"))


def remaining_errors(run: Timed) -> dict[int, tuple[float, float]]:
    """At each tenth: seconds since it began, and by how much of what was left it was off."""
    errors = {}
    whole = run.ended - run.begun
    for tenth in range(10, 100, 10):
        moment = run.begun + whole * tenth / 100
        now, remaining = min(run.said, key=lambda pair: abs(pair[0] - moment))
        left = run.ended - now
        errors[tenth] = (now - run.begun, (remaining - left) / left)
    return errors


if __name__ == "__main__":
    main()
