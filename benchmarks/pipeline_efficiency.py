"""Does the encoder ever wait, does memory stay bounded, and is the remaining time right?

    python -m benchmarks.pipeline_efficiency [--files 20000] [--cost 0.005] [--side 64]
    python -m benchmarks.pipeline_efficiency --model bundled --files 300 --side 4000

Indexes generated JPEGs with a stand-in encoder that waits `--cost` seconds per picture (it leaves
the cores to the decoders, as an encoder on another device does; not a model), or with a real one.
The encoder alone is timed on the same pictures in the same run. Remaining time: what the run said
after each tenth, beside what it took.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.indexing_stand_ins import FixedCostEncoder, small_jpegs
from benchmarks.process_memory import PeakMemory
from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, Progress, index

BATCH = 64


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--cost", type=float, default=0.005)
    parser.add_argument("--side", type=int, default=64, help="longer side of the JPEGs")
    parser.add_argument("--model", help="a real model instead of the stand-in")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    encoder = encoder_named(options.model, options.cost)
    alone = encoder_rate(encoder)
    said: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="efficiency-") as made:
        photos = Path(made, "photos")
        draw(photos, options.files, options.side)
        begun = 0.0

        def show(progress: Progress) -> None:
            nonlocal begun
            now = time.monotonic()
            if progress.stage == "Indexing" and not begun:
                begun = now
            if progress.remaining_seconds is not None and progress.done:
                said.append((now, progress.remaining_seconds))

        with (
            Catalogue.open(Path(made, "library.db"), create=True) as catalogue,
            PeakMemory() as peak,
        ):
            asked = IndexOptions((photos,), workers=options.workers, batch_size=BATCH)
            report = index(catalogue, Path(made), asked, encoder, show)
            ended = time.monotonic()
    end_to_end = report.embedded / (ended - begun)
    print(f"encoder alone {alone:.1f}/s, end to end {end_to_end:.1f}/s: {end_to_end / alone:.3f}")
    print(f"memory: {peak.own / 1e6:.0f} MB here, {peak.others / 1e6:.0f} MB in a decoder,"
          f" {peak.together / 1e6:.0f} MB together at most, {options.files} files")  # fmt: skip
    errors = remaining_errors(said, begun, ended)
    for tenth, error in errors.items():
        print(f"remaining time said after {tenth} %: off by {error:+.0%}")
    result: dict[str, object] = {
        "files": options.files, "alone": alone, "end_to_end": end_to_end, "own": peak.own,
        "decoder": peak.others, "together": peak.together, "remaining": errors,
    }  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return result


def encoder_named(model: str | None, cost: float) -> Any:
    if model is None:
        return FixedCostEncoder(cost)
    from pd_clip import load_encoder

    return load_encoder(model)


def encoder_rate(encoder: Any) -> float:
    """Pictures per second of the encoder by itself, median of five batches."""
    size = encoder.image_size
    pixels = np.random.default_rng(0).integers(0, 256, (BATCH, size, size, 3), dtype=np.uint8)
    encoder.encode_images(pixels)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        encoder.encode_images(pixels)
        seconds.append(time.perf_counter() - started)
    return BATCH / statistics.median(seconds)


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


def remaining_errors(
    said: list[tuple[float, float]], begun: float, ended: float
) -> dict[int, float]:
    """By how much of the true remaining time the run was off, at each tenth of its time."""
    errors = {}
    for tenth in range(10, 100, 10):
        moment = begun + (ended - begun) * tenth / 100
        now, remaining = min(said, key=lambda pair: abs(pair[0] - moment))
        errors[tenth] = (remaining - (ended - now)) / (ended - now)
    return errors


if __name__ == "__main__":
    main()
