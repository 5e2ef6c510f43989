"""WordNet 3.0 nouns (Debian package `wordnet-base`): synonyms, ancestors, order of senses."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

# What a camera can see: living things, made things, food, places, substances, bodies, people.
VISIBLE_ROOTS = ("physical_entity", "food", "body_part", "plant_part", "weather", "natural_object")


@dataclass(frozen=True)
class Synset:
    """One meaning: its synonyms (spaces, not underscores), its parents and its gloss."""

    offset: int
    lemmas: tuple[str, ...]
    parents: tuple[int, ...]
    gloss: str


@dataclass
class WordNet:
    """All noun synsets by offset and, for each lower-case lemma, its senses in order of use."""

    synsets: dict[int, Synset] = field(default_factory=dict)
    senses: dict[str, list[int]] = field(default_factory=dict)

    def ancestors(self, offset: int) -> Iterable[tuple[int, int]]:
        """(ancestor, steps up), nearest first, along the shortest way."""
        seen = {offset}
        level = [offset]
        steps = 0
        while level:
            steps += 1
            parents = (parent for child in level for parent in self.synsets[child].parents)
            level = [parent for parent in dict.fromkeys(parents) if parent not in seen]
            seen.update(level)
            for parent in level:
                yield parent, steps

    def visible(self) -> set[int]:
        """Offsets of what a camera can see: descendants of VISIBLE_ROOTS."""
        children = defaultdict(list)
        for synset in self.synsets.values():
            for parent in synset.parents:
                children[parent].append(synset.offset)
        pending = [self.senses[root.replace("_", " ")][0] for root in VISIBLE_ROOTS]
        found: set[int] = set()
        while pending:
            offset = pending.pop()
            if offset not in found:
                found.add(offset)
                pending.extend(children[offset])
        return found

    def find(self, lemmas: Iterable[str]) -> int | None:
        """The synset with exactly these lemmas, as lists of class names write them."""
        wanted = tuple(lemma.lower() for lemma in lemmas)
        for offset in self.senses.get(wanted[0], []):
            if tuple(lemma.lower() for lemma in self.synsets[offset].lemmas) == wanted:
                return offset
        return None

    def nearest(self, lemmas: Iterable[str]) -> int | None:
        """The synset that shares the most names with these; none if fewer than half are shared.

        Of equally near ones that with the more usual sense.
        """
        wanted = {lemma.lower() for lemma in lemmas}
        best, nearness = None, 0.5
        for rank in range(max((len(self.senses.get(name, ())) for name in wanted), default=0)):
            for name in sorted(wanted):
                for offset in self.senses.get(name, [])[rank : rank + 1]:
                    names = {lemma.lower() for lemma in self.synsets[offset].lemmas}
                    shared = len(names & wanted) / len(names | wanted)
                    if shared > nearness or (best is None and shared == nearness):
                        best, nearness = offset, shared
        return best


def read_wordnet(folder: Path) -> WordNet:
    """Reads `data.noun` and `index.noun`."""
    net = WordNet()
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        data, _, gloss = line.partition(" | ")
        parts = data.split()
        count = int(parts[3], 16)
        lemmas = tuple(parts[4 + 2 * n].replace("_", " ") for n in range(count))
        pointers = parts[5 + 2 * count :]
        parents = tuple(
            int(pointers[4 * n + 1])
            for n in range(len(pointers) // 4)
            if pointers[4 * n] in ("@", "@i")
        )
        offset = int(parts[0])
        net.synsets[offset] = Synset(offset, lemmas, parents, gloss.strip())
    for line in (folder / "index.noun").read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            parts = line.split()
            count = int(parts[2])
            net.senses[parts[0].replace("_", " ")] = [int(o) for o in parts[-count:]]
    return net
