"""Keeps other web sites away from a server that has a person's pictures.

A page of another site can make the browser send requests to 127.0.0.1, and by DNS rebinding even
under its own host name. Every request, websockets included, must therefore name a host that is
ours, and one that a browser marks as coming from elsewhere is refused.
"""

from collections.abc import Iterable
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
        "connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; "
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
        refusal = self.refusal(Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            status = 400 if "host" in refusal else 403
            await problem(status, refusal)(scope, receive, _with_headers(send))

    def refusal(self, headers: Headers) -> str | None:
        """Why a request with these headers is refused, or None."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or host_name(hosts[0]) not in self.host_names:
            return "This host name is not one of this server."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != hosts[0].lower():
            return "Requests from pages of other sites are refused."
        site = headers.get("sec-fetch-site", "none")
        if site in SAME_SITE:
            return None
        # A link on another page may open ours: that shows it nothing of the answer.
        if headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") in (
            "document",
            None,
        ):
            return None
        return "Requests from pages of other sites are refused."


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
