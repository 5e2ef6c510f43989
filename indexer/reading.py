"""Turns the work list into requests for the decoding pool, saying which contents are known."""

import os
from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection

from indexer.batch import with_ids
from indexer.catalogue.store import Catalogue
from indexer.catalogue.stored_path import from_stored
from indexer.decode import Request
from indexer.models import all_embedded
from indexer.work_list import CHANGED, EMBED, NEW, WorkItem, WorkList

_CHUNK = 256
# More contents of exactly one size than this, and comparing all of them saves nothing.
_MOST_OF_ONE_SIZE = 16


def requests(
    catalogue: Catalogue, work: WorkList, roots: dict[int, str], model_id: int
) -> Iterator[Request[WorkItem]]:
    """One request per item. A content that has its vector already need not be decoded: a file
    that was only touched, moved or copied is read and hashed, nothing more."""
    items = iter(work)
    while chunk := list(islice(items, _CHUNK)):
        with catalogue.read() as connection:
            by_size = _hashes_by_size(connection, chunk, model_id)
            by_picture = _hashes_by_picture(connection, chunk, model_id)
        for item in chunk:
            known: list[str] = []
            if item.kind != EMBED:
                known = by_size.get(item.size, [])[:_MOST_OF_ONE_SIZE]
                known += by_picture.get(item.picture_id, [])
            path = os.path.join(roots[item.root_id], item.path)
            yield Request(item, path, tuple(known))


# Not a join: SQLite would begin one at the model, and read through all of its vectors.
_EMBEDDED = "EXISTS (SELECT 1 FROM embedding e WHERE e.picture_id = p.id AND e.model_id = :model)"


def _hashes_by_size(
    connection: Connection, items: list[WorkItem], model_id: int
) -> dict[int, list[str]]:
    sizes = {item.size for item in items if item.kind in (NEW, CHANGED)}
    rows = connection.execute(
        with_ids(
            "SELECT p.byte_size, p.content_hash FROM picture p"  # noqa: S608
            f" WHERE p.byte_size IN ({{ids}}) AND {_EMBEDDED}",
            sizes,
        ),
        {"model": model_id},
    )
    hashes: dict[int, list[str]] = {}
    for size, content_hash in rows:
        hashes.setdefault(size, []).append(bytes(content_hash).hex())
    return hashes


def _hashes_by_picture(
    connection: Connection, items: list[WorkItem], model_id: int
) -> dict[int, list[str]]:
    ids = {item.picture_id for item in items if item.kind == CHANGED}
    rows = connection.execute(
        with_ids(
            f"SELECT p.id, p.content_hash FROM picture p WHERE p.id IN ({{ids}}) AND {_EMBEDDED}",  # noqa: S608
            ids,
        ),
        {"model": model_id},
    )
    return {picture_id: [bytes(content_hash).hex()] for picture_id, content_hash in rows}


def add_lacking(
    connection: Connection, work: WorkList, model_id: int, away: set[int], vanished: set[int]
) -> None:
    """Append a file of every live picture that has no vector of the model yet."""
    if all_embedded(connection, model_id):
        return
    rows = connection.execute(
        with_ids(
            "SELECT l.picture_id, l.id, l.root_id, l.relative_path, l.size, l.mtime_ns, l.inode"
            " FROM location l WHERE l.missing_since IS NULL AND NOT EXISTS (SELECT 1"
            " FROM embedding e WHERE e.picture_id = l.picture_id AND e.model_id = :model)"
            " AND l.root_id NOT IN ({ids}) ORDER BY l.picture_id, l.id",
            away or {-1},
        ),
        {"model": model_id},
    )
    last = 0
    for picture_id, location_id, root_id, path, size, mtime_ns, inode in rows:
        if picture_id != last and location_id not in vanished:
            last = picture_id
            work.append(
                WorkItem(
                    EMBED, root_id, from_stored(path), size, mtime_ns, inode,
                    location_id, picture_id,
                )
            )  # fmt: skip
