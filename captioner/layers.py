"""The few layers both models share: B rows, S tokens, H heads, G key/value heads, D width."""

import numpy as np
import paddle
from paddle import Tensor, nn
from paddle.nn import functional as F


class Linear(nn.Layer):
    """`x @ weight + bias` with weights that are there already.

    Args:
        weight: [in, out].
        bias: [out], or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] -> [..., out]."""
        return F.linear(x, self.weight, self.bias)


class LayerNorm(nn.Layer):
    """Layer normalisation with weights that are there already."""

    def __init__(self, weight: Tensor, bias: Tensor, eps: float) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """[..., D] -> [..., D]."""
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)


class RMSNorm(nn.Layer):
    """Root mean square normalisation (https://arxiv.org/abs/1910.07467), computed in float32."""

    def __init__(self, weight: Tensor, eps: float) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """[..., D] -> [..., D]."""
        wide = x.astype("float32")
        scaled = wide * paddle.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)
        return scaled.astype(x.dtype) * self.weight


def attend(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None) -> Tensor:
    """Attention with the softmax in float32.

    Args:
        queries: [B, S, H, D].
        keys, values: [B, T, G, D], H a multiple of G; each serves H / G query heads in a row.
        bias: added to the scores, broadcast to [B, H, S, T]; large and negative where hidden.

    Returns:
        [B, S, H * D].
    """
    rows, length, heads, width = queries.shape
    groups = keys.shape[2]
    if groups != heads:
        keys = keys.repeat_interleave(heads // groups, axis=2)
        values = values.repeat_interleave(heads // groups, axis=2)
    scores = paddle.matmul(queries.transpose([0, 2, 1, 3]), keys.transpose([0, 2, 3, 1])).astype(
        "float32"
    ) * (width**-0.5)
    if bias is not None:
        scores = scores + bias
    weights = F.softmax(scores, axis=-1).astype(values.dtype)
    mixed = paddle.matmul(weights, values.transpose([0, 2, 1, 3]))
    return mixed.transpose([0, 2, 1, 3]).reshape([rows, length, heads * width])


def hiding_bias(visible: np.ndarray) -> Tensor:
    """float32 scores to add: 0 where `visible` is true, the most negative number elsewhere."""
    return paddle.to_tensor(
        np.where(visible, np.float32(0), np.finfo(np.float32).min).astype(np.float32)
    )


def causal_visibility(token_mask: np.ndarray, new_tokens: int) -> np.ndarray:
    """Which tokens the last `new_tokens` of each row may look at.

    Args:
        token_mask: bool [B, T], false where a row is padded.

    Returns:
        bool [B, 1, new_tokens, T]. A padded token sees itself, so that no softmax is empty.
    """
    total = token_mask.shape[1]
    order = np.tri(total, dtype=bool)[total - new_tokens :]
    itself = np.eye(total, dtype=bool)[total - new_tokens :]
    return np.asarray((token_mask[:, None, None, :] & order) | itself)


def positions_of(token_mask: np.ndarray) -> np.ndarray:
    """int64 [B, T]: how many real tokens come before each; 0 for padding before the first.

    Counting the padding as well (a plain `arange`) is a known mistake: it turns every row that
    is padded on the left by the wrong rotary angles.
    """
    return np.asarray(np.maximum(np.cumsum(token_mask, axis=1) - 1, 0), np.int64)


def rotate_halves(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Rotary position embedding in the layout of two halves (https://arxiv.org/abs/2104.09864).

    Args:
        x: [B, S, H, D].
        cosines, sines: [B, S, 1, D].
    """
    first, second = x.chunk(2, axis=-1)
    return x * cosines + paddle.concat([-second, first], axis=-1) * sines
