"""The socket that the server listens on."""

import asyncio
import socket

from searchapp.cli.server import listen


def test_what_is_written_is_sent_at_once() -> None:
    with listen("127.0.0.1", 18_700) as listener:
        assert asyncio.run(_sends_at_once(listener))


async def _sends_at_once(listener: socket.socket) -> bool:
    """Whether a connection that asyncio accepts on it has TCP_NODELAY."""
    accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket"))
        writer.close()

    async with await asyncio.start_server(note, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        connection = await accepted
        at_once = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        writer.close()
    return at_once
