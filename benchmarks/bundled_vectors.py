"""Vectors of the bundled model to search among, for `benchmarks.vector_search --vectors`.

    python -m benchmarks.bundled_vectors bundled_model.npy [--count 40000] [--times 1]

Pictures are random parts of the sample pictures, as if somebody had taken many of each thing;
after them come captions in all languages, which that benchmark takes off the end to ask with.
`--times 10` makes ten times as many without encoding more: between near ones.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener

from benchmarks.bundled_samples import SAMPLES
from pd_clip.encoder import Encoder, load_encoder

SEED = 23
LEAST_SHARE = 0.4  # of each side
NEAR = 20  # vectors that one is mixed with
_BATCH = 32


def part_of(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A random part of the picture, at random mirrored."""
    width, height = (
        int(side * random.uniform(LEAST_SHARE, 1)) or 1 for side in (picture.width, picture.height)
    )
    left = int(random.integers(picture.width - width + 1))
    top = int(random.integers(picture.height - height + 1))
    part = picture.crop((left, top, left + width, top + height))
    return part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else part


def picture_vectors(encoder: Encoder, pictures: list[Image.Image], count: int) -> np.ndarray:
    """float16 [count, D]."""
    random = np.random.default_rng(SEED)
    found = []
    for start in range(0, count, _BATCH):
        chosen = random.integers(len(pictures), size=min(_BATCH, count - start))
        parts = [encoder.preprocess(part_of(pictures[number], random)) for number in chosen]
        found.append(encoder.encode_images(np.stack(parts)).astype(np.float16))
        print(f"\r{start + len(chosen)} pictures", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return np.concatenate(found)


def more(vectors: np.ndarray, times: int) -> np.ndarray:
    """float16 [times * N, D]: the vectors [N, D], then mixtures of each with near ones.

    A mixture is moved by a part of what sets two near ones apart elsewhere, so that it lies where
    another picture of the same thing might, and not on the line between two.
    """
    if times == 1:
        return vectors
    import faiss

    random = np.random.default_rng(SEED)
    rows = vectors.astype(np.float32)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    near = index.search(rows, NEAR + 1)[1][:, 1:]
    found = [vectors]
    for _ in range(times - 1):
        other = rows[near[np.arange(len(rows)), random.integers(NEAR, size=len(rows))]]
        part, shift = random.uniform(0.3, 0.7, (len(rows), 1)), random.normal(size=(len(rows), 1))
        apart = (rows - other)[random.permutation(len(rows))]
        mixed = part * rows + (1 - part) * other + 0.25 * shift * apart
        found.append((mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float16))
    return np.concatenate(found)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("--count", type=int, default=40_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--times", type=int, default=1)
    options = parser.parse_args(argv)
    register_heif_opener()
    rows = [json.loads(line) for line in (SAMPLES / "captions.jsonl").read_text().splitlines()]
    captions = [text for row in rows for texts in row["captions"].values() for text in texts]
    asked = np.random.default_rng(SEED).choice(captions, options.queries, replace=False)
    encoder = load_encoder("bundled")
    pictures = [Image.open(SAMPLES / row["image"]).convert("RGB") for row in rows]
    vectors = more(picture_vectors(encoder, pictures, options.count), options.times)
    texts = encoder.encode_texts(asked.tolist()).astype(np.float16)
    np.save(options.file, np.concatenate([vectors, texts]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
