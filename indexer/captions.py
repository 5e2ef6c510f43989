"""Captions of pictures, written together with the full-text row they are searched by."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from indexer.batch import advance_generation
from indexer.catalogue.store import Catalogue
from indexer.catalogue.tables import Caption
from indexer.catalogue.text_rows import refresh_text
from indexer.clock import utc_now
from indexer.errors import CaptionUnknown

PERSON, CAPTIONER, IMPORT, XMP = "person", "captioner", "import", "xmp"


@dataclass(frozen=True)
class NewCaption:
    """A caption to add. language: BCP 47, None if unknown; source: one of the constants above."""

    picture_id: int
    text: str
    language: str | None = None
    source: str = PERSON
    model: str | None = None
    prompt: str | None = None


def add_captions(catalogue: Catalogue, captions: Iterable[NewCaption]) -> list[int]:
    """Store captions; returns their ids in order. All of them or, on an error, none."""
    wanted = list(captions)
    with catalogue.write() as connection:
        ids = [_add(connection, caption) for caption in wanted]
        if wanted:
            _settle(connection, {caption.picture_id for caption in wanted})
    return ids


def replace_captioner_text(catalogue: Catalogue, caption: NewCaption) -> int:
    """Store a captioner's description in place of what it said of the picture before."""
    with catalogue.write() as connection:
        connection.execute(
            delete(Caption).where(
                Caption.picture_id == caption.picture_id,
                Caption.source == caption.source,
                Caption.model == caption.model,
                Caption.language == caption.language,
            )
        )
        caption_id = _add(connection, caption)
        _settle(connection, {caption.picture_id})
    return caption_id


def edit_caption(catalogue: Catalogue, caption_id: int, text: str) -> None:
    """Change a caption's words; from then on it is a person's. Raises CaptionUnknown."""
    with catalogue.write() as connection:
        picture_id = _picture_of(connection, caption_id)
        connection.execute(
            update(Caption)
            .where(Caption.id == caption_id)
            .values(text=text, source=PERSON, model=None, prompt=None)
        )
        _settle(connection, {picture_id})


def remove_caption(catalogue: Catalogue, caption_id: int) -> None:
    """Delete a caption. Raises CaptionUnknown."""
    with catalogue.write() as connection:
        picture_id = _picture_of(connection, caption_id)
        connection.execute(delete(Caption).where(Caption.id == caption_id))
        _settle(connection, {picture_id})


def _add(connection: Connection, caption: NewCaption) -> int:
    row = vars(caption) | {"created_at": utc_now()}
    added = connection.execute(insert(Caption).values(**row).returning(Caption.id))
    return int(added.scalar_one())


def _picture_of(connection: Connection, caption_id: int) -> int:
    picture_id = connection.execute(
        select(Caption.picture_id).where(Caption.id == caption_id)
    ).scalar_one_or_none()
    if picture_id is None:
        raise CaptionUnknown(caption_id)
    return picture_id


def _settle(connection: Connection, picture_ids: set[int]) -> None:
    refresh_text(connection, picture_ids)
    # Remembered rankings are keyed by the generation, and words take part in a ranking.
    advance_generation(connection)
