"""What a library holds and how it is, for `searchapp status` and the library page."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from rich.filesize import decimal

from indexer.caption_vectors import STATE as OF_CAPTIONS
from indexer.catalogue.tables import Embedding, Failure, Location, Model, Picture, Root
from searchapp import __version__
from searchapp.errors import LibraryEmpty
from searchapp.results import FileFailure

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue
    from indexer.vectors import IndexStats
    from searchapp.service import SearchService


@dataclass(frozen=True)
class RootStatus:
    """A folder that was indexed; present and missing count its files."""

    path: str
    state: str
    present: int
    missing: int
    last_scan_at: datetime | None


@dataclass(frozen=True)
class ModelStatus:
    """A model with vectors in the library; `state` is active, building or kept.

    lacking: present pictures that have no vector of it.
    """

    name: str
    fingerprint: str
    state: str
    dimensions: int
    matryoshka: tuple[int, ...]
    vectors: int
    lacking: int


@dataclass(frozen=True)
class Sizes:
    """Bytes on disk."""

    catalogue: int
    vectors: int
    thumbnails: int


@dataclass(frozen=True)
class Status:
    """pictures: present ones; missing: known ones whose files are away; failed: files."""

    version: str
    library: str
    database: str
    pictures: int
    missing: int
    failed: int
    roots: tuple[RootStatus, ...]
    models: tuple[ModelStatus, ...]
    sizes: Sizes
    index: "IndexStats | None"

    def lines(self) -> Iterator[tuple[str, str]]:
        """Names and values for a person."""
        yield "searchapp", self.version
        yield "library", self.library
        yield "database", self.database
        yield "pictures", f"{self.pictures} present, {self.missing} missing"
        yield (
            "failed files",
            f"{self.failed}" + ("  (list: searchapp status --failures)" if self.failed else ""),
        )
        for root in self.roots:
            yield (
                "folder",
                f"{root.path}  {root.state}, {root.present} files, {root.missing} missing",
            )
        for model in self.models:
            lacking = f", {model.lacking} pictures without" if model.lacking else ""
            yield (
                "model",
                f"{model.name} ({model.state}), {model.dimensions} numbers, "
                f"{model.vectors} vectors{lacking}, fingerprint {model.fingerprint[:12]}",
            )
        yield (
            "on disk",
            f"catalogue {decimal(self.sizes.catalogue)}, vectors "
            f"{decimal(self.sizes.vectors)}, thumbnails {decimal(self.sizes.thumbnails)}",
        )
        if self.index is not None:
            yield "index", index_line(self.index)
            if self.index.note:
                yield "", self.index.note


def index_line(index: "IndexStats") -> str:
    """Family, width, size and measured recall of the vector index in a line."""
    if index.exact:
        recall = "exact: every vector is read"
    elif index.recall_at_10 is None:
        recall = "recall not measured"
    else:
        recall = f"recall@10 {index.recall_at_10:.3f} over {index.recall_samples} samples"
    return (
        f"{index.family} at {index.coarse_dimensions} of {index.dimensions} numbers "
        f"({index.parameters}), {index.count} vectors, {index.bytes_per_vector:.0f} bytes each in "
        f"memory, {decimal(index.bytes_on_disk)} on disk, {recall}"
    )


def status_of(service: "SearchService") -> Status:
    """The status of the service's library; zeros for one that is not there yet."""
    folder = service.library.folder
    try:
        catalogue = service.catalogue()
    except LibraryEmpty:
        return Status(__version__, str(folder), "none yet", 0, 0, 0, (), (), Sizes(0, 0, 0), None)
    try:
        index = service.searcher().index_stats()
    except LibraryEmpty:
        index = None
    with catalogue.read() as connection:
        live = _count(connection, sa.select(sa.func.count()).where(Picture.live))
        gone = _count(connection, sa.select(sa.func.count()).where(~Picture.live))
        failed = _count(connection, sa.select(sa.func.count()).select_from(Failure))
        roots = tuple(_roots(connection))
        models = tuple(_models(connection, live))
    return Status(
        version=__version__,
        library=str(folder),
        database=catalogue.database(),
        pictures=live,
        missing=gone,
        failed=failed,
        roots=roots,
        models=models,
        sizes=Sizes(
            catalogue=sum(
                path.stat().st_size for path in folder.glob("library.db*") if path.is_file()
            ),
            vectors=_folder_bytes(service.library.vectors),
            thumbnails=_folder_bytes(folder / "thumbnails"),
        ),
        index=index,
    )


def failures(catalogue: "Catalogue") -> Sequence[FileFailure]:
    """Files that could not be indexed, ordered by path."""
    query = (
        sa.select(Root.path, Failure.relative_path, Failure.reason, Failure.detail)
        .join(Root, Root.id == Failure.root_id)
        .order_by(Root.path, Failure.relative_path)
    )
    with catalogue.read() as connection:
        return tuple(
            FileFailure(os.path.join(root, name), reason, detail)
            for root, name, reason, detail in connection.execute(query)
        )


def _count(connection: sa.Connection, query: sa.Select[int]) -> int:
    return int(connection.scalar(query) or 0)


def _roots(connection: sa.Connection) -> Iterator[RootStatus]:
    present = sa.func.count(Location.id).filter(Location.missing_since.is_(None))
    missing = sa.func.count(Location.id).filter(Location.missing_since.isnot(None))
    query = (
        sa.select(Root.path, Root.state, present, missing, Root.last_scan_at)
        .join(Location, Location.root_id == Root.id, isouter=True)
        .group_by(Root.id)
        .order_by(Root.path)
    )
    for row in connection.execute(query):
        yield RootStatus(*row)


def _models(connection: sa.Connection, live: int) -> Iterator[ModelStatus]:
    vectors = sa.func.count(Embedding.picture_id)
    with_vector = sa.func.count(Embedding.picture_id).filter(Picture.live)
    query = (
        sa.select(
            Model.name,
            Model.fingerprint,
            Model.state,
            Model.dimensions,
            Model.matryoshka,
            vectors,
            with_vector,
        )
        .join(Embedding, Embedding.model_id == Model.id, isouter=True)
        .join(Picture, Picture.id == Embedding.picture_id, isouter=True)
        .where(Model.state != OF_CAPTIONS)
        .group_by(Model.id)
        .order_by(Model.state)
    )
    for name, fingerprint, state, dimensions, widths, stored, covered in connection.execute(query):
        yield ModelStatus(
            name, fingerprint, state, dimensions, tuple(widths), stored, live - covered
        )


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
