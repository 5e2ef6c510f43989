"""`/images/{id}`: what the catalogue knows of a picture, its thumbnail, its file."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from searchapp.api.access import Service
from searchapp.api.files import file_response
from searchapp.duplicates import DuplicateFile
from searchapp.requests import SearchRequest
from searchapp.results import PictureDetail, SearchResult, as_document

router = APIRouter(prefix="/images", tags=["images"])

PictureId = Annotated[int, Path(ge=1, le=2**63 - 1)]
WEBP: dict[str, Any] = {"image/webp": {}}
ANY_PICTURE: dict[str, Any] = {"image/*": {}}
# A picture keeps its id for its content, so its thumbnail never changes.
THUMBNAIL_CACHE = "private, max-age=86400, immutable"


@router.get("/{picture_id}", responses={200: {"model": PictureDetail}})
def picture(service: Service, picture_id: PictureId) -> dict[str, Any]:
    """All that the catalogue knows of the picture."""
    document: dict[str, Any] = as_document(service.picture(picture_id))
    return document


@router.get("/{picture_id}/thumbnail", response_class=Response, responses={200: {"content": WEBP}})
def thumbnail(request: Request, service: Service, picture_id: PictureId) -> Response:
    """A small WebP of the picture, without metadata."""
    path = service.thumbnail(picture_id)
    return file_response(request, path, "image/webp", THUMBNAIL_CACHE)


@router.get(
    "/{picture_id}/file", response_class=Response, responses={200: {"content": ANY_PICTURE}}
)
def file(request: Request, service: Service, picture_id: PictureId) -> Response:
    """The picture's own file, as it lies on disk; byte ranges are understood."""
    found = service.file(picture_id)
    name = found.path.name.encode("utf-8", "replace").decode()
    return file_response(request, found.path, found.media_type, "private, no-cache", name)


@router.get("/{picture_id}/similar", responses={200: {"model": SearchResult}})
def similar(
    service: Service,
    picture_id: PictureId,
    count: Annotated[int, Query(ge=1, le=1000, alias="k")] = 20,
) -> dict[str, Any]:
    """The pictures nearest to this one, however near: whoever asks has seen what it shows."""
    service.picture(picture_id)
    document: dict[str, Any] = as_document(
        service.search(SearchRequest(like=(picture_id,), count=count, min_relevance=0))
    )
    return document


@router.get("/{picture_id}/duplicates", responses={200: {"model": list[DuplicateFile]}})
def duplicates(service: Service, picture_id: PictureId) -> list[dict[str, Any]]:
    """The same picture again, scaled or edited; copies of the file itself are its locations."""
    documents: list[dict[str, Any]] = as_document(service.edits(picture_id))
    return documents
