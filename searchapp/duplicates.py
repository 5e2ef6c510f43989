"""Pictures that are there more than once: copies, edits of one picture, bursts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from indexer.catalogue.tables import Location, Picture
from searchapp.pictures import Pictures
from searchapp.query.bursts import bursts, moments_of
from searchapp.query.duplicates import NEIGHBOURS, distance, is_edit, near_duplicates
from searchapp.requests import DuplicateKind

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue
    from indexer.vectors import VectorIndex

_MOST_VALUES = 500


@dataclass(frozen=True)
class DuplicateFile:
    """One file of a group."""

    id: int
    path: str
    width: int
    height: int
    byte_size: int
    taken_at: datetime | None


@dataclass(frozen=True)
class DuplicateSet:
    """Files that belong together, the one with most pixels (then bytes) first.

    kind: `exact` (the same bytes), `near` (one picture edited), `burst` (taken within seconds by
    one camera, and alike). bits: for `near`, how far the two furthest that were joined are apart,
    of 64.
    """

    kind: DuplicateKind
    files: tuple[DuplicateFile, ...]
    bits: int | None = None

    @property
    def spare_bytes(self) -> int:
        """Bytes of all files but the first."""
        return sum(file.byte_size for file in self.files[1:])


@dataclass(frozen=True)
class Duplicates:
    """Every group, of each kind the largest first. compared: pictures that were looked at."""

    groups: tuple[DuplicateSet, ...]
    compared: int
    spare_bytes: int


def find_duplicates(
    catalogue: "Catalogue",
    index: "VectorIndex",
    kinds: Sequence[DuplicateKind] = tuple(DuplicateKind),
) -> Duplicates:
    """The groups of these kinds among the pictures that are present."""
    index.refresh()
    rows = _rows(catalogue)
    groups: list[DuplicateSet] = []
    if DuplicateKind.EXACT in kinds:
        groups += _exact(catalogue, rows)
    if DuplicateKind.NEAR in kinds:
        hashes = {row.id: row.perceptual_hash for row in rows.values() if row.perceptual_hash}
        found = near_duplicates(hashes, index.vectors, lambda q, k: index.search(q, k))
        groups += _named(
            catalogue, rows, DuplicateKind.NEAR, ((group.ids, group.bits) for group in found)
        )
    if DuplicateKind.BURST in kinds:
        moments = moments_of((row.id, row.camera, row.taken_at) for row in rows.values())
        runs = ((run, None) for run in bursts(moments, index.vectors))
        groups += _named(catalogue, rows, DuplicateKind.BURST, runs)
    spare = sum(group.spare_bytes for group in groups if group.kind is not DuplicateKind.BURST)
    return Duplicates(tuple(groups), len(rows), spare)


def find_edits(
    catalogue: "Catalogue", index: "VectorIndex", picture_id: int
) -> tuple[DuplicateFile, ...]:
    """What is one picture with this one, scaled or edited, among its nearest; most pixels first."""
    index.refresh()
    ids = np.array([picture_id], dtype=np.int64)
    found, cosines = index.search(index.vectors(ids), NEIGHBOURS + 1)
    near = dict(zip(found[0].tolist(), cosines[0].tolist(), strict=True))
    rows = _rows(catalogue, [*near, picture_id])
    own = rows.pop(picture_id, None)
    if own is None or not own.perceptual_hash:
        return ()
    edits = [
        row.id
        for row in rows.values()
        if row.perceptual_hash
        and is_edit(distance(own.perceptual_hash, row.perceptual_hash), near[row.id])
    ]
    paths = {number: row.path for number, row in Pictures(catalogue).rows(edits).items()}
    return _by_size(_file(rows[number], path) for number, path in paths.items())


def _rows(catalogue: "Catalogue", ids: Sequence[int] | None = None) -> dict[int, Any]:
    """Of these pictures, or of all, what tells duplicates."""
    query = sa.select(
        Picture.id,
        Picture.width,
        Picture.height,
        Picture.byte_size,
        Picture.taken_at,
        Picture.camera,
        Picture.perceptual_hash,
    ).where(Picture.live)
    if ids is not None:
        query = query.where(Picture.id.in_(ids))
    with catalogue.read() as connection:
        return {row.id: row for row in connection.execute(query)}


def _exact(catalogue: "Catalogue", rows: dict[int, Any]) -> Iterator[DuplicateSet]:
    present = Location.missing_since.is_(None)
    query = (
        sa.select(Location.picture_id)
        .where(present)
        .group_by(Location.picture_id)
        .having(sa.func.count() > 1)
        .order_by(sa.func.count().desc(), Location.picture_id)
    )
    with catalogue.read() as connection:
        ids = [number for number in connection.scalars(query) if number in rows]
    pictures = Pictures(catalogue)
    for picture_id in ids:
        places = [
            place.path
            for place in pictures.detail(picture_id).locations
            if place.missing_since is None
        ]
        yield DuplicateSet(
            DuplicateKind.EXACT, tuple(_file(rows[picture_id], path) for path in sorted(places))
        )


def _named(
    catalogue: "Catalogue",
    rows: dict[int, Any],
    kind: DuplicateKind,
    found: Iterable[tuple[Sequence[int], int | None]],
) -> list[DuplicateSet]:
    listed = list(found)
    every = sorted({number for ids, _ in listed for number in ids})
    pictures = Pictures(catalogue)
    paths: dict[int, str] = {}
    for start in range(0, len(every), _MOST_VALUES):
        chunk = pictures.rows(every[start : start + _MOST_VALUES])
        paths.update((number, row.path) for number, row in chunk.items())
    groups = []
    for ids, bits in listed:
        files = _by_size(_file(rows[number], paths[number]) for number in ids if number in paths)
        if len(files) > 1:
            groups.append(DuplicateSet(kind, files, bits))
    return sorted(groups, key=lambda group: -len(group.files))


def _by_size(files: Iterable[DuplicateFile]) -> tuple[DuplicateFile, ...]:
    return tuple(
        sorted(files, key=lambda file: (-file.width * file.height, -file.byte_size, file.path))
    )


def _file(row: Any, path: str) -> DuplicateFile:
    return DuplicateFile(row.id, path, row.width, row.height, row.byte_size, row.taken_at)
