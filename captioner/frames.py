"""Messages between a program and its captioner: a JSON object, then raw bytes if it says so.

Eight bytes give the two lengths. No pickle: what one side sends, the other cannot run.
"""

import json
import struct
from typing import Any, BinaryIO

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
