"""Reads the safetensors format: eight bytes of length, a JSON header, then raw tensors.

Read here rather than through the library for two reasons: bfloat16 does not exist in numpy (it
is handed out as float32, which holds it exactly), and `read` copies one tensor at a time out of
the file, so that loading a model never holds the whole file in resident memory beside it.
Format: https://github.com/huggingface/safetensors#format
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pd_clip.errors import CheckpointInvalid, CheckpointMissing

HEADER_LIMIT: Final = 100_000_000  # bytes, the limit the format itself sets
_NUMPY: Final = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": np.uint16,
    "I64": np.int64,
    "I32": np.int32,
    "U8": np.uint8,
    "I8": np.int8,
    "BOOL": np.bool_,
}


@dataclass(frozen=True)
class StoredTensor:
    """Where one tensor lies; `dtype` is the format's name, `start` counts from the file's start."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    start: int

    def read(self) -> NDArray[Any]:
        """The tensor as float32 (integers stay integers), in memory of its own."""
        count = int(np.prod(self.shape, dtype=np.int64))
        stored: NDArray[Any] = np.fromfile(self.path, _NUMPY[self.dtype], count, offset=self.start)
        return widen(stored.reshape(self.shape), self.dtype)

    def map(self) -> NDArray[Any]:
        """The tensor as it lies in the file, memory-mapped; bfloat16 shows as uint16 bits."""
        return np.memmap(self.path, _NUMPY[self.dtype], "r", self.start, self.shape)


def widen(stored: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Floating point of any stored width -> float32; bfloat16 comes as uint16 bits."""
    if dtype == "BF16":
        return (stored.astype(np.uint32) << 16).view(np.float32)
    if dtype in ("F16", "F64"):
        return stored.astype(np.float32)
    return stored


def to_bfloat16_bits(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """float32 -> the 16 bits of bfloat16, rounded to nearest, ties to even."""
    bits = values.view(np.uint32)
    carry = (bits >> np.uint32(16)) & np.uint32(1)
    return ((bits + np.uint32(0x7FFF) + carry) >> np.uint32(16)).astype(np.uint16)


def read_header(path: Path) -> dict[str, StoredTensor]:
    """Every tensor of one file by name; raises CheckpointInvalid when the file is not whole."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            prefix = file.read(8)
            if len(prefix) < 8:
                raise CheckpointInvalid(path, "shorter than a safetensors header")
            length = struct.unpack("<Q", prefix)[0]
            if length > min(HEADER_LIMIT, size - 8):
                raise CheckpointInvalid(path, "its header is longer than the file")
            header = json.loads(file.read(length))
    except FileNotFoundError:
        raise CheckpointMissing(path, "no such file") from None
    except ValueError:
        raise CheckpointInvalid(path, "its header is not JSON") from None
    if not isinstance(header, dict):
        raise CheckpointInvalid(path, "its header is not a JSON object")
    header.pop("__metadata__", None)
    return {name: _entry(path, name, entry, 8 + length, size) for name, entry in header.items()}


def _entry(path: Path, name: str, entry: Any, base: int, size: int) -> StoredTensor:
    try:
        dtype, shape = str(entry["dtype"]), tuple(int(side) for side in entry["shape"])
        first, last = (int(offset) for offset in entry["data_offsets"])
    except (TypeError, KeyError, ValueError):
        raise CheckpointInvalid(path, f"its entry for {name} is malformed") from None
    if dtype not in _NUMPY:
        raise CheckpointInvalid(path, f"{name} is stored as {dtype}, which is not read here")
    needed = int(np.prod(shape, dtype=np.int64)) * np.dtype(_NUMPY[dtype]).itemsize
    if any(side < 0 for side in shape) or first < 0 or last - first != needed:
        raise CheckpointInvalid(path, f"the size of {name} does not fit its shape")
    if base + last > size:
        raise CheckpointInvalid(path, f"it ends before {name} does")
    return StoredTensor(path, dtype, shape, base + first)
