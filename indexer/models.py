"""Whose vectors the catalogue holds: one active model, others being built or kept.

A new model's vectors are stored beside the old ones; searches use the old until every live
picture has a new one, then one transaction switches.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, delete, insert, select, text, update

from indexer.catalogue.store import Catalogue
from indexer.catalogue.tables import Embedding, Model
from indexer.clock import utc_now
from indexer.errors import ModelIncomplete, ModelUnknown

ACTIVE, BUILDING, KEPT = "active", "building", "kept"
_DELETE_CHUNK = 2000


class ModelFacts(Protocol):
    """What an encoder says of its model."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    @property
    def matryoshka(self) -> tuple[int, ...]: ...
    @property
    def image_size(self) -> int: ...


def ensure_model(connection: Connection, facts: ModelFacts) -> int:
    """The row id of this model, added if new: active if it is the first, else being built."""
    row = connection.execute(
        select(Model.id, Model.state).where(Model.fingerprint == facts.fingerprint)
    ).first()
    if row is not None:
        if row.state == KEPT:
            connection.execute(update(Model).where(Model.id == row.id).values(state=BUILDING))
        return int(row.id)
    first = connection.execute(select(Model.id).where(Model.state == ACTIVE)).first() is None
    created: datetime = utc_now()
    inserted = connection.execute(
        insert(Model)
        .values(
            fingerprint=facts.fingerprint,
            name=facts.name,
            dimensions=facts.dimensions,
            matryoshka=list(facts.matryoshka),
            image_size=facts.image_size,
            state=ACTIVE if first else BUILDING,
            created_at=created,
        )
        .returning(Model.id)
    )
    return int(inserted.scalar_one())


def lacking(connection: Connection, model_id: int) -> int:
    """Live pictures without a vector of this model."""
    return int(
        connection.execute(
            text(
                "SELECT count(*) FROM picture p WHERE p.live AND NOT EXISTS (SELECT 1 FROM"
                " embedding e WHERE e.picture_id = p.id AND e.model_id = :model)"
            ),
            {"model": model_id},
        ).scalar_one()
    )


def all_embedded(connection: Connection, model_id: int) -> bool:
    """Whether every picture, missing ones too, has a vector of this model; quicker to say."""
    counts = connection.execute(
        text(
            "SELECT (SELECT count(*) FROM picture),"
            " (SELECT count(*) FROM embedding WHERE model_id = :model)"
        ),
        {"model": model_id},
    ).one()
    return bool(counts[0] == counts[1])


def activate(connection: Connection, model_id: int) -> None:
    """Make this model the one that searches use; the former one is kept."""
    connection.execute(
        update(Model).where(Model.state == ACTIVE, Model.id != model_id).values(state=KEPT)
    )
    connection.execute(update(Model).where(Model.id == model_id).values(state=ACTIVE))


def switch_to(catalogue: Catalogue, fingerprint: str) -> None:
    """Go back (or on) to a model whose vectors are complete; nothing is encoded.

    Raises:
        ModelUnknown: the catalogue holds no such model.
        ModelIncomplete: live pictures have no vector of it; indexing with it adds them.
    """
    with catalogue.write() as connection:
        model_id, name = _find(connection, fingerprint)
        if missing := lacking(connection, model_id):
            raise ModelIncomplete(name, missing)
        activate(connection, model_id)


def discard_kept(catalogue: Catalogue) -> int:
    """Delete the vectors of all models that are not active nor being built; returns how many.

    In chunks, so that searches and a power cut see small transactions; then the catalogue's file is
    made smaller, if nothing stands against it.
    """
    removed = 0
    with catalogue.read() as connection:
        kept = connection.execute(select(Model.id).where(Model.state == KEPT)).scalars().all()
    for model_id in kept:
        while True:
            with catalogue.write() as connection:
                chunk = (
                    select(Embedding.picture_id)
                    .where(Embedding.model_id == model_id)
                    .limit(_DELETE_CHUNK)
                )
                gone = connection.execute(
                    delete(Embedding).where(
                        Embedding.model_id == model_id, Embedding.picture_id.in_(chunk)
                    )
                ).rowcount
            removed += gone
            if gone == 0:
                break
        with catalogue.write() as connection:
            connection.execute(delete(Model).where(Model.id == model_id))
    if removed:
        catalogue.compact()
    return removed


def _find(connection: Connection, fingerprint: str) -> tuple[int, str]:
    rows = connection.execute(select(Model.id, Model.name, Model.fingerprint)).fetchall()
    for row in rows:
        if row.fingerprint == fingerprint:
            return int(row.id), str(row.name)
    raise ModelUnknown(fingerprint, tuple(row.fingerprint for row in rows))
