"""How fast is the bundled model: photographs a second, a query, and until it is ready?

    python -m benchmarks.bundled_speed [--rounds 5] [--out docs/measured/bundled_speed.json]

The photographs are those of sample_images, decoded once; encoding is timed as the indexer does
it, in batches. A query is a short text that was not asked before. Ready: from the start of a
process, imports included, to its first text vector, with the exported program there already.
Prints medians over rounds of the clock and of processor seconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener

from pd_clip.encoder import Encoder, load_encoder
from pd_clip.runtimes.openvino import processor

SAMPLES = Path(__file__).parent.parent / "sample_images"
BATCH = 64
QUERIES = 50
FIRST_QUERY = (
    'from pd_clip.encoder import load_encoder; load_encoder("bundled").encode_texts(["cat"])'
)


def timed(call: Callable[[], object]) -> dict[str, float]:
    """Seconds of the clock and of the processors."""
    wall, processors = time.perf_counter(), time.process_time()
    call()
    return {
        "seconds": time.perf_counter() - wall,
        "processor_seconds": time.process_time() - processors,
    }


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(found[key] for found in rounds) for key in rounds[0]}


def photographs(encoder: Encoder) -> np.ndarray:
    """The samples as the encoder wants them, uint8 [N, S, S, 3]."""
    register_heif_opener()
    lines = (SAMPLES / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    pictures = []
    for line in lines:
        with Image.open(SAMPLES / json.loads(line)["image"]) as image:
            pictures.append(encoder.preprocess(image))
    return np.stack(pictures)


def captions() -> list[str]:
    """English captions, each once."""
    lines = (SAMPLES / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    return list(
        dict.fromkeys(text for line in lines for text in json.loads(line)["captions"]["en"])
    )


def measure(rounds: int) -> dict[str, object]:
    """Every figure; one untimed round first, which exports what is not exported yet."""
    encoder = load_encoder("bundled")
    pictures, texts = photographs(encoder), captions()
    encoder.encode_images(pictures[:BATCH])
    encoder.encode_texts(texts[:1])

    def encode_all() -> None:
        for start in range(0, len(pictures), BATCH):
            encoder.encode_images(pictures[start : start + BATCH])

    encoding = medians([timed(encode_all) for _ in range(rounds)])
    queries = [timed(lambda text=text: encoder.encode_texts([text])) for text in texts[:QUERIES]]
    seconds = sorted(query["seconds"] for query in queries)
    starts = []
    for _ in range(rounds):
        began, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-c", FIRST_QUERY], check=True)
        after = os.times()
        used = after.children_user + after.children_system
        starts.append(
            {
                "seconds": time.perf_counter() - began,
                "processor_seconds": used - before.children_user - before.children_system,
            }
        )
    return {
        "machine": processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "rounds": rounds,
        "pictures": len(pictures),
        "pictures_per_second": len(pictures) / encoding["seconds"],
        "pictures_per_processor_second": len(pictures) / encoding["processor_seconds"],
        "query": medians(queries) | {"p95": seconds[int(0.95 * (len(seconds) - 1))]},
        "ready": medians(starts),
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(argv)
    report = json.dumps(measure(options.rounds), indent=1)
    print(report)
    if options.out:
        options.out.write_text(report + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
