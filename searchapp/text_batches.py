"""Texts of several searches encoded together.

While one batch is in the model, the texts that arrive wait for it and then go together. Alone, a
search waits for nobody.
"""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

MOST_TEXTS = 64


class _Waiting:
    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.vectors: Floats | None = None
        self.error: BaseException | None = None


class TextBatches:
    """Encodes for many threads, one batch at a time."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._model = Lock()
        self._list = Lock()
        self._waiting: list[_Waiting] = []

    @property
    def waiting(self) -> int:
        """Searches whose texts wait for the model."""
        return len(self._waiting)

    def encode(self, texts: Sequence[str]) -> Floats:
        """float32 [N, D] of these texts; raises what the model raises."""
        mine = _Waiting(texts)
        with self._list:
            self._waiting.append(mine)
        with self._model:
            while mine.vectors is None and mine.error is None:
                self._encode_some()
        if mine.error is not None:
            raise mine.error
        assert mine.vectors is not None  # noqa: S101 - one of the two is set
        return mine.vectors

    def _encode_some(self) -> None:
        batch: list[_Waiting] = []
        with self._list:
            while self._waiting and (
                not batch
                or sum(len(entry.texts) for entry in batch) + len(self._waiting[0].texts)
                <= MOST_TEXTS
            ):
                batch.append(self._waiting.pop(0))
        texts = [text for entry in batch for text in entry.texts]
        try:
            vectors = self._encode(texts)
        except BaseException as error:  # every search of the batch is told
            for entry in batch:
                entry.error = error
            if not isinstance(error, Exception):
                raise
            return
        start = 0
        for entry in batch:
            entry.vectors = vectors[start : start + len(entry.texts)]
            start += len(entry.texts)
