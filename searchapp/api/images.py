"""`/images/{id}`: what the catalogue knows of a picture, its thumbnail, its file."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import FileResponse

from searchapp.api.access import Service
from searchapp.requests import SearchRequest
from searchapp.results import as_document

router = APIRouter(prefix="/images", tags=["images"])

PictureId = Annotated[int, Path(ge=1, le=2**63 - 1)]
# A picture keeps its id for its content, so its thumbnail never changes.
THUMBNAIL_CACHE = "private, max-age=86400, immutable"


@router.get("/{picture_id}")
def picture(service: Service, picture_id: PictureId) -> dict[str, Any]:
    """All that the catalogue knows of the picture."""
    document: dict[str, Any] = as_document(service.picture(picture_id))
    return document


@router.get("/{picture_id}/thumbnail", response_class=FileResponse)
def thumbnail(service: Service, picture_id: PictureId) -> FileResponse:
    """A small WebP of the picture, without metadata."""
    return FileResponse(
        service.thumbnail(picture_id),
        media_type="image/webp",
        headers={"Cache-Control": THUMBNAIL_CACHE},
    )


@router.get("/{picture_id}/file", response_class=FileResponse)
def file(service: Service, picture_id: PictureId) -> FileResponse:
    """The picture's own file, as it lies on disk."""
    found = service.file(picture_id)
    return FileResponse(
        found.path,
        media_type=found.media_type,
        filename=found.path.name.encode("utf-8", "replace").decode(),
        content_disposition_type="inline",
        headers={"Cache-Control": "private, no-cache"},
    )


@router.get("/{picture_id}/similar")
def similar(
    service: Service,
    picture_id: PictureId,
    count: Annotated[int, Query(ge=1, le=1000, alias="k")] = 20,
) -> dict[str, Any]:
    """Pictures like this one."""
    document: dict[str, Any] = as_document(
        service.search(SearchRequest(like=(picture_id,), count=count))
    )
    return document
