"""Captions of many pictures at once: which pictures lack one, and storing what is new."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, exists, func, insert, or_, select

from indexer.batch import advance_generation
from indexer.captions import PERSON, NewCaption
from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption, Location, Picture, Root
from indexer.catalogue.text_rows import refresh_text
from indexer.clock import utc_now

_BATCH = 500

Item = TypeVar("Item")


@dataclass(frozen=True)
class CatalogueFile:
    """A file of a picture that is present. `path` is absolute."""

    picture_id: int
    path: Path


def files_without_caption(
    catalogue: Catalogue, language: str, limit: int | None = None
) -> list[CatalogueFile]:
    """A file of each present picture that has no caption in a language, newest picture first.

    A caption whose language nobody stated counts for any.
    """
    newest_first = func.coalesce(Picture.taken_at, Picture.indexed_at).desc()
    described = exists().where(
        Caption.picture_id == Picture.id,
        or_(Caption.language == language, Caption.language.is_(None)),
    )
    wanted = (
        select(Picture.id, func.min(Location.id).label("location"))
        .join(Location, Location.picture_id == Picture.id)
        .where(Picture.live, Location.missing_since.is_(None), ~described)
        .group_by(Picture.id)
        .order_by(newest_first, Picture.id.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(wanted.c.id, Root.path, Location.relative_path)
        .join(Location, Location.id == wanted.c.location)
        .join(Root, Root.id == Location.root_id)
        .join(Picture, Picture.id == wanted.c.id)
        .order_by(newest_first, Picture.id.desc())
    )
    with catalogue.read() as connection:
        return [_file(*row) for row in connection.execute(query)]


def present_files(catalogue: Catalogue) -> list[CatalogueFile]:
    """Every file that is there, in the order in which it was found."""
    query = (
        select(Location.picture_id, Root.path, Location.relative_path)
        .join(Root, Root.id == Location.root_id)
        .where(Location.missing_since.is_(None))
        .order_by(Location.id)
    )
    with catalogue.read() as connection:
        return [_file(*row) for row in connection.execute(query)]


def captions_of(catalogue: Catalogue, picture_ids: Sequence[int]) -> dict[int, list[NewCaption]]:
    """The captions of pictures, a person's first, then the newest first."""
    found: dict[int, list[NewCaption]] = {}
    with catalogue.read() as connection:
        for chunk in _chunks(picture_ids):
            query = (
                select(Caption.picture_id, Caption.text, Caption.language, Caption.source)
                .where(Caption.picture_id.in_(chunk))
                .order_by((Caption.source == PERSON).desc(), Caption.id.desc())
            )
            for row in connection.execute(query):
                found.setdefault(row.picture_id, []).append(NewCaption(*row))
    return found


def store_captions(catalogue: Catalogue, captions: Iterable[NewCaption]) -> int:
    """Stores captions, one transaction per batch, and makes their words findable with it.

    What is there stays: a person's caption is never touched, and the same text in the same
    language is not stored twice. Returns how many were stored.
    """
    stored = 0
    for batch in _chunks(captions):
        with catalogue.write() as connection:
            fresh = _not_there_yet(connection, batch)
            if fresh:
                now = utc_now()
                rows = [{**asdict(caption), "created_at": now} for caption in fresh]
                connection.execute(insert(Caption), rows)
                refresh_text(connection, {caption.picture_id for caption in fresh})
                # Remembered rankings are keyed by the generation, and words take part in them.
                advance_generation(connection)
            stored += len(fresh)
    return stored


def _not_there_yet(connection: Connection, captions: Sequence[NewCaption]) -> list[NewCaption]:
    ids = {caption.picture_id for caption in captions}
    known = {
        (row.picture_id, row.language, row.text)
        for row in connection.execute(
            select(Caption.picture_id, Caption.language, Caption.text).where(
                Caption.picture_id.in_(ids)
            )
        )
    }
    fresh: dict[tuple[int, str | None, str], NewCaption] = {}
    for caption in captions:
        key = (caption.picture_id, caption.language, caption.text)
        if key not in known and caption.text.strip():
            fresh.setdefault(key, caption)
    return list(fresh.values())


def _file(picture_id: int, root_path: str, relative_path: str) -> CatalogueFile:
    return CatalogueFile(picture_id, Path(os.path.join(root_path, relative_path)))


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    pending = iter(items)
    while chunk := list(islice(pending, _BATCH)):
        yield chunk
