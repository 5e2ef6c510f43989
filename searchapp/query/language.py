"""The language of a query as far as its letters give it away."""

import re

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ja", "\u3040-\u30ff"),
    ("ko", "\uac00-\ud7af\u1100-\u11ff"),
    ("zh", "\u3400-\u9fff"),
    ("th", "\u0e00-\u0e7f"),
    ("ar", "\u0600-\u06ff"),
    ("he", "\u0590-\u05ff"),
    ("hi", "\u0900-\u097f"),
    ("bn", "\u0980-\u09ff"),
    ("ta", "\u0b80-\u0bff"),
    ("te", "\u0c00-\u0c7f"),
    ("el", "\u0370-\u03ff"),
    ("ka", "\u10a0-\u10ff"),
    ("ru", "\u0400-\u04ff"),
)
_PATTERNS = tuple((code, re.compile(f"[{letters}]")) for code, letters in _SCRIPTS)


def language_of(text: str) -> str | None:
    """The best known language of the script that a text is written in; None for Latin letters.

    Many languages share a script; this is only to choose the calibration of a language group.
    """
    for code, pattern in _PATTERNS:
        if pattern.search(text):
            return code
    return None
