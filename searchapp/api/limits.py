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
# Between two pieces of a body, and for the whole of it.
PIECE_SECONDS = 30.0
BODY_SECONDS = 300.0
# A gallery of thumbnails is some hundred requests at once; nobody looks at more than this.
REQUESTS_A_SECOND = 100.0
BURST = 1000.0
_CLIENTS_KEPT = 10_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})
# Gradio brings routes that take files, give files and run functions. Its page, which has none of
# them, asks for no more than these.
GRADIO = "/gradio_api/"
GRADIO_OPEN = ("info", "heartbeat/", "app_id", "startup-events", "theme.css")
CLOSED = ("/monitoring",)


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
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is None:
                await self.app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refusal.detail})
            return
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, _body_limit(scope))
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            # What the application makes of a body that was cut off is not the answer.
            if body.refusal is None or started:
                started = True
                await send(message)

        try:
            await self.app(scope, body.receive, sending)
        except _Refused:
            if started:
                raise
        if body.refusal is not None and not started:
            await _refuse(body.refusal, scope, receive, send)

    def _refusal(self, scope: Scope) -> _Refused | None:
        path = scope["path"]
        if "\x00" in path:
            return _Refused(400, "The address has a null byte.")
        if _is_closed(path):
            return _Refused(404, "Not Found")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_LIMIT:
            return _Refused(431, "The headers are too large.")
        length = Headers(scope=scope).get("content-length", "0")
        if not (length.isascii() and length.isdecimal()):
            return _Refused(400, "The length of the request is not a number.")
        if int(length[:20]) > _body_limit(scope):
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


class _Body:
    """The body of a request as it arrives; `refusal` says why it is not read any further."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.refusal: _Refused | None = None
        self._receive = receive
        self._limit = limit
        self._seen = 0
        self._finished = False
        self._deadline = time.monotonic() + BODY_SECONDS

    async def receive(self) -> Message:
        if self._finished:  # waiting for the client to leave has no limit
            return await self._receive()
        wait = min(PIECE_SECONDS, self._deadline - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), wait)
        except TimeoutError:
            raise self._refused(_Refused(408, "The request took too long to arrive.")) from None
        self._seen += len(message.get("body", b""))
        self._finished = not message.get("more_body", False)
        if self._seen > self._limit:
            raise self._refused(_too_large(self._limit))
        return message

    def _refused(self, refusal: _Refused) -> _Refused:
        self.refusal = refusal
        return refusal


def _is_closed(path: str) -> bool:
    if path.startswith(GRADIO):
        return not path.removeprefix(GRADIO).startswith(GRADIO_OPEN)
    return path.startswith(CLOSED)


def _body_limit(scope: Scope) -> int:
    return PICTURE_LIMIT if scope["path"] in PICTURE_PATHS else BODY_LIMIT


def _too_large(limit: int) -> _Refused:
    return _Refused(413, f"The request is larger than {limit >> 20} MB.")


async def _refuse(refusal: _Refused, scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(refusal.status, refusal.detail)
    if refusal.status == 429:
        answer.headers["Retry-After"] = "1"
    if refusal.status in (408, 413):
        answer.headers["Connection"] = "close"  # the rest of the body is not read
    await answer(scope, receive, send)
