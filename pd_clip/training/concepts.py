"""The space that both towers share: vectors of names, centred, whitened and rotated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.training.wordnet import WordNet

ANCESTOR_WEIGHT = 0.3  # per step up WordNet
# What is worn has somebody in it: no class of the image teacher is simply a person.
WORN = ("clothing", "headdress")
WEARER_WEIGHT = 0.6
RIDGE = 0.2  # share of the mean variance that is added before whitening

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Space:
    """`(vectors - mean) @ matrix.T`; the same for names of any language."""

    mean: Floats  # [width]
    matrix: Floats  # [width, width]

    def __call__(self, vectors: Floats) -> Floats:
        """Unit rows in, unit rows out."""
        return unit((vectors - self.mean) @ self.matrix.T)


def unit(vectors: Floats) -> Floats:
    """Rows of length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def whitening(names: Floats, english: Floats) -> Floats:
    """The matrix under which name and translation scatter alike in every direction.

    `names` and `english` are unit rows of pairs that mean the same; what sets the two apart is
    language, not meaning, and should weigh little.
    """
    gap = names - english
    scatter = gap.T @ gap / len(gap)
    scatter += np.eye(len(scatter)) * RIDGE * np.trace(scatter) / len(scatter)
    values, vectors = np.linalg.eigh(scatter)
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)


def rotation(vectors: Floats) -> Floats:
    """Principal directions of the rows, the widest first, so that prefixes keep the most."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return np.asarray(directions[:, ::-1].T)


def with_ancestors(net: WordNet, offsets: Sequence[int], names: dict[str, Floats]) -> Floats:
    """For each synset the mean of its names plus those of its ancestors, 0.3 per step."""
    vectors = []
    for offset in offsets:
        total = np.mean([names[lemma] for lemma in net.synsets[offset].lemmas], axis=0)
        for ancestor, steps in net.ancestors(offset):
            mean = np.mean([names[lemma] for lemma in net.synsets[ancestor].lemmas], axis=0)
            total = total + ANCESTOR_WEIGHT**steps * mean
        vectors.append(total)
    return unit(np.stack(vectors))


def with_wearers(net: WordNet, classes: Sequence[int], vectors: Floats, people: Floats) -> Floats:
    """Vectors [classes, width] of the synsets `classes`, those of clothes with a person added.

    people [M, width]: unit vectors of different persons, whose middle is meant.
    """
    clothes = {offset for name in WORN for offset in net.senses[name]}
    is_worn = [
        not clothes.isdisjoint(ancestor for ancestor, _ in net.ancestors(offset))
        for offset in classes
    ]
    somebody = unit(people.mean(axis=0))
    return np.asarray(vectors + WEARER_WEIGHT * np.array(is_worn)[:, None] * somebody)
