"""`/search`: by text, by a picture, by pictures of the library."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile

from searchapp.api.access import Service
from searchapp.requests import SearchRequest, Sort
from searchapp.results import as_document

router = APIRouter(tags=["search"])

Text = Annotated[
    str | None, Query(max_length=10_000, description="The query, with its syntax.", alias="q")
]
Count = Annotated[int, Query(ge=1, le=1000, alias="k", description="Hits in a page.")]


@router.get("/search")
def search(
    service: Service,
    text: Text = None,
    count: Count = 20,
    dim: Annotated[int | None, Query(ge=1)] = None,
    negatives: Annotated[list[str], Query(alias="not")] = [],  # noqa: B006 - FastAPI copies it
    filters: Annotated[list[str], Query(alias="filter")] = [],  # noqa: B006
    like: Annotated[list[int], Query()] = [],  # noqa: B006
    min_relevance: Annotated[float | None, Query(ge=0, le=1)] = None,
    hybrid: bool = True,
    exact: bool = False,
    sort: Sort = "relevance",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Find pictures by a sentence or by pictures of the library (`like`)."""
    request = SearchRequest(
        text=text,
        like=tuple(like),
        negatives=tuple(negatives),
        filters=tuple(filters),
        count=count,
        dim=dim,
        min_relevance=min_relevance,
        hybrid=hybrid,
        exact=exact,
        sort=sort,
        cursor=cursor,
    )
    document: dict[str, Any] = as_document(service.search(request))
    return document


@router.post("/search")
def search_by_picture(
    service: Service,
    picture: Annotated[UploadFile, File(description="The picture to search by.")],
    text: Annotated[str | None, Form(alias="q", max_length=10_000)] = None,
    text_weight: Annotated[float, Form(ge=0, le=1)] = 0.5,
    count: Annotated[int, Form(ge=1, le=1000, alias="k")] = 20,
    dim: Annotated[int | None, Form(ge=1)] = None,
    min_relevance: Annotated[float | None, Form(ge=0, le=1)] = None,
) -> dict[str, Any]:
    """Find pictures by a picture, alone or beside a text."""
    request = SearchRequest(
        text=text,
        image=picture.file.read(),
        text_weight=text_weight,
        count=count,
        dim=dim,
        min_relevance=min_relevance,
    )
    document: dict[str, Any] = as_document(service.search(request))
    return document
