"""Runs the HTTP server: finds a port, composes API and browser interface, opens the browser."""

import os
import socket
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from searchapp.cli.console import stop_on_interrupt
from searchapp.errors import PasswordNeeded, PortsTaken

if TYPE_CHECKING:
    import uvicorn

    from searchapp.settings import Settings

PORTS_TO_TRY = 20
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class ServerOptions:
    """How the server listens.

    port: the first port to try; the next free one of twenty is taken.
    watch: keep the library up to date with its folders meanwhile.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    open_browser: bool = False
    watch: bool = False


def serve(settings: "Settings", options: ServerOptions, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    Raises PasswordNeeded beyond this machine without a password, PortsTaken if no port is free.
    """
    open_to_others = options.host not in LOOPBACK_HOSTS
    if open_to_others and not _has_password(settings):
        raise PasswordNeeded(options.host)
    listener = listen(options.host, options.port)
    port = listener.getsockname()[1]
    if port != options.port:
        say(f"Port {options.port} is taken; using {port}.")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    say("Starting the browser interface ...")

    import uvicorn

    from searchapp.api.app import create_app
    from searchapp.requests import IndexRequest
    from searchapp.service import SearchService
    from ui.app import mount

    service = SearchService(settings, say)
    application = mount(
        create_app(service, settings, open_to_others=open_to_others), service, settings
    )
    if options.watch:
        service.start_indexing(IndexRequest(paths=()), watch=True)
    address = f"http://{options.host if ':' not in options.host else f'[{options.host}]'}:{port}"
    threading.Thread(target=service.prepare, name="prepare", daemon=True).start()
    say(f"Ready: {address}  (Ctrl-C ends)")
    if options.open_browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    config = uvicorn.Config(
        application, log_level="warning", timeout_graceful_shutdown=3, server_header=False
    )
    try:
        _run(uvicorn.Server(config), listener)
    finally:
        service.close()


def _has_password(settings: "Settings") -> bool:
    """Whether one was given to the program, or set in the browser before."""
    from searchapp.api.kept_password import KeptPassword
    from searchapp.library import Library

    return settings.auth is not None or KeptPassword(Library(settings.library)).read() is not None


def _run(server: "uvicorn.Server", listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM; requests under way end first.

    On a thread, because uvicorn on the main one ends the process by the signal it was sent, before
    the library is closed.
    """
    with stop_on_interrupt("Ending ...") as asked:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="serve")
        thread.start()
        while thread.is_alive():
            thread.join(0.1)
            if asked():
                server.should_exit = True


def listen(host: str, first_port: int) -> socket.socket:
    """A listening socket on the first free port of twenty.

    Raises PortsTaken when there is none.
    """
    last_port = min(first_port + PORTS_TO_TRY - 1, 65535)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first_port, last_port + 1):
        # With the protocol named, asyncio sends at once what is written (TCP_NODELAY); without, the
        # end of an answer waits 40 ms for the client to acknowledge its beginning.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise PortsTaken(first_port, last_port)
