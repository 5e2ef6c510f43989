"""Vectors of a data set's pictures and texts, in batches that survive an interruption."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from searchapp.errors import CaptionedPicturesMissing
from searchapp.evaluation.cache import Batch, VectorCache
from searchapp.evaluation.dataset import LEAST_PICTURES, Dataset
from searchapp.evaluation.decoding import decoded_pictures
from searchapp.evaluation.measure import LanguageVectors
from searchapp.evaluation.progress import Reporter

if TYPE_CHECKING:
    from pd_clip.encoder import Encoder

PICTURE_BATCH = 32
TEXT_BATCH = 128


@dataclass(frozen=True)
class EncodedDataset:
    """A data set without its unreadable pictures, and its vectors.

    image_vectors: [P, D] float32. text_vectors: [U, D] float32 of all different texts;
    rows: language -> [T] int64 into them.
    """

    dataset: Dataset
    image_vectors: np.ndarray
    text_vectors: np.ndarray
    rows: dict[str, np.ndarray]

    def language(self, code: str) -> LanguageVectors:
        """The texts of one language."""
        picture_of_text = self.dataset.texts[code].picture_of_text
        return LanguageVectors(self.text_vectors[self.rows[code]], picture_of_text)


def encode_dataset(
    dataset: Dataset, encoder: "Encoder", cache: VectorCache, reporter: Reporter
) -> EncodedDataset:
    """Encode what the cache does not hold.

    Pictures that cannot be decoded leave the data set by name.
    Raises CaptionedPicturesMissing when fewer than two can, EvaluationStopped between batches.
    """
    image_vectors, readable = _encode_pictures(dataset, encoder, cache, reporter)
    bad = np.flatnonzero(~readable)
    names = tuple(dataset.files[index].name for index in bad)
    if readable.sum() < LEAST_PICTURES:
        total = len(dataset.files)
        raise CaptionedPicturesMissing(Path(dataset.name), int(readable.sum()), total, names[0])
    kept = dataset.without(set(bad.tolist()), names)
    texts = _alike({text for spoken in kept.texts.values() for text in spoken.captions}, encoder)
    text_vectors = encode_texts(texts, encoder, cache, reporter)
    row_of = {text: row for row, text in enumerate(texts)}
    rows = {
        code: np.fromiter((row_of[text] for text in spoken.captions), np.int64)
        for code, spoken in kept.texts.items()
    }
    return EncodedDataset(kept, image_vectors[readable], text_vectors, rows)


def _alike(texts: set[str], encoder: "Encoder") -> list[str]:
    """Texts in an order in which those of like length, which pad each other least, meet."""
    ordered = sorted(texts)
    lengths = dict(zip(ordered, encoder.token_counts(ordered), strict=True))
    return sorted(ordered, key=lambda text: (lengths[text], len(text)))


def _encode_pictures(
    dataset: Dataset, encoder: "Encoder", cache: VectorCache, reporter: Reporter
) -> tuple[np.ndarray, np.ndarray]:
    """Vectors [P, D] and which of them are of readable pictures [P]."""
    files = dataset.files
    vectors = np.zeros((len(files), encoder.dimensions), np.float32)
    readable = np.zeros(len(files), bool)
    absent: list[tuple[Batch, range]] = []
    for batch in _batches(len(files), PICTURE_BATCH):
        part = slice(batch.start, batch.stop)
        key = Batch.of("pictures", dataset.contents[part])
        kept = cache.read(key)
        if kept is None:
            absent.append((key, batch))
        else:
            vectors[part] = kept["vectors"]
            readable[part] = kept["readable"] > 0
    wanted = [position for _, batch in absent for position in batch]
    done = len(files) - len(wanted)
    waiting: dict[int, np.ndarray | None] = {}
    with closing(decoded_pictures(files, wanted, encoder)) as decoded:
        for key, batch in absent:
            reporter.advance("encoding pictures", done, len(files))
            while not waiting.keys() >= set(batch):
                picture = next(decoded)
                waiting[picture.position] = picture.pixels
            pixels = {position: waiting.pop(position) for position in batch}
            good = [position for position in batch if pixels[position] is not None]
            if good:
                stacked = np.stack([square for square in pixels.values() if square is not None])
                vectors[good] = encoder.encode_images(stacked)
                readable[good] = True
            part = slice(batch.start, batch.stop)
            states = readable[part].astype(np.uint8)
            cache.write(key, {"vectors": vectors[part], "readable": states})
            done += len(batch)
    return vectors, readable


def encode_texts(
    texts: list[str], encoder: "Encoder", cache: VectorCache, reporter: Reporter
) -> np.ndarray:
    """Vectors [T, D] of texts; the cache gives those it holds."""
    vectors = np.zeros((len(texts), encoder.dimensions), np.float32)
    for batch in _batches(len(texts), TEXT_BATCH):
        reporter.advance("encoding captions", batch.start, len(texts))
        part = slice(batch.start, batch.stop)
        key = Batch.of("texts", texts[part])
        kept = cache.read(key)
        if kept is None:
            vectors[part] = encoder.encode_texts(texts[part])
            cache.write(key, {"vectors": vectors[part]})
        else:
            vectors[part] = kept["vectors"]
    return vectors


def _batches(count: int, size: int) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(start + size, count))
