"""Linear layers whose matrices stay narrow in memory: as published (16 bits), 8 or 4 bits.

Activations and sums are float32. A piece of the matrix at a time is widened and multiplied while
it is in the processor's cache: PaddlePaddle has no CPU kernel for a product in bfloat16, nor for
its own `weight_only_linear`, and widening a whole matrix would take the memory that is saved.
"""

import numpy as np
import paddle
from paddle import Tensor, nn
from paddle.nn import functional as F

# Numbers widened at a time; 8 MB of float32. Measured by benchmarks/captioner_parity.py.
_PIECE = 2 << 20
# Inputs that share a scale in the four-bit form, at most.
_GROUP = 128


def widened(raw: np.ndarray) -> np.ndarray:
    """uint16 bits of bfloat16 numbers -> the same numbers as float32, exactly."""
    return np.asarray((raw.astype(np.uint32) << np.uint32(16)).view(np.float32))


class Bfloat16Linear(nn.Layer):
    """`x @ matrix + bias` on the CPU, with the published bfloat16 numbers, without loss.

    Args:
        bits: uint16, the file's own bytes, usually mapped: pages that are not in use can go.
        published: [out, in] (PyTorch's layout) if true, else [in, out].
        bias: float32 [out], or None.
    """

    def __init__(self, bits: np.ndarray, bias: Tensor | None, *, published: bool) -> None:
        super().__init__()
        self.bits = bits
        self.published = published
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        """float32 [..., in] -> [..., out]."""
        outputs, inputs = self.bits.shape if self.published else self.bits.shape[::-1]
        rows = x.reshape([-1, inputs]).numpy()
        product = np.zeros((len(rows), outputs), np.float32)
        step = max(1, _PIECE // self.bits.shape[1])
        for begin in range(0, len(self.bits), step):
            piece = widened(self.bits[begin : begin + step])
            if self.published:
                product[:, begin : begin + step] = rows @ piece.T
            else:
                product += rows[:, begin : begin + step] @ piece
        result = paddle.to_tensor(product).reshape([*x.shape[:-1], outputs])
        return result if self.bias is None else result + self.bias


class Int8Linear(nn.Layer):
    """`x @ (integers * scales) + bias`: one scale for each output, `max |w| / 127`.

    The scheme of https://arxiv.org/abs/2208.07339 without its outlier path.

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
        scales = _not_zero(np.abs(weight).max(axis=0) / 127)
        integers = np.rint(weight / scales).astype(np.int8)
        return cls(paddle.to_tensor(integers), paddle.to_tensor(scales).astype(dtype), bias)

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


class Int4Linear(nn.Layer):
    """As `Int8Linear` with integers from -7 to 7 and one scale per group of inputs and output.

    Args:
        pairs: int8 [groups, inputs of a group / 2, out]: of a group, its first half plus sixteen
            times its second half.
        scales: [groups, out], in the dtype of the activations.
        bias: [out], or None.
    """

    def __init__(self, pairs: Tensor, scales: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("pairs", pairs)
        self.register_buffer("scales", scales)
        self.register_buffer("bias", bias)

    @classmethod
    def quantise(cls, weight: np.ndarray, bias: Tensor | None, dtype: str) -> "Int4Linear":
        """Rounds a matrix [in, out], its inputs an even number, to nearest."""
        inputs, outputs = weight.shape
        size = next(size for size in range(_GROUP, 1, -2) if inputs % size == 0)
        groups = weight.reshape(inputs // size, size, outputs)
        scales = _not_zero(np.abs(groups).max(axis=1) / 7)
        integers = np.rint(groups / scales[:, None]).astype(np.int8)
        pairs = integers[:, : size // 2] + 16 * integers[:, size // 2 :]
        return cls(
            paddle.to_tensor(pairs.astype(np.int8)), paddle.to_tensor(scales).astype(dtype), bias
        )

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] -> [..., out]."""
        groups, half, _ = self.pairs.shape
        product = 0.0
        for number in range(groups):
            begin = 2 * half * number
            pairs = self.pairs[number].astype(x.dtype)
            second = paddle.round(pairs / 16)
            first = pairs - 16 * second
            part = F.linear(x[..., begin : begin + half], first)
            part = part + F.linear(x[..., begin + half : begin + 2 * half], second)
            product = product + part * self.scales[number]
        return product if self.bias is None else product + self.bias


class EmbeddingTable:
    """Vectors of token numbers.

    Args:
        table: a tensor [V, D], or uint16 bits of bfloat16 numbers, usually mapped.
    """

    def __init__(self, table: Tensor | np.ndarray) -> None:
        self._table = table

    def __call__(self, token_ids: np.ndarray) -> Tensor:
        """int64 [...] -> [..., D]."""
        if isinstance(self._table, np.ndarray):
            return paddle.to_tensor(widened(self._table[token_ids]))
        return F.embedding(paddle.to_tensor(token_ids), self._table)


def _not_zero(scales: np.ndarray) -> np.ndarray:
    return np.where(scales > 0, scales, 1).astype(np.float32)
