"""The encoder of the bundled model: small enough to come with the program."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pd_clip.compact.config import CompactConfig, load_config
from pd_clip.compact.names import DICTIONARY, NameBook
from pd_clip.compact.preprocess import CompactPreprocessing
from pd_clip.compact.words import WordPieces
from pd_clip.encoder import normalise, silent
from pd_clip.errors import RuntimeFailed
from pd_clip.fingerprint import cache_folder, digest, weights_digest
from pd_clip.runtimes import InputSpec, Session, Tower, open_session
from pd_clip.tokenizer import TextTokenizer

# Raised when the same weights would give other vectors than an earlier version of this program.
PORT_VERSION: Final = 4
# Texts are padded to the next of these, so that an engine sees few different shapes.
TEXT_LENGTHS: Final = (8, 12, 16, 20, 24, 32, 48, 64, 96, 128)
TEXT_BATCH: Final = 32
IMAGE_BATCH: Final = 8
# Tokens of a few short texts: small weights stay in the processor's cache.
TEXT_ROWS: Final = 64


class CompactEncoder:
    """See `pd_clip.encoder.Encoder`."""

    def __init__(self, folder: Path, runtime: str, notice: Callable[[str], None]) -> None:
        self.folder = folder
        self.config: CompactConfig = load_config(folder / "config.json")
        self.name = self.config.name
        self.dimensions = self.config.dimensions
        self.matryoshka = self.config.matryoshka
        self.image_size = self.config.vision.image_size
        self.max_text_tokens = self.config.max_text_tokens
        vision = self.config.vision
        self.preprocessing = CompactPreprocessing(vision.image_size, vision.mean, vision.std)
        self.notice = notice
        self._runtime = runtime

    @property
    def weights(self) -> Path:
        """The one file of weights."""
        return self.folder / "model.safetensors"

    @cached_property
    def fingerprint(self) -> str:
        """Hex over weights, vocabulary, preprocessing and sizes."""
        names = self.folder / DICTIONARY
        beside = (names,) if names.is_file() else ()
        files = (self.weights, self.folder / "tokenizer.json", *beside)
        content = weights_digest(files, cache_folder(self.folder))
        settings = (repr(self.config.vision), repr(self.config.text), self.dimensions)
        return digest(PORT_VERSION, content, settings, repr(self.preprocessing))

    @cached_property
    def _tokenizer(self) -> TextTokenizer:
        pad_id = self.config.text.pad_token_id
        return TextTokenizer(self.folder, pad_id=pad_id, max_tokens=self.max_text_tokens)

    @cached_property
    def _words(self) -> WordPieces:
        return WordPieces(self.weights, self.config.text.vocab_size, self.config.text.hidden_size)

    @cached_property
    def _names(self) -> NameBook:
        return NameBook(self.weights, self.dimensions)

    @cached_property
    def _image_session(self) -> Session:
        return self._open(image_tower(self))

    @cached_property
    def _text_session(self) -> Session:
        return self._open(text_tower(self))

    def _open(self, tower: Tower) -> Session:
        return open_session(tower, self._runtime)

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before it is cut, with the prefix and both ends."""
        return self._tokenizer.token_counts([self.config.text.prefix + text for text in texts])

    def preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [S, S, 3]; needs neither weights nor Paddle."""
        return self.preprocessing(image)

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [N, S, S, 3] -> float32 [N, D], rows of length 1."""
        vectors = np.empty((len(batch), self.dimensions), np.float32)
        for start in range(0, len(batch), IMAGE_BATCH):
            pixel_values = self.preprocessing.normalise(batch[start : start + IMAGE_BATCH])
            vectors[start : start + IMAGE_BATCH] = self._image_session(pixel_values)
        return _finite(vectors, self._runtime, "image")

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """-> float32 [N, D], rows of length 1."""
        rows = self._tokenizer([self.config.text.prefix + text for text in texts])
        vectors = np.empty((len(rows), self.dimensions), np.float32)
        # Texts of like length run together, so that little of a batch is padding.
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        for start in range(0, len(order), TEXT_BATCH):
            chosen = order[start : start + TEXT_BATCH]
            longest = max(len(rows[index]) for index in chosen)
            length = next(size for size in TEXT_LENGTHS if size >= longest)
            token_ids = self._tokenizer.pad([rows[index] for index in chosen], length)
            vectors[chosen] = self._text_session(*self.text_inputs(token_ids))
        return normalise(_finite(vectors, self._runtime, "text") + self._names(texts))

    def text_inputs(self, token_ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], ...]:
        """What the text tower reads for ids [N, L]: vectors of the pieces, and which are kept."""
        kept = (token_ids != self.config.text.pad_token_id).astype(np.float32)
        return self._words(token_ids), kept


def _finite(vectors: NDArray[np.float32], runtime: str, tower: str) -> NDArray[np.float32]:
    """Unit rows; an engine that answers with NaN is never believed."""
    if not np.isfinite(vectors).all():
        raise RuntimeFailed(runtime, tower, "the result is not a number")
    return normalise(vectors)


def load(
    folder: Path, runtime: str = "auto", notice: Callable[[str], None] = silent
) -> CompactEncoder:
    """Opens a model folder; weights are read by the first `encode_*`.

    Raises:
        ConfigInvalid: `config.json` is not that of a compact model.
    """
    return CompactEncoder(folder, runtime, notice)


def image_tower(encoder: CompactEncoder) -> Tower:
    """The image tower as engines take it: pixel_values [N, 3, S, S] -> [N, D]."""
    size = encoder.image_size

    def build() -> Any:
        from pd_clip.compact.model import load_vision_tower

        return load_vision_tower(encoder.weights, encoder.config)

    def probes() -> list[tuple[NDArray[Any], ...]]:
        from pd_clip.probe import probe_pictures

        return [(encoder.preprocessing.normalise(p[None]),) for p in probe_pictures(size)]

    return Tower(
        name="image",
        build=build,
        inputs=(InputSpec("pixel_values", (None, 3, size, size)),),
        fingerprint=digest("compact image", encoder.fingerprint),
        cache=cache_folder(encoder.folder),
        probes=probes,
        notice=encoder.notice,
    )


def text_tower(encoder: CompactEncoder) -> Tower:
    """The text tower as engines take it; see `CompactEncoder.text_inputs`."""
    text = encoder.config.text

    def build() -> Any:
        from pd_clip.compact.model import load_text_tower

        return load_text_tower(encoder.weights, encoder.config)

    def probes() -> list[tuple[NDArray[Any], ...]]:
        from pd_clip.probe import probe_token_ids

        ids = probe_token_ids(text.vocab_size, text.pad_token_id)
        return [encoder.text_inputs(rows) for rows in ids]

    return Tower(
        name="text",
        build=build,
        inputs=(
            InputSpec("word_embeddings", (None, None, text.hidden_size)),
            InputSpec("mask", (None, None)),
        ),
        fingerprint=digest("compact text", encoder.fingerprint),
        cache=cache_folder(encoder.folder),
        probes=probes,
        sixteen_bit=True,  # 4 and 8, to be exact
        product=(TEXT_ROWS, text.hidden_size, text.intermediate_size),
        notice=encoder.notice,
    )
