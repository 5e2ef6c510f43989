"""Vectors as the catalogue stores them, and the source that a vector index is built from."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from indexer.errors import CatalogueDamaged

logger = logging.getLogger(__name__)

# `Catalogue.read`, which raises this room's errors for what a damaged file does.
Read = Callable[[], AbstractContextManager[Connection]]

_CHUNK = 500


def checksum_of(vector: bytes, picture_id: int) -> int:
    """Signed xxh3_64 of a vector, seeded by its picture so that swapped rows are noticed too."""
    unsigned = xxhash.xxh3_64_intdigest(vector, seed=picture_id)
    return unsigned - (1 << 64) if unsigned >= 1 << 63 else unsigned


class CatalogueVectors:
    """The live vectors of one model, as a `VectorSource` (see `indexer.vectors.source`).

    Rows whose checksum does not match are left out and named in `damaged`: a search must not
    rank by a vector that the disk changed.
    """

    def __init__(self, read: Read, model_id: int, fingerprint: str, dimensions: int) -> None:
        self.fingerprint = fingerprint
        self.dimensions = dimensions
        self.damaged: set[int] = set()
        self._read = read
        self._model_id = model_id
        self._counted: tuple[int, int] | None = None

    def generation(self) -> int:
        """The catalogue's generation: grows with every change of what a search may return."""
        with self._read() as connection:
            return read_generation(connection)

    def count(self) -> int:
        """Live pictures that have a vector of this model."""
        with self._read() as connection:
            generation = read_generation(connection)
            if self._counted is None or self._counted[0] != generation:
                number = connection.execute(
                    text(
                        "SELECT count(*) FROM embedding e JOIN picture p ON p.id = e.picture_id"
                        " WHERE e.model_id = :model AND p.live"
                    ),
                    {"model": self._model_id},
                ).scalar_one()
                self._counted = (generation, int(number))
            return self._counted[1]

    def batches(self, size: int = 4096) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """Live pictures in order of id: ids int64 [B] and vectors float16 [B, D].

        Each batch is a transaction of its own, so that a long build holds no snapshot open.
        """
        last = -1
        statement = text(
            "SELECT e.picture_id, e.vector, e.checksum FROM embedding e"
            " JOIN picture p ON p.id = e.picture_id"
            " WHERE e.picture_id > :last AND e.model_id = :model AND p.live"
            " ORDER BY e.picture_id LIMIT :size"
        )
        while True:
            values = {"last": last, "model": self._model_id, "size": size}
            with self._read() as connection:
                rows = connection.execute(statement, values).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            ids, vectors = self._checked(rows)
            if len(ids):
                yield ids, vectors

    def changes_since(self, generation: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids that are new or changed and live, and ids that are gone or no longer live."""
        values = {"since": generation, "model": self._model_id}
        with self._read() as connection:
            changed = connection.execute(
                text(
                    "SELECT p.id, p.live FROM picture p JOIN embedding e"
                    " ON e.picture_id = p.id AND e.model_id = :model WHERE p.change > :since"
                    " UNION"
                    " SELECT p.id, p.live FROM embedding e JOIN picture p ON p.id = e.picture_id"
                    " WHERE e.model_id = :model AND e.change > :since ORDER BY 1"
                ),
                values,
            ).fetchall()
            buried = connection.execute(
                text("SELECT picture_id FROM tombstone WHERE change > :since"), values
            ).fetchall()
        live = np.array([row[0] for row in changed if row[1]], dtype=np.int64)
        gone = np.array(
            [row[0] for row in changed if not row[1]] + [row[0] for row in buried], dtype=np.int64
        )
        return live, gone

    def fetch(self, ids: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """The vectors of these pictures, live or not: ids found int64 [B], vectors [B, D]."""
        wanted = [int(picture_id) for picture_id in ids]
        rows: list[Sequence[Any]] = []
        with self._read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                # Integers only, so writing them into the statement is safe, and it saves the
                # binding of thousands of parameters.
                listed = ",".join(map(str, wanted[start : start + _CHUNK])) or "NULL"
                rows += connection.exec_driver_sql(
                    "SELECT picture_id, vector, checksum FROM embedding"  # noqa: S608
                    f" WHERE model_id = {self._model_id} AND picture_id IN ({listed})"
                    " ORDER BY picture_id"
                ).fetchall()
        return self._checked(rows)

    def _checked(
        self, rows: Sequence[Sequence[Any]]
    ) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        width = self.dimensions * 2
        ids: list[int] = []
        vectors: list[bytes] = []
        for picture_id, vector, checksum in rows:
            if len(vector) != width or checksum_of(vector, picture_id) != checksum:
                logger.error("vector of picture %d does not match its checksum", picture_id)
                self.damaged.add(picture_id)
                continue
            ids.append(picture_id)
            vectors.append(vector)
        matrix = np.frombuffer(b"".join(vectors), dtype=np.float16)
        return np.array(ids, dtype=np.int64), matrix.reshape(len(ids), self.dimensions)


def read_generation(connection: Connection) -> int:
    """The generation as this transaction sees it. Raises CatalogueDamaged."""
    statement = "SELECT value FROM state WHERE key = 'generation'"
    value = connection.exec_driver_sql(statement).scalar()
    try:
        return int(value or "")
    except ValueError as error:
        detail = f"its generation is {value!r}"
        raise CatalogueDamaged(str(connection.engine.url.database), detail) from error
