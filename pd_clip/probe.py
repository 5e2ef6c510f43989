"""Small inputs every engine must reproduce before it is trusted.

Engines have silently returned one identical vector for every picture. So the outputs for a few
probes are recorded in float32, and an engine must come close to them and tell them apart.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def probe_pictures(size: int) -> NDArray[np.uint8]:
    """Two pictures that share little: a smooth gradient and coarse random squares; [2, S, S, 3]."""
    ramp = np.linspace(0, 255, size).astype(np.uint8)
    gradient = np.stack(
        [
            np.broadcast_to(ramp[None, :], (size, size)),
            np.broadcast_to(ramp[:, None], (size, size)),
            np.full((size, size), 96, np.uint8),
        ],
        axis=-1,
    )
    squares = np.random.default_rng(20260917).integers(0, 256, (8, 8, 3), np.uint8)
    index = np.arange(size) * 8 // size
    return np.stack([gradient, squares[index][:, index]])


def probe_token_ids(vocab_size: int, pad_id: int) -> list[NDArray[np.int64]]:
    """Three short texts as ids, one of them padded; `<s>` is 0 and `</s>` 2."""
    ids = np.random.default_rng(20260918).integers(4, vocab_size, (3, 6))
    rows: list[list[int]] = [
        [0, *ids[0].tolist(), 2],
        [0, *ids[1].tolist()[:3], 2, pad_id, pad_id, pad_id],
        [0, *ids[2].tolist(), 2],
    ]
    return [np.asarray([row], np.int64) for row in rows]


def tells_apart(outputs: list[NDArray[Any]]) -> bool:
    """False when all outputs point the same way: an engine that ignores its input."""
    flat = np.concatenate(outputs).astype(np.float64)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    cosines = flat @ flat.T
    return bool((cosines[np.triu_indices(len(flat), 1)] < 1 - 1e-6).all())
