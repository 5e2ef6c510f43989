"""Names of common things that the bundled model knows by heart, in every language CLDR has.

A small encoder places rare words of small languages badly. So the names of some 9,000 things are
kept beside the weights, hashed, each with the vector of what it means: a text in which such a
name stands is pulled towards that vector, the more the larger the share of its letters that is
named. Everything else in a text is the encoder's own.

Names out of dictionaries lie in a file of their own, for they have a licence of their own; the
model works without it and knows fewer names.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from pd_clip.compact.checkpoint import read_stored, unpack
from pd_clip.errors import CheckpointMismatch

DICTIONARY: Final = "dictionary_names.safetensors"
LONGEST: Final = 5  # words of a name
LONGEST_UNSPACED: Final = 12  # letters of a name in a script without spaces
PULL: Final = 2.5  # of a text that is a name and nothing else, against 1 of the encoder's vector
# Letters of a name in an alphabet of many languages; a shorter one is another's article.
SHORTEST: Final = 3
STEM, ENDING = 4, 3  # letters: a name of four or more may carry an ending of up to three

_UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Han
    (0xAC00, 0xD7A3),  # Hangul, whose particles are written onto the word
    (0xF900, 0xFAFF),
)
_SHARED: Final = (
    (0x0041, 0x024F),  # Latin
    (0x0400, 0x052F),  # Cyrillic
    (0x0600, 0x06FF),  # Arabic
    (0x0900, 0x097F),  # Devanagari
    (0x1E00, 0x1EFF),
)


class NameBook:
    """Vectors [D] of names in texts; empty for a model without such a list."""

    def __init__(self, path: Path, dimensions: int) -> None:
        """Raises CheckpointMismatch when the list is there but not of this width."""
        stored = read_stored(path, "names")
        books = [stored]
        if (beside := path.with_name(DICTIONARY)).is_file():
            books.append(read_stored(beside, "names"))
        keys = np.concatenate([book.get("keys", np.zeros(0, np.uint64)) for book in books])
        rows = np.concatenate([book.get("rows", np.zeros(0, np.uint16)) for book in books])
        packed = {key: array for key, array in stored.items() if key.startswith("vectors.")}
        empty = np.zeros((0, dimensions), np.float32)
        self._vectors = unpack(packed)["vectors"] if packed else empty
        last = int(rows.max(initial=0))
        whole = len(rows) == len(keys) and (not last or last < len(self._vectors))
        if self._vectors.shape[1] != dimensions or not whole:
            raise CheckpointMismatch(path, [f"names.vectors, expected [names, {dimensions}]"])
        order = np.argsort(keys, kind="stable")
        self._keys: NDArray[np.uint64] = keys[order]
        self._rows: NDArray[Any] = rows[order]

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What is to be added to the unit vectors of `texts`, [N, D]; zeros where none is named."""
        pulls = np.zeros((len(texts), self._vectors.shape[1]), np.float32)
        for number, text in enumerate(texts):
            words = words_of(text)
            letters = sum(map(len, words))
            for rows, length in self._named(words):
                meaning = self._vectors[rows].mean(axis=0)
                pulls[number] += PULL * length / letters * meaning
        return pulls

    def _find(self, name: str) -> NDArray[Any]:
        """Rows of the meanings of a name."""
        key = hashed(name)
        start, end = np.searchsorted(self._keys, [key, key + np.uint64(1)])
        return np.asarray(self._rows[start:end])

    def _named(self, words: Sequence[str]) -> Iterable[tuple[NDArray[Any], int]]:
        """(rows, letters) of every name, the longest first from left to right."""
        place = 0
        while place < len(words):
            for count in range(min(LONGEST, len(words) - place), 0, -1):
                name = " ".join(words[place : place + count])
                rows = self._find(name) if is_telling(name) else self._rows[:0]
                if len(rows):
                    yield rows, len(name) - count + 1
                    break
            else:
                word = words[place]
                yield from self._inside(word) if is_unspaced(word) else self._bent(word)
                count = 1
            place += count

    def _bent(self, word: str) -> Iterable[tuple[NDArray[Any], int]]:
        """The longest name that a word begins with, if the rest can be an ending."""
        for length in range(len(word) - 1, max(STEM, len(word) - ENDING) - 1, -1):
            rows = self._find(word[:length])
            if len(rows):
                yield rows, length
                break

    def _inside(self, word: str) -> Iterable[tuple[NDArray[Any], int]]:
        """Names of two letters or more inside an unspaced run of letters."""
        place = 0
        while place < len(word):
            for length in range(min(LONGEST_UNSPACED, len(word) - place), 1, -1):
                rows = self._find(word[place : place + length])
                if len(rows):
                    yield rows, length
                    place += length
                    break
            else:
                place += 1


def words_of(text: str) -> list[str]:
    """Folded words: compatibility forms and case are one, marks and symbols end a word."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(" " if _ends_word(letter) else letter for letter in folded).split()


@lru_cache(maxsize=4096)
def _ends_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "PSZC"


def is_telling(name: str) -> bool:
    """Whether a name is long enough to mean something in whatever language it stands."""
    return len(name) >= SHORTEST or not _written_in(_SHARED, name)


def is_unspaced(word: str) -> bool:
    """Whether a word is written in a script that does not set every word apart by spaces."""
    return _written_in(_UNSPACED, word)


def _written_in(ranges: tuple[tuple[int, int], ...], word: str) -> bool:
    return any(low <= ord(letter) <= high for letter in word for low, high in ranges)


def hashed(name: str) -> np.uint64:
    """The key of a name: the first eight bytes of its BLAKE3, the lowest bit cleared.

    So that one more than a key is never a key.
    """
    whole = int.from_bytes(blake3(name.encode()).digest()[:8], "little")
    return np.uint64(whole & ~1)


def pack_keys(names: Iterable[tuple[str, int]]) -> dict[str, NDArray[Any]]:
    """(name, row of the vectors) pairs as they are stored."""
    pairs = sorted({(int(hashed(" ".join(words_of(name)))), row) for name, row in names})
    return {
        "names.keys": np.array([key for key, _ in pairs], np.uint64),
        "names.rows": np.array([row for _, row in pairs], np.uint16),
    }


def pack_names(
    names: Iterable[tuple[str, int]], vectors: NDArray[np.float32]
) -> dict[str, NDArray[Any]]:
    """Names with the vectors [C, D] of what they mean, in 8 bits."""
    from pd_clip.compact.checkpoint import pack_int8

    return {**pack_keys(names), **pack_int8("names.vectors", vectors)}
