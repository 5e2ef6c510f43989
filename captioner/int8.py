"""Weight-only eight-bit integers: half the memory of bfloat16, a quarter of float32.

Each output of a linear layer has one scale, `max |w| / 127`; activations stay as they are
(the scheme of https://arxiv.org/abs/2208.07339 without its outlier path). PaddlePaddle's own
`weight_only_linear` has no CPU kernel, so the matrix is widened a few rows at a time: the pieces
stay in the processor's cache, which makes this quicker than reading a float32 matrix.
"""

import numpy as np
import paddle
from paddle import Tensor, nn
from paddle.nn import functional as F

# Numbers widened at a time; 8 MB of float32. Measured by benchmarks/captioner_parity.py.
_PIECE = 2 << 20


class Int8Linear(nn.Layer):
    """`x @ (integers * scales) + bias`.

    Args:
        integers: int8 [in, out].
        scales: [out], in the dtype of the activations.
        bias: [out], or None.
    """

    def __init__(self, integers: Tensor, scales: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("integers", integers)
        self.register_buffer("scales", scales)
        self.register_buffer("bias", bias)

    @classmethod
    def quantise(cls, weight: np.ndarray, bias: Tensor | None, dtype: str) -> "Int8Linear":
        """Rounds a matrix [in, out] to integers, to nearest."""
        scales = np.abs(weight).max(axis=0) / 127
        divisors = np.where(scales > 0, scales, 1).astype(np.float32)
        integers = np.rint(weight / divisors).astype(np.int8)
        return cls(paddle.to_tensor(integers), paddle.to_tensor(divisors).astype(dtype), bias)

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] -> [..., out]."""
        inputs, outputs = self.integers.shape
        step = max(1, _PIECE // outputs)
        product = 0.0
        for begin in range(0, inputs, step):
            rows = self.integers[begin : begin + step].astype(x.dtype)
            product = product + F.linear(x[..., begin : begin + step], rows)
        product = product * self.scales
        return product if self.bias is None else product + self.bias


def quantise_linear_layers(model: nn.Layer, dtype: str) -> int:
    """Replaces every `nn.Linear` below a layer by its eight-bit form; returns how many."""
    replaced = 0
    for name, child in list(model.named_children()):
        if type(child) is nn.Linear:
            weight = child.weight.astype("float32").numpy()
            setattr(model, name, Int8Linear.quantise(weight, child.bias, dtype))
            replaced += 1
        else:
            replaced += quantise_linear_layers(child, dtype)
    return replaced
