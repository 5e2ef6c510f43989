"""From conditions to the ids of the pictures that meet them."""

import colorsys
import math
import operator
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from cachetools import LRUCache

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption, Picture
from searchapp.query.conditions import Comparison, Condition, Place, Span
from searchapp.query.textual import containing

Ids = npt.NDArray[np.int64]

_EARTH_KM = 6371.0
_SQUARE = 0.05
_COLOUR_SHARE = 0.15
_KEPT = 32
_RAW = ("DNG", "CR2", "CR3", "CRW", "NEF", "NRW", "ARW", "SRF", "SR2", "ORF", "RW2", "RAF", "PEF",
        "SRW", "X3F", "3FR", "ERF", "KDC", "MRW", "RAW")  # fmt: skip
_FORMATS = {"jpeg": ("JPEG", "MPO"), "heif": ("HEIF", "HEIC"), "bmp": ("BMP", "DIB"), "raw": _RAW}


class Filters:
    """Answers which pictures of a catalogue meet conditions; keeps recent answers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = Lock()
        self._kept: LRUCache[tuple[object, ...], Ids] = LRUCache(_KEPT)

    def allowed(self, conditions: Sequence[Condition], phrases: Sequence[str] = ()) -> Ids | None:
        """Ids, ascending, of present pictures that meet all; None when nothing was asked."""
        if not conditions and not phrases:
            return None
        key = (self._catalogue.generation(), tuple(conditions), tuple(phrases))
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None:
            return kept
        with self._catalogue.read() as connection:
            ids = _select(connection, conditions, phrases)
        with self._lock:
            self._kept[key] = ids
        return ids


def _select(
    connection: sa.Connection, conditions: Sequence[Condition], phrases: Sequence[str]
) -> Ids:
    dialect = connection.dialect.name
    fields = ("captions", "names", "folders")
    clauses: list[sa.ColumnElement[bool]] = [Picture.live.is_(True)]
    clauses += [Picture.id.in_(containing(fields, phrase, dialect)) for phrase in phrases]
    alternatives: dict[str, list[sa.ColumnElement[bool]]] = {}
    for condition in conditions:
        if condition.key in _CHECKS:
            continue
        clause = sa.func.coalesce(_clause(condition, dialect), sa.false())
        if condition.negated:
            clauses.append(sa.not_(clause))
        elif isinstance(condition.value, str):
            alternatives.setdefault(condition.key, []).append(clause)
        else:
            clauses.append(clause)
    clauses.extend(sa.or_(*group) for group in alternatives.values())
    checked = [condition for condition in conditions if condition.key in _CHECKS]
    if not checked:
        found = connection.scalars(sa.select(Picture.id).where(*clauses).order_by(Picture.id))
        return np.fromiter(found, dtype=np.int64)
    rows = connection.execute(
        sa.select(Picture.id, Picture.colours, Picture.latitude, Picture.longitude)
        .where(*clauses)
        .order_by(Picture.id)
    )
    return np.array([row.id for row in rows if _passes(row, checked)], dtype=np.int64)


def _clause(condition: Condition, dialect: str) -> sa.ColumnElement[bool]:
    value = condition.value
    if isinstance(value, Span):
        return sa.and_(
            Picture.taken_at.isnot(None),
            sa.true() if value.start is None else Picture.taken_at >= value.start,
            sa.true() if value.end is None else Picture.taken_at < value.end,
        )
    if isinstance(value, Comparison):
        measured = {"width": Picture.width, "height": Picture.height, "size": Picture.byte_size}
        return _OPERATORS[value.operator](measured[condition.key], value.number)
    if isinstance(value, Place):
        raise TypeError("places are checked row by row")
    if condition.key in ("folder", "name"):
        return Picture.id.in_(containing((f"{condition.key}s",), value, dialect))
    return _CLAUSES[condition.key](value)


def _orientation(name: str) -> sa.ColumnElement[bool]:
    # Nearly square counts as square: cropped by hand, scanned, rounded.
    wide = Picture.width > Picture.height * (1 + _SQUARE)
    tall = Picture.height > Picture.width * (1 + _SQUARE)
    return {"landscape": wide, "portrait": tall, "square": sa.not_(sa.or_(wide, tall))}[name]


def _type(name: str) -> sa.ColumnElement[bool]:
    return sa.func.upper(Picture.format).in_(_FORMATS.get(name, (name.upper(),)))


def _camera(name: str) -> sa.ColumnElement[bool]:
    return Picture.camera.icontains(name, autoescape=True)


def _has(thing: str) -> sa.ColumnElement[bool]:
    if thing == "caption":
        return sa.exists().where(Caption.picture_id == Picture.id)
    columns = {"place": Picture.latitude, "date": Picture.taken_at, "camera": Picture.camera}
    return columns[thing].isnot(None)


def _language(code: str) -> sa.ColumnElement[bool]:
    spoken = sa.func.lower(Caption.language)
    return sa.exists().where(
        Caption.picture_id == Picture.id, sa.or_(spoken == code, spoken.startswith(f"{code}-"))
    )


def _state(name: str) -> sa.ColumnElement[bool]:
    return {"favourite": Picture.favourite.is_(True), "animated": Picture.frames > 1}[name]


_CLAUSES: dict[str, Callable[[str], sa.ColumnElement[bool]]] = {
    "orientation": _orientation,
    "type": _type,
    "camera": _camera,
    "has": _has,
    "lang": _language,
    "is": _state,
}
_OPERATORS: dict[str, Callable[[Any, float], sa.ColumnElement[bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def _passes(row: Any, checked: Sequence[Condition]) -> bool:
    named = {condition.key for condition in checked if not condition.negated}
    met = {c.key for c in checked if not c.negated and _CHECKS[c.key](row, c.value)}
    banned = any(c.negated and _CHECKS[c.key](row, c.value) for c in checked)
    return named == met and not banned


def _is_near(row: Any, place: Any) -> bool:
    if row.latitude is None or row.longitude is None:
        return False
    here, there = math.radians(row.latitude), math.radians(place.latitude)
    across = math.radians(row.longitude - place.longitude)
    half = (
        math.sin((here - there) / 2) ** 2
        + math.cos(here) * math.cos(there) * math.sin(across / 2) ** 2
    )
    distance = 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
    return bool(distance <= place.kilometres)


def _has_colour(row: Any, name: Any) -> bool:
    share = sum(entry[3] for entry in row.colours or () if colour_name(*entry[:3]) == name)
    return bool(share >= _COLOUR_SHARE)


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {"near": _is_near, "colour": _has_colour}


def colour_name(red: float, green: float, blue: float) -> str:
    """The everyday name of a colour (0 to 255 each), one of `keys.COLOURS`."""
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if value < 0.2:
        return "black"
    if saturation < 0.15 or value * saturation < 0.1:
        return "white" if value > 0.85 else "grey"
    degrees = hue * 360
    if degrees < 15 or degrees >= 345:
        return "pink" if saturation < 0.5 and value > 0.7 else "red"
    if degrees < 45:
        return "brown" if value < 0.65 else "orange"
    for limit, name in ((70, "yellow"), (165, "green"), (255, "blue"), (300, "purple")):
        if degrees < limit:
            return name
    return "pink"
