"""`/search`: by text, by a picture, by pictures of the library."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from pydantic import Field
from starlette.responses import JSONResponse

from searchapp.api.access import Service
from searchapp.requests import SearchRequest, Sort
from searchapp.results import SearchResult, as_document

router = APIRouter(tags=["search"])

Text = Annotated[
    str | None, Query(max_length=10_000, description="The query, with its syntax.", alias="q")
]
PictureNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]
Count = Annotated[int, Query(ge=1, le=1000, alias="k", description="Hits in a page.")]

EXAMPLE: dict[str, Any] = {
    "query": "a boat at sunset",
    "hits": [
        {
            "rank": 1,
            "score": 0.34,
            "relevance": 0.81,
            "path": "/home/ada/Pictures/2023/boat.jpg",
            "id": 17,
            "width": 4032,
            "height": 3024,
            "taken_at": "2023-07-14T20:41:05",
            "caption": "A boat on a calm lake",
            "matched_by": ["vector", "caption"],
            "colour": "#c77b3a",
            "duplicates": 0,
        }
    ],
    "seconds": {"encode": 0.012, "search": 0.002, "total": 0.016},
    "model": "jina-clip-v2",
    "dim": 1024,
    "total": 45,
    "next_cursor": "318-1",
    "filters": [],
    "notices": [],
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": SearchResult, "content": {"application/json": {"example": EXAMPLE}}},
    422: {
        "description": "The query, or a value beside it, is not understood.",
        "content": {
            "application/problem+json": {
                "example": {
                    "type": "QueryInvalid",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "In the query, colour:mauve is not understood: ...",
                }
            }
        },
    },
}


@router.get("/search", responses=ANSWERS)
def search(
    request: Request,
    service: Service,
    text: Text = None,
    more_texts: Annotated[list[str], Query(alias="more")] = [],  # noqa: B006
    count: Count = 20,
    dim: Annotated[int | None, Query(ge=1)] = None,
    negatives: Annotated[list[str], Query(alias="not")] = [],  # noqa: B006 - FastAPI copies it
    filters: Annotated[list[str], Query(alias="filter")] = [],  # noqa: B006
    like: Annotated[
        list[PictureNumber], Query(max_length=100, description="Ids of pictures like it.")
    ] = [],  # noqa: B006
    text_weight: Annotated[
        float, Query(ge=0, le=1, description="Share of the text beside pictures.")
    ] = 0.5,
    min_relevance: Annotated[float | None, Query(ge=0, le=1)] = None,
    hybrid: bool = True,
    exact: Annotated[bool, Query(description="Read every vector instead of the index.")] = False,
    collapse_duplicates: Annotated[bool, Query(alias="collapse")] = True,
    sort: Sort = "relevance",
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
) -> JSONResponse:
    """Find pictures by a sentence or by pictures of the library (`like`)."""
    asked = SearchRequest(
        text=text,
        more_texts=tuple(more_texts),
        like=tuple(like),
        negatives=tuple(negatives),
        filters=tuple(filters),
        count=count,
        dim=dim,
        min_relevance=min_relevance,
        hybrid=hybrid,
        exact=exact,
        collapse_duplicates=collapse_duplicates,
        text_weight=text_weight,
        sort=sort,
        cursor=cursor,
    )
    return _answer(request, service, asked)


@router.post("/search", responses=ANSWERS)
def search_by_picture(
    request: Request,
    service: Service,
    picture: Annotated[UploadFile, File(description="The picture to search by.")],
    text: Annotated[str | None, Form(alias="q", max_length=10_000)] = None,
    text_weight: Annotated[float, Form(ge=0, le=1)] = 0.5,
    count: Annotated[int, Form(ge=1, le=1000, alias="k")] = 20,
    dim: Annotated[int | None, Form(ge=1)] = None,
    negatives: Annotated[list[str], Form(alias="not")] = [],  # noqa: B006
    like: Annotated[list[PictureNumber], Form(max_length=100)] = [],  # noqa: B006
    min_relevance: Annotated[float | None, Form(ge=0, le=1)] = None,
    hybrid: Annotated[bool, Form()] = True,
    filters: Annotated[list[str], Form(alias="filter")] = [],  # noqa: B006
    exact: Annotated[bool, Form()] = False,
    collapse_duplicates: Annotated[bool, Form(alias="collapse")] = True,
    sort: Annotated[Sort, Form()] = "relevance",
    cursor: Annotated[str | None, Form(max_length=200)] = None,
) -> JSONResponse:
    """Find pictures by a picture, alone, beside a text or with pictures of the library."""
    asked = SearchRequest(
        text=text,
        image=picture.file.read(),
        text_weight=text_weight,
        like=tuple(like),
        negatives=tuple(negatives),
        count=count,
        dim=dim,
        min_relevance=min_relevance,
        hybrid=hybrid,
        filters=tuple(filters),
        exact=exact,
        collapse_duplicates=collapse_duplicates,
        sort=sort,
        cursor=cursor,
    )
    return _answer(request, service, asked)


def _answer(request: Request, service: Service, asked: SearchRequest) -> JSONResponse:
    result = service.search(asked)
    request.app.state.metrics.searched(result)
    # Made of plain values already: FastAPI would walk through them once more.
    return JSONResponse(as_document(result))
