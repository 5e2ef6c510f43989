"""A tiny encoder whose vectors are known by hand, and a catalogue filled with them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from PIL import Image

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Embedding, Model, State
from indexer.catalogue.vector_rows import checksum_of

WIDTH = 16
AXES = {"dog": 0, "beach": 1, "snow": 2, "unicorn": 3}


def unit(*parts: str, tilt: int = 0) -> np.ndarray:
    """A vector along the axes of these words, tilted a little so that no two are equal."""
    vector = np.zeros(WIDTH, np.float32)
    for part in parts:
        vector[AXES[part]] = 1.0
    vector[4 + tilt % 12] += 0.3
    return vector / np.linalg.norm(vector)


class WordEncoder:
    """Encodes a text along the axes of the words in it."""

    name = "words"
    fingerprint = "ab" * 16
    dimensions = WIDTH
    matryoshka = (8, 16)
    image_size = 4
    max_text_tokens = 6

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def preprocess(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.convert("RGB").resize((4, 4)))

    @property
    def preprocessing(self):  # type: ignore[no-untyped-def]
        return self.preprocess

    def encode_images(self, batch: np.ndarray) -> np.ndarray:
        return np.stack([unit("snow")] * len(batch))

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        vectors = []
        for text in texts:
            vector = np.full(WIDTH, 0.01, np.float32)
            for word, axis in AXES.items():
                vector[axis] += float(word in text.lower())
            vectors.append(vector / np.linalg.norm(vector))
        return np.stack(vectors)


def add_model(catalogue: Catalogue, vectors: Mapping[int, np.ndarray]) -> Model:
    """Make WordEncoder the active model and store these vectors by picture id."""
    with catalogue.write() as connection:
        connection.execute(
            sa.insert(Model).values(
                id=1,
                fingerprint=WordEncoder.fingerprint,
                name="words",
                dimensions=WIDTH,
                matryoshka=[8, 16],
                image_size=4,
                state="active",
                created_at=datetime(2026, 1, 1),
            )
        )
        for number, vector in vectors.items():
            blob = vector.astype(np.float16).tobytes()
            connection.execute(
                sa.insert(Embedding).values(
                    picture_id=number,
                    model_id=1,
                    vector=blob,
                    checksum=checksum_of(blob, number),
                    change=number,
                )
            )
        connection.execute(sa.update(State).where(State.key == "generation").values(value="50"))
    with catalogue.session() as session:
        model = session.get(Model, 1)
        assert model is not None
        session.expunge(model)
        return model


def background(seed: int, count: int) -> list[np.ndarray]:
    """Vectors of pictures that show none of the known things."""
    random = np.random.default_rng(seed)
    spread = [
        np.concatenate([np.zeros(4), random.standard_normal(WIDTH - 4)]) for _ in range(count)
    ]
    return [(vector / np.linalg.norm(vector)).astype(np.float32) for vector in spread]
