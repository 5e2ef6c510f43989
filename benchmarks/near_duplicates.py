"""Which perceptual distance separates a picture edited from a similar picture?

    python -m benchmarks.near_duplicates [--images sample_images] [--model bundled]

Every picture is edited in the ways that people and programs edit; each edit should be found, and
no two different pictures taken for one. Prints a table of rules and writes one JSON.
"""

import argparse
import io
import itertools
import json
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageDraw, ImageOps

from indexer.appearance import perceptual_hash
from searchapp.query.duplicates import LEAST_COSINE, distance, is_edit


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def cropped(image: Image.Image, share: float) -> Image.Image:
    across, down = int(image.width * share / 2), int(image.height * share / 2)
    return image.crop((across, down, image.width - across, image.height - down))


def watermarked(image: Image.Image) -> Image.Image:
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    size = max(12, image.height // 12)
    draw.text((image.width * 0.55, image.height * 0.85), "© Studio Ada", "white", font_size=size)
    return marked


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "resize to half": lambda image: image.resize((image.width // 2, image.height // 2)),
    "crop 5 %": lambda image: cropped(image, 0.05),
    "JPEG 40": lambda image: jpeg(image, 40),
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "rotate 90": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "watermark": watermarked,
}


def load(folder: Path) -> list[Image.Image]:
    pillow_heif.register_heif_opener()
    names = [
        json.loads(line)["image"] for line in (folder / "captions.jsonl").read_text().splitlines()
    ]
    pictures = []
    for name in names:
        image = ImageOps.exif_transpose(Image.open(folder / name)).convert("RGB")
        image.thumbnail((512, 512))
        pictures.append(image)
    return pictures


def measure(pictures: list[Image.Image], model: str) -> dict[str, Any]:
    from pd_clip import load_encoder

    encoder = load_encoder(model)

    def vectors(images: list[Image.Image]) -> np.ndarray:
        pieces = (images[start : start + 16] for start in range(0, len(images), 16))
        return np.concatenate(
            [encoder.encode_images(np.stack([encoder.preprocess(i) for i in p])) for p in pieces]
        )

    hashes = [perceptual_hash(image) for image in pictures]
    originals = vectors(pictures)
    edits = {}
    for name, edit in EDITS.items():
        edited = [edit(image) for image in pictures]
        edits[name] = {
            "bits": [distance(a, perceptual_hash(b)) for a, b in zip(hashes, edited, strict=True)],
            "cosine": (originals * vectors(edited)).sum(axis=1).tolist(),
        }
    pairs = list(itertools.combinations(range(len(pictures)), 2))
    return {
        "edits": edits,
        "different": {
            "bits": [distance(hashes[a], hashes[b]) for a, b in pairs],
            "cosine": [float(originals[a] @ originals[b]) for a, b in pairs],
        },
    }


def judged(name: str, rule: Callable[..., bool], measured: dict[str, Any]) -> dict[str, Any]:
    """Share of the edits that a rule finds, and the pairs of different pictures it mistakes."""
    different = measured["different"]
    pairs = list(zip(different["bits"], different["cosine"], strict=True))
    return {
        "rule": name,
        "found": {
            edit: float(np.mean([rule(*p) for p in zip(v["bits"], v["cosine"], strict=True)]))
            for edit, v in measured["edits"].items()
        },
        "mistaken": int(sum(rule(*pair) for pair in pairs)),
        "pairs": len(pairs),
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, default=Path("sample_images"))
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--out", type=Path, default=Path("near_duplicates.json"))
    options = parser.parse_args(argv)
    began = time.perf_counter()
    pictures = load(options.images)
    measured = measure(pictures, options.model)
    edits = measured["edits"]
    heads = [*edits, "mistaken pairs"]
    print("rule            " + "".join(f"{name:>16}" for name in heads))
    rules = {f"hash alone <= {n}": lambda bits, _, n=n: bits <= n for n in (4, 6, 8, 10, 12, 14)}
    rules |= {
        f"and vectors, {n}": lambda bits, cosine, n=n: bits <= n and cosine >= LEAST_COSINE
        for n in (8, 10, 12, 14, 16)
    }
    rules["as used"] = is_edit
    table = [judged(name, rule, measured) for name, rule in rules.items()]
    for row in table:
        found = "".join(f"{share:16.3f}" for share in row["found"].values())
        print(f"{row['rule']:16}{found}{row['mistaken']:16} of {row['pairs']}")
    low = {name: float(np.quantile(values["cosine"], 0.05)) for name, values in edits.items()}
    for name, value in low.items():
        print(f"cosine, {name}: 5 % below {value:.3f}")
    options.out.write_text(
        json.dumps(
            {
                "pictures": len(pictures),
                "model": options.model,
                "machine": platform.processor() or platform.machine(),
                "seconds": time.perf_counter() - began,
                "rules": table,
                "cosine_5_percent": low,
                "edits": edits,
            }
        )
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
