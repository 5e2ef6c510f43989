"""Messages between a program and its captioner: a JSON object, then raw bytes if it says so.

Eight bytes give the two lengths. No pickle: what one side sends, the other cannot run.
"""

import json
import os
import struct
from typing import IO, Any, BinaryIO

_LENGTHS = struct.Struct("<II")


def write_frame(stream: BinaryIO, message: dict[str, Any], payload: bytes = b"") -> None:
    """Sends one message."""
    text = json.dumps(message).encode()
    stream.write(_LENGTHS.pack(len(text), len(payload)) + text + payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Receives one message; None at the end of the stream, also in the middle of a message."""
    prefix = stream.read(_LENGTHS.size)
    if len(prefix) < _LENGTHS.size:
        return None
    text_length, payload_length = _LENGTHS.unpack(prefix)
    text, payload = stream.read(text_length), stream.read(payload_length)
    if len(text) < text_length or len(payload) < payload_length:
        return None
    message: dict[str, Any] = json.loads(text)
    return message, payload


def answer_stream() -> BinaryIO:
    """The standard output of a captioner's process, for frames alone.

    What libraries print there from now on goes to standard error.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def last_line(complaints: IO[bytes]) -> str:
    """The last line that a process wrote to the file of its standard error."""
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
