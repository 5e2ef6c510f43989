"""Errors of this room."""

from datetime import datetime
from pathlib import Path


class IndexerError(Exception):
    """Base of every error that this room raises on purpose; subclasses carry facts."""


class CatalogueMissing(IndexerError):
    """There is no catalogue at this place."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no catalogue at {path}")
        self.path = path


class CatalogueTooNew(IndexerError):
    """The catalogue was written by a newer program than this one."""

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(f"{path} has schema {found}, this program knows up to {expected}")
        self.path = path
        self.found = found
        self.expected = expected


class CatalogueDamaged(IndexerError):
    """The catalogue file cannot be read as what it should be."""

    def __init__(self, path: str, detail: str, snapshot: Path | None = None) -> None:
        super().__init__(f"{path} is damaged: {detail}")
        self.path = path
        self.detail = detail
        self.snapshot = snapshot


class CatalogueUnavailable(IndexerError):
    """The database cannot be reached, read or written: a server that is down, a failing disk."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class CatalogueBusy(IndexerError):
    """Another process kept the catalogue's write lock for longer than this one waits."""

    def __init__(self, path: str, waited_seconds: float) -> None:
        super().__init__(f"{path} stayed locked for {waited_seconds:.0f} s")
        self.path = path
        self.waited_seconds = waited_seconds


class LibraryLocked(IndexerError):
    """Another process is indexing this library."""

    def __init__(self, path: Path, pid: int, host: str, since: datetime | None) -> None:
        super().__init__(f"{path} is held by process {pid} on {host} since {since}")
        self.path = path
        self.pid = pid
        self.host = host
        self.since = since


class FolderMissing(IndexerError):
    """A folder to index does not exist and was never indexed before."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"no folder at {path}")
        self.path = path


class NotAFolder(IndexerError):
    """A path to index is something else than a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not a folder")
        self.path = path


class RootUnknown(IndexerError):
    """A folder was named that is not one of the library's roots."""

    def __init__(self, path: Path, known: tuple[str, ...]) -> None:
        super().__init__(f"{path} is not one of the indexed folders")
        self.path = path
        self.known = known


class ModelUnknown(IndexerError):
    """The catalogue holds no vectors of the model asked for."""

    def __init__(self, found: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no vectors of model {found} in the catalogue")
        self.found = found
        self.known = known


class ModelIncomplete(IndexerError):
    """A model cannot be made the active one while pictures have no vector of it."""

    def __init__(self, name: str, lacking: int) -> None:
        super().__init__(f"{lacking} pictures have no vector of {name}")
        self.name = name
        self.lacking = lacking


class VectorsUnusable(IndexerError):
    """An encoder returned vectors that must not be stored (shape, not finite, not of length 1)."""

    def __init__(self, model: str, detail: str) -> None:
        super().__init__(f"{model} returned unusable vectors: {detail}")
        self.model = model
        self.detail = detail


class DecoderUnavailable(IndexerError):
    """The processes that decode pictures do not start."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"decoding processes do not start: {detail}")
        self.detail = detail


class DiskFull(IndexerError):
    """There was no room left to write. needed_bytes: for all that is still to be written."""

    def __init__(self, path: str, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(f"no room left at {path}: {free_bytes} bytes free")
        self.path = path
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes
        self.needed_megabytes = -(-needed_bytes // 1_000_000)
        self.free_megabytes = free_bytes // 1_000_000


class SnapshotMissing(IndexerError):
    """There is no snapshot to restore, or not the one that was named."""

    def __init__(self, library_folder: Path, path: Path | None) -> None:
        super().__init__(f"no such snapshot in {library_folder}")
        self.library_folder = library_folder
        self.path = path


class ImportMismatch(IndexerError):
    """Embeddings made elsewhere do not fit: other model, other shape, or damaged."""

    def __init__(self, path: Path, found: str, expected: str) -> None:
        super().__init__(f"{path} has {found}, expected {expected}")
        self.path = path
        self.found = found
        self.expected = expected


class CaptionUnknown(IndexerError):
    """No caption has this id."""

    def __init__(self, caption_id: int) -> None:
        super().__init__(f"no caption {caption_id}")
        self.caption_id = caption_id


class ExtraMissing(IndexerError):
    """A format needs a package that is not installed."""

    def __init__(self, package: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package}")
        self.package = package
        self.purpose = purpose
