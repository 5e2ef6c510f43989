"""Names of things in many languages, read from files that ordinary packages carry.

Every reader yields `Pair`s: a name in some language and its English name. What a dictionary adds
around a name (pronunciation, grammar, notes in brackets) is taken off; what is not short enough
to be the name of a thing is left out.
"""

import gzip
import json
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = [
    "af", "am", "ar", "as", "az", "be", "bg", "bn", "br", "bs", "ca", "cs", "cy", "da", "de", "el",
    "en", "eo", "es", "et", "eu", "fa", "fi", "fr", "fy", "ga", "gd", "gl", "gu", "ha", "he", "hi",
    "hr", "hu", "hy", "id", "is", "it", "ja", "jv", "ka", "kk", "km", "kn", "ko", "ku", "ky", "la",
    "lo", "lt", "lv", "mg", "mk", "ml", "mn", "mr", "ms", "my", "ne", "nl", "no", "om", "or", "pa",
    "pl", "ps", "pt", "ro", "ru", "sa", "sd", "si", "sk", "sl", "so", "sq", "sr", "su", "sv", "sw",
    "ta", "te", "th", "tl", "tr", "ug", "uk", "ur", "uz", "vi", "xh", "yi", "zh",
]  # fmt: skip

# FreeDict writes ISO 639-3; its languages outside LANGUAGES are not used.
FREEDICT_CODES = {
    "afr": "af", "ara": "ar", "bre": "br", "bul": "bg", "cat": "ca", "ces": "cs", "cym": "cy",
    "dan": "da", "deu": "de", "ell": "el", "eng": "en", "epo": "eo", "fin": "fi", "fra": "fr",
    "gla": "gd", "gle": "ga", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "isl": "is",
    "ita": "it", "jpn": "ja", "kmr": "ku", "kur": "ku", "lat": "la", "lit": "lt", "mkd": "mk",
    "nld": "nl", "nob": "no", "nor": "no", "pol": "pl", "por": "pt", "rus": "ru", "san": "sa",
    "slk": "sk", "slv": "sl", "spa": "es", "srp": "sr", "swe": "sv", "swh": "sw", "tur": "tr",
}  # fmt: skip

# Languages over which dictionaries that have no English are brought to it.
PIVOTS = ("de", "fi")

CLDR_CODES = {"fil": "tl", "nb": "no"}
LOCALE_CODES = CLDR_CODES | {"nn": "no", "gan": "zh", "yue": "zh"}

ARTICLE = 0.03  # a word that begins this share of a list's names is no part of the names

_BRACKETED = re.compile(r"\([^)]*\)|\[[^\]]*\]|<[^>]*>|/[^/]*/|\{[^}]*\}")
_NUMBERING = re.compile(r"^\s*(?:\d+[.)]|[a-z]\))\s*|\s+\d+\.\s*$")
_MAX_WORDS = 5
_MAX_LETTERS = 48


@dataclass(frozen=True, slots=True)
class Pair:
    """`text` in `language` names what `english` names; `source` is the package it came from.

    synonyms: all English names of that one meaning, where the source tells them.
    """

    language: str
    text: str
    english: str
    source: str
    synonyms: tuple[str, ...] = ()


def tidy(name: str) -> str:
    """A dictionary's spelling of a name without what the dictionary says about it."""
    name = _BRACKETED.sub(" ", name.replace("~", " "))
    name = " ".join(_NUMBERING.sub("", name).split()).strip(" .,;:!?*–-\"'()[]")
    if name.startswith("to ") or len(name) > _MAX_LETTERS or len(name.split()) > _MAX_WORDS:
        return ""
    return name


def read_cldr(
    folder: Path, source: str, variants: bool = False, covered: bool = True
) -> Iterator[tuple[str, str, list[str]]]:
    """Unicode CLDR annotations: (symbols, language, names); the first is the spoken name.

    variants: those of other scripts and regions too (`zh-Hant`, `sr-Latn`, `pt-PT`); the first
    name is empty where a region only adds keywords. covered: of LANGUAGES; False: of others.
    """
    for path in sorted(folder.glob("*/annotations.json")):
        locale = path.parent.name.split("-")[0] if variants else path.parent.name
        language = CLDR_CODES.get(locale, locale)
        is_other = language_of(locale) not in LANGUAGES
        if not (language in LANGUAGES if covered else is_other):
            continue
        content = json.loads(path.read_text(encoding="utf-8"))[source].get("annotations", {})
        for symbols, entry in content.items():
            spoken = entry.get("tts") or ([""] if variants else [])
            names = [*spoken, *entry.get("default", [])]
            unique = list(dict.fromkeys(name.strip() for name in names))
            yield symbols, language, unique


def _number(digits: str) -> int:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    value = 0
    for digit in digits:
        value = value * 64 + alphabet.index(digit)
    return value


def _meanings(entry: str) -> list[str]:
    """The translations of one dictd entry: its lines that are not indented, split at commas."""
    meanings: list[str] = []
    for line in entry.split("\n")[1:]:
        if line.startswith(("   ", "\t")) and meanings:
            continue
        for part in re.split(r"[,;،、|]", _BRACKETED.sub(" ", line)):
            cleaned = tidy(part)
            if cleaned and ":" not in cleaned:
                meanings.append(cleaned)
        if meanings and not re.match(r"\s*\d+[.)]", line):
            break
    return meanings[:4]


def read_dictd(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """A dictionary of the DICT protocol: (headword, meaning)."""
    raw = gzip.decompress((folder / f"{name}.dict.dz").read_bytes())
    for line in (folder / f"{name}.index").read_text(encoding="utf-8").splitlines():
        headword, *place = line.split("\t")
        if headword.startswith("00") or len(place) < 2:
            continue
        start = _number(place[0])
        entry = raw[start : start + _number(place[1])].decode("utf-8", "replace")
        word = tidy(entry.split("\n")[0].split(" , ")[0]) or tidy(headword)
        if word:
            for meaning in _meanings(entry):
                yield word, meaning


def read_freedict(folder: Path) -> Iterator[Pair]:
    """Every FreeDict dictionary with English on one side, both directions as pairs."""
    for path in sorted(folder.glob("dict-freedict-*/usr/share/dictd/freedict-*.index")):
        _, source, target = path.stem.split("-")
        left, right = FREEDICT_CODES.get(source), FREEDICT_CODES.get(target)
        if left is None or right is None or "en" not in (left, right):
            continue
        for word, meaning in read_dictd(path.parent, path.stem):
            if right == "en":
                yield Pair(left, word, meaning, path.stem)
            else:
                yield Pair(right, meaning, word, path.stem)


def read_edict(path: Path) -> Iterator[Pair]:
    """EDICT (Japanese): `kanji [kana] /(grammar) meaning/.../`."""
    for line in path.read_text(encoding="euc-jp", errors="replace").splitlines()[1:]:
        head, _, rest = line.partition("/")
        writings = [part.strip(" []") for part in head.split("[")]
        for meaning in rest.split("/")[:3]:
            english = tidy(meaning)
            if english:
                for writing in writings:
                    for text in writing.split(";"):
                        if text := tidy(text):
                            yield Pair("ja", text, english, "edict")


def read_cedict(path: Path) -> Iterator[Pair]:
    """CC-CEDICT (Chinese): `traditional simplified [pinyin] /meaning/meaning/`."""
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        if line.startswith("#"):
            continue
        head, _, rest = line.partition(" [")
        _, _, meanings = rest.partition("] /")
        for meaning in meanings.strip("/").split("/")[:3]:
            english = tidy(meaning.split(";")[0])
            if english and ":" not in english:
                for text in dict.fromkeys(head.split()):
                    yield Pair("zh", text, english, "cedict")


def read_pivots(folder: Path, english: dict[tuple[str, str], set[str]]) -> Iterator[Pair]:
    """Dictionaries between other languages, brought to English over German and Finnish.

    `english` holds for (language, word) the English names already known; a word with more than
    two is too vague to carry a meaning across.
    """
    for path in sorted(folder.glob("dict-freedict-*/usr/share/dictd/freedict-*.index")):
        _, source, target = path.stem.split("-")
        left, right = FREEDICT_CODES.get(source), FREEDICT_CODES.get(target)
        if left not in PIVOTS or right in (None, "en"):
            continue
        for word, meaning in read_dictd(path.parent, path.stem):
            names = english.get((left, word), set())
            if 1 <= len(names) <= 2:
                for name in names:
                    yield Pair(right, meaning, name, path.stem)


def language_of(locale: str) -> str:
    """`pt_BR`, `zh-Hant`, `ca@valencia`, `nb` -> pt, zh, ca, no."""
    code = re.split(r"[-_@]", locale)[0]
    return LOCALE_CODES.get(code, code)


def read_rcc(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a Qt resource file (format 3, `rcc.cpp` of Qt): (path inside, content)."""
    raw = path.read_bytes()
    _, _, tree, data, names = struct.unpack_from(">4s4I", raw)

    def walk(number: int, folder: str) -> Iterator[tuple[str, bytes]]:
        node = tree + 22 * number
        name_at, flags, first, second = struct.unpack_from(">IHII", raw, node)
        length = struct.unpack_from(">H", raw, names + name_at)[0]
        start = names + name_at + 6
        name = raw[start : start + 2 * length].decode("utf-16-be") if number else ""
        if flags & 2:  # a folder: count of its children, and the first of them
            for child in range(second, second + first):
                yield from walk(child, f"{folder}{name}/")
        else:
            at = data + struct.unpack_from(">I", raw, node + 10)[0]
            size = struct.unpack_from(">I", raw, at)[0]
            content = raw[at + 4 : at + 4 + size]
            yield folder + name, zlib.decompress(content[4:]) if flags & 1 else content

    yield from walk(0, "")


def read_gcompris(path: Path) -> Iterator[Pair]:
    """The vocabulary that GCompris teaches children, by people, in some 40 languages (GPL)."""
    lists = {
        Path(name).stem.removeprefix("content-"): json.loads(content)
        for name, content in read_rcc(path)
        if Path(name).match("content-*.json")
    }
    english = {key: tidy(name) for key, name in lists["en"].items()}
    for locale, words in sorted(lists.items()):
        begins = Counter(text.split()[0] for text in words.values() if " " in text)
        articles = {word for word, count in begins.items() if count > ARTICLE * len(words)}
        language = language_of(locale)
        if language not in LANGUAGES or language == "en":
            continue
        for key, written in words.items():
            for text in written.split(","):
                first, _, rest = text.strip().partition(" ")
                text = tidy(rest if first in articles else text)
                if text and english.get(key):
                    yield Pair(language, text, english[key], "gcompris")


def read_presets(folder: Path) -> Iterator[Pair]:
    """Kinds of places as OpenStreetMap's editor iD names them, translated by its volunteers."""
    english = _presets(folder / "en.json")
    for path in sorted(folder.glob("*.json")):
        language = language_of(path.stem)
        if language in LANGUAGES and language != "en" and not path.stem.endswith(".min"):
            for key, names in _presets(path).items():
                for text in names:
                    for name in english.get(key, ()):
                        yield Pair(language, text, name, "id-tagging-schema")


def _presets(path: Path) -> dict[str, list[str]]:
    """Name and aliases of each preset of one file of translations."""
    content = json.loads(path.read_text(encoding="utf-8"))[path.stem]
    presets = content.get("presets", {}).get("presets", {})
    return {
        key: [name for each in written.split("\n") if (name := tidy(each))]
        for key, preset in presets.items()
        if (written := "\n".join(filter(None, (preset.get("name"), preset.get("aliases")))))
    }
