"""The quiet notice above results: this model does not understand the query's language well.

What was measured on the library wins over the model's own card.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from searchapp.evaluation.language_names import language_name
from searchapp.evaluation.languages import language_in_question, weak_among
from searchapp.evaluation.presets import PUBLISHED_MODEL, XM3600_R5
from searchapp.evaluation.results import EvaluationResult

FILE_NAME = "evaluation.json"


@dataclass(frozen=True)
class Standing:
    """Languages that were measured, and the weak ones among them."""

    measured: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


def remember(folder: Path, result: EvaluationResult) -> None:
    """Keep which languages measured weak in a library folder, for `weak_language_notice`.

    A run over one language compares it with nothing and leaves what was known; so does a folder
    that cannot be written.
    """
    if len(result.provenance.captions) < 2:
        return
    document = {
        "fingerprint": result.provenance.fingerprint,
        "measured": sorted(result.provenance.captions),
        "weak": list(result.weak),
    }
    try:
        handle, name = tempfile.mkstemp(prefix=f".{FILE_NAME}-", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream)
        os.replace(name, folder / FILE_NAME)
    except OSError:
        return


def remembered(folder: Path, fingerprint: str) -> Standing:
    """What was measured here with this model; nothing when it was another, or never."""
    try:
        document = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        if document["fingerprint"] != fingerprint:
            return Standing()
        return Standing(tuple(document["measured"]), tuple(document["weak"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Standing()


def published_standing(model: str, r5: Mapping[str, float] | None = None) -> Standing:
    """From the model's own card: `r5` by language (0 to 1) where its files bring it along."""
    values = dict(r5 or {})
    if not values and model == PUBLISHED_MODEL:
        values = {code: value / 100 for code, value in XM3600_R5.items()}
    return Standing(tuple(sorted(values)), tuple(weak_among(values)))


def weak_language_notice(query: str, here: Standing, card: Standing) -> str | None:
    """One sentence for a query in a weak language, or None."""
    measured = {*here.measured, *card.measured}
    weak = {*here.weak, *(set(card.weak) - set(here.measured))}
    code = language_in_question(query, weak, measured)
    if code is None:
        return None
    name = language_name(code)
    where = "on your pictures" if code in here.weak else "in its published figures"
    return f"This model understands {name} less well than other languages ({where})."


class LanguageNotices:
    """Notices for the queries of one library. Safe to use from several threads.

    card: published R@5 (0 to 1) by language of the model with a fingerprint; asked once a model.
    """

    def __init__(self, folder: Path, card: Callable[[str], Mapping[str, float]]) -> None:
        self._folder = folder
        self._card = card
        self._published: dict[str, Standing] = {}

    def of(self, query: str, model: str, fingerprint: str) -> str | None:
        """One sentence for a query in a language that this model knows less well, or None."""
        if fingerprint not in self._published:
            r5 = self._card(fingerprint)
            self._published[fingerprint] = published_standing(model, r5)
        here = remembered(self._folder, fingerprint)
        return weak_language_notice(query, here, self._published[fingerprint])
