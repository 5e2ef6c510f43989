"""The patches of a slice to a fixed number of image tokens, by one cross-attention."""

from collections.abc import Sequence

import numpy as np
import paddle
from paddle import Tensor
from paddle.nn import functional as F

from captioner.layers import attend, hiding_bias
from captioner.weights import Weights

_EPS = 1e-6  # not torch's default 1e-5
_HEAD_WIDTH = 128


class Resampler:
    """Learned queries look at the patches, which carry their place in the slice."""

    def __init__(self, weights: Weights) -> None:
        self.query = weights.tensor("resampler.query")  # [Q, D]
        self.proj = weights.tensor("resampler.proj")  # [D, D], multiplied from the right
        self.kv_proj = weights.linear("resampler.kv_proj", bias=False, exact=True)
        self.in_proj_weight = weights.tensor("resampler.attn.in_proj_weight")  # [D, 3 D]
        self.in_proj_bias = weights.tensor("resampler.attn.in_proj_bias")
        self.out_proj = weights.linear("resampler.attn.out_proj", bias=True, exact=True)
        self.ln_q = weights.layer_norm("resampler.ln_q", _EPS)
        self.ln_kv = weights.layer_norm("resampler.ln_kv", _EPS)
        self.ln_post = weights.layer_norm("resampler.ln_post", _EPS)

    def __call__(
        self, features: Tensor, mask: np.ndarray, grids: Sequence[tuple[int, int]]
    ) -> Tensor:
        """Features [N, L, D of the tower], bool mask [N, L], (rows, columns) -> [N, Q, D]."""
        with paddle.no_grad():
            values = self.ln_kv(self.kv_proj(features))
            places = np.zeros(values.shape, np.float32)
            for number, grid in enumerate(grids):
                table = sincos_2d(values.shape[-1], *grid)
                places[number, : len(table)] = table
            keys = values + paddle.to_tensor(places).astype(values.dtype)
            mixed = self._attend(keys, values, mask)
            return paddle.matmul(self.ln_post(mixed), self.proj)

    def _attend(self, keys: Tensor, values: Tensor, mask: np.ndarray) -> Tensor:
        width = keys.shape[-1]
        queries = self.ln_q(self.query).unsqueeze(0).expand([len(mask), -1, -1])
        query_heads, key_heads, value_heads = (
            F.linear(
                tokens,
                self.in_proj_weight[:, number * width : (number + 1) * width],
                self.in_proj_bias[number * width : (number + 1) * width],
            ).reshape([len(mask), -1, width // _HEAD_WIDTH, _HEAD_WIDTH])
            for number, tokens in enumerate((queries, keys, values))
        )
        bias = None if mask.all() else hiding_bias(mask[:, None, None, :])
        return self.out_proj(attend(query_heads, key_heads, value_heads, bias))


def sincos_2d(width: int, rows: int, columns: int) -> np.ndarray:
    """float32 [rows * columns, width]: the column in the first half, the row in the second."""
    across = np.tile(_sincos(width // 2, columns), (rows, 1))
    down = np.repeat(_sincos(width // 2, rows), columns, axis=0)
    return np.concatenate([across, down], axis=1)


def _sincos(width: int, count: int) -> np.ndarray:
    """[count, width]: sines, then cosines (https://arxiv.org/abs/1706.03762)."""
    exponents = np.arange(width // 2, dtype=np.float32) / (width / 2)
    angles = np.arange(count, dtype=np.float32)[:, None] * (1.0 / 10000**exponents)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
