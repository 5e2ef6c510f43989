"""Care of a library: check it, bring back a snapshot, carry it elsewhere, forecast a run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.filesize import decimal

from searchapp.errors import SubsetInvalid
from searchapp.requests import IndexRequest

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue
    from indexer.report import Forecast
    from indexer.verify import VerifyReport
    from searchapp.service import SearchService


@dataclass(frozen=True)
class WidthForecast:
    """index_bytes: of the vector index when it keeps `dim` numbers of each vector."""

    dim: int
    index_bytes: int


@dataclass(frozen=True)
class Estimate:
    """What indexing folders would take on this machine, from a timed sample.

    memory_bytes: without the model's weights. disk_bytes: catalogue, full vectors, thumbnails.
    """

    files: int
    sampled: int
    failed: int
    seconds: float
    memory_bytes: int
    disk_bytes: int
    widths: tuple[WidthForecast, ...]
    model: str
    image_size: int

    @property
    def sentence(self) -> str:
        """The forecast for a person."""
        if not self.files:
            return "There is no picture to index."
        index = ", ".join(
            f"{decimal(width.index_bytes)} at {width.dim} numbers" for width in self.widths
        )
        return (
            f"{self.files} pictures ({self.sampled} timed): about "
            f"{timedelta(seconds=round(self.seconds))} with {self.model} at {self.image_size} "
            f"pixels, {decimal(self.memory_bytes)} of memory beside the model, "
            f"{decimal(self.disk_bytes)} on disk; vector index {index}."
        )


def estimate(service: "SearchService", request: IndexRequest) -> Estimate:
    """Time a sample of the pictures to index; nothing is written.

    Raises FolderMissing, NotAFolder.
    """
    from indexer.forecast import estimate as forecast_of
    from searchapp.indexing import model_wanted, options, with_folders

    request = with_folders(service, request)
    encoder = service.encoder(model_wanted(service, request), request.image_size)
    return as_estimate(forecast_of(options(service, request), encoder))


def as_estimate(forecast: "Forecast") -> Estimate:
    """The indexer's forecast as doors show it."""
    return Estimate(
        files=forecast.files,
        sampled=forecast.sampled,
        failed=forecast.failed,
        seconds=forecast.seconds,
        memory_bytes=forecast.memory_bytes,
        disk_bytes=forecast.catalogue_bytes,
        widths=tuple(WidthForecast(*width) for width in forecast.index_bytes.items()),
        model=forecast.model,
        image_size=forecast.image_size,
    )


def verify(
    catalogue: "Catalogue", folder: Path, *, repair: bool, subset: str | None
) -> "VerifyReport":
    """Check the catalogue against itself, thumbnails and (part n of t of) the originals.

    Raises SubsetInvalid, LibraryLocked.
    """
    from indexer.verify import verify as check

    return check(catalogue, folder, repair=repair, subset=_part(subset))


def snapshot_paths(folder: Path) -> Sequence[Path]:
    """The snapshots of a library, newest first."""
    from indexer.catalogue.snapshots import snapshots

    return [snapshot.path for snapshot in snapshots(folder)]


def _part(subset: str | None) -> tuple[int, int] | None:
    if subset is None:
        return None
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", subset)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise SubsetInvalid(subset)
    return int(found[1]), int(found[2])
