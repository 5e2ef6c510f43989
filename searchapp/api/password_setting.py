"""`/session/password`: set, change or take away the password that the browser asks for."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from searchapp.api.access import Service
from searchapp.api.kept_password import KeptPassword
from searchapp.api.problems import problem
from searchapp.api.sessions import Door, client_of, please_wait, welcome

router = APIRouter(tags=["server"])

# NIST SP 800-63B, 3.1.1.2: at least eight characters, and no rule of what kind they are.
SHORTEST = 8


class NewPasswordBody(BaseModel):
    """The password so far, where there is one, and the new one; null takes it away."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"current": "…", "password": "…"}}
    )

    current: Annotated[str, Field(max_length=1000)] | None = None
    password: Annotated[str, Field(min_length=SHORTEST, max_length=1000)] | None


@router.put("/session/password", status_code=204, responses={403: {}, 409: {}, 429: {}})
async def set_password(request: Request, service: Service, body: NewPasswordBody) -> Response:
    """Set, change or take away the password.

    Whoever changes it stays; all other sessions end. It is kept as a hash in the library's folder.
    """
    door: Door = request.app.state.door
    if door.fixed:
        return problem(409, "The password was given as SEARCHAPP_AUTH and is changed there.")
    if body.password is None and door.needed:
        return problem(409, "Other computers are let in, so a password is needed.")
    if door.password is not None:
        refusal = await _refuse_stranger(request, door, body.current or "")
        if refusal is not None:
            return refusal
    kept = KeptPassword(service.library)
    if body.password is None:
        await run_in_threadpool(kept.forget)
        door.change(None)
        return Response(status_code=204)
    door.change(await run_in_threadpool(kept.write, body.password))
    return welcome(request, door)


async def _refuse_stranger(request: Request, door: Door, current: str) -> Response | None:
    """None for whoever knows the password: an open page alone is not enough to change it."""
    client = client_of(request)
    wait = door.guesses.begin(client)
    if wait > 0:
        return please_wait(wait)
    assert door.password is not None  # noqa: S101 - asked by the caller
    if not await run_in_threadpool(door.password.matches, current):
        return problem(403, "This is not the password.")
    door.guesses.forgive(client)
    return None
