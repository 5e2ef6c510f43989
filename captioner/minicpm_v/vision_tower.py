"""SigLIP (https://arxiv.org/abs/2303.15343) over patches of pictures of any shape."""

from collections.abc import Sequence

import numpy as np
import paddle
from paddle import Tensor
from paddle.nn import functional as F

from captioner.layers import attend, hiding_bias
from captioner.minicpm_v.config import VisionConfig
from captioner.minicpm_v.positions import position_ids
from captioner.weights import Weights

# `layer_norm_eps` and `hidden_act` are absent from the published config: class defaults.
_EPS = 1e-6


class VisionTower:
    """Patches of several slices, padded to the longest, each slice attending to itself."""

    def __init__(self, config: VisionConfig, weights: Weights) -> None:
        self.config = config
        # A convolution whose kernel is its stride is a matrix over flattened patches.
        kernel = weights.tensor("vpm.embeddings.patch_embedding.weight")
        self.patch_matrix = kernel.flatten(1).transpose([1, 0])  # [3 * P * P, D]
        self.patch_bias = weights.tensor("vpm.embeddings.patch_embedding.bias")
        self.positions = weights.tensor("vpm.embeddings.position_embedding.weight")
        self.blocks = [
            Block(config, weights, f"vpm.encoder.layers.{number}")
            for number in range(config.num_hidden_layers)
        ]
        self.post_layernorm = weights.layer_norm("vpm.post_layernorm", _EPS)

    def __call__(
        self, patches: Sequence[np.ndarray], grids: Sequence[tuple[int, int]]
    ) -> tuple[Tensor, np.ndarray]:
        """Encodes slices.

        Args:
            patches: per slice [L, 3, P, P].
            grids: per slice (rows, columns) of patches.

        Returns:
            Features [N, longest L, D] and a bool mask [N, longest L], false at padding.
        """
        longest = max(map(len, patches))
        pixels = np.zeros((len(patches), longest, self.patch_matrix.shape[0]), np.float32)
        places = np.zeros((len(patches), longest), np.int64)
        mask = np.zeros((len(patches), longest), bool)
        side = self.config.positions_per_side
        for number, (slice_patches, grid) in enumerate(zip(patches, grids, strict=True)):
            count = len(slice_patches)
            pixels[number, :count] = slice_patches.reshape(count, -1)
            places[number, :count] = position_ids(*grid, side)
            mask[number, :count] = True
        with paddle.no_grad():
            features = self._encode(paddle.to_tensor(pixels), paddle.to_tensor(places), mask)
        return features, mask

    def _encode(self, pixels: Tensor, places: Tensor, mask: np.ndarray) -> Tensor:
        hidden = F.linear(
            pixels.astype(self.patch_matrix.dtype), self.patch_matrix, self.patch_bias
        )
        hidden = hidden + F.embedding(places, self.positions)
        bias = None if mask.all() else hiding_bias(mask[:, None, None, :])
        for block in self.blocks:
            hidden = block(hidden, bias)
        return self.post_layernorm(hidden)


class Block:
    """One pre-norm transformer block."""

    def __init__(self, config: VisionConfig, weights: Weights, key: str) -> None:
        self.heads = config.num_attention_heads
        self.q_proj = weights.linear(f"{key}.self_attn.q_proj", bias=True, exact=True)
        self.k_proj = weights.linear(f"{key}.self_attn.k_proj", bias=True, exact=True)
        self.v_proj = weights.linear(f"{key}.self_attn.v_proj", bias=True, exact=True)
        self.out_proj = weights.linear(f"{key}.self_attn.out_proj", bias=True, exact=True)
        self.layer_norm1 = weights.layer_norm(f"{key}.layer_norm1", _EPS)
        self.layer_norm2 = weights.layer_norm(f"{key}.layer_norm2", _EPS)
        self.fc1 = weights.linear(f"{key}.mlp.fc1", bias=True, exact=True)
        self.fc2 = weights.linear(f"{key}.mlp.fc2", bias=True, exact=True)

    def __call__(self, hidden: Tensor, bias: Tensor | None) -> Tensor:
        """[N, L, D] -> [N, L, D]."""
        normed = self.layer_norm1(hidden)
        split = [*normed.shape[:2], self.heads, -1]
        mixed = attend(
            self.q_proj(normed).reshape(split),
            self.k_proj(normed).reshape(split),
            self.v_proj(normed).reshape(split),
            bias,
        )
        hidden = hidden + self.out_proj(mixed)
        # The tanh form: the published config names no activation and this is the class default.
        return hidden + self.fc2(F.gelu(self.fc1(self.layer_norm2(hidden)), approximate=True))
