"""Pictures of four coloured quarters with captions that name the colours."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.searchapp.evaluation.tiny_encoder import COLOURS, WORDS, TinyEncoder


@pytest.fixture
def tiny_encoder():
    return TinyEncoder()


def paint(path, names):
    pixels = np.zeros((32, 32, 3), np.uint8)
    for at, name in enumerate(names):
        row, column = divmod(at, 2)
        pixels[16 * row : 16 * row + 16, 16 * column : 16 * column + 16] = COLOURS[name]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def make_set(folder, count, seed=0):
    """`count` pictures and captions.jsonl; English as it is, German with German words."""
    german = {english: word for word, english in WORDS.items()}
    generator = np.random.default_rng(seed)
    lines, drawn = [], set()
    while len(drawn) < count:
        names = tuple(generator.choice(list(COLOURS), 4).tolist())
        if names in drawn:
            continue
        drawn.add(names)
        path = folder / f"{len(drawn):03d}.png"
        paint(path, names)
        words = " ".join(names)
        captions = {
            "en": [words, f"{words} tiles"],
            "de": [" ".join(german[name] for name in names)],
        }
        lines.append(json.dumps({"image": path.name, "captions": captions}, ensure_ascii=False))
    captions = folder / "captions.jsonl"
    captions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return captions


@pytest.fixture
def captioned(tmp_path):
    return make_set(tmp_path / "set", 36)
