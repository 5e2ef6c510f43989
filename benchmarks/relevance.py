"""Does the probability of relevance keep its word, and is it better than a fixed cosine?

    python -m benchmarks.relevance [--captions sample_images/captions.jsonl] [--model bundled]

Half of the captioned pictures teach (calibration, best fixed threshold), the other half is the
test; a third of the test's pictures is left out of its library, so that their captions ask for
things that are not there. A picture is relevant to its own captions only, so what is shown is a
lower bound where two pictures show the same. Repeated over ten splits. Prints F1 of both ways to
cut off, what absent things return, a reliability table with the expected calibration error, and
writes one JSON.
"""

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from pd_clip.calibration import Calibration, load_calibration, make_calibration
from searchapp.query.language import language_of
from searchapp.query.relevance import calibration_error, deviations_of, fit_curve, reliability
from searchapp.settings import Settings

LANGUAGES = ("en", "de", "fr", "es", "ru", "zh", "ja", "ko", "ar", "hi")
SPLITS = 10
DEFAULT = float(Settings.model_fields["min_relevance"].default)
STEPS = np.unique(np.concatenate([np.linspace(0.01, 0.99, 99), [DEFAULT]]))


@dataclass(frozen=True)
class Captioned:
    """images, views [N, D]: pictures and crops of them; texts [M, D] with the picture and the
    language of each.
    """

    images: np.ndarray
    views: np.ndarray
    texts: np.ndarray
    pictures: np.ndarray
    languages: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Decisions:
    """Every pair of a query and a picture of the library, [Q, N]; absent [Q]: picture left out."""

    cosine: np.ndarray
    probability: np.ndarray
    relevant: np.ndarray
    absent: np.ndarray


def load(captions: Path, model: str, languages: Sequence[str]) -> tuple[Captioned, str, Path]:
    from pd_clip import load_encoder

    pillow_heif.register_heif_opener()
    encoder = load_encoder(model)
    entries = [json.loads(line) for line in captions.read_text().splitlines()]
    images, views = [], []
    for entry in entries:
        image = ImageOps.exif_transpose(Image.open(captions.parent / entry["image"]))
        image = image.convert("RGB")
        image.thumbnail((768, 768))
        edge = min(image.size) // 10
        images.append(encoder.preprocess(image))
        views.append(
            encoder.preprocess(image.crop((edge, edge, image.width - edge, image.height - edge)))
        )
    rows = [
        (number, code, entry["captions"][code][0])
        for number, entry in enumerate(entries)
        for code in languages
        if entry["captions"].get(code)
    ]
    words = tuple(row[2] for row in rows)
    captioned = Captioned(
        images=in_batches(encoder.encode_images, images),
        views=in_batches(encoder.encode_images, views),
        texts=in_batches(encoder.encode_texts, words),
        pictures=np.array([row[0] for row in rows]),
        languages=tuple(row[1] for row in rows),
        words=words,
    )
    return captioned, encoder.fingerprint, Path(encoder.folder)


def in_batches(encode, items) -> np.ndarray:  # type: ignore[no-untyped-def]
    pieces = (items[start : start + 16] for start in range(0, len(items), 16))
    return np.concatenate(
        [encode(np.stack(p) if isinstance(p[0], np.ndarray) else p) for p in pieces]
    )


def calibrate(data: Captioned, chosen: np.ndarray, fingerprint: str) -> Calibration:
    """From the chosen pictures and their captions."""
    place = {int(number): row for row, number in enumerate(chosen)}
    captions = {}
    for code in dict.fromkeys(data.languages):
        rows = [
            row
            for row, (number, language) in enumerate(
                zip(data.pictures.tolist(), data.languages, strict=True)
            )
            if language == code and number in place
        ]
        captions[code] = (data.texts[rows], np.array([place[int(data.pictures[r])] for r in rows]))
    return make_calibration(fingerprint, data.images[chosen], data.views[chosen], captions)


def decide(data: Captioned, chosen: np.ndarray, calibration: Calibration) -> Decisions:
    """Search the chosen pictures, a third of them left out, with all captions of the chosen."""
    library = chosen[len(chosen) // 3 :]
    rows = np.flatnonzero(np.isin(data.pictures, chosen))
    vectors = data.images[library]
    cosine = data.texts[rows] @ vectors.T
    probability = np.empty_like(cosine)
    for place, row in enumerate(rows):
        # As searchapp.ranking does: the language is guessed from the letters.
        distribution = calibration.of(language_of(data.words[row]))
        curve = fit_curve(distribution, len(library))
        probability[place] = curve(deviations_of(cosine[place], cosine[place], distribution))
    relevant = data.pictures[rows][:, None] == library[None, :]
    return Decisions(cosine, probability, relevant, ~relevant.any(axis=1))


def f1(shown: np.ndarray, relevant: np.ndarray) -> float:
    right = float((shown & relevant).sum())
    return 2 * right / max(float(shown.sum() + relevant.sum()), 1.0)


def best(values: np.ndarray, relevant: np.ndarray, steps: np.ndarray) -> float:
    """The one threshold with the best F1."""
    return float(max(steps, key=lambda step: f1(values >= step, relevant)))


def judge(shown: np.ndarray, found: Decisions) -> dict[str, float]:
    absent = shown[found.absent]
    return {
        "f1": f1(shown, found.relevant),
        "recall": float((shown & found.relevant).sum() / found.relevant.sum()),
        "shown_when_present": float(shown[~found.absent].sum(axis=1).mean()),
        "shown_when_absent": float(absent.sum(axis=1).mean()),
        "absent_with_nothing": float((absent.sum(axis=1) == 0).mean()),
    }


def one_split(
    data: Captioned, fingerprint: str, own: Calibration | None, seed: int
) -> tuple[dict[str, dict[str, float]], Decisions]:
    order = np.random.default_rng(seed).permutation(len(data.images))
    teach, test = order[: len(order) // 2], order[len(order) // 2 :]
    calibration = own or calibrate(data, teach, fingerprint)
    taught = decide(data, teach, calibration)
    found = decide(data, test, calibration)
    cosines = np.quantile(taught.cosine, np.linspace(0.5, 1, 500))
    fixed = best(taught.cosine, taught.relevant, cosines)
    learned = best(taught.probability, taught.relevant, STEPS)
    oracle = best(found.cosine, found.relevant, np.quantile(found.cosine, np.linspace(0.5, 1, 500)))
    return {
        "best fixed cosine": judge(found.cosine >= fixed, found),
        "best fixed cosine, chosen on the test": judge(found.cosine >= oracle, found),
        f"relevance >= {DEFAULT} (the default)": judge(found.probability >= DEFAULT, found),
        "relevance, best on the same half": judge(found.probability >= learned, found),
    }, found


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=Path, default=Path("sample_images/captions.jsonl"))
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--languages", nargs="*", default=LANGUAGES)
    parser.add_argument(
        "--own-calibration", action="store_true", help="That of the model, not of the split."
    )
    parser.add_argument("--out", type=Path, default=Path("relevance.json"))
    options = parser.parse_args(argv)
    data, fingerprint, folder = load(options.captions, options.model, options.languages)
    own = load_calibration(folder, fingerprint) if options.own_calibration else None
    splits = [one_split(data, fingerprint, own, seed) for seed in range(SPLITS)]
    print(
        f"{len(data.images)} pictures, {len(data.words)} captions, {len(options.languages)} "
        f"languages, mean of {SPLITS} splits"
    )
    print(f"{'':40}{'F1':>8}{'recall':>8}{'shown':>8}{'absent: shown':>15}{'nothing':>9}")
    summary = {}
    for name in splits[0][0]:
        rows = [judged[name] for judged, _ in splits]
        mean = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        summary[name] = {**mean, "f1_of_splits": [row["f1"] for row in rows]}
        print(
            f"{name:40}{mean['f1']:8.3f}{mean['recall']:8.3f}{mean['shown_when_present']:8.2f}"
            f"{mean['shown_when_absent']:15.2f}{mean['absent_with_nothing']:9.2f}"
        )
    said = np.concatenate([found.probability.ravel() for _, found in splits])
    was = np.concatenate([found.relevant.ravel() for _, found in splits])
    table = reliability(said, was)
    print("said    was     pairs")
    for mean_said, share, number in table:
        print(f"{mean_said:.3f}   {share:.3f}   {number}")
    error = calibration_error(table)
    likely = calibration_error([row for row in table if row[0] >= DEFAULT])
    print(
        f"expected calibration error {error:.4f}; of pairs said to be {DEFAULT} or more likely "
        f"{likely:.4f}"
    )
    options.out.write_text(
        json.dumps(
            {
                "model": options.model,
                "fingerprint": fingerprint,
                "captions": str(options.captions),
                "languages": list(options.languages),
                "machine": platform.processor() or platform.machine(),
                "own_calibration": own is not None,
                "cut_offs": summary,
                "reliability": table,
                "calibration_error": error,
                "calibration_error_of_likely": likely,
            }
        )
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
