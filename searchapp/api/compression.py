"""gzip for what is text; pictures are compressed already, and ranges of them must stay ranges."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

_BINARY = ("/thumbnail", "/file", "/archive")


class GzipText(GZipMiddleware):
    """ASGI middleware: gzip unless the path gives out files."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith(_BINARY):
            await self.app(scope, receive, send)
            return
        await super().__call__(scope, receive, send)
