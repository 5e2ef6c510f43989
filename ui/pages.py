"""What the browser needs besides the API: modules, styles and the words of each language."""

import json

from fastapi import APIRouter, HTTPException
from starlette.responses import FileResponse, Response

from ui import catalogues
from ui.catalogues import NAMES, SOURCE_LANGUAGE
from ui.static_files import MEDIA_TYPES, STATIC, static_file

router = APIRouter(prefix="/ui", include_in_schema=False)

# Asked again with an ETag each time, so that a new version of the program is never half old.
REVALIDATE = {"Cache-Control": "no-cache"}


@router.get("/static/{name}")
def static(name: str) -> FileResponse:
    """A module or stylesheet of the page."""
    path = static_file(name)
    if path is None:
        raise HTTPException(404, "There is no such file.")
    return FileResponse(path, headers=REVALIDATE, media_type=MEDIA_TYPES.get(path.suffix))


@router.get("/login")
def login() -> FileResponse:
    """The page that asks for the password."""
    return FileResponse(STATIC / "login.html", headers=REVALIDATE)


@router.get("/locale/index.json")
def languages() -> Response:
    """The languages of the interface, each in its own words."""
    known = [{"code": code, "name": NAMES[code]} for code in catalogues.languages()]
    return _json(json.dumps(known, ensure_ascii=False))


@router.get("/locale/{language}.json")
def locale(language: str) -> Response:
    """The words of one language."""
    if language not in NAMES:
        language = SOURCE_LANGUAGE
    return _json(catalogues.load(language).document())


def _json(text: str) -> Response:
    return Response(text, media_type="application/json", headers=REVALIDATE)
