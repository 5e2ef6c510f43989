"""`/duplicates`: copies, edits of one picture, bursts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from searchapp.api.access import Service
from searchapp.duplicates import Duplicates
from searchapp.requests import DuplicateKind
from searchapp.results import as_document

router = APIRouter(tags=["library"])


@router.get("/duplicates", responses={200: {"model": Duplicates}})
def duplicates(
    service: Service,
    kinds: Annotated[
        list[DuplicateKind], Query(alias="kind", description="Only these kinds; none: all.")
    ] = [],  # noqa: B006 - FastAPI copies it
) -> dict[str, Any]:
    """Groups of files that belong together, the one with most pixels first in each."""
    document: dict[str, Any] = as_document(service.duplicates(kinds or tuple(DuplicateKind)))
    return document
