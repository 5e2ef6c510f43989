"""How many pictures of each format does one core read, decode and describe in a second?

    python -m benchmarks.decode_rate [--side 4000] [--image-size 512] [--repeats 3] [--json FILE]

One picture of 4:3 per format, through what a decoding process does with it: hash, decode, resize
for the model, thumbnail, colours, perceptual hash. JPEG also decoded in full, as `exact` does.
"""

import argparse
import io
import json
import statistics
import time
from pathlib import Path

import numpy as np
from blake3 import blake3
from PIL import Image

from benchmarks.indexing_stand_ins import SmallPreprocessing
from benchmarks.where_run import where_run
from indexer.decode_worker import DecodeSettings, look_at
from indexer.pixels import register_decoders

FORMATS = {
    "JPEG": {"quality": 90}, "PNG": {"compress_level": 3}, "WEBP": {"quality": 85}, "GIF": {},
    "BMP": {}, "TIFF": {"compression": "tiff_lzw"}, "HEIF": {"quality": 80},
    "AVIF": {"quality": 75, "speed": 9}, "JPEG2000": {}, "PPM": {},
}  # fmt: skip


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--side", type=int, default=4000)
    parser.add_argument("--image-size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    register_decoders()
    side = options.side
    grain = np.random.default_rng(1).integers(0, 256, (side // 32, side // 24, 3), dtype=np.uint8)
    drawn = Image.fromarray(grain).resize((side, side * 3 // 4), Image.Resampling.BICUBIC)
    rates: dict[str, float] = {}
    print(f"{'format':<14} {'MB':>6} {'pictures/s':>11} {'megapixels/s':>13}")
    for name, how in FORMATS.items():
        target = io.BytesIO()
        drawn.save(target, name, **how)
        for exact in (False, True) if name == "JPEG" else (False,):
            label = f"{name} exact" if exact else name
            settings = DecodeSettings(options.image_size, exact=exact)
            rates[label] = rate(target.getvalue(), settings, options.repeats)
            megapixels = drawn.width * drawn.height / 1e6
            print(
                f"{label:<14} {len(target.getvalue()) / 1e6:>6.1f} {rates[label]:>11.2f}"
                f" {rates[label] * megapixels:>13.1f}",
                flush=True,
            )
    result: dict[str, object] = {
        "side": side,
        "image_size": options.image_size,
        "rates": rates,
        **where_run(),
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


def rate(content: bytes, settings: DecodeSettings, repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        # The time of this thread alone: other work on the machine does not count.
        started = time.thread_time()
        blake3(content).hexdigest()
        look_at(content, settings, SmallPreprocessing(settings.image_size))
        seconds.append(time.thread_time() - started)
    return 1 / statistics.median(seconds)


if __name__ == "__main__":
    main()
