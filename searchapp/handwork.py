"""What a person adds to pictures by hand: captions and favourites."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue

BY_PERSON = "person"


def write_caption(catalogue: "Catalogue", picture_id: int, language: str, text: str) -> None:
    """Write the caption of a picture in a language, in place of the newest one there.

    It counts as a person's from then on, so that no captioner writes over it, and words of it are
    found at once.
    """
    from indexer.catalogue.tables import Caption
    from indexer.catalogue.text_rows import refresh_text

    written = {
        "text": text,
        "source": BY_PERSON,
        "model": None,
        "prompt": None,
        "created_at": datetime.now(UTC).replace(tzinfo=None),
    }
    newest = (
        select(Caption.id)
        .where(Caption.picture_id == picture_id, Caption.language == language)
        # A person's own comes first, whatever was imported since.
        .order_by((Caption.source == BY_PERSON).desc(), Caption.created_at.desc())
        .limit(1)
    )
    with catalogue.write() as connection:
        found = connection.scalar(newest)
        if found is None:
            identity = {"picture_id": picture_id, "language": language}
            connection.execute(insert(Caption).values(**identity, **written))
        else:
            connection.execute(update(Caption).where(Caption.id == found).values(**written))
        refresh_text(connection, [picture_id])


def mark_favourite(catalogue: "Catalogue", picture_id: int, favourite: bool) -> None:
    """Set or take away the mark that `is:favourite` looks for."""
    from indexer.catalogue.tables import Picture

    with catalogue.write() as connection:
        connection.execute(
            update(Picture).where(Picture.id == picture_id).values(favourite=favourite)
        )
