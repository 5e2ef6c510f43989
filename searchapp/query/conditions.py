"""Filters as values: what a token of the query syntax asks of a picture."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Span:
    """From `start` until just before `end`; None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class Place:
    """A circle on the globe, in degrees and kilometres."""

    latitude: float
    longitude: float
    kilometres: float


@dataclass(frozen=True)
class Comparison:
    """A number and how to compare with it: one of < <= = >= >."""

    operator: str
    number: float


@dataclass(frozen=True)
class Condition:
    """One filter.

    key: canonical name (`colour`, never `color`). token: the syntax that says the same, for
    showing. Positive conditions of one key with a text are alternatives; all others must hold.
    """

    key: str
    value: str | Span | Place | Comparison
    token: str
    negated: bool = False
