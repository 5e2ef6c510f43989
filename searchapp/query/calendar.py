"""Calendar values of the query syntax: `2023`, `2023-01`, `last-week`, `30d`."""

import re
from datetime import datetime, timedelta

from searchapp.query.conditions import Span

_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?)?)?")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
FIRST_YEAR = 1800


def span_of(text: str, now: datetime) -> Span | None:
    """What a calendar value stands for, from its first moment to its last; None if it is none."""
    lowered = text.strip().lower().replace("_", "-").replace(" ", "-")
    named = relative(lowered, now)
    if named is not None:
        return named
    ago = _AGO.fullmatch(lowered)
    if ago is not None:
        start = _midnight(_before(now, int(ago[1]), ago[2]))
        return Span(start, start + timedelta(days=1))
    return _written(text.strip())


def range_of(text: str, now: datetime) -> Span | None:
    """As span_of, or `A..B` from the start of A to the end of B, either left out."""
    if ".." not in text:
        return span_of(text, now)
    first, _, last = text.partition("..")
    start = span_of(first, now) if first else Span(None, None)
    end = span_of(last, now) if last else Span(None, None)
    if start is None or end is None or not (first or last):
        return None
    if start.start and end.end and start.start >= end.end:
        return None
    return Span(start.start, end.end)


def relative(name: str, now: datetime) -> Span | None:
    """today, yesterday, this/last week, month and year."""
    today = _midnight(now)
    if name == "today":
        return Span(today, today + timedelta(days=1))
    if name == "yesterday":
        return Span(today - timedelta(days=1), today)
    if name in ("this-week", "last-week"):
        monday = today - timedelta(days=today.weekday())
        start = monday if name == "this-week" else monday - timedelta(days=7)
        return Span(start, start + timedelta(days=7))
    if name in ("this-month", "last-month"):
        offset = 0 if name == "this-month" else -1
        return month_span(*_month_after(now.year, now.month, offset))
    if name in ("this-year", "last-year"):
        return year_span(now.year if name == "this-year" else now.year - 1)
    return None


def year_span(year: int) -> Span:
    """The whole year."""
    return Span(datetime(year, 1, 1), datetime(year + 1, 1, 1))


def month_span(year: int, month: int, months: int = 1) -> Span:
    """`months` whole months from the first of this one."""
    return Span(datetime(year, month, 1), datetime(*_month_after(year, month, months), 1))


def day_span(year: int, month: int, day: int) -> Span | None:
    """The whole day; None when the calendar has no such day."""
    try:
        start = datetime(year, month, day)
    except ValueError:
        return None
    return Span(start, start + timedelta(days=1))


def date_token(span: Span) -> str:
    """The `date:` token of a span that starts and ends at midnight."""
    if span.start is None or span.end is None:
        raise ValueError("an open span has no date token")
    last = span.end - timedelta(days=1)
    if span.start.day == 1 and span.end.day == 1:
        months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month
        if months == 12 and span.start.month == 1:
            return f"date:{span.start:%Y}"
        if months == 1:
            return f"date:{span.start:%Y-%m}"
        return f"date:{span.start:%Y-%m}..{last:%Y-%m}"
    if last == span.start:
        return f"date:{span.start:%Y-%m-%d}"
    return f"date:{span.start:%Y-%m-%d}..{last:%Y-%m-%d}"


def _written(text: str) -> Span | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute = (
        None if part is None else int(part) for part in found.groups()
    )
    if year is None or not FIRST_YEAR <= year < 9999 or not 1 <= (month or 1) <= 12:
        return None
    if month is None:
        return year_span(year)
    if day is None:
        return month_span(year, month)
    whole = day_span(year, month, day)
    if whole is None or whole.start is None or hour is None or minute is None:
        return whole
    if hour > 23 or minute > 59:
        return None
    start = whole.start + timedelta(hours=hour, minutes=minute)
    return Span(start, start + timedelta(minutes=1))


def _before(now: datetime, number: int, unit: str) -> datetime:
    if unit in "dw":
        return now - timedelta(days=number * (7 if unit == "w" else 1))
    year, month = _month_after(now.year, now.month, -number * (12 if unit == "y" else 1))
    if year < FIRST_YEAR:
        return datetime(FIRST_YEAR, 1, 1)
    last_day = ((month_span(year, month).end or now) - timedelta(days=1)).day
    return datetime(year, month, min(now.day, last_day))


def _month_after(year: int, month: int, months: int) -> tuple[int, int]:
    number = year * 12 + month - 1 + months
    return number // 12, number % 12 + 1


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
