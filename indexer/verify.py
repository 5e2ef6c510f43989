"""Checks a catalogue against itself, its thumbnails and, if asked, the originals."""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blake3 import blake3
from sqlalchemy import Connection, text

from indexer.batch import advance_generation, settle, with_ids
from indexer.catalogue.store import Catalogue
from indexer.catalogue.stored_path import from_stored
from indexer.catalogue.vector_rows import checksum_of
from indexer.errors import CatalogueBusy, CatalogueDamaged, CatalogueUnavailable
from indexer.lock import library_lock
from indexer.sweep import bury
from indexer.thumbnails import thumbnail_fault, thumbnail_path

_CHUNK = 2000
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Problem:
    """kind: `catalogue`, `reference`, `vector`, `live`, `text`, `thumbnail`, `orphan` or
    `original`; subject: a picture's id or a path; repairable: whether `--repair` mends it."""

    kind: str
    subject: str
    detail: str
    repairable: bool = True


@dataclass
class VerifyReport:
    """checked: things looked at; repaired: problems that are mended now.

    reindex: whether indexing again is needed to restore what a repair took out.
    """

    checked: int = 0
    problems: list[Problem] = field(default_factory=list)
    repaired: int = 0
    reindex: bool = False


def verify(
    catalogue: Catalogue,
    library_folder: Path,
    *,
    repair: bool = False,
    subset: tuple[int, int] | None = None,
) -> VerifyReport:
    """Check everything the catalogue says of itself.

    repair: take out damaged vectors and thumbnails and write derived rows anew; the next run of
        `index` makes again what was taken out. Originals are never touched.
    subset: (n, t) reads the originals of every t-th picture, the n-th part, 1 <= n <= t, and
        compares their content with the hash.

    Raises:
        LibraryLocked: repairing, and an indexer is at work.
        ValueError: a subset out of range.
    """
    if subset is not None and not 1 <= subset[0] <= subset[1]:
        raise ValueError(f"part {subset[0]} of {subset[1]}")
    if repair:
        with library_lock(library_folder):
            return _Check(catalogue, library_folder, True, subset).run()
    return _Check(catalogue, library_folder, False, subset).run()


@dataclass
class _Check:
    catalogue: Catalogue
    library_folder: Path
    repair: bool
    subset: tuple[int, int] | None
    report: VerifyReport = field(default_factory=VerifyReport)

    def run(self) -> VerifyReport:
        if not self._structure():
            return self.report
        self._vectors()
        self._live()
        self._texts()
        self._orphans()
        self._thumbnails()
        if self.subset is not None:
            self._originals(*self.subset)
        return self.report

    def _structure(self) -> bool:
        """The database's own check; what fails here only a snapshot mends."""
        if self.catalogue.engine.dialect.name != "sqlite":
            return True
        self.report.checked += 1
        try:
            verdicts, broken = self._verdicts(self.catalogue.read())
            if verdicts != ["ok"] or broken:
                # An indexer that writes meanwhile makes FTS5 see words of two states; what is
                # still wrong while nobody writes, on a connection that remembers nothing, is wrong.
                self.catalogue.engine.dispose()
                # Where nobody can write, as on a read-only medium, the first verdict stands.
                with suppress(CatalogueBusy, CatalogueUnavailable):
                    verdicts, broken = self._verdicts(self.catalogue.write())
        except CatalogueDamaged as error:
            self._found("catalogue", self.catalogue.place, error.detail, repairable=False)
            return False
        for verdict in verdicts:
            if verdict != "ok":
                self._found("catalogue", self.catalogue.place, verdict, repairable=False)
        for row in broken:
            detail = f"row {row[1]} of {row[0]} refers to nothing in {row[2]}"
            self._found("reference", str(row[0]), detail, repairable=False)
        return not self.report.problems

    def _verdicts(
        self, transaction: AbstractContextManager[Connection]
    ) -> tuple[list[str], Sequence[Any]]:
        with transaction as connection:
            verdicts = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        return [str(verdict) for verdict in verdicts], broken

    def _vectors(self) -> None:
        widths = self._widths()
        for model_id, dimensions in widths.items():
            damaged: list[int] = []
            for picture_id, vector, checksum in self._rows(_VECTORS, model=model_id):
                self.report.checked += 1
                stored = bytes(vector)
                if len(stored) != 2 * dimensions or checksum_of(stored, picture_id) != checksum:
                    self._found("vector", str(picture_id), "does not match its checksum")
                    damaged.append(picture_id)
            if damaged and self.repair:
                self._drop_vectors(model_id, damaged)

    def _widths(self) -> dict[int, int]:
        with self.catalogue.read() as connection:
            rows = connection.exec_driver_sql("SELECT id, dimensions FROM model").fetchall()
        return {model_id: dimensions for model_id, dimensions in rows}

    def _drop_vectors(self, model_id: int, picture_ids: list[int]) -> None:
        with self.catalogue.write() as connection:
            advance_generation(connection)
            connection.execute(
                with_ids(
                    "DELETE FROM embedding WHERE model_id = :model AND picture_id IN ({ids})",
                    picture_ids,
                ),
                {"model": model_id},
            )
        self.report.repaired += len(picture_ids)
        self.report.reindex = True

    def _live(self) -> None:
        with self.catalogue.read() as connection:
            wrong = connection.execute(text(_WRONG_LIVE)).scalars().all()
        for picture_id in wrong:
            self._found("live", str(picture_id), "shown or hidden against its locations")
        self._settle(list(wrong))

    def _texts(self) -> None:
        with self.catalogue.read() as connection:
            wrong = list(_stale_texts(connection))
        for picture_id in wrong:
            self._found("text", str(picture_id), "full-text row is missing or doubled")
        self._settle(wrong)

    def _settle(self, picture_ids: list[int]) -> None:
        if picture_ids and self.repair:
            with self.catalogue.write() as connection:
                settle(connection, picture_ids, advance_generation(connection))
            self.report.repaired += len(picture_ids)

    def _orphans(self) -> None:
        with self.catalogue.read() as connection:
            orphans = list(connection.execute(text(_ORPHANS)).scalars())
        for picture_id in orphans:
            self._found("orphan", str(picture_id), "has no location")
        if orphans and self.repair:
            with self.catalogue.write() as connection:
                bury(connection, orphans, advance_generation(connection))
            self.report.repaired += len(orphans)

    def _thumbnails(self) -> None:
        remake: list[int] = []
        for picture_id, content_hash in self._rows(
            "SELECT id, content_hash FROM picture WHERE live AND id > :last ORDER BY id LIMIT :size"
        ):
            self.report.checked += 1
            path = thumbnail_path(self.library_folder, bytes(content_hash))
            fault = thumbnail_fault(path)
            if fault is not None:
                self._found("thumbnail", str(path), fault)
                remake.append(picture_id)
        if remake and self.repair:
            from indexer.thumbnail_repair import remake_thumbnails

            self.report.repaired += remake_thumbnails(self.catalogue, self.library_folder, remake)

    def _originals(self, part: int, parts: int) -> None:
        for picture_id, content_hash, root, path, size, mtime_ns in self._rows(
            "SELECT p.id, p.content_hash, r.path, l.relative_path, l.size, l.mtime_ns"
            " FROM picture p JOIN location l ON l.picture_id = p.id JOIN root r"
            " ON r.id = l.root_id WHERE p.id > :last AND l.id = (SELECT min(o.id) FROM location o"
            " WHERE o.picture_id = p.id AND o.missing_since IS NULL) ORDER BY p.id LIMIT :size"
        ):
            if picture_id % parts != part - 1:
                continue
            self.report.checked += 1
            absolute = os.path.join(from_stored(root), from_stored(path))
            try:
                found = os.stat(absolute)
                digest = _digest(absolute)
            except OSError as error:
                detail = error.strerror or str(error)
                self._found("original", absolute, detail, repairable=False)
                continue
            same = (found.st_size, found.st_mtime_ns) == (size, mtime_ns)
            if same and digest != bytes(content_hash):
                detail = "other content under the same size and time"
                self._found("original", absolute, detail, repairable=False)

    def _rows(self, statement: str, **values: int) -> Iterator[tuple]:  # type: ignore[type-arg]
        last = -1
        while True:
            with self.catalogue.read() as connection:
                rows = connection.execute(
                    text(statement), {"last": last, "size": _CHUNK} | values
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from (tuple(row) for row in rows)

    def _found(self, kind: str, subject: str, detail: str, repairable: bool = True) -> None:
        self.report.problems.append(Problem(kind, subject, detail, repairable))


_VECTORS = (
    "SELECT picture_id, vector, checksum FROM embedding WHERE model_id = :model"
    " AND picture_id > :last ORDER BY picture_id LIMIT :size"
)
_WRONG_LIVE = (
    "SELECT id FROM picture WHERE live <> EXISTS (SELECT 1 FROM location l"
    " WHERE l.picture_id = picture.id AND l.missing_since IS NULL)"
)
_ORPHANS = (
    "SELECT id FROM picture WHERE NOT EXISTS"
    " (SELECT 1 FROM location l WHERE l.picture_id = picture.id)"
)


def _stale_texts(connection: Connection) -> Iterator[int]:
    """Pictures with no full-text row. (FTS5 finds rows by rowid, the id of the picture.)"""
    key = "rowid" if connection.dialect.name == "sqlite" else "picture_id"
    rows = connection.execute(
        text(f"SELECT id FROM picture WHERE id NOT IN (SELECT {key} FROM picture_text)")  # noqa: S608
    )
    yield from rows.scalars()


def _digest(path: str) -> bytes:
    hasher = blake3()
    with open(path, "rb") as file:
        while chunk := file.read(_READ_BYTES):
            hasher.update(chunk)
    return hasher.digest()
