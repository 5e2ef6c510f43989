"""A small real encoder: pictures by the colours of their quarters, texts by naming the colours."""

import zlib

import numpy as np

from pd_clip.preprocess import Preprocessing

COLOURS = {
    "red": (220, 30, 30), "green": (30, 180, 60), "blue": (40, 60, 220), "yellow": (230, 220, 40),
    "black": (10, 10, 10), "white": (245, 245, 245), "purple": (140, 40, 170),
    "orange": (240, 140, 20),
}  # fmt: skip
WORDS = {
    "rot": "red", "grün": "green", "blau": "blue", "gelb": "yellow", "schwarz": "black",
    "weiß": "white", "violett": "purple", "orangefarben": "orange",
}  # fmt: skip
SIZE = 16
DIMENSIONS = 24


class TinyEncoder:
    """Deterministic; `calls` counts what was encoded, `confusion` blurs texts."""

    name = "tiny"
    fingerprint = "ab" * 16
    dimensions = DIMENSIONS
    matryoshka = (4, 8, 16, 24)
    image_size = SIZE
    max_text_tokens = 64

    def __init__(self, confusion=0.05):
        self.preprocessing = Preprocessing(SIZE, (0.5,) * 3, (0.5,) * 3)
        self.calls = {"pictures": 0, "texts": 0}
        self.confusion = confusion
        # Falling weights: the first numbers carry most, as in a model trained to be cut.
        weights = 0.8 ** np.arange(DIMENSIONS)
        matrix = np.random.default_rng(0).standard_normal((12, DIMENSIONS))
        self._matrix = (matrix * weights).astype(np.float32)

    def token_counts(self, texts):
        return [len(text.split()) for text in texts]

    def preprocess(self, image):
        return self.preprocessing(image)

    def encode_images(self, batch):
        self.calls["pictures"] += len(batch)
        half = SIZE // 2
        quarters = batch.reshape(-1, 2, half, 2, half, 3).mean(axis=(2, 4)).reshape(-1, 12)
        return self._vectors(quarters)

    def encode_texts(self, texts):
        self.calls["texts"] += len(texts)
        features = []
        for text in texts:
            colours = [COLOURS[WORDS.get(word, word)] for word in text.split()[:4]]
            noise = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(12)
            features.append(np.ravel(colours) + 255 * self.confusion * noise)
        return self._vectors(np.array(features))

    def _vectors(self, features):
        vectors = (features / 127.5 - 1).astype(np.float32) @ self._matrix
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
