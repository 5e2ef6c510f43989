"""Reads pictures out of the catalogue: rows of a page of results, details, files."""

import mimetypes
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption as CaptionRow
from indexer.catalogue.tables import Location as LocationRow
from indexer.catalogue.tables import Picture, Root
from searchapp.errors import PictureFileGone, PictureUnknown
from searchapp.results import Caption, Location, PictureDetail

# SQLite takes at most 32,766 values in one statement.
MOST_VALUES = 30_000
# A person's words go before a machine's, and the first language that a caption exists in serves.
SOURCE_ORDER = {"person": 0, "captioner": 1, "import": 2, "xmp": 3}

# Asked for every page of results, and made once: making them takes longer than running them.
_WANTED: sa.BindParameter[int] = sa.bindparam("wanted", expanding=True)
_LANGUAGE: sa.BindParameter[str] = sa.bindparam("language")
_ROWS = sa.select(
    Picture.id, Picture.width, Picture.height, Picture.taken_at, Picture.colours
).where(Picture.id.in_(_WANTED))
_PRESENT_PATHS = (
    sa.select(LocationRow.picture_id, Root.path, LocationRow.relative_path)
    .join(Root, Root.id == LocationRow.root_id)
    .where(LocationRow.picture_id.in_(_WANTED), LocationRow.missing_since.is_(None))
    .order_by(LocationRow.id.desc())
)
_CAPTIONS = sa.select(
    CaptionRow.picture_id, CaptionRow.text, CaptionRow.source, CaptionRow.language
).where(
    CaptionRow.picture_id.in_(_WANTED),
    sa.or_(
        CaptionRow.language.in_((_LANGUAGE, "en")),
        CaptionRow.language.is_(None),
        CaptionRow.source == "person",
    ),
)


@dataclass(frozen=True)
class PictureFile:
    """A readable file of a picture."""

    path: Path
    media_type: str


@dataclass(frozen=True)
class PictureRow:
    """What a page of results shows of a picture."""

    id: int
    path: str
    width: int
    height: int
    taken_at: datetime | None
    caption: str | None
    colour: str | None


class Pictures:
    """Read access to the pictures of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def rows(self, ids: Sequence[int], language: str = "en") -> dict[int, PictureRow]:
        """Rows by id of those `ids` that are present; a caption in `language` if there is one."""
        wanted = [int(picture_id) for picture_id in ids]
        with self._catalogue.read() as connection:
            pictures = connection.execute(_ROWS, {"wanted": wanted}).all()
            paths = self._present_paths(connection, wanted)
            captions = self._best_captions(connection, wanted, language)
        return {
            row.id: PictureRow(
                id=row.id,
                path=paths[row.id],
                width=row.width,
                height=row.height,
                taken_at=row.taken_at,
                caption=captions.get(row.id),
                colour=_hex_colours(row.colours)[0] if row.colours else None,
            )
            for row in pictures
            if row.id in paths
        }

    def newest(self, allowed: Sequence[int] | None, offset: int, count: int) -> list[int]:
        """Ids of present pictures, last taken first (then last indexed), `count` from `offset`."""
        query = sa.select(Picture.id).where(Picture.live)
        if allowed is not None:
            query = query.where(Picture.id.in_([int(picture_id) for picture_id in allowed]))
        query = query.order_by(
            sa.func.coalesce(Picture.taken_at, Picture.indexed_at).desc(), Picture.id.desc()
        )
        with self._catalogue.read() as connection:
            return list(connection.scalars(query.offset(offset).limit(count)))

    def dates(self, ids: Sequence[int]) -> dict[int, datetime]:
        """When each picture was taken, or indexed if it does not say."""
        taken = sa.func.coalesce(Picture.taken_at, Picture.indexed_at)
        found: dict[int, datetime] = {}
        with self._catalogue.read() as connection:
            for start in range(0, len(ids), MOST_VALUES):
                chunk = [int(picture_id) for picture_id in ids[start : start + MOST_VALUES]]
                rows = connection.execute(sa.select(Picture.id, taken).where(Picture.id.in_(chunk)))
                found.update((row[0], row[1]) for row in rows)
        return found

    def count(self) -> int:
        """Pictures that are present."""
        with self._catalogue.read() as connection:
            found = connection.scalar(
                sa.select(sa.func.count()).select_from(Picture).where(Picture.live)
            )
        return int(found or 0)

    def detail(self, picture_id: int) -> PictureDetail:
        """Everything about one picture. Raises PictureUnknown."""
        with self._catalogue.session() as session:
            picture = session.get(Picture, picture_id)
            if picture is None:
                raise PictureUnknown(picture_id)
            locations = session.execute(
                sa.select(LocationRow, Root)
                .join(Root, Root.id == LocationRow.root_id)
                .where(LocationRow.picture_id == picture_id)
                .order_by(LocationRow.missing_since.isnot(None), LocationRow.id)
            ).all()
            captions = session.scalars(
                sa.select(CaptionRow).where(CaptionRow.picture_id == picture_id)
            ).all()
            return _detail(picture, [_location(*pair) for pair in locations], captions)

    def thumbnail_hash(self, picture_id: int) -> bytes:
        """The content hash that names the thumbnail. Raises PictureUnknown."""
        with self._catalogue.read() as connection:
            found = connection.scalar(
                sa.select(Picture.content_hash).where(Picture.id == picture_id)
            )
        if found is None:
            raise PictureUnknown(picture_id)
        return bytes(found)

    def file(self, picture_id: int) -> PictureFile:
        """A readable file of the picture. Raises PictureUnknown, PictureFileGone."""
        detail = self.detail(picture_id)
        with self._catalogue.read() as connection:
            indexed = {
                (row.size, row.mtime_ns)
                for row in connection.execute(
                    sa.select(LocationRow.size, LocationRow.mtime_ns).where(
                        LocationRow.picture_id == picture_id
                    )
                )
            }
        for location in detail.locations:
            path = Path(location.path)
            if _may_be_given_out(path, Path(location.root), indexed):
                guessed = mimetypes.guess_type(f"picture.{detail.format.lower()}")[0]
                return PictureFile(path, guessed or "application/octet-stream")
        raise PictureFileGone(picture_id)

    def _present_paths(self, connection: sa.Connection, ids: Sequence[int]) -> dict[int, str]:
        found = connection.execute(_PRESENT_PATHS, {"wanted": ids})
        return {row[0]: os.path.join(row[1], row[2]) for row in found}

    def _best_captions(
        self, connection: sa.Connection, ids: Sequence[int], language: str
    ) -> dict[int, str]:
        found = connection.execute(_CAPTIONS, {"wanted": ids, "language": language}).all()

        def worth(row: Any) -> tuple[bool, int]:
            return row.language != language, SOURCE_ORDER.get(row.source, len(SOURCE_ORDER))

        return {row.picture_id: row.text for row in sorted(found, key=worth, reverse=True)}


def _may_be_given_out(path: Path, root: Path, indexed: set[tuple[int, int]]) -> bool:
    """Whether a file is readable and either lies in its root or is the one that was indexed.

    A link put there afterwards must not give out what lies elsewhere.
    """
    try:
        status = path.stat()
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False
    return (
        stat.S_ISREG(status.st_mode)
        and os.access(path, os.R_OK)
        and (inside or (status.st_size, status.st_mtime_ns) in indexed)
    )


def _hex_colours(colours: list[Any] | None) -> tuple[str, ...]:
    return tuple("#{:02x}{:02x}{:02x}".format(*colour[:3]) for colour in colours or ())


def _location(location: LocationRow, root: Root) -> Location:
    return Location(
        path=os.path.join(root.path, location.relative_path),
        root=root.path,
        relative_path=location.relative_path,
        missing_since=location.missing_since,
        root_online=root.state == "online",
    )


def _detail(
    picture: Picture, locations: list[Location], captions: Sequence[CaptionRow]
) -> PictureDetail:
    present = [place.path for place in locations if place.missing_since is None]
    return PictureDetail(
        id=picture.id,
        path=present[0] if present else None,
        locations=tuple(locations),
        width=picture.width,
        height=picture.height,
        format=picture.format,
        byte_size=picture.byte_size,
        frames=picture.frames,
        taken_at=picture.taken_at,
        taken_offset_minutes=picture.taken_offset_minutes,
        camera=picture.camera,
        latitude=picture.latitude,
        longitude=picture.longitude,
        colours=_hex_colours(picture.colours),
        favourite=picture.favourite,
        captions=tuple(
            Caption(
                id=row.id,
                language=row.language or "",
                text=row.text,
                source=row.source,
                model=row.model,
                created_at=row.created_at,
            )
            for row in sorted(
                captions, key=lambda row: (SOURCE_ORDER.get(row.source, 9), row.language or "")
            )
        ),
        indexed_at=picture.indexed_at,
    )
