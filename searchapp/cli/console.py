"""Where output goes: results on standard output, everything else on standard error."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from searchapp.results import as_document

INTERRUPTED_EXIT_CODE = 1


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
def stop_on_interrupt(message: str) -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C (or SIGTERM) into a request to stop; the second ends at once.

    Yields a function that tells whether to stop. `message` is shown at the first Ctrl-C.
    """
    asked = threading.Event()

    def ask(signum: int, frame: FrameType | None) -> None:
        if asked.is_set():
            os._exit(INTERRUPTED_EXIT_CODE)
        asked.set()
        print_message(message)

    before = {name: signal.signal(name, ask) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
