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


@router.get("")
def progress(service: Service) -> dict[str, Any]:
    """How the run stands, or how the last one ended."""
    document: dict[str, Any] = as_document(service.indexing)
    return document


@router.post("", status_code=202)
def start(service: Service, body: IndexBody) -> dict[str, Any]:
    """Index in the background."""
    folders = tuple(Path(os.path.expanduser(path)) for path in body.paths)
    for folder in folders:
        if not folder.is_dir():
            raise FolderMissing(folder)
    service.start_indexing(
        IndexRequest(
            paths=folders,
            model=body.model,
            excludes=tuple(body.excludes),
            retry_failed=body.retry_failed,
        )
    )
    return progress(service)


@router.delete("", status_code=202)
def pause(service: Service) -> dict[str, Any]:
    """Stop after the batch in hand; what is done stays done."""
    service.pause_indexing()
    return progress(service)
