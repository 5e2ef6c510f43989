"""A captioner from three parts: how a model reads a conversation, its decoder, its tokenizer."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import paddle
from paddle import Tensor
from PIL.Image import Image

from captioner.decoder import Decoder, Prompt
from captioner.generation import FINISHED, generate, stream
from captioner.options import GenerationOptions
from captioner.protocol import Message
from captioner.text_stream import decode_pieces
from captioner.tokenizer import Tokenizer


class Reader(Protocol):
    """Turns one conversation into the vectors of its tokens."""

    def read(self, messages: Sequence[Message]) -> tuple[Tensor, np.ndarray]:
        """Returns embeddings [S, D] and a bool mask [S] of the visual ones."""
        ...


class ModelCaptioner:
    """Implements `captioner.protocol.Captioner` for any model that has the three parts."""

    def __init__(
        self,
        name: str,
        reader: Reader,
        decoder: Decoder,
        tokenizer: Tokenizer,
        options: GenerationOptions,
        stop_ids: Sequence[int],
    ) -> None:
        self.name = name
        self.options = options
        self._reader = reader
        self._decoder = decoder
        self._tokenizer = tokenizer
        self._stop_ids = tuple(stop_ids)

    def caption(
        self, pictures: Sequence[Image], prompt: str, options: GenerationOptions | None = None
    ) -> list[str]:
        """One description per picture, all made in one batch."""
        turns = [(Message("user", (picture, prompt)),) for picture in pictures]
        batch = pad_left([self._reader.read(turn) for turn in turns])
        tokens = generate(self._decoder, batch, options or self.options, self._stop_ids)
        return [self._tokenizer.decode(row).strip() for row in tokens]

    def chat(self, messages: Sequence[Message], options: GenerationOptions | None = None) -> str:
        """The answer to a conversation whose last turn is the user's."""
        prompt = pad_left([self._reader.read(messages)])
        tokens = generate(self._decoder, prompt, options or self.options, self._stop_ids)
        return self._tokenizer.decode(tokens[0]).strip()

    def stream(
        self, messages: Sequence[Message], options: GenerationOptions | None = None
    ) -> Iterator[str]:
        """The same answer piece by piece; greedy or sampled, not by beams."""
        prompt = pad_left([self._reader.read(messages)])
        steps = stream(self._decoder, prompt, options or self.options, self._stop_ids)
        tokens = (int(step[0]) for step in steps if step[0] != FINISHED)
        return decode_pieces(self._tokenizer, tokens)


def pad_left(prompts: Sequence[tuple[Tensor, np.ndarray]]) -> Prompt:
    """A batch of prompts of different lengths, zeros before the shorter ones.

    The mask says what is padding by lengths, not by token number 0: that number is also the
    exclamation mark of Qwen2's vocabulary, which a mask `ids != 0` would hide.
    """
    longest = max(len(visual) for _, visual in prompts)
    token_mask = np.zeros((len(prompts), longest), bool)
    visual_mask = np.zeros_like(token_mask)
    rows = []
    for row, (embeddings, visual) in enumerate(prompts):
        gap = longest - len(visual)
        token_mask[row, gap:] = True
        visual_mask[row, gap:] = visual
        zeros = paddle.zeros([gap, embeddings.shape[-1]], embeddings.dtype)
        rows.append(paddle.concat([zeros, embeddings]) if gap else embeddings)
    return Prompt(paddle.stack(rows), token_mask, visual_mask)
