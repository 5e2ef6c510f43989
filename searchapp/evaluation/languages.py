"""Which languages measured so weakly that a query deserves a notice."""

import functools
import statistics
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from searchapp.evaluation.language_names import ENGLISH_NAMES
from searchapp.query.language import script_of_language, script_of_text

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

WEAK_MARGIN = 0.10
"""A language is weak when its whole interval lies this far below the median of all languages."""
SURE = 0.9
"""Probability from which a query's language is believed; benchmarks/query_languages.py counts how
often that is right."""


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
    """The weak language that `query` is written in, where that is beyond reasonable doubt.

    Letters tell it where all measured languages of a script are weak (Hindi); words tell it
    elsewhere (Swahili), unless they are too few to be sure: better no notice than a wrong one.
    """
    script = script_of_text(query)
    suspects = set(weak)
    if script is None or not suspects:
        return None
    sharing = [code for code in measured if script_of_language(code) == script]
    if sharing and all(code in suspects for code in sharing):
        return sharing[0] if len(sharing) == 1 else identified(query) or sharing[0]
    if suspects.isdisjoint(sharing):
        return None
    found = identified(query)
    return found if found in suspects else None


def identified(text: str) -> str | None:
    """The language of a text by its words and letters; None below `SURE`.

    Source: Lui and Baldwin, langid.py: an off-the-shelf language identification tool, ACL 2012.
    """
    code, probability = _identifier().classify(text)
    return str(code) if probability >= SURE else None


@functools.cache
def _identifier() -> "LanguageIdentifier":
    from importlib.resources import as_file, files

    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    with as_file(files("py3langid") / MODEL_FILE) as path:
        identifier = LanguageIdentifier.from_modelpath(str(path), norm_probs=True)
    # Those that nobody trained the model on would only take votes from their neighbours.
    identifier.set_languages([code for code in identifier.labels if code in ENGLISH_NAMES])
    return identifier
