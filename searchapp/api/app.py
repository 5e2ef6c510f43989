"""Builds the FastAPI application over a service."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from searchapp import __version__
from searchapp.api import (
    desk,
    duplicates,
    folders,
    images,
    indexing,
    library,
    measuring,
    password_setting,
    problems,
    search,
    server,
    sessions,
)
from searchapp.api.compression import GzipText
from searchapp.api.kept_password import KeptPassword
from searchapp.api.limits import Limits
from searchapp.api.metrics import PREFIX, Measured, Metrics
from searchapp.api.security import SameOriginOnly
from searchapp.api.sessions import Door, RequireSession
from searchapp.service import SearchService
from searchapp.settings import Settings


def create_app(
    service: SearchService, settings: Settings, *, open_to_others: bool = False
) -> FastAPI:
    """The API over `service`; the browser interface is mounted on it by the caller.

    open_to_others: it listens beyond this machine, so that its password cannot be taken away.
    """
    app = FastAPI(
        title="searchapp",
        version=__version__,
        description="Find a picture in your own folders by describing it in your own language.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
    )
    app.state.service = service
    app.state.metrics = metrics = Metrics()
    app.state.door = door = _door(service, settings, open_to_others)
    problems.install(app)
    for routes in (
        search,
        images,
        desk,
        duplicates,
        library,
        folders,
        indexing,
        measuring,
        sessions,
        password_setting,
    ):
        app.include_router(routes.router, prefix=PREFIX)

    app.include_router(server.router)
    # From the inside out: what is added last sees a request first.
    # Gradio adds a permissive CORS middleware of its own unless one without origins is outside it.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(GzipText, minimum_size=1000, compresslevel=5)
    app.add_middleware(RequireSession, door=door)
    app.add_middleware(Measured, metrics=metrics)
    app.add_middleware(Limits)
    app.add_middleware(SameOriginOnly, host_names=settings.host_names)
    return app


def _door(service: SearchService, settings: Settings, open_to_others: bool) -> Door:
    given = None if settings.auth is None else settings.auth.get_secret_value()
    return Door(
        given or KeptPassword(service.library).read(),
        [token.get_secret_value() for token in settings.tokens],
        fixed=given is not None,
        needed=open_to_others,
    )
