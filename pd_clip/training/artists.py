"""Leaves one artist out at a time: how well drawings are known by a hand that was never taught."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from pd_clip.compact.checkpoint import pack_int8, unpack
from pd_clip.encoder import load_encoder
from pd_clip.training.config import TrainingConfig
from pd_clip.training.drawings import ridge_classifier
from pd_clip.training.image_stages import (
    ARTISTS,
    drawn_features,
    drawn_symbols,
    english_names,
    read_drawings,
    rendering,
)
from pd_clip.training.work import Work

CLASSIFIER = "vision.classifier"


def left_out(work: Work, config: TrainingConfig) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """For each artist: name, pictures [N, D] and which drawn concept each shows [N].

    The finished image tower sees the first rendering of each of the artist's drawings, with a
    classifier of drawn concepts that learnt from the other artists alone.
    """
    curriculum = work.curriculum()
    symbols = drawn_symbols(curriculum)
    place = {symbol: number for number, symbol in enumerate(symbols)}
    every = list(enumerate(read_drawings(work, symbols, english_names(curriculum))))
    learnt = drawn_features(work.path("drawings"))
    features = learnt["features"].astype(np.float64)
    for number, artist in enumerate(ARTISTS):
        others = learnt["artists"] != number
        weight, bias = ridge_classifier(
            features[others], learnt["labels"][others], len(symbols), config.drawings.ridge
        )
        own = [(at, drawing) for at, drawing in every if drawing.artist == artist]
        pictures = np.stack([rendering(config, drawing, at, 0) for at, drawing in own])
        with tempfile.TemporaryDirectory() as folder:
            model = taught_otherwise(config.model, Path(folder) / "model", weight, bias)
            images = load_encoder(model).encode_images(pictures)
        yield artist, images, np.array([place[drawing.symbols] for _, drawing in own])


def taught_otherwise(model: Path, target: Path, weight: np.ndarray, bias: np.ndarray) -> Path:
    """A copy of a model whose last concepts have this weight [M, width] and bias [M]."""
    shutil.copytree(model, target)
    stored = load_file(target / "model.safetensors")
    known = unpack({key: stored.pop(key) for key in list(stored) if key.startswith(CLASSIFIER)})
    for name, last in (("weight", weight), ("bias", bias)):
        first = known[f"{CLASSIFIER}.{name}"][: -len(last)]
        known[f"{CLASSIFIER}.{name}"] = np.concatenate([first, last])
    stored |= pack_int8(f"{CLASSIFIER}.weight", known[f"{CLASSIFIER}.weight"])
    stored[f"{CLASSIFIER}.bias"] = known[f"{CLASSIFIER}.bias"].astype(np.float16)
    save_file(stored, target / "model.safetensors")
    return target
