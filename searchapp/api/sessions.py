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
    """Who may come in: by session cookie, or by a token for scripts. Without a password, anybody.

    fixed: the password was given to the program and is not changed in the browser. needed: other
    computers are let in, so there must be one.
    """

    def __init__(
        self,
        password: str | None,
        tokens: Sequence[str] = (),
        *,
        fixed: bool = False,
        needed: bool = False,
    ) -> None:
        self.tokens = Tokens(tokens)
        self.fixed = fixed
        self.needed = needed
        self.guesses = Guesses()
        self.token_guesses = Guesses()
        self.change(password)

    def change(self, password: str | None) -> None:
        """Another password, plain or hashed, or none; every session ends."""
        self.password = None if password is None else Password(password)
        self.sessions = Sessions()

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
    door: Door = request.app.state.door
    if door.password is None:
        return Response(status_code=204)
    client = client_of(request)
    wait = door.guesses.begin(client)
    if wait > 0:
        return please_wait(wait)
    if not await run_in_threadpool(door.password.matches, body.password):
        return problem(401, "This is not the password.")
    door.guesses.forgive(client)
    return welcome(request, door)


def client_of(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else ""


def welcome(request: Request, door: Door) -> Response:
    """An answer that opens a session."""
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
    """Whether this server has a password, and whether it can be changed or taken away here."""
    door: Door = request.app.state.door
    return {
        "password": door.password is not None,
        "changeable": not door.fixed,
        "needed": door.needed,
    }


@router.delete("/session", status_code=204)
def end(request: Request) -> Response:
    """Leave; the cookie is worth nothing afterwards."""
    door: Door = request.app.state.door
    cookie = session_cookie(request.headers)
    if cookie is not None:
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
        anybody = self.door.password is None or scope["type"] not in ("http", "websocket")
        if anybody or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            admitted = self.door.admits(headers, (scope.get("client") or ("", 0))[0])
        except TooManyGuesses as guesses:
            await please_wait(guesses.wait)(scope, receive, send)
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


def please_wait(wait: float) -> Response:
    """The answer to a client that guesses too quickly; `wait` in seconds."""
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
