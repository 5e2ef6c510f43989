"""The query syntax, one for the command line, the API and the browser.

    beach after:2023-01 -people folder:holiday type:png,webp "exact phrase" -is:favourite

Bare words describe; words in quotes must occur in a caption, file name or folder; `-word` and
`-"several words"` keep away from something; `key:value` filters, `-key:value` filters out, and
commas part alternatives.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from searchapp.query.calendar import date_token
from searchapp.query.conditions import Condition
from searchapp.query.dates import find_dates
from searchapp.query.keys import ALIASES, KEYS, condition_of, unknown_key

_TOKEN = re.compile(
    r"""(?P<minus>-)?
    (?: (?P<key>[^\W\d_]+):(?P<value>(?:"[^"]*"|[^\s"])+)
      | "(?P<phrase>[^"]*)"
      | (?P<word>\S+) )""",
    re.VERBOSE,
)
_QUOTES = str.maketrans("“”„«»「」『』", '"""""""""')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class ParsedQuery:
    """A query taken apart.

    text: what the picture should look like, phrases included. phrases: what must be written in
    a caption, file name or folder. negatives: what to keep away from. date_words: the words that
    became a date filter.
    """

    text: str
    phrases: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    date_words: tuple[str, ...] = ()

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters in force, in the syntax."""
        return tuple(condition.token for condition in self.conditions)


def parse(query: str, now: datetime | None = None) -> ParsedQuery:
    """Take a query apart; dates in words become a filter unless a date filter is there.

    now: what "last week" is counted from; local time where None. Raises QueryInvalid.
    """
    now = now or datetime.now()
    words: list[str] = []
    phrases: list[str] = []
    negatives: list[str] = []
    conditions: list[Condition] = []
    for found in _TOKEN.finditer(_CONTROL.sub(" ", query).translate(_QUOTES)):
        negated = found["minus"] is not None
        if found["key"] is not None and _is_filter(found["key"], found["value"]):
            key, value = found["key"].lower(), found["value"]
            conditions.extend(condition_of(key, value, negated, found[0], now))
        elif found["phrase"] is not None:
            phrase = " ".join(found["phrase"].split())
            if phrase:
                words.extend([] if negated else [f'"{phrase}"'])
                (negatives if negated else phrases).append(phrase)
        else:
            word = found[0].removeprefix("-") if negated else found[0]
            if word.endswith(":") and word[:-1].lower() in KEYS:
                condition_of(word[:-1].lower(), "", negated, word, now)
            if negated and word.strip("-"):
                negatives.append(word.replace('"', ""))
            elif word.strip('"-'):
                words.append(word.replace('"', ""))
    return _with_dates(words, tuple(phrases), tuple(negatives), tuple(conditions), now)


def parse_filters(filters: Iterable[str], now: datetime | None = None) -> tuple[Condition, ...]:
    """Filters given beside a text (`--filter`, `filter=`). Raises QueryInvalid on anything else."""
    conditions: list[Condition] = []
    for entry in filters:
        parsed = parse(entry, now)
        if parsed.text or parsed.negatives:
            raise unknown_key(entry)
        conditions.extend(parsed.conditions)
    return tuple(conditions)


def _is_filter(key: str, value: str) -> bool:
    # "https://…", "12:30" and a title like "Alien: Covenant" are text; `foo:bar` is a mistake
    # that would silently find the wrong thing.
    return not value.startswith("//") or key.lower() in KEYS or key.lower() in ALIASES


def _with_dates(
    words: list[str],
    phrases: tuple[str, ...],
    negatives: tuple[str, ...],
    conditions: tuple[Condition, ...],
    now: datetime,
) -> ParsedQuery:
    quoted = [word for word in words if word.startswith('"')]
    text = " ".join(word for word in words if not word.startswith('"'))
    date_words: tuple[str, ...] = ()
    if not any(condition.key == "date" for condition in conditions):
        found = find_dates(text, now)
        conditions += tuple(Condition("date", span, date_token(span)) for span in found.spans)
        text, date_words = found.rest, found.words
    spoken = " ".join([text, *(word.strip('"') for word in quoted)]).strip()
    return ParsedQuery(spoken, phrases, negatives, conditions, date_words)
