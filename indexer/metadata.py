"""What the camera wrote: when, where, with what. Missing is None; absurd is treated as missing."""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import ExifTags, Image

from indexer.pixels import DECODER_ERRORS

FIRST_PHOTOGRAPH = 1826
_MAX_OFFSET_MINUTES = 14 * 60
_MAX_CAMERA = 120
_TIME = re.compile(r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


@dataclass(frozen=True)
class Metadata:
    """taken_at: naive, what the camera's clock said; offset in minutes east of UTC if known."""

    taken_at: datetime | None = None
    taken_offset_minutes: int | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def read_metadata(exif: Image.Exif, now: datetime) -> Metadata:
    """Metadata of a picture from its EXIF. Never raises for what a file contains."""
    details = _directory(exif, ExifTags.IFD.Exif)
    places = _directory(exif, ExifTags.IFD.GPSInfo)
    taken_at, offset = _taken(exif, details, now)
    latitude, longitude = _position(places)
    return Metadata(taken_at, offset, _camera(exif), latitude, longitude)


def _directory(exif: Image.Exif, which: ExifTags.IFD) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(which))
    except DECODER_ERRORS:
        return {}


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    # NUL ends a string in EXIF; PostgreSQL would refuse it.
    return value.partition("\0")[0].strip() if isinstance(value, str) else ""


def _taken(
    exif: Image.Exif, details: dict[int, Any], now: datetime
) -> tuple[datetime | None, int | None]:
    tags = ExifTags.Base
    for source, time_tag, offset_tag in (
        (details, tags.DateTimeOriginal, tags.OffsetTimeOriginal),
        (details, tags.DateTimeDigitized, tags.OffsetTimeDigitized),
        (exif, tags.DateTime, tags.OffsetTime),
    ):
        taken_at = parse_time(_text(source.get(time_tag)), now)
        if taken_at is not None:
            return taken_at, parse_offset(_text(details.get(offset_tag)))
    return None, None


def parse_time(text: str, now: datetime) -> datetime | None:
    """An EXIF time; None unless it is between the first photograph and tomorrow."""
    match = _TIME.match(text)
    if match is None:
        return None
    try:
        taken_at = datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    plausible = taken_at.year >= FIRST_PHOTOGRAPH and taken_at <= now + timedelta(days=1)
    return taken_at if plausible else None


def parse_offset(text: str) -> int | None:
    """ "+02:00" as 120 minutes; None if it is no offset of this world."""
    match = _OFFSET.match(text)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes > _MAX_OFFSET_MINUTES or int(match[3]) > 59:
        return None
    return -minutes if match[1] == "-" else minutes


def _camera(exif: Image.Exif) -> str | None:
    maker, model = _text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model))
    # "Canon" "Canon EOS 5D" is one camera, not a Canon Canon.
    name = model if model.lower().startswith(maker.lower()) else f"{maker} {model}"
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return name[:_MAX_CAMERA] or None


def _position(places: dict[int, Any]) -> tuple[float | None, float | None]:
    tags = ExifTags.GPS
    latitude = _degrees(places.get(tags.GPSLatitude), places.get(tags.GPSLatitudeRef), "S", 90)
    longitude = _degrees(places.get(tags.GPSLongitude), places.get(tags.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None:
        return None, None
    # Exactly 0, 0 is a receiver without a fix, not a ship in the Gulf of Guinea.
    return (None, None) if latitude == 0 == longitude else (latitude, longitude)


def _degrees(value: Any, reference: object, negative: str, limit: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except DECODER_ERRORS:
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(total) or not 0 <= total <= limit or minutes >= 60 or seconds >= 60:
        return None
    return -total if _text(reference).upper() == negative else total
