"""The last stages: the towers become a model folder, which is then calibrated and measured."""

import logging
import shutil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.calibration import make_calibration, write_calibration
from pd_clip.compact.names import pack_keys, pack_names
from pd_clip.encoder import Encoder, load_encoder
from pd_clip.training.assemble import config as model_config
from pd_clip.training.assemble import pack, still_four_bit, write_model
from pd_clip.training.captioned import Captioned, read_captioned
from pd_clip.training.concepts import with_wearers
from pd_clip.training.config import TrainingConfig
from pd_clip.training.data import dictionary_names, name_book
from pd_clip.training.image_stages import drawn_symbols, vision_tensors
from pd_clip.training.stages import classes, cldr_entries, teacher_tensors, wordnet
from pd_clip.training.text_stages import joined_tensors
from pd_clip.training.work import Work

logger = logging.getLogger(__name__)

CLASS_SHARPNESS = 0.5  # the square root of the probabilities
PEOPLE = "\N{ADULT}\N{MAN}\N{WOMAN}\N{CHILD}"


def centred(vectors: np.ndarray) -> np.ndarray:
    """Concept vectors less their mean: what all pictures have in common tells none apart.

    Probabilities of a group add up to 1, so this takes the same vector from every picture.
    """
    return np.asarray(vectors - vectors.mean(axis=0))


def text_tensors(work: Work, config: TrainingConfig) -> dict[str, np.ndarray]:
    """The text tower between the joined one and the tuned one; see `TuningSettings.share`."""
    joined, share = joined_tensors(work), config.tuning.share
    if not config.tuning.seconds:
        return joined
    from safetensors.numpy import load_file

    tuned = load_file(work.path("tuned/student.safetensors"))
    return {name: value + share * (tuned[name] - value) for name, value in joined.items()}


def head(
    work: Work, config: TrainingConfig
) -> tuple[dict[str, np.ndarray], list[dict[str, float]]]:
    """Classifier and concept vectors of both groups of concepts, and the groups themselves."""
    curriculum, drawn, net = work.curriculum(), work.arrays("classifier"), wordnet(work)
    targets, vision = work.arrays("space")["targets"], vision_tensors(work)
    rows = [curriculum.symbols[symbols] for symbols in drawn_symbols(curriculum)]
    settings = config.drawings
    people = targets[[curriculum.symbols[symbol] for symbol in PEOPLE]]
    shown = with_wearers(net, classes(work, net), targets[: curriculum.classes], people)
    tensors = {
        "classifier.weight": np.concatenate([vision["classifier.weight"], drawn["weight"]]),
        "classifier.bias": np.concatenate([vision["classifier.bias"], drawn["bias"]]),
        "concept_vectors": np.concatenate(
            [centred(shown), settings.weight * centred(targets[rows])]
        ),
    }
    groups = [
        {"concepts": curriculum.classes, "sharpness": CLASS_SHARPNESS},
        {"concepts": len(rows), "sharpness": settings.sharpness},
    ]
    return tensors, groups


def known_names(work: Work) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The names that the model knows by heart, as they are stored: its own, and dictionaries'.

    Its own are CLDR's and WordNet's.
    """
    curriculum, targets = work.curriculum(), work.arrays("space")["targets"]
    net = wordnet(work)
    synonyms = [net.synsets[offset].lemmas for offset in classes(work, net)]
    book = name_book(cldr_entries(work, variants=True), curriculum.symbols, synonyms)
    lessons = curriculum.lessons + curriculum.held_out_classes
    english, others = (
        [(lesson.text, lesson.target) for lesson in lessons if (lesson.language == "en") is wanted]
        for wanted in (True, False)
    )
    book += dictionary_names(english, {name for name, _ in book})
    # A word that English has too says something else there: "rot", "Boot", "die".
    looked_up = dictionary_names(others, {name for name, _ in book} | set(net.senses))
    rows = sorted({row for _, row in book + looked_up})
    place = {row: number for number, row in enumerate(rows)}
    logger.info(
        "%d names and %d of dictionaries, %d meanings", len(book), len(looked_up), len(rows)
    )
    own = pack_names([(name, place[row]) for name, row in book], targets[rows])
    return own, pack_keys((name, place[row]) for name, row in looked_up)


def assemble(work: Work, config: TrainingConfig) -> None:
    """The weights, the dictionaries' names, `config.json` and `tokenizer.json`."""
    text = text_tensors(work, config)
    tensors, groups = head(work, config)
    stored = pack(vision_tensors(work) | tensors, text, still_four_bit(text, teacher_tensors(work)))
    own, looked_up = known_names(work)
    settings = {"name": config.name, "model_note": config.note} | model_config(text, groups)
    write_model(config.model, stored | own, looked_up, settings)
    shutil.copyfile(work.path("tokenizer.json"), config.model / "tokenizer.json")
    size = sum(path.stat().st_size for path in config.model.iterdir())
    logger.info("%s: %.1f MB", config.model, size / 1e6)


def captioned(work: Work, config: TrainingConfig, encoder: Encoder) -> Captioned:
    """The captioned samples as the finished model sees them, encoded once: `samples.npz`."""
    if work.path("samples.npz").is_file():
        kept = work.arrays("samples")
        if str(kept.pop("fingerprint")) == encoder.fingerprint:
            images, views = kept.pop("images"), kept.pop("views")
            languages = {name.partition(".")[0] for name in kept}
            captions = {
                code: (kept[f"{code}.texts"], kept[f"{code}.pictures"])
                for code in sorted(languages)
            }
            return Captioned(images, views, captions)
    seen = read_captioned(config.samples, encoder)
    parts: dict[str, NDArray[Any]] = {"images": seen.images, "views": seen.views}
    for code, (texts, pictures) in seen.captions.items():
        parts |= {f"{code}.texts": texts, f"{code}.pictures": pictures}
    work.save_arrays("samples", fingerprint=np.array(encoder.fingerprint), **parts)
    return seen


def calibrate(work: Work, config: TrainingConfig) -> None:
    """`calibration.json` beside the weights, from the captioned samples."""
    encoder = load_encoder(config.model)
    seen = captioned(work, config, encoder)
    write_calibration(
        config.model,
        make_calibration(encoder.fingerprint, seen.images, seen.views, seen.captions),
    )
