"""The folders of a library: found or added, and moved as a whole."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, insert, select, text, update

from indexer.catalogue.store import Catalogue
from indexer.catalogue.stored_path import from_stored, to_stored
from indexer.catalogue.tables import Location, Root
from indexer.catalogue.text_rows import refresh_text
from indexer.errors import FolderMissing, NotAFolder, RootUnknown


@dataclass(frozen=True)
class RootScope:
    """A root, or the part of it below `under` ("" or "a/b/"), to scan.

    device: st_dev at the last scan, None if never scanned.
    """

    id: int
    path: str
    under: str = ""
    device: int | None = None
    online: bool = True


def scopes(connection: Connection, paths: Sequence[Path]) -> list[RootScope]:
    """What to scan for these folders, adding roots that are new; all roots for none.

    A folder inside a root is a part of that root. A folder around roots takes them in.

    Raises:
        FolderMissing: it is not there and never was indexed.
        NotAFolder: it is something else.
    """
    if not paths:
        return _known(connection)
    wanted: dict[tuple[int, str], RootScope] = {}
    for path in paths:
        scope = _scope(connection, os.path.realpath(path))
        wanted[scope.id, scope.under] = scope
    whole = {scope.id for scope in wanted.values() if not scope.under}
    return [s for s in wanted.values() if not s.under or s.id not in whole]


def _known(connection: Connection) -> list[RootScope]:
    rows = connection.execute(select(Root.id, Root.path, Root.device, Root.state).order_by(Root.id))
    return [RootScope(r.id, r.path, "", r.device, r.state == "online") for r in rows]


def _scope(connection: Connection, path: str) -> RootScope:
    known = _known(connection)
    for root in known:
        if path == root.path:
            return root
        if path.startswith(_inside(root.path)):
            if not os.path.isdir(path) and not _indexed(connection, root, path):
                there = os.path.lexists(path)
                raise NotAFolder(Path(path)) if there else FolderMissing(Path(path))
            under = path[len(_inside(root.path)) :].replace(os.sep, "/") + "/"
            return RootScope(root.id, root.path, under, root.device, root.online)
    if not os.path.lexists(path):
        raise FolderMissing(Path(path))
    if not os.path.isdir(path):
        raise NotAFolder(Path(path))
    root_id = connection.execute(
        insert(Root).values(path=path, state="online").returning(Root.id)
    ).scalar_one()
    for root in known:
        if root.path.startswith(_inside(path)):
            _take_in(connection, root, root_id, root.path[len(_inside(path)) :])
    return RootScope(root_id, path)


def _indexed(connection: Connection, root: RootScope, path: str) -> bool:
    prefix = to_stored(path[len(_inside(root.path)) :].replace(os.sep, "/") + "/")
    return (
        connection.execute(
            text(
                "SELECT 1 FROM location WHERE root_id = :root AND relative_path >= :first"
                " AND relative_path < :last LIMIT 1"
            ),
            {"root": root.id, "first": prefix, "last": prefix[:-1] + "0"},
        ).first()
        is not None
    )


def _inside(folder: str) -> str:
    return folder if folder.endswith(os.sep) else folder + os.sep


def _take_in(connection: Connection, inner: RootScope, outer_id: int, below: str) -> None:
    """Make a root part of one around it; its pictures keep everything."""
    prefix = below.replace(os.sep, "/").rstrip("/") + "/"
    for table in ("location", "failure"):
        rows = connection.execute(
            text(f"SELECT id, relative_path FROM {table} WHERE root_id = :root"),  # noqa: S608
            {"root": inner.id},
        ).fetchall()
        if rows:
            connection.execute(
                text(
                    f"UPDATE {table} SET root_id = :outer, relative_path = :path"  # noqa: S608
                    " WHERE id = :id"
                ),
                [
                    {"outer": outer_id, "path": to_stored(prefix + from_stored(path)), "id": key}
                    for key, path in rows
                ],
            )
    connection.execute(text("DELETE FROM root WHERE id = :id"), {"id": inner.id})


def move_root(catalogue: Catalogue, old: Path, new: Path) -> None:
    """Say that a folder lies elsewhere now. Nothing is read or encoded.

    Raises:
        RootUnknown: `old` was never indexed.
        NotAFolder: there is no folder at `new`.
    """
    if not new.is_dir():
        raise NotAFolder(new)
    with catalogue.write() as connection:
        rows = connection.execute(select(Root.id, Root.path)).fetchall()
        wanted = {os.path.realpath(old), os.path.abspath(old), str(old)}
        found = next((row.id for row in rows if row.path in wanted), None)
        if found is None:
            raise RootUnknown(old, tuple(row.path for row in rows))
        connection.execute(
            update(Root)
            .where(Root.id == found)
            .values(path=os.path.realpath(new), device=None, state="online")
        )
        # Another disk has other inodes; 0 lets the next scan take over what it finds.
        connection.execute(update(Location).where(Location.root_id == found).values(inode=0))
        pictures = connection.execute(
            select(Location.picture_id).where(Location.root_id == found).distinct()
        )
        refresh_text(connection, pictures.scalars().all())
