"""How often does a caption find its own sample picture among all of them, by language?

python -m benchmarks.bundled_samples [--model bundled] [--out FILE]
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener

from pd_clip.calibration import wilson_interval
from pd_clip.encoder import Encoder, load_encoder, truncate

SAMPLES = Path(__file__).parent.parent / "sample_images"


def ranks(similarity: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Place of the wanted column in each row, 0 is first; a tie counts against it."""
    own = similarity[np.arange(len(wanted)), wanted][:, None]
    return (similarity >= own).sum(axis=1) - 1


def encode_samples(encoder: Encoder, paths: list[str]) -> np.ndarray:
    """Unit vectors [N, D] of sample pictures."""
    register_heif_opener()
    vectors = []
    for path in paths:
        with Image.open(SAMPLES / path) as image:
            vectors.append(encoder.encode_images(encoder.preprocess(image)[None])[0])
    return np.stack(vectors)


def measure(encoder: Encoder, widths: tuple[int, ...]) -> list[dict[str, object]]:
    """R@1 and R@5 by language and width over every captioned sample picture."""
    lines = (SAMPLES / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line.strip()]
    image_vectors = encode_samples(encoder, [entry["image"] for entry in entries])
    rows: list[dict[str, object]] = []
    for language in sorted({code for entry in entries for code in entry["captions"]}):
        pairs = [(n, c) for n, e in enumerate(entries) for c in e["captions"].get(language, [])]
        wanted = np.array([number for number, _ in pairs])
        texts = encoder.encode_texts([caption for _, caption in pairs])
        for width in widths:
            places = ranks(truncate(texts, width) @ truncate(image_vectors, width).T, wanted)
            row: dict[str, object] = {"language": language, "width": width, "n": len(pairs)}
            for k in (1, 5):
                hits = int((places < k).sum())
                low, high = wilson_interval(hits, len(pairs))
                row |= {f"r{k}": hits / len(pairs), f"r{k}_low": low, f"r{k}_high": high}
            rows.append(row)
    return rows


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--runtime", default="auto")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(argv)
    started = time.perf_counter()
    encoder = load_encoder(options.model, runtime=options.runtime)
    rows = measure(encoder, encoder.matryoshka)
    for row in rows:
        if row["width"] == encoder.dimensions:
            print(
                f"{row['language']:4} n={row['n']:4} R@1 {row['r1']:.3f} "
                f"R@5 {row['r5']:.3f} [{row['r5_low']:.3f}, {row['r5_high']:.3f}]"
            )
    for width in encoder.matryoshka:
        chosen = [row for row in rows if row["width"] == width]
        means = [np.mean([float(str(row[key])) for row in chosen]) for key in ("r1", "r5")]
        print(f"mean of {len(chosen)} languages at {width}: R@1 {means[0]:.3f} R@5 {means[1]:.3f}")
    if options.out:
        report = {"model": encoder.fingerprint, "seconds": time.perf_counter() - started}
        options.out.write_text(json.dumps(report | {"rows": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
