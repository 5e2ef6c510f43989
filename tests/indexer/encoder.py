"""A small deterministic encoder: a grid of mean colours, projected. Real, quick, no weights."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class GridPreprocessing:
    """A PIL picture to uint8 [S, S, 3]; picklable."""

    size: int = 32

    def __call__(self, image: Image.Image) -> np.ndarray:
        return np.asarray(image.convert("RGB").resize((self.size, self.size)), dtype=np.uint8)


@dataclass
class GridEncoder:
    """4 x 4 mean colours, centred, through a fixed random projection, to length 1."""

    name: str = "grid"
    fingerprint: str = "00" * 16
    dimensions: int = 64
    matryoshka: tuple[int, ...] = (16, 32, 64)
    image_size: int = 32
    preprocessing: object = field(default_factory=GridPreprocessing)
    encoded: int = 0

    def encode_images(self, batch: np.ndarray) -> np.ndarray:
        """uint8 [N, 32, 32, 3] -> float32 [N, 64], rows of length 1."""
        self.encoded += len(batch)
        cells = batch.reshape(len(batch), 4, 8, 4, 8, 3).mean(axis=(2, 4)).reshape(len(batch), 48)
        centred = np.concatenate([cells / 255.0 - 0.5, np.ones((len(batch), 1))], axis=1)
        seed = int(self.fingerprint[:8], 16)
        projection = np.random.default_rng(seed).normal(size=(49, self.dimensions))
        vectors = centred @ projection
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
