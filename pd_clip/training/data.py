"""What the text tower is taught: names in many languages, each with the vector it should have.

A `Lesson` is a text with the place of its target in one table of vectors; the table's first rows
are the classes of the image teacher, then the CLDR concepts, then everything else visible that
WordNet and the dictionaries both know.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pd_clip.training.lexicons import Pair
from pd_clip.training.wordnet import WordNet

HELD_OUT_CONCEPTS = 300  # CLDR concepts that no language of them is trained on
HELD_OUT_SHARE = 0.1  # of the names of classes, never trained on
HELD_OUT_KEYWORDS = 0.2  # of a language's CLDR keywords, never trained on
MEANINGS = 3  # of one spelling in all languages together
SHARED_KEYWORD = 2  # a keyword of more concepts than this says too little


@dataclass(frozen=True, slots=True)
class Lesson:
    """`text` in `language` should get the vector in row `target`."""

    language: str
    text: str
    target: int


@dataclass
class Curriculum:
    """All lessons, what is held out, and what each row of the target table stands for.

    rows: per target the synsets with weights (WordNet) or the English text (CLDR alone, sentences).
    """

    classes: int
    rows: list[tuple[dict[int, float], str]] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    held_out_classes: list[Lesson] = field(default_factory=list)
    held_out_concepts: list[Lesson] = field(default_factory=list)
    held_out_keywords: list[Lesson] = field(default_factory=list)
    sentences: list[Lesson] = field(default_factory=list)
    symbols: dict[str, int] = field(default_factory=dict)  # row of each CLDR concept


LESSON_LISTS = (
    "lessons", "held_out_classes", "held_out_concepts", "held_out_keywords", "sentences"
)  # fmt: skip


def read_classes(path: Path, net: WordNet) -> list[int]:
    """Synsets of the 1,000 classes, from the list of names in the package `mobilenet`."""
    source = path.read_text(encoding="utf-8")
    source = source[source.index("IMAGENET_CLASSES = {") :]
    literal = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    synsets = []
    for match in re.finditer(rf"^\s+\d+:\s*((?:\s*{literal}\s*\+?)+)", source, re.MULTILINE):
        parts = re.findall(literal, match.group(1))
        names = "".join(part[1:-1] for part in parts).replace("\\'", "'").split(", ")
        found = net.find(name.strip() for name in names)
        synsets.append(found if found is not None else net.senses[names[0].replace(" ", "")][0])
    return synsets


def senses_of(net: WordNet, word: str, visible: set[int], classes: set[int]) -> dict[int, float]:
    """Visible senses of an English word with weights: frequent ones first, classes before all."""
    found = {}
    for rank, offset in enumerate(net.senses.get(word.lower(), [])[:4], start=1):
        if offset in classes:
            return {offset: 1.0}
        if offset in visible:
            found[offset] = 1.0 / rank**2
        elif rank == 1 and " " not in word:
            found[-1] = 1.0  # the usual meaning cannot be seen
    hidden = found.pop(-1, 0.0)
    return found if sum(found.values()) >= hidden / 4 else {}


def is_concept(symbols: str) -> bool:
    """Emoji and pictographs, without punctuation, arrows, skin tones and flags of regions."""
    first = ord(symbols[0])
    if any(0x1F3FB <= ord(s) <= 0x1F3FF or 0x1F1E6 <= ord(s) <= 0x1F1FF for s in symbols):
        return False
    return first >= 0x1F300 or 0x2600 <= first <= 0x27BF


class CurriculumBuilder:
    """Collects lessons; every table row is made once."""

    def __init__(self, net: WordNet, classes: list[int], seed: int = 13) -> None:
        self.net = net
        self.visible = net.visible()
        self.class_set = set(classes)
        self.random = random.Random(seed)  # noqa: S311
        self.curriculum = Curriculum(len(classes))
        self._places: dict[object, int] = {}
        self._senses: dict[str, dict[int, float]] = {}
        for number, offset in enumerate(classes):
            self.curriculum.rows.append(({offset: 1.0}, ""))
            self._places.setdefault((offset,), number)

    def _row(self, senses: dict[int, float], name: str) -> int:
        key: object = tuple(sorted(senses)) or name
        if key not in self._places:
            self._places[key] = len(self.curriculum.rows)
            self.curriculum.rows.append((senses, "" if senses else name))
        return self._places[key]

    def senses(self, word: str) -> dict[int, float]:
        """See `senses_of`."""
        if word not in self._senses:
            self._senses[word] = senses_of(self.net, word, self.visible, self.class_set)
        return self._senses[word]

    def meaning(self, pair: Pair) -> dict[int, float]:
        """Visible senses with weights: the one that all its synonyms have, or see `senses_of`."""
        if not pair.synonyms:
            return self.senses(pair.english)
        offset = self.net.nearest(pair.synonyms)
        return {offset: 1.0} if offset in self.visible else {}

    def add_cldr(self, entries: Iterable[tuple[str, str, list[str]]]) -> None:
        """Spoken names by symbol; 300 symbols are held out in all languages."""
        by_symbol: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for symbols, language, names in entries:
            if names and is_concept(symbols):
                by_symbol[symbols][language] = names
        known = sorted(symbols for symbols, names in by_symbol.items() if "en" in names)
        held_out = set(self.random.sample(known, min(HELD_OUT_CONCEPTS, len(known) // 4)))
        for symbols in known:
            english = by_symbol[symbols]["en"][0]
            row = self._row(self.senses(english), english)
            self.curriculum.symbols[symbols] = row
            lessons = [Lesson(c, names[0], row) for c, names in by_symbol[symbols].items()]
            if symbols in held_out:
                self.curriculum.held_out_concepts += lessons
            else:
                self.curriculum.lessons += lessons
        taught = {s: names for s, names in by_symbol.items() if s in set(known) - held_out}
        self._add_keywords(taught)

    def _add_keywords(self, by_symbol: dict[str, dict[str, list[str]]]) -> None:
        """Keywords that few concepts share; one in five of a language is held out."""
        rows: dict[tuple[str, str], set[int]] = defaultdict(set)
        for symbols, languages in by_symbol.items():
            for language, names in languages.items():
                for keyword in names[1:]:
                    rows[language, keyword].add(self.curriculum.symbols[symbols])
        for (language, keyword), targets in sorted(rows.items()):
            if len(targets) <= SHARED_KEYWORD:
                held_out = self.random.random() < HELD_OUT_KEYWORDS
                chosen = self.curriculum.held_out_keywords if held_out else self.curriculum.lessons
                chosen += [Lesson(language, keyword, row) for row in sorted(targets)]

    def add_pairs(self, pairs: Iterable[Pair], limit: int) -> None:
        """Dictionary pairs whose English side can be seen; at most `limit` a language, classes
        first, one in ten of the classes' names held out."""
        by_language: dict[str, set[tuple[str, int]]] = defaultdict(set)
        held_out = self.curriculum.held_out_concepts + self.curriculum.held_out_keywords
        banned = {(lesson.language, lesson.text) for lesson in held_out}
        for pair in pairs:
            senses = self.meaning(pair)
            if senses and (pair.language, pair.text) not in banned:
                row = self._row(senses, pair.english)
                by_language[pair.language].add((pair.text, row))
        for language, names in sorted(by_language.items()):
            ordered = sorted(names)
            self.random.shuffle(ordered)
            ordered.sort(key=lambda name: name[1] >= self.curriculum.classes)
            hidden = set()
            for text, row in ordered:
                of_class = row < self.curriculum.classes
                if of_class and language != "en" and self.random.random() < HELD_OUT_SHARE:
                    hidden.add(text)
            for text, row in ordered[:limit]:
                lesson = Lesson(language, text, row)
                kept = self.curriculum.lessons
                (self.curriculum.held_out_classes if text in hidden else kept).append(lesson)

    def add_english(self) -> None:
        """Every synonym of every row, in English."""
        for row, (senses, name) in enumerate(list(self.curriculum.rows)):
            best = max(senses, key=lambda offset: senses[offset]) if senses else None
            names = self.net.synsets[best].lemmas if best is not None else (name,)
            self.curriculum.lessons += [Lesson("en", text, row) for text in names]

    def add_sentences(self, pairs: Iterable[Pair], limit: int) -> None:
        """Sentences, at most `limit` a language, each towards its English one; English as well."""
        by_language: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for pair in pairs:
            by_language[pair.language].add((pair.text, pair.english))
        chosen = [
            (language, *sentence)
            for language, found in sorted(by_language.items())
            for sentence in self.random.sample(sorted(found), min(limit, len(found)))
        ]
        english = sorted({english for _, _, english in chosen})
        chosen += [
            ("en", each, each) for each in self.random.sample(english, min(limit, len(english)))
        ]
        first = len(self.curriculum.rows)
        place = {each: first + number for number, each in enumerate(english)}
        self.curriculum.rows += [({}, each) for each in english]
        self.curriculum.sentences += [
            Lesson(language, text, place[each]) for language, text, each in chosen
        ]


def target_names(curriculum: Curriculum, net: WordNet) -> list[str]:
    """Every English name that the table of targets is computed from."""
    names: set[str] = set()
    for senses, name in curriculum.rows:
        if name:
            names.add(name)
        for offset in senses:
            names.update(net.synsets[offset].lemmas)
            for ancestor, _ in net.ancestors(offset):
                names.update(net.synsets[ancestor].lemmas)
    return sorted(names)


def target_vectors(
    curriculum: Curriculum,
    synset_vectors: dict[int, NDArray[np.float32]],
    names: dict[str, NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Float32 [rows, width] of unit vectors, not yet in the shared space."""
    table = []
    for senses, name in curriculum.rows:
        if senses:
            weighted = [w * synset_vectors[offset] for offset, w in senses.items()]
            table.append(np.sum(weighted, axis=0))
        else:
            table.append(names[name])
    vectors = np.stack(table).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def keep_rows(curriculum: Curriculum, most: int) -> None:
    """Drops the targets with the fewest lessons beyond `most`; classes and CLDR always stay."""
    counts: dict[int, int] = defaultdict(int)
    for lesson in curriculum.lessons:
        counts[lesson.target] += 1
    fixed = {lesson.target for lesson in curriculum.held_out_concepts}
    fixed |= set(curriculum.symbols.values()) | set(range(curriculum.classes))
    others = sorted(set(range(len(curriculum.rows))) - fixed, key=lambda row: -counts[row])
    kept = sorted(fixed | set(others[: max(most - len(fixed), 0)]))
    place = {row: number for number, row in enumerate(kept)}
    curriculum.rows = [curriculum.rows[row] for row in kept]
    curriculum.symbols = {symbols: place[row] for symbols, row in curriculum.symbols.items()}
    for name in LESSON_LISTS:
        lessons = [
            Lesson(lesson.language, lesson.text, place[lesson.target])
            for lesson in getattr(curriculum, name)
            if lesson.target in place
        ]
        setattr(curriculum, name, lessons)


def name_book(
    entries: Iterable[tuple[str, str, list[str]]],
    symbols: dict[str, int],
    class_names: Sequence[Sequence[str]],
) -> list[tuple[str, int]]:
    """Names in all languages, each with the row of what it means.

    entries: CLDR's, see `lexicons.read_cldr`; outside English a keyword counts as a name too
    where only one concept of its language has it. class_names: English synonyms of each image
    class, whose rows come first. What CLDR calls a thing in English means that in every language;
    what is left with more than three meanings means nothing and is left out.
    """
    rows: dict[str, set[int]] = defaultdict(set)
    english: dict[str, set[int]] = defaultdict(set)
    shared: dict[tuple[str, str], set[int]] = defaultdict(set)
    for written, language, names in entries:
        if names and written in symbols:
            name, row = names[0].casefold(), symbols[written]
            if name:
                (english if language == "en" else rows)[name].add(row)
            for keyword in names[1:]:
                shared[language, keyword.casefold()].add(row)
    spoken = set(rows)
    for (language, keyword), found in shared.items():
        # What is a thing's name in one language is no keyword of another's: "chat", "狗".
        if len(found) == 1 and language != "en" and keyword not in spoken:
            rows[keyword] |= found
    rows |= english
    synonyms: dict[str, set[int]] = defaultdict(set)
    for row, alike in enumerate(class_names):
        for name in alike:
            if name.casefold() not in rows:  # a papillon is a butterfly before it is a dog
                synonyms[name.casefold()].add(row)
    rows |= synonyms
    return _telling(rows)


def dictionary_names(
    names: Iterable[tuple[str, int]], known: Iterable[str]
) -> list[tuple[str, int]]:
    """Names that are not `known` (casefolded), each with the row of what it means."""
    taken, rows = set(known), defaultdict(set)
    for name, row in names:
        if name.casefold() not in taken:
            rows[name.casefold()].add(row)
    return _telling(rows)


def _telling(rows: Mapping[str, set[int]]) -> list[tuple[str, int]]:
    """Names of three meanings at most."""
    return [
        (name, row)
        for name, found in sorted(rows.items())
        if len(found) <= MEANINGS
        for row in sorted(found)
    ]
