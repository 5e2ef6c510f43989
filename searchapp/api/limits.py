"""Limits on what one request, and one client, may ask for."""

import asyncio
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.api.problems import problem

BODY_LIMIT = 1 << 20
PICTURE_LIMIT = 64 << 20
PICTURE_PATHS = ("/api/v1/search",)
HEADER_LIMIT = 32 << 10
BODY_SECONDS = 60.0
# A gallery of thumbnails is some hundred requests at once; nobody looks at more than this.
REQUESTS_A_SECOND = 100.0
BURST = 1000.0
_CLIENTS_KEPT = 10_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})
# Gradio brings routes that take and give files; the page uses none of them.
CLOSED_PATHS = (
    "/upload",
    "/file=",
    "/proxy=",
    "/stream",
    "/component_server",
    "/process_recording",
)


class _Refused(Exception):
    """Ends a request from inside `receive`."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Limits:
    """ASGI middleware: size of bodies and headers, time to send a body, requests a second.

    Clients on this machine are not counted: a person's own script may be as quick as it likes.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, _limited(receive, _body_limit(scope)), noting_send)
        except _Refused as error:
            if started:
                raise
            await _refuse(error, scope, receive, send)

    def _refusal(self, scope: Scope) -> _Refused | None:
        path = scope["path"]
        if "\x00" in path:
            return _Refused(400, "The address has a null byte.")
        if any(closed in path for closed in CLOSED_PATHS) and not path.startswith("/api/"):
            return _Refused(404, "Not Found")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_LIMIT:
            return _Refused(431, "The headers are too large.")
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > _body_limit(scope):
            return _too_large(_body_limit(scope))
        if not self._may_pass((scope.get("client") or ("", 0))[0]):
            return _Refused(429, "Too many requests. Please wait a little.")
        return None

    def _may_pass(self, client: str) -> bool:
        if client in _LOOPBACK:
            return True
        now = self._clock()
        left, last = self._buckets.pop(client, (BURST, now))
        left = min(BURST, left + (now - last) * REQUESTS_A_SECOND)
        while len(self._buckets) >= _CLIENTS_KEPT:
            self._buckets.pop(next(iter(self._buckets)))
        self._buckets[client] = (max(left - 1, 0.0), now)
        return left >= 1


def _limited(receive: Receive, limit: int) -> Receive:
    seen = 0
    finished = False

    async def limited() -> Message:
        nonlocal seen, finished
        if finished:  # waiting for the client to leave has no limit
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), BODY_SECONDS)
        except TimeoutError:
            raise _Refused(408, "The request took too long to arrive.") from None
        seen += len(message.get("body", b""))
        finished = not message.get("more_body", False)
        if seen > limit:
            raise _too_large(limit)
        return message

    return limited


def _body_limit(scope: Scope) -> int:
    return PICTURE_LIMIT if scope["path"] in PICTURE_PATHS else BODY_LIMIT


def _too_large(limit: int) -> _Refused:
    return _Refused(413, f"The request is larger than {limit >> 20} MB.")


async def _refuse(refusal: _Refused, scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(refusal.status, refusal.detail)
    if refusal.status == 429:
        answer.headers["Retry-After"] = "1"
    await answer(scope, receive, send)
