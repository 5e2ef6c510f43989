"""Sentences in many languages: what programs say, as their translators put it."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import read_mo

from pd_clip.training.lexicons import LANGUAGES, Pair, language_of

logger = logging.getLogger(__name__)

_MARKS = re.compile(r"[%{}<>~|\\@#=\n\t]|_\w|&\w|\w\.\w|\w/\w")
_WORDS = (3, 14)


def is_sentence(text: str) -> bool:
    """Words only: no keys, places for values, marks of other programs or abbreviations."""
    low, high = _WORDS
    return low <= len(text.split()) <= high and not _MARKS.search(text)


def read_catalogues(folder: Path) -> Iterator[Pair]:
    """Every message of every package's catalogues (`*.mo`) that reads like a sentence."""
    for path in sorted(folder.glob("*/usr/share/locale/*/LC_MESSAGES/*.mo")):
        locale = path.parts[-3]
        language = language_of(locale)
        if language not in LANGUAGES or language == "en" or locale.endswith("@latin"):
            continue
        try:
            with path.open("rb") as file:
                messages = list(read_mo(file))
        except ValueError as error:  # a date that no translator's program should have written
            logger.info("%s: %s", path.name, error)
            continue
        for message in messages:
            english, text = message.id, message.string
            if not isinstance(english, str) or not isinstance(text, str):
                continue  # forms for one and for many
            if is_sentence(english) and text not in ("", english) and not _MARKS.search(text):
                yield Pair(language, text.strip(), english.strip(), path.stem)
