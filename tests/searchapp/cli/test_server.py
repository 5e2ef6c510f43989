"""The socket that the server listens on."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from searchapp.cli.server import listen


def test_what_is_written_is_sent_at_once() -> None:
    # In a thread of its own: the browser's tests leave a running event loop in this one.
    with listen("127.0.0.1", 18_700) as listener, ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(_sends_at_once(listener))).result(30)


async def _sends_at_once(listener: socket.socket) -> bool:
    """Whether a connection that asyncio accepts on it has TCP_NODELAY."""
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(note, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        at_once = await accepted != 0
        writer.close()
    return at_once
