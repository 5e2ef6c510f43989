"""How long and how much memory do ranks, metrics and intervals take at the size of Crossmodal-3600?

3,600 pictures x 36 languages x 7 widths x 1,000 resamples, given the vectors:

    python benchmarks/evaluation_scale.py [--pictures N] [--languages N] [--captions N]
        [--resamples N] [--seed N] [--repeats N] [--json FILE]
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from pathlib import Path

import numpy as np

from searchapp.evaluation.measure import LanguageVectors, Sampling, measure

WIDTHS = (32, 64, 128, 256, 512, 768, 1024)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows divided by their lengths, in place."""
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def language_vectors(pictures: np.ndarray, captions: int, seed: int) -> LanguageVectors:
    """Texts near their pictures, so that ranks look like those of a model."""
    owner = np.repeat(np.arange(len(pictures)), captions)
    noise = np.random.default_rng(seed).standard_normal(
        (len(owner), pictures.shape[1]), dtype=np.float32
    )
    noise *= 1.7 / np.sqrt(pictures.shape[1])
    noise += pictures[owner]
    return LanguageVectors(unit_rows(noise), owner)


def run_once(options: argparse.Namespace) -> dict[str, float]:
    """One timed run; making the vectors is not counted.

    cpu_seconds: of all threads, which another load on the machine changes less than the clock.
    """
    generator = np.random.default_rng(options.seed)
    pictures = unit_rows(
        generator.standard_normal((options.pictures, WIDTHS[-1]), dtype=np.float32)
    )
    making = making_cpu = 0.0

    def fetch(language: int) -> LanguageVectors:
        nonlocal making, making_cpu
        begin, begin_cpu = time.perf_counter(), time.process_time()
        vectors = language_vectors(pictures, options.captions, options.seed + language)
        making += time.perf_counter() - begin
        making_cpu += time.process_time() - begin_cpu
        return vectors

    languages = {f"l{n:02d}": (lambda n=n: fetch(n)) for n in range(options.languages)}
    begin, begin_cpu = time.perf_counter(), time.process_time()
    found = measure(pictures, languages, Sampling(WIDTHS, options.resamples, options.seed))
    elapsed = time.perf_counter() - begin - making
    cpu = time.process_time() - begin_cpu - making_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": elapsed, "cpu_seconds": cpu, "peak_mib": peak, "rows": len(found.rows)}


def main(argv: list[str] | None = None) -> int:
    """Print one line a run and, with --json, write all of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", type=int, default=3600)
    parser.add_argument("--languages", type=int, default=36)
    parser.add_argument("--captions", type=int, default=1, help="captions a picture and language")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    runs = []
    for number in range(options.repeats):
        runs.append(run_once(options))
        print(
            f"run {number + 1}: {runs[-1]['seconds']:.1f} s "
            f"({runs[-1]['cpu_seconds']:.1f} s of processors), peak memory "
            f"{runs[-1]['peak_mib']:.0f} MiB, {runs[-1]['rows']:.0f} rows"
        )
    if options.json:
        document = {
            "benchmark": "evaluation_scale",
            "settings": {k: v for k, v in vars(options).items() if k != "json"},
            "widths": WIDTHS,
            "environment": {
                "python": platform.python_version(),
                "numpy": np.__version__,
                "processor": platform.processor() or platform.machine(),
                "cores": os.cpu_count(),
            },
            "runs": runs,
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
