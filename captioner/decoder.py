"""What generating text needs of a language model, and the memory a model keeps of its tokens."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import paddle
from paddle import Tensor


@dataclass(frozen=True)
class Prompt:
    """What is given to the model, as vectors.

    Attributes:
        embeddings: [B, S, D].
        token_mask: bool [B, S], false where a row is padded (on the left).
        visual_mask: bool [B, S], true where a vector stands for a piece of a picture.
    """

    embeddings: Tensor
    token_mask: np.ndarray
    visual_mask: np.ndarray


@dataclass(frozen=True)
class Memory:
    """Keys and values of every token so far, per layer.

    Attributes:
        keys, values: one [B, T, G, D] per layer.
        token_mask: bool [B, T].
    """

    keys: list[Tensor]
    values: list[Tensor]
    token_mask: np.ndarray

    def rows(self, indices: np.ndarray) -> "Memory":
        """The memory of chosen rows, in this order; a row may be chosen several times."""
        chosen = paddle.to_tensor(indices.astype(np.int64))
        return Memory(
            [paddle.index_select(each, chosen, axis=0) for each in self.keys],
            [paddle.index_select(each, chosen, axis=0) for each in self.values],
            self.token_mask[indices],
        )

    def longer_mask(self) -> np.ndarray:
        """The token mask with one more real token in each row."""
        return np.pad(self.token_mask, ((0, 0), (0, 1)), constant_values=True)


class Decoder(Protocol):
    """A language model that reads a prompt once and then goes on token by token."""

    def prefill(self, prompt: Prompt) -> tuple[np.ndarray, Memory]:
        """Reads the prompt; returns float32 scores of the next token [B, V] and the memory."""
        ...

    def step(self, token_ids: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Appends one token to each row, int64 [B]; returns as `prefill` does."""
        ...
