"""Writes the model card: prose of this file, figures of `figures.json`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

WORST = 10
COMMAND = "python -m pd_clip.training --config pd_clip/training/bundled.toml --again figures"
PROSE = Path(__file__).parent / "card.md"

NAME_TESTS = {
    "concepts": "names of 300 concepts kept from the dictionaries, to their English name, R@5",
    "keywords": "keywords kept likewise, to the English name of their concept, R@5",
    "classes": "names of image classes in other languages, to the class, R@5",
}

# What the goal for concepts was set for; no language here is without names of its own.
WIDELY_SPOKEN = (
    "ar", "de", "es", "fr", "hi", "id", "it", "ja", "ko", "pl", "pt", "ru", "tr", "vi", "zh"
)  # fmt: skip

Rows = dict[str, Any]


def percent(entry: Rows) -> str:
    """`41.2 [38.0, 44.5]`, value and 95 % interval in per cent."""
    return f"{100 * entry['value']:.1f} [{100 * entry['low']:.1f}, {100 * entry['high']:.1f}]"


def mean(entries: dict[str, Rows]) -> float:
    """Mean over languages, in per cent."""
    return 100 * float(np.mean([entry["value"] for entry in entries.values()]))


def worst(entries: dict[str, Rows]) -> list[str]:
    """The languages with the lowest values, lowest first."""
    return sorted(entries, key=lambda language: entries[language]["value"])[:WORST]


def write_card(folder: Path, found: Rows) -> None:
    """`figures.json` and `MODEL_CARD.md` beside the weights."""
    text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / "figures.json").write_text(text, encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.iterdir())
    known = found["known"]
    tables = {
        "COMMAND": COMMAND,
        "OWN": f"{known['own']:,}",
        "LOOKED_UP": f"{known['dictionaries']:,}",
        "MEANINGS": f"{known['meanings']:,}",
        "TUNING": found["tuning"],
        "SHARE": str(found["share"]),
        "SIZE": f"{size / 1e6:.1f}",
        "SUMMARY": "\n".join(summary(found)),
        "WIDTHS": "\n".join(widths(found["samples"])),
        "LANGUAGES": "\n".join(languages(found)),
        "UNCOVERED": "\n".join(uncovered(found["uncovered"])) if "uncovered" in found else "",
        "WORST": ", ".join(worst(full_width(found["samples"], "r5"))),
    }
    card = PROSE.read_text(encoding="utf-8")
    for name, table in tables.items():
        card = card.replace(f"@{name}@", table)
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")


def full_width(samples: Rows, key: str) -> dict[str, Rows]:
    """R@1 or R@5 by language at the widest vectors."""
    widest = max(samples, key=int)
    return {language: entry[key] for language, entry in samples[widest].items()}


def _line(name: str, entries: dict[str, Rows]) -> str:
    low = worst(entries)[0]
    return (
        f"| {name} | {mean(entries):.1f} | {len(entries)} | "
        f"{sum(entry['n'] for entry in entries.values())} | {low} {percent(entries[low])} |"
    )


def summary(found: Rows) -> Iterator[str]:
    """One row a test."""
    yield "| test | mean of languages | languages | texts | worst language |"
    yield "| --- | --: | --: | --: | --- |"
    yield _line("captions of the sample pictures, R@1", full_width(found["samples"], "r1"))
    yield _line("captions of the sample pictures, R@5", full_width(found["samples"], "r5"))
    hands = {key: {k: e[key] for k, e in found["by_hand"].items()} for key in ("r1", "r5")}
    yield _line("of these, captions that people wrote, R@1", hands["r1"])
    yield _line("of these, captions that people wrote, R@5", hands["r5"])
    if "drawings" in found:
        yield _line("names to fresh renderings of drawings, R@5", found["drawings"])
    for test, name in NAME_TESTS.items():
        if test in found.get("names", {}):
            yield _line(f"{name} *", found["names"][test])
            if chosen := {k: e for k, e in found["names"][test].items() if k in WIDELY_SPOKEN}:
                yield _line("… in widely spoken languages *", chosen)
    yield ""
    yield "\\* the text tower alone, without the list of names that the model knows by heart"
    if "artists" in found:
        yield ""
        yield "| English names to drawings of an artist left out of training | R@5 | drawings |"
        yield "| --- | --: | --: |"
        for artist, entry in sorted(found["artists"].items()):
            yield f"| {artist} | {percent(entry)} | {entry['n']} |"


def uncovered(found: dict[str, dict[str, Rows]]) -> Iterator[str]:
    """What other languages find, those that can be read least first, and the middle of ours."""
    yield "| language | pieces it cannot read | R@5 | cosine of the best picture |"
    yield "| --- | --: | --: | --: |"
    covered, others = found["covered"].values(), found["others"]
    yield (
        f"| *the covered ones, mean of {len(covered)}* "
        f"| {100 * float(np.mean([entry['unknown'] for entry in covered])):.1f} % "
        f"| {100 * float(np.mean([entry['r5']['value'] for entry in covered])):.1f} "
        f"| {float(np.mean([entry['best'] for entry in covered])):.2f} |"
    )
    for language in sorted(others, key=lambda code: (-others[code]["unknown"], code)):
        entry = others[language]
        yield (
            f"| {language} | {100 * entry['unknown']:.1f} % | {percent(entry['r5'])} "
            f"| {entry['best']:.2f} |"
        )


def widths(samples: Rows) -> Iterator[str]:
    """Means over languages at each width."""
    yield "| width | R@1 | R@5 |"
    yield "| --: | --: | --: |"
    for width in sorted(samples, key=int):
        ones, fives = (
            mean({language: entry[key] for language, entry in samples[width].items()})
            for key in ("r1", "r5")
        )
        yield f"| {width} | {ones:.1f} | {fives:.1f} |"


def languages(found: Rows) -> Iterator[str]:
    """Every language in every test."""
    ones, fives = (full_width(found["samples"], key) for key in ("r1", "r5"))
    tests = {"captions R@1": ones, "captions R@5": fives}
    if "drawings" in found:
        tests["drawings"] = found["drawings"]
    measured = found.get("names", {})
    tests |= {test: measured[test] for test in NAME_TESTS if test in measured}
    yield f"| language | {' | '.join(tests)} |"
    yield "| --- |" + " --: |" * len(tests)
    for language in sorted(fives):
        cells = (percent(test[language]) if language in test else "–" for test in tests.values())
        yield f"| {language} | {' | '.join(cells)} |"
