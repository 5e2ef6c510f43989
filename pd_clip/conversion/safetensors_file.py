"""Reading and writing safetensors files tensor by tensor, without a framework.

The format (https://github.com/huggingface/safetensors#format): eight bytes with the length of the
header, little endian; the header, JSON that gives each tensor's dtype, shape and byte range; the
bytes. Tensors are handed out as unsigned integers of their item size, so that bfloat16, which
NumPy does not know, passes through untouched, bit for bit.
"""

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pd_clip.conversion.errors import CheckpointUnreadable

ITEM_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1,
    "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4,
    "U64": 8, "I64": 8, "F64": 8,
}  # fmt: skip
_RAW: dict[int, np.dtype[Any]] = {
    1: np.dtype(np.uint8),
    2: np.dtype("<u2"),
    4: np.dtype("<u4"),
    8: np.dtype("<u8"),
}
_NUMPY = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "F16": "<f2",
    "U32": "<u4", "I32": "<i4", "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8",
}  # fmt: skip
# The reference implementation refuses longer headers; a longer one is an attack or damage.
_MAX_HEADER_BYTES = 100_000_000


@dataclass(frozen=True)
class TensorEntry:
    """Where one tensor lies: dtype as written in the header, shape, byte range of the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor."""
        return self.end - self.begin


class SafetensorsFile:
    """The table of contents of one file; opening it reads the header only.

    Args:
        path: the file.

    Raises:
        CheckpointUnreadable: the header is damaged, or byte ranges do not tile the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header_bytes, self.data_start = _read_header(path)
        try:
            header: dict[str, Any] = json.loads(self.header_bytes)
            self.metadata: dict[str, str] | None = header.pop("__metadata__", None)
            self.tensors = {
                name: _entry(name, facts, self.data_start) for name, facts in header.items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointUnreadable(path, f"header: {error}") from error
        self._check_ranges()

    def _check_ranges(self) -> None:
        position = self.data_start
        for entry in sorted(self.tensors.values(), key=lambda entry: (entry.begin, entry.end)):
            if entry.begin != position or entry.end < entry.begin:
                raise CheckpointUnreadable(self.path, f"{entry.name}: bytes overlap or leave a gap")
            if prod(entry.shape) * ITEM_BYTES[entry.dtype] != entry.nbytes:
                raise CheckpointUnreadable(
                    self.path, f"{entry.name}: {entry.nbytes} bytes for shape {list(entry.shape)}"
                )
            position = entry.end
        if position != self.path.stat().st_size:
            raise CheckpointUnreadable(
                self.path, f"ends at byte {self.path.stat().st_size}, the header says {position}"
            )

    def raw(self, name: str) -> np.ndarray:
        """One tensor as unsigned integers of its item size, mapped, in its own shape.

        Its pages count as memory of this process until the array is dropped.
        """
        entry = self.tensors[name]
        dtype = _RAW[ITEM_BYTES[entry.dtype]]
        if entry.nbytes == 0:
            return np.zeros(entry.shape, dtype)
        return np.memmap(self.path, dtype, mode="r", offset=entry.begin, shape=entry.shape)

    def load(self, name: str) -> np.ndarray:
        """One tensor as a fresh array; bfloat16 widened to float32, which is exact.

        Raises:
            KeyError: no tensor has this name.
            CheckpointUnreadable: NumPy has no equivalent of its dtype.
        """
        entry = self.tensors[name]
        raw = self.raw(name)
        if entry.dtype == "BF16":
            return np.asarray((raw.astype(np.uint32) << np.uint32(16)).view(np.float32))
        if entry.dtype not in _NUMPY:
            raise CheckpointUnreadable(self.path, f"{name}: dtype {entry.dtype}")
        return np.array(raw).view(_NUMPY[entry.dtype])


class SafetensorsWriter:
    """Writes a file whose tensors are known beforehand, each in one or several pieces, in order.

    The bytes go to `path`; call `finish` when every tensor is written.
    """

    def __init__(self, path: Path, header: bytes) -> None:
        self.path = path
        self._handle = path.open("wb")
        self._handle.write(struct.pack("<Q", len(header)) + header)

    def write(self, piece: np.ndarray) -> None:
        """Appends the bytes of a contiguous array."""
        self._handle.write(np.ascontiguousarray(piece).data.cast("B"))

    def finish(self) -> None:
        """Flushes to the disk and closes."""
        self._handle.flush()
        os.fsync(self._handle.fileno())
        self._handle.close()

    def close(self) -> None:
        """Closes without the promise that anything has reached the disk."""
        self._handle.close()


def encode_header(
    tensors: Mapping[str, tuple[str, tuple[int, ...]]], metadata: Mapping[str, str] | None
) -> bytes:
    """The header for tensors `{name: (dtype, shape)}` laid out in this order, padded to 8 bytes."""
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    position = 0
    for name, (dtype, shape) in tensors.items():
        end = position + prod(shape) * ITEM_BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [position, end]}
        position = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return text + b" " * (-len(text) % 8)


def _read_header(path: Path) -> tuple[bytes, int]:
    with path.open("rb") as handle:
        prefix = handle.read(8)
        if len(prefix) < 8:
            raise CheckpointUnreadable(path, "shorter than eight bytes")
        (length,) = struct.unpack("<Q", prefix)
        if length > _MAX_HEADER_BYTES:
            raise CheckpointUnreadable(path, f"a header of {length} bytes")
        header = handle.read(length)
    if len(header) < length:
        raise CheckpointUnreadable(path, "cut short inside the header")
    return header, 8 + length


def _entry(name: str, facts: dict[str, Any], data_start: int) -> TensorEntry:
    begin, end = facts["data_offsets"]
    shape = tuple(facts["shape"])
    if facts["dtype"] not in ITEM_BYTES:
        raise ValueError(f"{name} has dtype {facts['dtype']!r}")
    if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
        raise ValueError(f"{name} has shape {shape} at {begin}:{end}")
    return TensorEntry(name, facts["dtype"], shape, data_start + begin, data_start + end)
