"""The full-text row of a picture: its captions, file names and folders.

Kept in the same transaction as the rows it is made of, so it is never stale.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.sql.expression import column, table

from indexer.catalogue.stored_path import displayable
from indexer.catalogue.tables import Caption, Location, PictureText, Root

_CHUNK = 500

picture_text = table(
    PictureText.TABLE,
    column("rowid"),
    column("picture_id"),
    *[column(name) for name in PictureText.COLUMNS],
)


def refresh_text(connection: Connection, picture_ids: Iterable[int]) -> None:
    """Write the full-text rows of these pictures anew from what the catalogue says now."""
    pending = iter(dict.fromkeys(picture_ids))
    while chunk := list(islice(pending, _CHUNK)):
        remove_text(connection, chunk)
        _insert(connection, chunk)


def remove_text(connection: Connection, picture_ids: Sequence[int]) -> None:
    """Delete the full-text rows of these pictures."""
    sqlite = connection.dialect.name == "sqlite"
    # FTS5 finds a row fast only by its rowid, which is the picture's id here.
    key = picture_text.c.rowid if sqlite else picture_text.c.picture_id
    if picture_ids:
        connection.execute(
            delete(picture_text).where(key == bindparam("gone")),
            [{"gone": picture_id} for picture_id in picture_ids],
        )


def _insert(connection: Connection, picture_ids: Sequence[int]) -> None:
    captions: dict[int, list[str]] = {picture_id: [] for picture_id in picture_ids}
    for picture_id, text in connection.execute(
        select(Caption.picture_id, Caption.text)
        .where(Caption.picture_id.in_(picture_ids))
        .order_by(Caption.id)
    ):
        captions[picture_id].append(text)
    names: dict[int, list[str]] = {picture_id: [] for picture_id in picture_ids}
    folders: dict[int, list[str]] = {picture_id: [] for picture_id in picture_ids}
    for picture_id, root_path, relative_path in connection.execute(
        select(Location.picture_id, Root.path, Location.relative_path)
        .join(Root, Root.id == Location.root_id)
        .where(Location.picture_id.in_(picture_ids))
        .order_by(Location.id)
    ):
        folder, _, name = displayable(relative_path).rpartition("/")
        names[picture_id].append(name)
        root_name = displayable(root_path).replace("\\", "/").rstrip("/").rpartition("/")[2]
        folders[picture_id].append(f"{root_name}/{folder}" if folder else root_name)
    sqlite = connection.dialect.name == "sqlite"
    rows = [
        ({"rowid": picture_id} if sqlite else {})
        | {
            "picture_id": picture_id,
            "captions": "\n".join(captions[picture_id]),
            "names": "\n".join(dict.fromkeys(names[picture_id])),
            "folders": "\n".join(dict.fromkeys(folders[picture_id])),
        }
        for picture_id in picture_ids
    ]
    connection.execute(insert(picture_text), rows)
