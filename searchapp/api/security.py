"""Keeps other web sites away from a server that has a person's pictures.

A page of another site can make the browser send requests to 127.0.0.1, and by DNS rebinding even
under its own host name. Every request, websockets included, must therefore name a host that is
ours, and one that a browser marks as coming from elsewhere is refused.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.api.problems import problem

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAME_SITE = frozenset({"same-origin", "none"})
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    # Gradio's page needs inline scripts and styles, and evaluates its own templates.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
    ),
}


class SameOriginOnly:
    """ASGI middleware: only our own hosts, only our own pages; adds the security headers."""

    def __init__(self, app: ASGIApp, host_names: Iterable[str] = ()) -> None:
        self.app = app
        self.host_names = LOOPBACK_NAMES | {name.lower() for name in host_names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self.refusal(scope)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.detail})
        else:
            answer = problem(refusal.status, refusal.detail)
            await answer(scope, receive, _with_headers(send))

    def refusal(self, scope: Scope) -> "Refusal | None":
        """Why this request is refused, or None."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(host_name(hosts[0]), scope):
            return FOREIGN_HOST
        origin = headers.get("origin")
        if origin is not None and _netloc(origin) != hosts[0].lower():
            return FOREIGN_PAGE
        if headers.get("sec-fetch-site", "none") in SAME_SITE:
            return None
        # A link on another page may open ours: that shows it nothing of the answer.
        opened = headers.get("sec-fetch-mode") == "navigate" and headers.get(
            "sec-fetch-dest", "document"
        )
        if opened == "document" and scope.get("method") in ("GET", "HEAD"):
            return None
        return FOREIGN_PAGE

    def _is_ours(self, name: str, scope: Scope) -> bool:
        if name in self.host_names:
            return True
        # The bare address that the connection came in by cannot be another site's name.
        server = (scope.get("server") or ("", None))[0]
        return name == server.lower() and _is_address(name)


@dataclass(frozen=True)
class Refusal:
    """An HTTP status and a sentence."""

    status: int
    detail: str


FOREIGN_HOST = Refusal(
    400, "This host name is not one of this server. Allow it with SEARCHAPP_HOST_NAMES."
)
FOREIGN_PAGE = Refusal(403, "Requests from pages of other sites are refused.")


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
