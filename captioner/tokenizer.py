"""Text to token numbers and back, by the tokenizer of a checkpoint folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from captioner import sentencepiece_model
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


class FolderTokenizer:
    """The tokenizer of a checkpoint folder: tokenizer.json, or else tokenizer.model.

    Raises:
        TokenizerMissing: the folder has neither.
        TokenizerUnreadable: it has a tokenizer.model of a kind that is not known.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer as Library

        path = folder / "tokenizer.json"
        if path.is_file():
            self._library = Library.from_file(str(path))
        elif (folder / "tokenizer.model").is_file():
            self._library = sentencepiece_model.load(folder)
        else:
            raise TokenizerMissing(path)

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
