"""The stage that measures the finished model: every figure of its card, from one command."""

import json
import logging
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pd_clip.calibration import wilson_interval
from pd_clip.compact.checkpoint import read_stored
from pd_clip.compact.names import DICTIONARY
from pd_clip.encoder import Encoder, load_encoder, truncate
from pd_clip.training.artists import left_out
from pd_clip.training.captioned import Captioned
from pd_clip.training.card import write_card
from pd_clip.training.concepts import unit
from pd_clip.training.config import TrainingConfig
from pd_clip.training.data import Curriculum
from pd_clip.training.drawings import render
from pd_clip.training.image_stages import drawn_symbols, english_names, read_drawings
from pd_clip.training.model_stages import captioned, text_tensors
from pd_clip.training.stages import cldr_entries, embed_texts
from pd_clip.training.text_stages import text_figures
from pd_clip.training.work import Work

logger = logging.getLogger(__name__)

FRESH = 90_001  # a seed that no training rendering has
UNKNOWN = "<unk>"
TEXTS = 24  # of one language in one test at most
LEAST = 40  # captions by people, for a language to be counted among them

Rows = dict[str, Any]


def share(hits: int, trials: int) -> Rows:
    """A proportion with its 95 % interval."""
    low, high = wilson_interval(hits, trials)
    return {"value": hits / max(trials, 1), "n": trials, "low": low, "high": high}


def places(texts: np.ndarray, images: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Place of the wanted picture for each text, 0 is first; a tie counts against it."""
    cosines = texts @ images.T
    own = cosines[np.arange(len(wanted)), wanted][:, None]
    return np.asarray((cosines >= own).sum(axis=1) - 1)


def figures(work: Work, config: TrainingConfig) -> None:
    """Measures and writes `figures.json` and `MODEL_CARD.md` beside the weights."""
    encoder = load_encoder(config.model)
    curriculum = work.curriculum()
    seen = captioned(work, config, encoder)
    by_hand = written_by_people(config.samples)
    found: Rows = {"fingerprint": encoder.fingerprint}
    found |= {"known": known_by_heart(config.model), "tuning": tuning(work, config)}
    found["share"] = config.tuning.share
    logger.info("captions of the samples")
    found["samples"] = {str(width): _samples(seen, width, None) for width in encoder.matryoshka}
    found["by_hand"] = _samples(seen, encoder.dimensions, by_hand)
    write_card(config.model, found)
    parts: dict[str, Callable[[], Rows]] = {
        "artists": lambda: _artists(work, config, curriculum, encoder),
        "names": lambda: _names(work, config, curriculum),
        "drawings": lambda: _fresh_drawings(work, encoder, curriculum),
        "uncovered": lambda: _uncovered(work, config, encoder, curriculum),
    }
    for name, measure in parts.items():
        logger.info(name)
        found[name] = measure()
        write_card(config.model, found)  # so that what is measured is kept if the rest is cut off


def known_by_heart(model: Path) -> Rows:
    """How many names, and of how many meanings."""
    own = read_stored(model / "model.safetensors", "names")
    dictionaries = read_stored(model / DICTIONARY, "names")
    return {
        "own": len(own["keys"]),
        "dictionaries": len(dictionaries["keys"]),
        "meanings": len(own["vectors.scale"]),
    }


def tuning(work: Work, config: TrainingConfig) -> str:
    """How long the text tower was tuned, in words."""
    if not config.tuning.seconds:
        return "not in this model"
    progress = json.loads(work.path("tuned/progress.json").read_text(encoding="utf-8"))
    return (
        f"{progress['texts']:,} texts in {progress['steps']:,} steps, "
        f"{progress['seconds'] / 60:.0f} minutes on {config.threads} core"
        f"{'s' if config.threads > 1 else ''}"
    )


def written_by_people(folder: Path) -> set[tuple[str, int]]:
    """(language, number of the picture) of the captions that no machine made."""
    lines = (folder / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        (language, number)
        for number, entry in enumerate(map(json.loads, filter(str.strip, lines)))
        for language in entry["captions"]
        if language not in entry["machine_made"]
    }


def _samples(seen: Captioned, width: int, chosen: set[tuple[str, int]] | None) -> Rows:
    """R@1 and R@5 by language; `chosen` captions only, where 40 or more of a language are."""
    images = truncate(seen.images, width)
    by_language = {}
    for language, (vectors, wanted) in seen.captions.items():
        place = places(truncate(vectors, width), images, wanted)
        if chosen is not None:
            place = place[[(language, int(number)) in chosen for number in wanted]]
            if len(place) < LEAST:
                continue
        by_language[language] = {f"r{k}": share(int((place < k).sum()), len(place)) for k in (1, 5)}
    return by_language


def _names_of(curriculum: Curriculum, symbols: list[str]) -> dict[str, list[tuple[str, int]]]:
    """For each language the spoken names of drawn concepts with the concept's number."""
    place = {curriculum.symbols[symbol]: number for number, symbol in enumerate(symbols)}
    first: dict[tuple[str, int], str] = {}
    for lesson in curriculum.lessons + curriculum.held_out_concepts:
        if lesson.target in place:
            first.setdefault((lesson.language, place[lesson.target]), lesson.text)
    names: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for (language, number), text in sorted(first.items()):
        names[language].append((text, number))
    return names


def _renderings(
    work: Work, encoder: Encoder, curriculum: Curriculum
) -> tuple[np.ndarray, dict[int, int], np.random.Generator]:
    """One new rendering of each concept as vectors [N, D], its artist drawn by lot; the row of
    each concept that is shown; and chance as it stands then."""
    symbols = drawn_symbols(curriculum)
    by_symbol = defaultdict(list)
    for drawing in read_drawings(work, symbols, english_names(curriculum)):
        by_symbol[drawing.symbols].append(drawing)
    chance = np.random.default_rng(FRESH)
    shown = [number for number, symbol in enumerate(symbols) if symbol in by_symbol]
    pictures = []
    for number in shown:
        drawings = by_symbol[symbols[number]]
        chosen = drawings[int(chance.integers(len(drawings)))]
        pictures.append(encoder.preprocess(render(chosen.image, chance, encoder.image_size)))
    images = encoder.encode_images(np.stack(pictures))
    return images, {number: place for place, number in enumerate(shown)}, chance


def _fresh_drawings(work: Work, encoder: Encoder, curriculum: Curriculum) -> Rows:
    """Name to picture among the renderings."""
    images, at, chance = _renderings(work, encoder, curriculum)
    result: Rows = {}
    for language, names in _names_of(curriculum, drawn_symbols(curriculum)).items():
        known = [(text, at[number]) for text, number in names if number in at]
        order = chance.permutation(len(known))[: 2 * TEXTS]
        texts = encoder.encode_texts([known[i][0] for i in order])
        place = places(texts, images, np.array([known[i][1] for i in order]))
        result[language] = share(int((place < 5).sum()), len(place))
    return result


def _uncovered(
    work: Work, config: TrainingConfig, encoder: Encoder, curriculum: Curriculum
) -> Rows:
    """The same in languages that the model was not made for: how much of a name it can read, how
    often it finds the picture, and how sure it is of the best one (cosine, median).
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(config.model / "tokenizer.json"))
    symbols = drawn_symbols(curriculum)
    place = {symbol: number for number, symbol in enumerate(symbols)}
    images, at, chance = _renderings(work, encoder, curriculum)

    def measured(names: list[tuple[str, int]]) -> Rows:
        known = [(text, at[number]) for text, number in names if number in at]
        chosen = [known[number] for number in chance.permutation(len(known))[: 2 * TEXTS]]
        texts = [text for text, _ in chosen]
        vectors = encoder.encode_texts(texts)
        hits = places(vectors, images, np.array([row for _, row in chosen])) < 5
        pieces = np.concatenate([each.ids[1:-1] for each in tokenizer.encode_batch(texts)])
        return {
            "r5": share(int(hits.sum()), len(hits)),
            "unknown": float(np.mean(pieces == tokenizer.token_to_id(UNKNOWN))),
            "best": float(np.median((vectors @ images.T).max(axis=1))),
        }

    others: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for symbol, language, names in cldr_entries(work, covered=False):
        if names and symbol in place:
            others[language].append((names[0], place[symbol]))
    return {
        kind: {code: measured(names) for code, names in sorted(found.items()) if len(names) > TEXTS}
        for kind, found in (("others", others), ("covered", _names_of(curriculum, symbols)))
    }


def _artists(work: Work, config: TrainingConfig, curriculum: Curriculum, encoder: Encoder) -> Rows:
    """English name to the drawing of an artist whom the classifier was not taught."""
    english = english_names(curriculum)
    names = encoder.encode_texts([english[symbol] for symbol in drawn_symbols(curriculum)])
    result: Rows = {}
    for artist, images, labels in left_out(work, config):
        place = places(names[labels], images, np.arange(len(labels)))
        result[artist] = share(int((place < 5).sum()), len(place))
    return result


def _names(work: Work, config: TrainingConfig, curriculum: Curriculum) -> Rows:
    """Held-out names and keywords for the text tower alone, without the names known by heart."""
    tower, targets = text_tensors(work, config), work.arrays("space")["targets"]
    found = text_figures(
        lambda texts: unit(embed_texts(work, tower, texts)), curriculum, targets, TEXTS
    )
    return {
        test: {
            language: share(round(value * count), count)
            for language, (value, count) in by_language.items()
        }
        for test, by_language in found.items()
    }
