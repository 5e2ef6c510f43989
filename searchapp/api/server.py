"""`/healthz` and `/metrics`: how the server is."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from searchapp import __version__
from searchapp.api.access import Service
from searchapp.api.metrics import Metrics
from searchapp.error_table import ROOM_BASES

router = APIRouter(tags=["server"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Answers while the server lives."""
    return {"status": "ok", "version": __version__}


@router.get("/metrics", response_class=Response)
def metrics(request: Request, service: Service) -> Response:
    """Requests, latencies per stage and freshness of the index, for Prometheus."""
    numbers: Metrics = request.app.state.metrics
    numbers.indexing.set(service.indexing.running)
    try:
        opened = service.opened_searcher()
        if opened is not None:
            numbers.pictures.set(opened.index_count)
            numbers.waiting.set(opened.waiting)
            numbers.lag.set(service.catalogue().generation() - opened.index_generation)
    except ROOM_BASES:
        numbers.pictures.set(0)  # a library that cannot be opened has none to search
    return Response(numbers.document(), media_type="text/plain; version=0.0.4; charset=utf-8")
