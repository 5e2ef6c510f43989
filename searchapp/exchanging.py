"""Vectors and captions out of a library, and those of an export or of another library into it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from searchapp.errors import NothingToImport
from searchapp.models import place_of, remember_place

if TYPE_CHECKING:
    from indexer.models import ModelFacts
    from searchapp.service import SearchService, Stop


@dataclass(frozen=True)
class ExportOutcome:
    """What was written to a folder."""

    folder: str
    model: str
    dimensions: int
    vectors: int
    captions: int


@dataclass(frozen=True)
class ImportOutcome:
    """What was taken over.

    source: "export" or "library". pictures: new here (only a library brings pictures). known:
    what was here already. unknown: vectors of contents that this library does not have. damaged:
    vectors left behind because they do not match their checksum.
    """

    source: str
    pictures: int
    vectors: int
    captions: int
    known: int
    unknown: int
    damaged: int
    interrupted: bool
    notices: tuple[str, ...]


def export(service: "SearchService", folder: Path, *, parquet: bool) -> ExportOutcome:
    """Write vectors of the model in use, paths and captions. Raises LibraryEmpty, ExtraMissing."""
    from indexer.exchange import export as write

    model = service.active_model()
    written = write(service.catalogue(), model.fingerprint, folder, parquet=parquet)
    return ExportOutcome(
        str(folder), model.name, model.dimensions, written.vectors, written.captions
    )


def import_from(
    service: "SearchService", folder: Path, model: str | None, stop: "Stop"
) -> ImportOutcome:
    """Take over an export or another library.

    model: whose vectors an export holds, if this library never saw that model.

    Raises NothingToImport, ImportMismatch, LibraryEmpty, LibraryLocked.
    """
    from indexer.exchange import is_export

    if (folder / "library.db").is_file():
        return _merge(service, folder, stop)
    if is_export(folder):
        return _embeddings(service, folder, model)
    raise NothingToImport(folder)


def _embeddings(service: "SearchService", folder: Path, model: str | None) -> ImportOutcome:
    from indexer.exchange import exported_model, import_embeddings

    catalogue = service.catalogue()
    facts: ModelFacts = (
        _catalogued(service, exported_model(folder)) if model is None else service.encoder(model)
    )
    taken = import_embeddings(catalogue, folder, facts)
    if model is not None:
        remember_place(catalogue, facts.fingerprint, model)
    notices = []
    if taken.added and facts.fingerprint != service.active_model().fingerprint:
        notices.append(
            f"Searches use another model so far. To switch: searchapp index --model {facts.name}"
        )
    if taken.unknown:
        notices.append(
            f"{taken.unknown} vectors are of pictures that this library does not have."
            " Index their folders, then import again."
        )
    return ImportOutcome(
        "export", 0, taken.added, taken.captions, taken.known, taken.unknown, 0, False,
        tuple(notices),
    )  # fmt: skip


@dataclass(frozen=True)
class _CataloguedModel:
    """What the catalogue remembers of a model, in the shape of an encoder's facts."""

    name: str
    fingerprint: str
    dimensions: int
    matryoshka: tuple[int, ...]
    image_size: int


def _catalogued(service: "SearchService", fingerprint: str) -> _CataloguedModel:
    """The catalogue's model of this fingerprint, or the one in use for the error to name."""
    from indexer.catalogue.tables import Model

    with service.catalogue().session() as session:
        found = session.scalars(sa.select(Model).where(Model.fingerprint == fingerprint)).first()
        model = found or service.active_model()
        return _CataloguedModel(
            model.name,
            model.fingerprint,
            model.dimensions,
            tuple(model.matryoshka),
            model.image_size,
        )


def _merge(service: "SearchService", folder: Path, stop: "Stop") -> ImportOutcome:
    from indexer.catalogue import Catalogue
    from indexer.catalogue.tables import Model
    from indexer.merge import merge

    here = service.library.folder
    if folder.resolve() == here.resolve():
        raise NothingToImport(folder)
    catalogue = service.make_catalogue()
    with Catalogue.open(folder / "library.db") as other:
        done = merge(catalogue, here, other, folder, stop)
        with other.session() as session:
            places = [
                (m.fingerprint, place_of(other, m)) for m in session.scalars(sa.select(Model))
            ]
    for fingerprint, place in places:
        remember_place(catalogue, fingerprint, place)
    notices = [
        f"{path} is not on this machine: its pictures stay out of the results until"
        f" searchapp index --move-root {path} NEW says where they are."
        for path in done.absent
    ]
    return ImportOutcome(
        "library", done.pictures, done.vectors, done.captions, done.known, 0, done.damaged,
        done.interrupted, tuple(notices),
    )  # fmt: skip
