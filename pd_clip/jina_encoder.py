"""The encoder of jina-clip-v2: pixels and texts in, unit vectors out.

Towers are opened by the first call that needs them: a search by text never reads the image
tower.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pd_clip.checkpoint import Checkpoint, weight_files
from pd_clip.config import MAX_TEXT_TOKENS, JinaClipConfig, read_json
from pd_clip.encoder import normalise
from pd_clip.fingerprint import cache_folder, digest, weights_digest
from pd_clip.preprocess import Preprocessing
from pd_clip.runtimes import InputSpec, Session, Tower, open_session
from pd_clip.text_rotation import token_rotation
from pd_clip.tokenizer import TextTokenizer
from pd_clip.word_table import WordTable

# Raised when the same weights would give other vectors than an earlier version of this program.
PORT_VERSION: Final = 1
# Texts are padded to the next of these, so that an engine sees few different shapes.
TEXT_LENGTHS: Final = (8, 16, 32, 64, 128, 256, 512)
TEXT_BATCH: Final = 16
# Half the patches of a picture, into the feed-forward layer.
_IMAGE_PRODUCT: Final = (648, 1024, 2730)


@dataclass(frozen=True)
class JinaOptions:
    """How to open the model; see `pd_clip.load_encoder`."""

    runtime: str
    precision: str
    image_size: int | None
    task: str | None
    notice: Callable[[str], None]


class JinaEncoder:
    """See `pd_clip.encoder.Encoder`."""

    def __init__(self, name: str, folder: Path, options: JinaOptions) -> None:
        self.name = name
        self.folder = folder
        self._options = options
        published = JinaClipConfig.from_folder(folder)
        self.config = published.at_size(options.image_size)
        self.preprocessing = Preprocessing(
            self.config.vision.image_size, self.config.image_mean, self.config.image_std
        )
        self.dimensions = self.config.dimensions
        self.matryoshka = self.config.matryoshka
        self.image_size = self.config.vision.image_size
        self.max_text_tokens = MAX_TEXT_TOKENS
        self._instruction = self.config.text.instruction(options.task)
        self._cache = cache_folder(folder)

    @cached_property
    def _weights_digest(self) -> str:
        return weights_digest(weight_files(self.folder), self._cache)

    @cached_property
    def fingerprint(self) -> str:
        return digest(
            "jina_clip",
            PORT_VERSION,
            self._weights_digest,
            read_json(self.folder / "config.json"),
            repr(self.preprocessing),
            self.config.text.default_task,
            self._instruction,
            self.image_size,
        )

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self.folder, JinaClipConfig.from_folder(self.folder))

    @cached_property
    def _tokenizer(self) -> TextTokenizer:
        return TextTokenizer(
            self.folder, pad_id=self.config.text.pad_token_id, max_tokens=self.max_text_tokens
        )

    @cached_property
    def _words(self) -> WordTable:
        return WordTable(self._checkpoint)

    @cached_property
    def _image_session(self) -> Session:
        return self._open(image_tower(self))

    @cached_property
    def _text_session(self) -> Session:
        return self._open(text_tower(self))

    def _open(self, tower: Tower) -> Session:
        return open_session(tower, self._options.runtime, self._options.precision)

    @property
    def notice(self) -> Callable[[str], None]:
        """Where one-sentence messages go."""
        return self._options.notice

    @property
    def checkpoint(self) -> Checkpoint:
        """The opened weights file; opening compares every key with the config."""
        return self._checkpoint

    def tower_fingerprint(self, tower: str) -> str:
        """Names the exported program of one tower: the same weights at the same shapes."""
        size = self.image_size if tower == "image" else 0
        return digest(PORT_VERSION, tower, self._weights_digest, repr(self.config), size)

    @property
    def cache(self) -> Path:
        """Folder of exported programs."""
        return self._cache

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        return self._tokenizer.token_counts([self._instruction + text for text in texts])

    def preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
        return self.preprocessing(image)

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        features = np.empty((len(batch), self.dimensions), np.float32)
        start = 0
        for count in pieces(len(batch), self._image_session.largest_batch if len(batch) else 1):
            pixel_values = self.preprocessing.normalise(batch[start : start + count])
            rows = self._image_session(pixel_values)
            features[start : start + count] = rows[:, : self.dimensions]
            start += count
        return normalise(features)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = self._tokenizer([self._instruction + text for text in texts])
        features = np.empty((len(rows), self.dimensions), np.float32)
        # Texts of like length run together, so that little of a batch is padding.
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        for start in range(0, len(order), TEXT_BATCH):
            chosen = order[start : start + TEXT_BATCH]
            length = bucket(max(len(rows[index]) for index in chosen))
            ids = self._tokenizer.pad([rows[index] for index in chosen], length)
            features[chosen] = self._text_features(ids)[:, : self.dimensions]
        return normalise(features)

    def _text_features(self, token_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._text_session(*text_inputs(token_ids, self._words, self.config))


def text_inputs(
    token_ids: NDArray[np.integer[Any]], words: WordTable, config: JinaClipConfig
) -> tuple[NDArray[np.float32], ...]:
    """What the text tower reads for ids [N, L]: word embeddings, mask, and rotation tables."""
    mask = (token_ids != config.text.pad_token_id).astype(np.float32)
    return words(token_ids), mask, *token_rotation(config.text, token_ids.shape[1])


def bucket(length: int) -> int:
    """The length a text of `length` tokens is padded to."""
    return next((size for size in TEXT_LENGTHS if size >= length), length)


def pieces(count: int, largest: int) -> list[int]:
    """Batch sizes that add up to `count`, powers of two up to `largest`: 7 is 4 + 2 + 1.

    So an engine meets few shapes and none of the work is padding.
    """
    sizes = []
    while count:
        size = min(largest, 1 << (count.bit_length() - 1))
        sizes.append(size)
        count -= size
    return sizes


def image_tower(encoder: JinaEncoder) -> Tower:
    """The image tower as engines take it: pixel_values [N, 3, S, S] -> [N, D]."""
    size = encoder.image_size

    def build() -> Any:
        from pd_clip.model import load_vision_tower

        return load_vision_tower(encoder.checkpoint, image_size=size)

    def probes() -> list[tuple[NDArray[Any], ...]]:
        from pd_clip.probe import probe_pictures

        pictures = probe_pictures(size)  # [2, S, S, 3]
        return [(encoder.preprocessing.normalise(picture[None]),) for picture in pictures]

    return Tower(
        name="image",
        build=build,
        inputs=(InputSpec("pixel_values", (None, 3, size, size)),),
        fingerprint=encoder.tower_fingerprint("image"),
        cache=encoder.cache,
        probes=probes,
        sixteen_bit=encoder.checkpoint.sixteen_bit,
        product=_IMAGE_PRODUCT,
        notice=encoder.notice,
    )


def text_tower(encoder: JinaEncoder) -> Tower:
    """The text tower as engines take it; see `text_inputs`."""
    text = encoder.config.text
    head_width = text.hidden_size // text.num_attention_heads

    def build() -> Any:
        from pd_clip.model import load_text_tower

        return load_text_tower(encoder.checkpoint)

    def probes() -> list[tuple[NDArray[Any], ...]]:
        from pd_clip.probe import probe_token_ids

        words = WordTable(encoder.checkpoint)
        ids = probe_token_ids(text.vocab_size, text.pad_token_id)
        return [text_inputs(rows, words, encoder.config) for rows in ids]

    return Tower(
        name="text",
        build=build,
        inputs=(
            InputSpec("word_embeddings", (None, None, text.hidden_size)),
            InputSpec("mask", (None, None)),
            InputSpec("cos", (None, head_width), batched=False),
            InputSpec("sin", (None, head_width), batched=False),
        ),
        fingerprint=encoder.tower_fingerprint("text"),
        cache=encoder.cache,
        probes=probes,
        sixteen_bit=encoder.checkpoint.sixteen_bit,
        notice=encoder.notice,
    )
