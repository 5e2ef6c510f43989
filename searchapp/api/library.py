"""`/status`, `/failures` and indexing over HTTP."""

from typing import Any

from fastapi import APIRouter

from searchapp.api.access import Service
from searchapp.results import as_document

router = APIRouter(tags=["library"])


@router.get("/status")
def status(service: Service) -> dict[str, Any]:
    """Library, models, counts, sizes, index freshness, versions."""
    document: dict[str, Any] = as_document(service.status())
    return document


@router.get("/failures")
def failures(service: Service) -> dict[str, Any]:
    """Files that could not be indexed, with the reason of each."""
    return {"failures": as_document(service.failures())}
