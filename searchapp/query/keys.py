"""Every key of the query syntax: what it takes, how its value is read, what is said when it fails.

`KEYS` is also what help texts and the interface list.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from searchapp.errors import QueryInvalid
from searchapp.query.calendar import range_of, span_of
from searchapp.query.conditions import Comparison, Condition, Place, Span

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "grey",
           "white")  # fmt: skip
ORIENTATIONS = ("landscape", "portrait", "square")
HAVES = ("caption", "place", "date", "camera")
STATES = ("favourite", "animated")
TYPES = ("jpeg", "png", "webp", "gif", "bmp", "tiff", "heif", "avif", "jpeg2000", "ico", "ppm",
         "raw")  # fmt: skip
_SPELLINGS = {"gray": "grey", "violet": "purple", "favorite": "favourite", "jpg": "jpeg",
              "tif": "tiff", "heic": "heif", "jp2": "jpeg2000", "gps": "place"}  # fmt: skip
ALIASES = {"color": "colour", "since": "after", "until": "before", "ext": "type",
           "language": "lang"}  # fmt: skip

Value = str | Span | Place | Comparison
_COMPARISON = re.compile(r"(<=|>=|<|>|=)?(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)(?:i?b|px)?", re.I)
_NUMBER = r"-?\d{1,3}(?:\.\d{1,12})?"
_NEAR = re.compile(rf"({_NUMBER}),({_NUMBER})(?:,(\d{{1,5}}(?:\.\d{{1,3}})?)(km|m)?)?", re.I)
_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_NEAR_KM = 10.0
_FARTHEST_KM = 20_040.0


@dataclass(frozen=True)
class Key:
    """A key: how its value is read (None: it cannot be), what it expects, an example."""

    read: Callable[[str, datetime], Value | None]
    expects: str
    example: str
    commas: bool = True


def _text(value: str, _: datetime) -> str | None:
    return value.strip() or None


def _choice(choices: tuple[str, ...]) -> Callable[[str, datetime], str | None]:
    def read(value: str, _: datetime) -> str | None:
        lowered = value.strip().lower()
        name = _SPELLINGS.get(lowered, lowered)
        return name if name in choices else None

    return read


def _after(value: str, now: datetime) -> Span | None:
    span = span_of(value, now)
    return None if span is None else Span(span.start, None)


def _before(value: str, now: datetime) -> Span | None:
    span = span_of(value, now)
    return None if span is None else Span(None, span.start)


def _comparison(value: str, _: datetime) -> Comparison | None:
    found = _COMPARISON.fullmatch(value.strip())
    if found is None:
        return None
    return Comparison(found[1] or ">=", float(found[2]) * _UNITS[found[3].lower()])


def _near(value: str, _: datetime) -> Place | None:
    found = _NEAR.fullmatch(value.replace(" ", ""))
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    kilometres = float(found[3]) if found[3] else _NEAR_KM
    if found[4] and found[4].lower() == "m":
        kilometres /= 1000
    if abs(latitude) > 90 or abs(longitude) > 180 or not 0 < kilometres <= _FARTHEST_KM:
        return None
    return Place(latitude, longitude, kilometres)


def _language(value: str, _: datetime) -> str | None:
    return value.lower() if re.fullmatch(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", value) else None


_A_DAY = "a year, month, day, yesterday, last-week or 30d"

KEYS: dict[str, Key] = {
    "after": Key(_after, _A_DAY, "after:2023-01", commas=False),
    "before": Key(_before, _A_DAY, "before:2024", commas=False),
    "date": Key(range_of, f"{_A_DAY}, or two with .. between", "date:2023-06..2023-08", False),
    "folder": Key(_text, "part of a folder's name", "folder:holiday"),
    "name": Key(_text, "part of a file's name", "name:IMG_20"),
    "type": Key(_choice(TYPES), f"one of {', '.join(TYPES)}", "type:png"),
    "orientation": Key(_choice(ORIENTATIONS), "landscape, portrait or square",
                       "orientation:portrait"),
    "camera": Key(_text, "part of a camera's name", 'camera:"Pixel 8"'),
    "near": Key(_near, "latitude,longitude and a radius", "near:48.85,2.35,10km", commas=False),
    "colour": Key(_choice(COLOURS), f"one of {', '.join(COLOURS)}", "colour:red"),
    "has": Key(_choice(HAVES), f"one of {', '.join(HAVES)}", "has:caption"),
    "lang": Key(_language, "the code of a language", "lang:de"),
    "is": Key(_choice(STATES), f"one of {', '.join(STATES)}", "is:favourite"),
    "width": Key(_comparison, "a number of pixels", "width:>=1000", commas=False),
    "height": Key(_comparison, "a number of pixels", "height:<800", commas=False),
    "size": Key(_comparison, "a number of bytes, k, M or G", "size:>5MB", commas=False),
}  # fmt: skip


def condition_of(key: str, value: str, negated: bool, token: str, now: datetime) -> list[Condition]:
    """The conditions that one token makes, one per alternative. Raises QueryInvalid."""
    name = ALIASES.get(key, key)
    known = KEYS.get(name)
    if known is None:
        raise unknown_key(token)
    values = _parts(value) if known.commas else [value.replace('"', "")]
    conditions = []
    for part in values:
        read = known.read(part, now)
        if read is None:
            raise QueryInvalid(token, f"{name}: takes {known.expects}, such as {known.example}")
        # after:, before: and date: are one filter on one thing.
        kept = "date" if isinstance(read, Span) else name
        shown = token if len(values) == 1 else f"{'-' if negated else ''}{name}:{_quoted(part)}"
        conditions.append(Condition(kept, read, shown, negated))
    return conditions


def unknown_key(token: str) -> QueryInvalid:
    """The error for a filter that does not exist, with the nearest that does."""
    key = token.removeprefix("-").partition(":")[0].lower()
    near = difflib.get_close_matches(key, [*KEYS, *ALIASES], 1)
    meant = ALIASES.get(near[0], near[0]) if near else ""
    hint = f"did you mean {meant}" if near else f"there are {', '.join(KEYS)}"
    return QueryInvalid(token, f"no filter is called {key}; {hint}, and words go into quotes")


def _parts(value: str) -> list[str]:
    pieces = re.findall(r'((?:"[^"]*"|[^,"])+)', value)
    return [piece.replace('"', "") for piece in pieces] or [""]


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value
