"""Where output goes: results on standard output, everything else on standard error."""

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from searchapp.results import as_document

INTERRUPTED_EXIT_CODE = 1
CUT_OFF = "Stopped in the middle of a batch; the next run does that batch again."

_ENDINGS = (signal.SIGINT, signal.SIGTERM)
# A progress bar hides it.
_SHOW_CURSOR = b"\x1b[?25h"


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(as_document(value), ensure_ascii=False, indent=2))


def print_result(text: str = "") -> None:
    """A line of the result on standard output, safe for a terminal."""
    print(printable(text))


def print_message(text: str) -> None:
    """A line for the person on standard error, safe for a terminal."""
    print(printable(text), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """The text without control characters (a file name may hold terminal commands)."""
    cleaned = "".join(
        character if character.isprintable() or character in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
    encoding = sys.stdout.encoding or "utf-8"
    return cleaned.encode(encoding, "backslashreplace").decode(encoding)


@contextmanager
def stop_on_interrupt(message: str, seconds: float | None = None) -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C (or SIGTERM) into a request to stop; the second ends at once.

    Yields a function that tells whether to stop. `message` is shown at the first Ctrl-C.
    Work that loses nothing by it is ended after `seconds`, should it not have stopped by then.
    """
    asked = threading.Event()
    # Python runs handlers between two steps of the main thread only, which may be busy for
    # seconds loading weights. The byte that is written here comes at once, to a thread of its own.
    told, telling = socket.socketpair()
    telling.setblocking(False)

    def watch() -> None:
        if not _signal_came(told):
            return
        print_message(message)
        asked.set()
        told.settimeout(seconds)
        try:
            if not _signal_came(told):
                return
        except TimeoutError:
            print_message(CUT_OFF)
        _end_at_once()

    watching = threading.Thread(target=watch, name="Ctrl-C", daemon=True)
    watching.start()
    before = {name: signal.signal(name, _nothing) for name in _ENDINGS}
    former = signal.set_wakeup_fd(telling.fileno())
    try:
        yield asked.is_set
    finally:
        signal.set_wakeup_fd(former)
        for name, handler in before.items():
            signal.signal(name, handler)
        telling.close()
        watching.join()
        told.close()


def _signal_came(told: socket.socket) -> bool:
    """Wait for Ctrl-C or SIGTERM; False once nobody waits for them any more."""
    while byte := told.recv(1):
        if byte[0] in _ENDINGS:
            return True
    return False


def _nothing(signum: int, frame: FrameType | None) -> None:
    """A handler has to be there for the byte to be written."""


def end_interrupted() -> NoReturn:
    """End a command that has stopped and said so: unloading its model may take a second more."""
    sys.stdout.flush()
    _end_at_once()


def _end_at_once() -> NoReturn:
    if os.isatty(2):
        os.write(2, _SHOW_CURSOR)
    os._exit(INTERRUPTED_EXIT_CODE)
