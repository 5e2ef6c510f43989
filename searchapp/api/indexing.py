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

router = APIRouter(prefix="/index", tags=["library"])

Pattern = Annotated[str, Field(max_length=1000)]


class IndexBody(BaseModel):
    """Folders to read (none: all that are known) and what to leave out, in gitignore syntax."""

    model_config = ConfigDict(extra="forbid")

    paths: list[Annotated[str, Field(min_length=1, max_length=4096)]] = Field(max_length=100)
    excludes: list[Pattern] = Field(default=[], max_length=1000)
    model: str = "auto"
    retry_failed: bool = False
    watch: bool = False

    def request(self) -> IndexRequest:
        """What the service is asked. Raises FolderMissing."""
        folders = tuple(Path(os.path.expanduser(path)) for path in self.paths)
        for folder in folders:
            if not folder.is_dir():
                raise FolderMissing(folder)
        return IndexRequest(
            paths=folders,
            model=self.model,
            excludes=tuple(self.excludes),
            retry_failed=self.retry_failed,
        )


@router.get("")
def progress(service: Service) -> dict[str, Any]:
    """How the run stands, or how the last one ended."""
    document: dict[str, Any] = as_document(service.indexing)
    return document


@router.post("", status_code=202)
def start(service: Service, body: IndexBody) -> dict[str, Any]:
    """Index in the background; with `watch`, then go on with what changes in any known folder."""
    service.start_indexing(body.request(), watch=body.watch)
    return progress(service)


@router.post("/forecast")
def forecast(service: Service, body: IndexBody) -> dict[str, Any]:
    """What indexing would take, from a timed sample of the pictures; nothing is written."""
    document: dict[str, Any] = as_document(service.estimate(body.request()))
    return document


@router.delete("", status_code=202)
def pause(service: Service) -> dict[str, Any]:
    """Stop after the batch in hand, or stop watching; what is done stays done."""
    service.pause_indexing()
    return progress(service)
