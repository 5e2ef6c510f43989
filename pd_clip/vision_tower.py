"""EVA-02 image tower in Paddle (https://arxiv.org/abs/2303.11331, as jina-clip-v2 uses it).

Departures from a plain ViT: rotary positions on the patches beside the learned ones, a norm
inside attention and inside the MLP (sub-LN), SwiGLU, no bias on the keys. Layer names are the
published ones, so a weight's name says where it goes.
"""

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor, nn
from paddle.nn import functional as F

from pd_clip.config import VISION_ROTARY_BASE, VisionConfig


def patch_rotation(config: VisionConfig) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """cos and sin [1 + grid², head_width]: first half follows the row, second the column.

    Positions are `arange(grid) / grid * 16`: any grid is stretched onto the one of pre-training.
    Row 0 belongs to the class token, which is not rotated (cos 1, sin 0).
    """
    half = config.head_width // 2
    exponents = np.arange(0, half, 2, dtype=np.float64)[: half // 2] / half
    frequencies = VISION_ROTARY_BASE**-exponents
    positions = np.arange(config.grid) / config.grid * config.rope_reference_grid
    angles = np.repeat(positions[:, None] * frequencies, 2, axis=-1)  # [grid, head_width / 2]
    rows = np.broadcast_to(angles[:, None], (config.grid, config.grid, half))
    columns = np.broadcast_to(angles[None, :], (config.grid, config.grid, half))
    patches = np.concatenate([rows, columns], axis=-1).reshape(-1, config.head_width)
    with_class = np.concatenate([np.zeros((1, config.head_width)), patches])
    return np.cos(with_class).astype(np.float32), np.sin(with_class).astype(np.float32)


def resize_positions(positions: NDArray[np.float32], grid: int) -> NDArray[np.float32]:
    """Learned positions [1, 1 + g², D] for another grid [1, 1 + grid², D]; the class row stays.

    Bicubic with a = -0.75, half-pixel centres and no smoothing, as EVA-CLIP's
    `resize_evaclip_pos_embed` does.
    """
    old = round((positions.shape[1] - 1) ** 0.5)
    if old == grid:
        return positions
    spread = _cubic_matrix(old, grid)  # [grid, old]
    patches = positions[0, 1:].reshape(old, old, -1).astype(np.float64)
    resized = np.einsum("ar,rcd,bc->abd", spread, patches, spread, optimize=True)
    flat = resized.reshape(1, grid * grid, -1).astype(np.float32)
    return np.concatenate([positions[:, :1], flat], axis=1)


def _cubic_matrix(old: int, new: int, a: float = -0.75) -> NDArray[np.float64]:
    centres = (np.arange(new) + 0.5) * old / new - 0.5
    first = np.floor(centres).astype(np.int64)
    matrix = np.zeros((new, old))
    for tap in range(-1, 3):
        distance = np.abs(centres - (first + tap))
        near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
        far = a * (((distance - 5) * distance + 8) * distance - 4)
        weights = np.where(distance <= 1, near, far)
        np.add.at(matrix, (np.arange(new), np.clip(first + tap, 0, old - 1)), weights)
    return matrix


class PatchEmbedding(nn.Layer):
    """Pictures [N, 3, S, S] -> patches [N, grid², D]; the rest beyond whole patches is ignored."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.proj = nn.Conv2D(3, config.hidden_size, config.patch_size, config.patch_size)

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.proj(pixel_values).flatten(2).transpose([0, 2, 1])


class VisionAttention(nn.Layer):
    """Self-attention with 2-D rotary positions and a norm before the output projection."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads, self.head_width = config.num_attention_heads, config.head_width
        self.q_proj = nn.Linear(width, width, bias_attr=False)
        self.k_proj = nn.Linear(width, width, bias_attr=False)
        self.v_proj = nn.Linear(width, width, bias_attr=False)
        self.q_bias = self.create_parameter([width], is_bias=True)
        self.v_bias = self.create_parameter([width], is_bias=True)
        self.inner_attn_ln = nn.LayerNorm(width, epsilon=config.layer_norm_eps)
        self.proj = nn.Linear(width, width)

    def forward(self, hidden: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        shape = [0, 0, self.heads, self.head_width]
        query = (self.q_proj(hidden) + self.q_bias).reshape(shape)
        key = self.k_proj(hidden).reshape(shape)
        value = (self.v_proj(hidden) + self.v_bias).reshape(shape)
        query = query * cos + rotate_pairs(query) * sin
        key = key * cos + rotate_pairs(key) * sin
        mixed = attention(query, key, value)
        return self.proj(self.inner_attn_ln(mixed.reshape([0, 0, self.heads * self.head_width])))


def rotate_pairs(hidden: Tensor) -> Tensor:
    """(a, b) -> (-b, a) for neighbouring channels: rotary embedding in the interleaved layout."""
    pairs = hidden.reshape([0, 0, 0, hidden.shape[-1] // 2, 2])
    even, odd = pairs[:, :, :, :, 0], pairs[:, :, :, :, 1]
    return paddle.stack([-odd, even], axis=-1).flatten(3)


def attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None) -> Tensor:
    """softmax(QKᵀ/√d + bias)V on [N, L, heads, d]; flash attention where the device has it.

    bias: [N, 1, 1, L] or None.
    """
    if paddle.in_dynamic_mode() and query.place.is_gpu_place():
        return fused_attention(query, key, value, bias)
    query, key, value = (part.transpose([0, 2, 1, 3]) for part in (query, key, value))
    scores = paddle.matmul(query * query.shape[-1] ** -0.5, key, transpose_y=True)
    if bias is not None:
        scores = scores + bias
    return paddle.matmul(F.softmax(scores, axis=-1), value).transpose([0, 2, 1, 3])


def fused_attention(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None
) -> Tensor:
    """The same by Paddle's `scaled_dot_product_attention`, which picks the device's kernel.

    Under autocast the rotation tables leave queries and keys in float32 and values in bfloat16;
    the flash kernel takes one 16 bit type for all, and a bias with its rows written out.
    """
    query, key = query.astype(value.dtype), key.astype(value.dtype)
    if bias is not None:
        rows, length = query.shape[0], query.shape[1]
        bias = bias.astype(value.dtype).expand([rows, 1, length, length])
    return F.scaled_dot_product_attention(query, key, value, attn_mask=bias, training=False)


class SwiGLU(nn.Layer):
    """w3(norm(silu(w1 x) * w2 x)), https://arxiv.org/abs/2002.05202 with EVA-02's norm."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        width, inner = config.hidden_size, config.intermediate_size
        self.w1 = nn.Linear(width, inner)
        self.w2 = nn.Linear(width, inner)
        self.ffn_ln = nn.LayerNorm(inner, epsilon=config.layer_norm_eps)
        self.w3 = nn.Linear(inner, width)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.w3(self.ffn_ln(F.silu(self.w1(hidden)) * self.w2(hidden)))


class VisionBlock(nn.Layer):
    """Pre-norm block: attention, then MLP, each added to what came in."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.norm1 = nn.LayerNorm(width, epsilon=eps)
        self.attn = VisionAttention(config)
        self.norm2 = nn.LayerNorm(width, epsilon=eps)
        self.mlp = SwiGLU(config)

    def forward(self, hidden: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        hidden = hidden + self.attn(self.norm1(hidden), cos, sin)
        return hidden + self.mlp(self.norm2(hidden))


class VisionTower(nn.Layer):
    """Pictures [N, 3, S, S] -> image features [N, D], not normalised."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = PatchEmbedding(config)
        self.cls_token = self.create_parameter([1, 1, config.hidden_size])
        self.pos_embed = self.create_parameter([1, config.num_positions, config.hidden_size])
        self.blocks = nn.LayerList([VisionBlock(config) for _ in range(config.num_hidden_layers)])
        self.norm = nn.LayerNorm(config.hidden_size, epsilon=config.layer_norm_eps)
        cos, sin = patch_rotation(config)
        # Not in the checkpoint: computed. [1, positions, 1, head_width] broadcasts over heads.
        self.register_buffer("cos", paddle.to_tensor(cos[None, :, None]), persistable=False)
        self.register_buffer("sin", paddle.to_tensor(sin[None, :, None]), persistable=False)

    def forward(self, pixel_values: Tensor) -> Tensor:
        patches = self.patch_embed(pixel_values)
        # Broadcast by adding zeros taken from the batch: `expand` would fix the batch size.
        cls_token = self.cls_token + patches[:, :1] * 0.0
        hidden = paddle.concat([cls_token, patches], axis=1) + self.pos_embed
        for block in self.blocks:
            hidden = block(hidden, self.cos, self.sin)
        return self.norm(hidden[:, 0])
