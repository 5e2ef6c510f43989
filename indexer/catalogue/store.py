"""A catalogue: open it, read from it, write to it in one transaction."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from indexer.catalogue import schema
from indexer.catalogue.engine import (
    APPLICATION_ID,
    BUSY_SECONDS,
    WRITE,
    connect,
    is_url,
    sqlite_driver,
)
from indexer.catalogue.snapshots import make_snapshot
from indexer.catalogue.tables import Embedding, Model
from indexer.catalogue.vector_rows import CatalogueVectors, read_generation
from indexer.errors import (
    CatalogueBusy,
    CatalogueDamaged,
    CatalogueMissing,
    CatalogueTooNew,
    CatalogueUnavailable,
    DiskFull,
    ModelUnknown,
)
from indexer.failpoints import failpoint

logger = logging.getLogger(__name__)

# One transaction with its journal; what a whole run needs only the run knows.
LEAST_ROOM = 64 * 1024**2


class Catalogue:
    """One library's database. Safe to share between threads; each transaction is its own."""

    def __init__(self, place: str, engine: Engine) -> None:
        self.place = place
        self.engine = engine
        self._file = self._file_now()

    @classmethod
    def open(cls, url_or_path: str | Path, *, create: bool = False) -> Self:
        """Open a SQLite file or database URL, migrating it to this program's schema.

        Raises:
            CatalogueMissing: there is none and `create` is false.
            CatalogueTooNew: a newer program wrote it.
            CatalogueDamaged: the file is not a catalogue any more.
            CatalogueBusy: another process did not let go of the lock.
        """
        place = str(url_or_path)
        path = None if is_url(place) else Path(place)
        if path is not None:
            _make_private(path, create)
        catalogue = cls(place, connect(place))
        try:
            with catalogue.translated_errors():
                catalogue._bring_up_to_date(create)
        except BaseException:
            catalogue.close()
            raise
        return catalogue

    @property
    def path(self) -> Path | None:
        """The SQLite file; None for a database server."""
        return None if is_url(self.place) else Path(self.place)

    @property
    def replaced(self) -> bool:
        """Whether another file lies in the place of the one that was opened, as after `restore`."""
        return self._file_now() != self._file

    def _file_now(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.place) if self.path is not None else None
        except OSError:
            found = None
        return found and (found.st_dev, found.st_ino)

    @property
    def shown_place(self) -> str:
        """The file or database URL, without a password."""
        return str(make_url(self.place)) if is_url(self.place) else self.place

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def session(self) -> Session:
        """A session to read with."""
        return Session(self.engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection in a transaction that sees one state of the catalogue."""
        with self.translated_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in a transaction that is committed at the end, or not at all."""
        with self.translated_errors(), self.engine.connect() as connection:
            connection = connection.execution_options(**{WRITE: True})
            with connection.begin():
                yield connection

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Raise this room's errors for a damaged or busy catalogue."""
        try:
            yield
        except DBAPIError as error:
            detail = str(error.orig)
            if "malformed" in detail or "not a database" in detail:
                raise CatalogueDamaged(self.place, detail) from error
            if "disk is full" in detail or "No space left" in detail:
                folder = Path(self.place).parent if self.path else Path.cwd()
                raise DiskFull(self.place, LEAST_ROOM, shutil.disk_usage(folder).free) from error
            if "database is locked" in detail:
                raise CatalogueBusy(self.place, BUSY_SECONDS) from error
            if isinstance(error, OperationalError):
                raise CatalogueUnavailable(self.shown_place, detail.strip()) from error
            raise

    def generation(self) -> int:
        """Grows with every commit that changes what a search may return."""
        with self.read() as connection:
            return read_generation(connection)

    def vector_source(self, model_fingerprint: str) -> CatalogueVectors:
        """The live vectors of a model.

        Raises:
            ModelUnknown: the catalogue never saw this model.
        """
        with self.read() as connection:
            rows = connection.execute(
                select(Model.id, Model.fingerprint, Model.dimensions)
            ).fetchall()
        for model_id, fingerprint, dimensions in rows:
            if fingerprint == model_fingerprint:
                return CatalogueVectors(self.read, model_id, fingerprint, dimensions)
        raise ModelUnknown(model_fingerprint, tuple(row[1] for row in rows))

    def database(self) -> str:
        """Which database this is, for `status`: for example "SQLite 3.53.4 (WAL)"."""
        if self.engine.dialect.name != "sqlite":
            return self.engine.dialect.name
        driver = sqlite_driver()
        return f"SQLite {driver.version} ({driver.journal_mode})"

    def vector_counts(self) -> dict[str, int]:
        """Vectors stored for each model, by fingerprint, whether their pictures are live or not."""
        with self.read() as connection:
            rows = connection.execute(
                select(Model.fingerprint, func.count(Embedding.picture_id))
                .join(Embedding, Embedding.model_id == Model.id, isouter=True)
                .group_by(Model.fingerprint)
            )
            return {fingerprint: number for fingerprint, number in rows}

    def compact(self) -> bool:
        """Give space that deleted rows left back to the disk; whether that was done.

        SQLite writes the catalogue anew for it, beside the old one: not without room for that, nor
        while others use it. The space is then used up by what comes next. Servers do it themselves.
        """
        if self.path is None:
            return False
        folder, size = self.path.parent, self.path.stat().st_size
        if shutil.disk_usage(folder).free < 2 * size + LEAST_ROOM:
            return False
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except self.engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]
            logger.info("catalogue not made smaller now: %s", error)
            return False
        finally:
            connection.close()
        return True

    def _bring_up_to_date(self, create: bool) -> None:
        with self.read() as connection:
            found = schema.found_version(connection)
        if found == schema.HEAD:
            return
        if found is not None and found > schema.HEAD:
            raise CatalogueTooNew(self.place, found, schema.HEAD)
        if found is None and not create:
            raise CatalogueMissing(self.place)
        if found is not None and self.path is not None:
            make_snapshot(self.path)
        failpoint("migration.before")
        with self.write() as connection:
            # Another process may have been faster while this one waited for the lock.
            if schema.found_version(connection) != schema.HEAD:
                schema.upgrade(connection)
                if self.engine.dialect.name == "sqlite":
                    connection.execute(text(f"PRAGMA application_id={APPLICATION_ID}"))
            failpoint("migration.before_commit")


def _make_private(path: Path, create: bool) -> None:
    if path.exists():
        return
    if not create:
        raise CatalogueMissing(str(path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made here so that nobody else on the machine can read it, nor the WAL, which inherits this.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
