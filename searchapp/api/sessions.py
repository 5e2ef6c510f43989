"""`/session` and the guard in front of everything else when a password is set."""

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from searchapp.api.passwords import SESSION_SECONDS, Guesses, Password, Sessions, Tokens
from searchapp.api.problems import problem

router = APIRouter(tags=["server"])

COOKIE = "searchapp_session"
SESSION_PATH = "/api/v1/session"
LOGIN_PAGE = "/ui/login"
# What the page that asks for the password is made of.
OPEN_PATHS = ("/healthz", SESSION_PATH, LOGIN_PAGE)
OPEN_FOLDERS = ("/ui/static/", "/ui/locale/")


class Door:
    """Who may come in: by session cookie, or by a token for scripts."""

    def __init__(self, password: str, tokens: Sequence[str] = ()) -> None:
        self.password = Password(password)
        self.tokens = Tokens(tokens)
        self.sessions = Sessions()
        self.guesses = Guesses()
        self.token_guesses = Guesses()

    def admits(self, headers: Headers, client: str = "") -> bool:
        """Whether a request with these headers comes from someone who gave the password.

        Raises TooManyGuesses to a client that tries one token after the other.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._knows(token.strip(), client)
        cookie = session_cookie(headers)
        return cookie is not None and self.sessions.is_open(cookie)

    def _knows(self, token: str, client: str) -> bool:
        known = self.tokens.match(token)
        if known:
            self.token_guesses.forgive(client)
        elif (wait := self.token_guesses.begin(client)) > 0:
            raise TooManyGuesses(wait)
        return known


class TooManyGuesses(Exception):
    """Ends a request of RequireSession; `wait` in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class PasswordBody(BaseModel):
    """The password of this server."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"password": "…"}})

    password: Annotated[str, Field(min_length=1, max_length=1000)]


@router.post("/session", status_code=204, responses={401: {}, 429: {}})
async def begin(request: Request, body: PasswordBody) -> Response:
    """Give the password; the answer sets a cookie that lasts a week."""
    door: Door | None = request.app.state.door
    if door is None:
        return Response(status_code=204)
    client = request.client.host if request.client else ""
    wait = door.guesses.begin(client)
    if wait > 0:
        return _please_wait(wait)
    if not await run_in_threadpool(door.password.matches, body.password):
        return problem(401, "This is not the password.")
    door.guesses.forgive(client)
    answered = Response(status_code=204)
    answered.set_cookie(
        COOKIE,
        door.sessions.begin(),
        max_age=int(SESSION_SECONDS),
        httponly=True,
        samesite="strict",
        secure=request.scope["scheme"] == "https",
        path="/",
    )
    return answered


@router.get("/session")
def session(request: Request) -> dict[str, bool]:
    """Whether this server has a password."""
    return {"password": request.app.state.door is not None}


@router.delete("/session", status_code=204)
def end(request: Request) -> Response:
    """Leave; the cookie is worth nothing afterwards."""
    door: Door | None = request.app.state.door
    cookie = session_cookie(request.headers)
    if door is not None and cookie is not None:
        door.sessions.end(cookie)
    answered = Response(status_code=204)
    answered.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answered


class RequireSession:
    """ASGI middleware: nothing but the password page without a session or a token."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            admitted = self.door.admits(headers, (scope.get("client") or ("", 0))[0])
        except TooManyGuesses as guesses:
            await _please_wait(guesses.wait)(scope, receive, send)
            return
        if admitted:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "password needed"})
        elif scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            await RedirectResponse(LOGIN_PAGE, 303)(scope, receive, send)
        else:
            answer = problem(401, "This server has a password.")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="searchapp"'
            await answer(scope, receive, send)


def _please_wait(wait: float) -> Response:
    answer = problem(429, "Too many tries. Please wait a little.")
    answer.headers["Retry-After"] = str(int(wait) + 1)
    return answer


def session_cookie(headers: Headers) -> str | None:
    """The session's token out of the Cookie header."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or (path.startswith(OPEN_FOLDERS) and ".." not in path)
