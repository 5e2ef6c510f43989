"""Text to token numbers and back, from the tokenizer.json of a checkpoint folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from captioner.errors import TokenizerMissing


class Tokenizer(Protocol):
    """What prompts and answers need of a tokenizer."""

    def encode(self, text: str) -> list[int]:
        """Token numbers; special tokens in the text count as such, none are added."""
        ...

    def decode(self, token_ids: Sequence[int]) -> str:
        """Text, without special tokens."""
        ...

    def id_of(self, token: str) -> int:
        """The number of one token; KeyError if there is none."""
        ...


class JsonTokenizer:
    """A tokenizer.json, read by the `tokenizers` library.

    Raises:
        TokenizerMissing: the folder has none.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer as Library

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise TokenizerMissing(path)
        self._library = Library.from_file(str(path))

    def encode(self, text: str) -> list[int]:
        """See `Tokenizer`."""
        return list(self._library.encode(text, add_special_tokens=False).ids)

    def decode(self, token_ids: Sequence[int]) -> str:
        """See `Tokenizer`."""
        return str(self._library.decode(list(token_ids), skip_special_tokens=True))

    def id_of(self, token: str) -> int:
        """See `Tokenizer`."""
        number = self._library.token_to_id(token)
        if number is None:
            raise KeyError(token)
        return int(number)
