"""Scripts of languages, and which languages measured so weakly that a query deserves a notice."""

import statistics
import unicodedata
from collections.abc import Iterable, Mapping

WEAK_MARGIN = 0.10
"""A language is weak when its whole interval lies this far below the median of all languages."""

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "Arabic": ("ar", "fa", "ps", "sd", "ug", "ur"),
    "Armenian": ("hy",),
    "Bengali": ("as", "bn"),
    "Cyrillic": ("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "uk"),
    "Devanagari": ("hi", "mr", "ne", "sa"),
    "Ethiopic": ("am",),
    "Georgian": ("ka",),
    "Greek": ("el",),
    "Gujarati": ("gu",),
    "Gurmukhi": ("pa",),
    "Han": ("zh",),
    "Hangul": ("ko",),
    "Hebrew": ("he", "yi"),
    "Japanese": ("ja",),
    "Kannada": ("kn",),
    "Khmer": ("km",),
    "Lao": ("lo",),
    "Malayalam": ("ml",),
    "Myanmar": ("my",),
    "Oriya": ("or",),
    "Sinhala": ("si",),
    "Tamil": ("ta",),
    "Telugu": ("te",),
    "Thai": ("th",),
}
"""Languages of the model (and of Crossmodal-3600) that are not written in Latin letters."""

SCRIPT_OF_LANGUAGE = {code: script for script, codes in SCRIPTS.items() for code in codes}
LETTER_NAMES = {
    "CJK": "Han",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    **{script.upper(): script for script in (*SCRIPTS, "Latin")},
}
"""First word of a letter's Unicode name -> script."""


def script_of_language(language: str) -> str:
    """The script a language is usually written in; Latin unless listed."""
    return SCRIPT_OF_LANGUAGE.get(language.split("-")[0].lower(), "Latin")


def script_of_text(text: str) -> str | None:
    """The script of most letters; any kana makes a text Japanese. None without letters."""
    counts: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            name = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
            script = LETTER_NAMES.get(name)
            if script:
                counts[script] = counts.get(script, 0) + 1
    if "Japanese" in counts:
        return "Japanese"
    return max(counts, key=lambda script: counts[script]) if counts else None


def weak_among(values: Mapping[str, float], highs: Mapping[str, float] | None = None) -> list[str]:
    """Weak languages of `values` (share found, 0 to 1), weakest first.

    highs: upper ends of the intervals, where there are any: a language is only called weak when
    chance does not explain it.
    """
    if len(values) < 2:
        return []
    limit = statistics.median(values.values()) - WEAK_MARGIN
    upper = highs or values
    return sorted(
        (code for code in values if upper[code] < limit), key=lambda code: (values[code], code)
    )


def language_in_question(query: str, weak: Iterable[str], measured: Iterable[str]) -> str | None:
    """The weak language that `query` is written in, as far as its letters tell.

    A script that several measured languages share says nothing unless all of them are weak; so
    a query in Hindi can be recognised and one in Finnish cannot.
    """
    script = script_of_text(query)
    if script is None:
        return None
    sharing = [code for code in measured if script_of_language(code) == script]
    suspects = set(weak)
    if sharing and all(code in suspects for code in sharing):
        return sharing[0]
    return None
