"""Vectors of captions: one per picture, stored as the vectors of a model of their own.

The row of that model is named after the encoder whose text tower made them. Its state keeps it
out of everything that is done to models of pictures; an index over it is built like any other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import aliased

from indexer.batch import advance_generation
from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption, Embedding, Model, Picture
from indexer.catalogue.vector_rows import checksum_of
from indexer.clock import utc_now
from indexer.models import ACTIVE

STATE = "captions"
_CHUNK = 500
_SUFFIX = "+captions"
_Captions = aliased(Model)
# Made once: making it takes longer than running it.
_SEARCHED = select(
    Model.fingerprint,
    select(Embedding.picture_id)
    .join(_Captions, _Captions.id == Embedding.model_id)
    .where(_Captions.fingerprint == Model.fingerprint + _SUFFIX)
    .correlate(Model)
    .exists(),
).where(Model.state == ACTIVE)


@dataclass(frozen=True)
class CaptionedPicture:
    """A live picture and all that is said of it, oldest first."""

    picture_id: int
    texts: tuple[str, ...]


def fingerprint_of_captions(fingerprint: str) -> str:
    """Names the vectors that a model's text tower makes of captions."""
    return fingerprint + _SUFFIX


def captioned_pictures(catalogue: Catalogue) -> Iterator[CaptionedPicture]:
    """Every live picture with captions, in order of id, read in small transactions."""
    last = 0
    while True:
        with catalogue.read() as connection:
            ids = connection.scalars(
                select(Picture.id)
                .where(Picture.live, Picture.id > last)
                .where(select(Caption.id).where(Caption.picture_id == Picture.id).exists())
                .order_by(Picture.id)
                .limit(_CHUNK)
            ).all()
            rows = connection.execute(
                select(Caption.picture_id, Caption.text)
                .where(Caption.picture_id.in_(ids))
                .order_by(Caption.picture_id, Caption.id)
            ).all()
        for picture_id, group in groupby(rows, key=lambda row: row.picture_id):
            yield CaptionedPicture(picture_id, tuple(dict.fromkeys(row.text for row in group)))
        if not ids:
            return
        last = ids[-1]


def captions_model(connection: Connection, fingerprint: str) -> int | None:
    """The row id of the vectors of captions that an encoder made, if there are any."""
    return connection.scalar(
        select(Model.id).where(Model.fingerprint == fingerprint_of_captions(fingerprint))
    )


def has_caption_vectors(catalogue: Catalogue, fingerprint: str) -> bool:
    """Whether an encoder's vectors of captions are there; asked before every search."""
    with catalogue.read() as connection:
        model_id = captions_model(connection, fingerprint)
        if model_id is None:
            return False
        first = select(Embedding.picture_id).where(Embedding.model_id == model_id).limit(1)
        return connection.scalar(first) is not None


def searched_vectors(catalogue: Catalogue) -> tuple[str, bool] | None:
    """The active model's fingerprint, and whether it has vectors of captions; asked before every
    search. None without an active model.
    """
    with catalogue.read() as connection:
        row = connection.execute(_SEARCHED).one_or_none()
    return None if row is None else (row[0], bool(row[1]))


def ensure_captions_model(connection: Connection, encoder: Model) -> int:
    """That row id, added if new."""
    known = captions_model(connection, encoder.fingerprint)
    if known is not None:
        return known
    added = connection.execute(
        insert(Model)
        .values(
            fingerprint=fingerprint_of_captions(encoder.fingerprint),
            name=encoder.name,
            dimensions=encoder.dimensions,
            matryoshka=encoder.matryoshka,
            image_size=encoder.image_size,
            state=STATE,
            created_at=utc_now(),
        )
        .returning(Model.id)
    )
    return int(added.scalar_one())


def stored_checksums(catalogue: Catalogue, model_id: int) -> dict[int, int]:
    """Picture -> checksum of its vector, of every vector of captions that is stored."""
    query = select(Embedding.picture_id, Embedding.checksum).where(Embedding.model_id == model_id)
    with catalogue.read() as connection:
        return {row.picture_id: row.checksum for row in connection.execute(query)}


def store_caption_vectors(
    catalogue: Catalogue, model_id: int, ids: Sequence[int], vectors: NDArray[np.float16]
) -> list[int]:
    """Stores vectors float16 [N, D] in one transaction, in place of those that are there.

    Returns their checksums.
    """
    with catalogue.write() as connection:
        change = advance_generation(connection)
        _delete(connection, model_id, ids)
        rows = [
            {
                "picture_id": picture_id,
                "model_id": model_id,
                "vector": vector.tobytes(),
                "checksum": checksum_of(vector.tobytes(), picture_id),
                "change": change,
            }
            for picture_id, vector in zip(ids, vectors, strict=True)
        ]
        if rows:
            connection.execute(insert(Embedding), rows)
    return [int(row["checksum"]) for row in rows]


def drop_caption_vectors(catalogue: Catalogue, model_id: int, ids: Sequence[int]) -> None:
    """Removes the vectors of pictures whose captions are gone."""
    for start in range(0, len(ids), _CHUNK):
        with catalogue.write() as connection:
            _delete(connection, model_id, ids[start : start + _CHUNK])
            advance_generation(connection)


def _delete(connection: Connection, model_id: int, ids: Sequence[int]) -> None:
    connection.execute(
        delete(Embedding).where(Embedding.model_id == model_id, Embedding.picture_id.in_(ids))
    )
