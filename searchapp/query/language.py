"""Scripts: that of a language, that of a text, and the language a text's letters give away."""

import unicodedata
from collections.abc import Mapping

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "Arabic": ("ar", "fa", "ps", "sd", "ug", "ur"),
    "Armenian": ("hy",),
    "Bengali": ("bn", "as"),
    "Cyrillic": ("ru", "be", "bg", "kk", "ky", "mk", "mn", "sr", "uk"),
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
"""Languages of the model (and of Crossmodal-3600) that are not written in Latin letters; the best
known of a script comes first."""

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


def language_of(text: str) -> str | None:
    """The best known language of the script that a text is written in; None for Latin letters.

    Many languages share a script; this is only to choose the calibration of a language group.
    """
    languages = SCRIPTS.get(script_of_text(text) or "")
    return languages[0] if languages else None
