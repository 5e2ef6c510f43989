"""How a route reaches the service."""

from typing import Annotated

from fastapi import Depends, Request

from searchapp.service import SearchService


async def _service(request: Request) -> SearchService:
    # Not a plain function: FastAPI would send each of those to another thread and back.
    service = request.app.state.service
    assert isinstance(service, SearchService)  # noqa: S101 - set by create_app
    return service


Service = Annotated[SearchService, Depends(_service)]
