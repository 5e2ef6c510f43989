"""Rotary positions of the text tower, computed without Paddle: they are inputs of the program.

https://arxiv.org/abs/2104.09864
"""

import numpy as np
from numpy.typing import NDArray

from pd_clip.config import TextConfig


def token_rotation(
    config: TextConfig, length: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """cos and sin [length, head_width] in the half layout, positions 0..length-1."""
    head_width = config.hidden_size // config.num_attention_heads
    exponents = np.arange(0, head_width, 2, dtype=np.float32) / np.float32(head_width)
    frequencies = np.float32(1.0) / np.float32(config.rotary_base) ** exponents
    angles = np.arange(length, dtype=np.float32)[:, None] * frequencies
    twice = np.concatenate([angles, angles], axis=-1)
    return np.cos(twice).astype(np.float32), np.sin(twice).astype(np.float32)
