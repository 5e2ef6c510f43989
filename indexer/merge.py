"""Takes another library into this one: pictures, places, vectors, captions, thumbnails.

Nothing is decoded or encoded. What this library knows already stays as it is here. Every chunk is
a transaction, and a second call goes on where the first was interrupted.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from indexer.batch import advance_generation, known_pictures, settle, with_ids
from indexer.catalogue.store import Catalogue
from indexer.catalogue.tables import Caption, Embedding, Location, Model, Picture, Root
from indexer.catalogue.vector_rows import checksum_of
from indexer.clock import utc_now
from indexer.lock import library_lock
from indexer.models import ACTIVE, KEPT
from indexer.thumbnails import store_thumbnail, thumbnail_fault, thumbnail_path

_CHUNK = 500

Stop = Callable[[], bool]


@dataclass
class Merged:
    """pictures: contents that were new here; known: those that were not. vectors: taken over.

    damaged: vectors that do not match their checksum, left behind. absent: folders of the other
    library that are not on this machine under their name; their pictures are missing until
    `move_root` says where they are. interrupted: `stop` ended it early.
    """

    pictures: int = 0
    known: int = 0
    locations: int = 0
    vectors: int = 0
    captions: int = 0
    damaged: int = 0
    absent: list[str] = field(default_factory=list)
    interrupted: bool = False


def merge(
    catalogue: Catalogue,
    library_folder: Path,
    other: Catalogue,
    other_folder: Path,
    stop: Stop = lambda: False,
) -> Merged:
    """Take everything of the library `other` that this one lacks.

    Raises:
        LibraryLocked: an indexer is at work here.
    """
    with library_lock(library_folder):
        return _Merge(catalogue, library_folder, other, other_folder).run(stop)


@dataclass
class _Merge:
    catalogue: Catalogue
    library_folder: Path
    other: Catalogue
    other_folder: Path
    done: Merged = field(default_factory=Merged)
    roots: dict[int, tuple[int, str, bool]] = field(default_factory=dict)
    models: dict[int, int] = field(default_factory=dict)

    def run(self, stop: Stop) -> Merged:
        with self.catalogue.write() as connection:
            self._roots(connection)
            self._models(connection)
        for pictures in self._chunks():
            if stop():
                self.done.interrupted = True
                break
            self._take(pictures)
        return self.done

    def _roots(self, connection: Connection) -> None:
        """Which row here stands for each of the other's roots: (id, path, whether it is here)."""
        with self.other.read() as source:
            theirs = source.execute(select(Root.id, Root.path).order_by(Root.id)).fetchall()
        for root_id, path in theirs:
            here = os.path.isdir(path)
            if not here:
                self.done.absent.append(path)
            found = connection.scalar(select(Root.id).where(Root.path == path))
            if found is None:
                found = connection.execute(
                    insert(Root)
                    .values(path=path, state="online" if here else "offline")
                    .returning(Root.id)
                ).scalar_one()
            self.roots[root_id] = (found, path, here)

    def _models(self, connection: Connection) -> None:
        """Which row here stands for each of the other's models; new ones are kept, not used."""
        with self.other.read() as source:
            theirs = source.execute(select(Model.__table__)).fetchall()
        unused = connection.scalar(select(Model.id).where(Model.state == ACTIVE)) is None
        for row in theirs:
            found = connection.scalar(select(Model.id).where(Model.fingerprint == row.fingerprint))
            if found is None:
                values = {name: getattr(row, name) for name in _names(Model) if name != "id"}
                values["state"] = ACTIVE if unused and row.state == ACTIVE else KEPT
                found = connection.execute(
                    insert(Model).values(**values).returning(Model.id)
                ).scalar_one()
            self.models[row.id] = found

    def _chunks(self) -> Iterator[list[Any]]:
        last = 0
        while True:
            with self.other.read() as source:
                rows = source.execute(
                    select(Picture.__table__)
                    .where(Picture.id > last)
                    .order_by(Picture.id)
                    .limit(_CHUNK)
                ).fetchall()
            if not rows:
                return
            last = rows[-1].id
            yield list(rows)

    def _take(self, pictures: list[Any]) -> None:
        """One chunk of the other's pictures with all that belongs to them, in one transaction."""
        theirs = [row.id for row in pictures]
        with self.other.read() as source:
            locations = source.execute(_of(Location, theirs)).fetchall()
            vectors = source.execute(_of(Embedding, theirs)).fetchall()
            captions = source.execute(_of(Caption, theirs)).fetchall()
        for row in pictures:
            self._copy_thumbnail(bytes(row.content_hash))
        with self.catalogue.write() as connection:
            change = advance_generation(connection)
            ids = self._pictures(connection, pictures, change)
            self._locations(connection, ids, locations)
            self._vectors(connection, ids, vectors, change)
            self._captions(connection, ids, captions)
            settle(connection, ids.values(), change)

    def _copy_thumbnail(self, content_hash: bytes) -> None:
        if thumbnail_path(self.library_folder, content_hash).exists():
            return
        others = thumbnail_path(self.other_folder, content_hash)
        # One that is missing or damaged is made again from the picture when it is wanted.
        if thumbnail_fault(others) is None:
            store_thumbnail(self.library_folder, content_hash, others.read_bytes())

    def _pictures(self, connection: Connection, pictures: list[Any], change: int) -> dict[int, int]:
        """The id here of each of the other's pictures; rows are added for those that are new."""
        known = known_pictures(connection, [bytes(row.content_hash) for row in pictures])
        self.done.known += len(known)
        columns = [name for name in _names(Picture) if name not in ("id", "live", "change")]
        new = [
            {name: getattr(row, name) for name in columns} | {"live": False, "change": change}
            for row in pictures
            if bytes(row.content_hash) not in known
        ]
        if new:
            statement = insert(Picture).returning(Picture.content_hash, Picture.id)
            for content_hash, picture_id in connection.execute(statement, new):
                known[bytes(content_hash)] = picture_id
            self.done.pictures += len(new)
        ids = {row.id: known[bytes(row.content_hash)] for row in pictures}
        starred = [ids[row.id] for row in pictures if row.favourite]
        if starred:
            connection.execute(
                update(Picture).where(Picture.id.in_(starred)).values(favourite=True)
            )
        return ids

    def _locations(
        self, connection: Connection, ids: dict[int, int], theirs: Sequence[Any]
    ) -> None:
        now = utc_now()
        new = []
        for row in theirs:
            root_id, root_path, here = self.roots[row.root_id]
            there = connection.scalar(
                select(Location.id).where(
                    Location.root_id == root_id, Location.relative_path == row.relative_path
                )
            )
            if there is not None:
                continue
            missing = row.missing_since
            # A folder of the same name need not be the same folder.
            if missing is None and not (
                here and os.path.lexists(os.path.join(root_path, row.relative_path))
            ):
                missing = now
            new.append(
                {
                    "picture_id": ids[row.picture_id],
                    "root_id": root_id,
                    "relative_path": row.relative_path,
                    "size": row.size,
                    "mtime_ns": row.mtime_ns,
                    # Another disk has other inodes; 0 lets the next scan take over what it finds.
                    "inode": 0,
                    "missing_since": missing,
                }
            )
        if new:
            connection.execute(insert(Location), new)
            self.done.locations += len(new)

    def _vectors(
        self, connection: Connection, ids: dict[int, int], theirs: Sequence[Any], change: int
    ) -> None:
        have = {
            tuple(row)
            for row in connection.execute(
                with_ids(
                    "SELECT picture_id, model_id FROM embedding WHERE picture_id IN ({ids})",
                    ids.values(),
                )
            )
        }
        new = []
        for row in theirs:
            picture_id, model_id = ids[row.picture_id], self.models[row.model_id]
            stored = bytes(row.vector)
            if (picture_id, model_id) in have:
                continue
            if checksum_of(stored, row.picture_id) != row.checksum:
                self.done.damaged += 1
                continue
            new.append(
                {
                    "picture_id": picture_id,
                    "model_id": model_id,
                    "vector": stored,
                    "checksum": checksum_of(stored, picture_id),
                    "change": change,
                }
            )
        if new:
            connection.execute(insert(Embedding), new)
            self.done.vectors += len(new)

    def _captions(self, connection: Connection, ids: dict[int, int], theirs: Sequence[Any]) -> None:
        present = {
            (row.picture_id, row.language, row.text)
            for row in connection.execute(_of(Caption, list(ids.values())))
        }
        names = [name for name in _names(Caption) if name not in ("id", "picture_id")]
        new = [
            {name: getattr(row, name) for name in names} | {"picture_id": ids[row.picture_id]}
            for row in theirs
            if (ids[row.picture_id], row.language, row.text) not in present
        ]
        if new:
            connection.execute(insert(Caption), new)
            self.done.captions += len(new)


def _names(table: Any) -> list[str]:
    return [column.name for column in table.__table__.columns]


def _of(table: Any, picture_ids: list[int]) -> Any:
    return select(table.__table__).where(table.picture_id.in_(picture_ids))
