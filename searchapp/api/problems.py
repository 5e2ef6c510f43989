"""Errors as `application/problem+json` (RFC 9457), from the one error table."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from searchapp.error_table import ROOM_BASES, row_for, sentence_for

log = logging.getLogger(__name__)


def problem(status: int, detail: str, kind: str = "about:blank") -> JSONResponse:
    """A problem document with its status."""
    return JSONResponse(
        {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail},
        status_code=status,
        # A browser keeps a 410 for ever otherwise, and never sees the disk come back.
        headers={"Cache-Control": "no-store"},
        media_type="application/problem+json",
    )


async def _from_room(request: Request, error: Exception) -> JSONResponse:
    row, sentence = row_for(error), sentence_for(error)
    if row is None or sentence is None:
        raise error
    return problem(row.status, sentence, type(error).__name__)


async def _from_validation(request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else ()
    detail = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults
    )
    return problem(422, detail or "The request is not valid.")


async def _from_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    answer = problem(error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _from_defect(request: Request, error: Exception) -> JSONResponse:
    # The traceback goes to the log; a person is told neither paths nor code.
    log.error("request failed", exc_info=error)
    return problem(500, "The program made a mistake. Its log says more.")


def install(app: FastAPI) -> None:
    """Answer every error of the rooms, of validation and of HTTP as a problem document."""
    for base in ROOM_BASES:
        app.add_exception_handler(base, _from_room)
    app.add_exception_handler(RequestValidationError, _from_validation)
    app.add_exception_handler(HTTPException, _from_http)
    app.add_exception_handler(Exception, _from_defect)
