"""Builds the FastAPI application over a service."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from searchapp import __version__
from searchapp.api import desk, images, indexing, library, measuring, problems, search
from searchapp.api.security import SameOriginOnly
from searchapp.service import SearchService
from searchapp.settings import Settings


def create_app(service: SearchService, settings: Settings) -> FastAPI:
    """The API over `service`; the browser interface is mounted on it by the caller."""
    app = FastAPI(
        title="searchapp",
        version=__version__,
        description="Find a picture in your own folders by describing it in your own language.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.service = service
    problems.install(app)
    for routes in (search, images, desk, library, indexing, measuring):
        app.include_router(routes.router, prefix="/api/v1")

    @app.get("/healthz", tags=["server"])
    def healthz() -> dict[str, str]:
        """Answers while the server lives."""
        return {"status": "ok", "version": __version__}

    # Gradio adds a permissive CORS middleware of its own unless one without origins is outside it.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(SameOriginOnly, host_names=settings.host_names)
    return app
