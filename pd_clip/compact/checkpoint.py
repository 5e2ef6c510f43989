"""Weights of the bundled model: safetensors, most of them stored in 8 or 4 bits.

A tensor `t` is stored in one of three ways, told by the names in the file:

- `t`: float16 or float32, as it is;
- `t.int8` [rows, ...] and `t.scale` float32 [rows]: `t = int8 * scale`, one scale per row
  (an output channel, a piece of the vocabulary, a concept);
- `t.int4` uint8 [rows, columns / 2] and `t.scale` float16 [rows, columns / 32]: blocks of 32
  weights share a scale; in each block's 16 bytes the low nibbles are weights 0-15, the high
  nibbles weights 16-31, each less 8.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from pd_clip.errors import CheckpointInvalid, CheckpointMismatch, CheckpointMissing

BLOCK = 32  # weights that share one scale in 4 bits

Tensors = dict[str, NDArray[np.float32]]
Stored = dict[str, NDArray[Any]]


def read_stored(path: Path, tower: str) -> Stored:
    """The arrays of one tower ("vision", "text", "words") as they lie in the file.

    Raises:
        CheckpointMissing: there is no such file.
        CheckpointInvalid: it is not a safetensors file.
    """
    if not path.is_file():
        raise CheckpointMissing(path, "no such file")
    prefix = tower + "."
    try:
        with safe_open(path, framework="numpy") as opened:
            keys = [key for key in opened.keys() if key.startswith(prefix)]  # noqa: SIM118
            return {key[len(prefix) :]: opened.get_tensor(key) for key in keys}
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointInvalid(path, str(error)) from error


def unpack(stored: Stored) -> Tensors:
    """The stored arrays as float32 tensors under their own names."""
    tensors: Tensors = {}
    for key, array in stored.items():
        name, _, kind = key.rpartition(".")
        if kind == "scale":
            continue
        if kind == "int8":
            scale = stored[f"{name}.scale"].reshape(-1, *[1] * (array.ndim - 1))
            tensors[name] = array.astype(np.float32) * scale
        elif kind == "int4":
            tensors[name] = _unpack_blocks(array, stored[f"{name}.scale"])
        else:
            tensors[key] = array.astype(np.float32)
    return tensors


def _unpack_blocks(nibbles: NDArray[Any], scales: NDArray[Any]) -> NDArray[np.float32]:
    rows, blocks = scales.shape
    pairs = nibbles.astype(np.uint8).reshape(rows, blocks, BLOCK // 2)
    codes = np.concatenate([pairs & 0x0F, pairs >> 4], axis=2).astype(np.float32) - 8
    weights = codes * scales.astype(np.float32)[:, :, None]
    return weights.reshape(rows, blocks * BLOCK)


def pack_int8(name: str, tensor: NDArray[np.float32]) -> Stored:
    """One scale per row, rounded to nearest; the largest weight of a row becomes 127."""
    flat = tensor.reshape(len(tensor), -1)
    scale = (np.abs(flat).max(axis=1) / 127.0).astype(np.float32)
    scale[scale == 0] = 1.0  # a channel that batch normalisation has switched off
    codes = np.rint(flat / scale[:, None]).clip(-127, 127).astype(np.int8)
    return {f"{name}.int8": codes.reshape(tensor.shape), f"{name}.scale": scale}


def pack_int4(name: str, tensor: NDArray[np.float32]) -> Stored:
    """Blocks of 32; the weight of largest size in a block becomes -8, so that it is exact."""
    rows, columns = tensor.shape
    blocks = tensor.reshape(rows, columns // BLOCK, BLOCK)
    place = np.abs(blocks).argmax(axis=2)[:, :, None]
    scale = (np.take_along_axis(blocks, place, axis=2)[:, :, 0] / -8).astype(np.float16)
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)[:, :, None]
    codes = (np.rint(blocks / divisor) + 8).clip(0, 15).astype(np.uint8)
    nibbles = codes[:, :, : BLOCK // 2] | (codes[:, :, BLOCK // 2 :] << 4)
    return {f"{name}.int4": nibbles.reshape(rows, columns // 2), f"{name}.scale": scale}


def check(path: Path, tensors: Tensors, shapes: dict[str, list[int]]) -> None:
    """Compares a tower's tensors with the shapes its layers have.

    Raises:
        CheckpointMismatch: a tensor is missing, is not used, or has another shape.
    """
    problems = [f"{name} is missing" for name in shapes.keys() - tensors.keys()]
    problems += [f"{name} is not used" for name in tensors.keys() - shapes.keys()]
    problems += [
        f"{name} is {list(tensors[name].shape)}, expected {shape}"
        for name, shape in shapes.items()
        if name in tensors and list(tensors[name].shape) != shape
    ]
    if problems:
        raise CheckpointMismatch(path, sorted(problems))
