"""Dates typed as words in the text of a query: "summer 2023", "last week", "2021年12月".

A word that may well be meant otherwise stays text: a month or season needs a year beside it
("may", "spring" and "fall" mean other things too), and a year alone counts only between 1970 and
now, so that "blade runner 2049" stays what it is. Seasons are those of the northern half of the
globe.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from searchapp.query.calendar import day_span, month_span, relative, year_span
from searchapp.query.conditions import Span
from searchapp.query.date_words import LEADING, MONTHS, PHRASES, SEASONS

_FIRST_LONE_YEAR = 1970
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff"


@dataclass(frozen=True)
class DateWords:
    """Dates found in a text: their spans, the words that said so, and the text without them."""

    spans: tuple[Span, ...]
    words: tuple[str, ...]
    rest: str


def find_dates(text: str, now: datetime) -> DateWords:
    """Take the dates out of a text; `rest` is the text itself when there is none."""
    for pattern, read in _patterns():
        for found in pattern.finditer(text):
            span = read(found, now)
            if span is not None:
                rest = f"{_without_leading(text[: found.start()])} {text[found.end() :]}"
                return DateWords((span,), (found[0].strip(),), " ".join(rest.split()))
    return DateWords((), (), text)


Reader = Callable[[re.Match[str], datetime], Span | None]


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Reader], ...]:
    months = {word: number for number, words in enumerate(MONTHS, 1) for word in words}
    seasons = {word: month for month, words in SEASONS.items() for word in words}
    phrases = {phrase: name for name, spellings in PHRASES.items() for phrase in spellings}
    year = r"(?P<year>(?:18|19|20)\d\d)(?:\s*г\.)?"
    month = f"(?P<month>{_any(months)})"
    season = f"(?P<season>{_any(seasons)})"
    of = r"(?:\s*(?:,|of|de|del|di|van|年)?\s*)"
    day = r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th|日)?"

    def by_month(found: re.Match[str], _: datetime) -> Span:
        return month_span(int(found["year"]), months[found["month"].lower()])

    def by_day(found: re.Match[str], _: datetime) -> Span | None:
        return day_span(int(found["year"]), months[found["month"].lower()], int(found["day"]))

    def by_season(found: re.Match[str], _: datetime) -> Span:
        return month_span(int(found["year"]), seasons[found["season"].lower()], 3)

    def by_years(found: re.Match[str], now: datetime) -> Span | None:
        first, last = int(found["year"]), int(found["last"])
        if not _FIRST_LONE_YEAR <= first < last <= now.year:
            return None
        return Span(year_span(first).start, year_span(last).end)

    def by_year(found: re.Match[str], now: datetime) -> Span | None:
        year = int(found["year"])
        return year_span(year) if _FIRST_LONE_YEAR <= year <= now.year else None

    def by_phrase(found: re.Match[str], now: datetime) -> Span | None:
        return relative(phrases[" ".join(found[0].lower().split())], now)

    return (
        (_whole(f"{day}{of}{month}{of}{year}"), by_day),
        (_whole(f"{month}\\s+{day}{of}{year}"), by_day),
        (_whole(f"{year}{of}{month}(?:{day})"), by_day),
        (_whole(f"{month}{of}{year}"), by_month),
        (_whole(f"{year}{of}{month}"), by_month),
        (_whole(f"{season}{of}{year}"), by_season),
        (_whole(f"{year}{of}{season}"), by_season),
        (_whole(f"(?:{_any(phrases)})"), by_phrase),
        (_whole(f"{year}\\s*(?:-|–|to|bis|à|a)\\s*(?P<last>(?:19|20)\\d\\d)"), by_years),
        (_whole(f"{year}年?"), by_year),
    )


def _any(words: dict[str, int] | dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _whole(pattern: str) -> re.Pattern[str]:
    # A date stands between spaces, or beside Chinese and Japanese, which are written without.
    return re.compile(
        rf"(?:(?<![\w-])|(?<=[{_UNSPACED}]))(?:{pattern})(?:(?![\w-])|(?=[{_UNSPACED}]))",
        re.IGNORECASE,
    )


def _without_leading(before: str) -> str:
    words = before.split()
    while words and words[-1].lower() in LEADING:
        words.pop()
    return " ".join(words)
