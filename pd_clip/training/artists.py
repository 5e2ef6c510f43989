"""Leaves one artist out at a time: how well drawings are known by a hand that was never taught."""

from collections.abc import Iterator

import numpy as np
import paddle

from pd_clip.compact.encoder import load
from pd_clip.compact.model import load_vision_tower
from pd_clip.compact.vision_tower import VisionTower
from pd_clip.training.concepts import unit
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

BATCH = 32


def left_out(work: Work, config: TrainingConfig) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """For each artist: name, pictures [N, D] and which drawn concept each shows [N].

    The finished image tower sees the first rendering of each of the artist's drawings, with a
    classifier of drawn concepts that learnt from the other artists alone.
    """
    encoder = load(config.model)
    tower = load_vision_tower(encoder.weights, encoder.config)
    curriculum = work.curriculum()
    symbols = drawn_symbols(curriculum)
    place = {symbol: number for number, symbol in enumerate(symbols)}
    every = list(enumerate(read_drawings(work, symbols, english_names(curriculum))))
    learnt = drawn_features(work.path("drawings"))
    features = learnt["features"].astype(np.float64)
    classes = encoder.config.vision.groups[0].concepts
    for number, artist in enumerate(ARTISTS):
        others = learnt["artists"] != number
        teach(
            tower,
            classes,
            *ridge_classifier(
                features[others], learnt["labels"][others], len(symbols), config.drawings.ridge
            ),
        )
        own = [(at, drawing) for at, drawing in every if drawing.artist == artist]
        images = []
        for start in range(0, len(own), BATCH):
            pictures = [rendering(config, d, at, 0) for at, d in own[start : start + BATCH]]
            pixels = encoder.preprocessing.normalise(np.stack(pictures))
            with paddle.no_grad():
                images.append(tower(paddle.to_tensor(pixels)).numpy())
        yield (
            artist,
            unit(np.concatenate(images)),
            np.array([place[drawing.symbols] for _, drawing in own]),
        )


def teach(tower: VisionTower, classes: int, weight: np.ndarray, bias: np.ndarray) -> None:
    """Gives the tower's concepts after the first `classes` another weight [M, width] and bias."""
    linear = tower.classifier
    known = linear.weight.numpy()[:, :classes], linear.bias.numpy()[:classes]
    linear.weight.set_value(np.concatenate([known[0], weight.T], axis=1))
    linear.bias.set_value(np.concatenate([known[1], bias]))
