"""The checkpoint's own tokenizer.json, cut and padded as the model was trained."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pd_clip.config import MAX_TEXT_TOKENS
from pd_clip.errors import TokenizerMissing

if TYPE_CHECKING:
    import tokenizers


class TextTokenizer:
    """Texts -> token ids; `<s> … </s>` are kept when a text is cut to `max_tokens`.

    The library's own cutting is a state of the tokenizer, and whole texts are counted as well:
    two tokenizers would take the memory (100 MB at 250,002 words) and the time twice. So texts
    are cut here. Raises TokenizerMissing when the folder has no tokenizer.json.
    """

    def __init__(self, folder: Path, *, pad_id: int = 1, max_tokens: int = MAX_TEXT_TOKENS) -> None:
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise TokenizerMissing(folder)
        self._tokenizer = _load(path)
        self._max_tokens = max_tokens
        self._pad_id = pad_id

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before it is cut, `<s>` and `</s>` included."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]

    def __call__(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Ids of each text, at most `max_tokens`; rows are of different lengths."""
        return [self._cut(encoding) for encoding in self._tokenizer.encode_batch(list(texts))]

    def _cut(self, encoding: "tokenizers.Encoding") -> NDArray[np.int64]:
        ids = np.asarray(encoding.ids, np.int64)
        if len(ids) <= self._max_tokens:
            return ids
        text = np.flatnonzero(np.asarray(encoding.special_tokens_mask) == 0)
        end = ids[text[-1] + 1 :]
        return np.concatenate([ids[: self._max_tokens - len(end)], end])

    def pad(self, rows: Sequence[NDArray[np.int64]], length: int) -> NDArray[np.int64]:
        """Rows of ids -> [N, length], filled on the right with the pad id."""
        padded = np.full((len(rows), length), self._pad_id, np.int64)
        for index, row in enumerate(rows):
            padded[index, : len(row)] = row
        return padded


def _load(path: Path) -> "tokenizers.Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
