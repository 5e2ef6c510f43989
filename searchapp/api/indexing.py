"""`/index`: start, look at and pause a run of the indexer."""

import os
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from indexer.errors import FolderMissing
from searchapp.api.access import Service
from searchapp.requests import IndexRequest
from searchapp.results import as_document
from searchapp.service import SearchService

router = APIRouter(prefix="/index", tags=["library"])

Pattern = Annotated[str, Field(max_length=1000)]


class IndexBody(BaseModel):
    """Folders to read (none: all that are known) and what this run leaves out beside
    `/index/exclusions`, in gitignore syntax."""

    model_config = ConfigDict(extra="forbid")

    paths: list[Annotated[str, Field(min_length=1, max_length=4096)]] = Field(max_length=100)
    excludes: list[Pattern] = Field(default=[], max_length=1000)
    model: str = "auto"
    retry_failed: bool = False
    watch: bool = False

    def request(self, service: SearchService) -> IndexRequest:
        """What the service is asked. Raises FolderMissing for one that it never knew."""
        folders = tuple(Path(os.path.expanduser(path)) for path in self.paths)
        for folder in folders:
            # One that is known may be on a disk that is away: the run finds that out and says so.
            if not folder.is_dir() and str(folder) not in _known(service):
                raise FolderMissing(folder)
        return IndexRequest(
            paths=folders,
            model=self.model,
            excludes=tuple(self.excludes),
            retry_failed=self.retry_failed,
        )


class ExclusionsBody(BaseModel):
    """Patterns in gitignore syntax, relative to each folder of the library."""

    model_config = ConfigDict(extra="forbid")

    patterns: Annotated[list[Pattern], Field(max_length=1000)]


def _known(service: SearchService) -> set[str]:
    return {root.path for root in service.status().roots}


@router.get("")
def progress(service: Service) -> dict[str, Any]:
    """How the run stands, or how the last one ended."""
    document: dict[str, Any] = as_document(service.indexing)
    return document


@router.post("", status_code=202)
def start(service: Service, body: IndexBody) -> dict[str, Any]:
    """Index in the background; with `watch`, then go on with what changes in any known folder."""
    service.start_indexing(body.request(service), watch=body.watch)
    return progress(service)


@router.post("/forecast")
def forecast(service: Service, body: IndexBody) -> dict[str, Any]:
    """What indexing would take, from a timed sample of the pictures; nothing is written."""
    document: dict[str, Any] = as_document(service.estimate(body.request(service)))
    return document


@router.get("/exclusions")
def exclusions(service: Service) -> ExclusionsBody:
    """What every run of this library leaves out."""
    return ExclusionsBody(patterns=list(service.exclusions()))


@router.put("/exclusions")
def keep_exclusions(service: Service, body: ExclusionsBody) -> ExclusionsBody:
    """Leave these files out from the next run on, in place of those before."""
    service.keep_exclusions(body.patterns)
    return exclusions(service)


@router.delete("", status_code=202)
def pause(service: Service) -> dict[str, Any]:
    """Stop after the batch in hand, or stop watching; what is done stays done."""
    service.pause_indexing()
    return progress(service)
