"""From a tile of pixels to image tokens: Mono-InternVL has no vision transformer."""

from paddle import Tensor
from paddle.nn import functional as F

from captioner.mono_internvl.config import MonoInternVLConfig
from captioner.weights import Weights

# `mlp1` is a plain torch LayerNorm in the original, but built with the tower's epsilon.
_EPS = 1e-6


class PatchEmbedding:
    """Patches by convolution, learned positions, 2 x 2 patches folded into one token, an MLP."""

    def __init__(self, config: MonoInternVLConfig, weights: Weights) -> None:
        root = "vision_model.embeddings"
        self.config = config
        self.kernel = weights.tensor(f"{root}.patch_embedding.weight")  # [C, 3, P, P]
        self.kernel_bias = weights.tensor(f"{root}.patch_embedding.bias")
        # The class token and its position are in the checkpoint and dropped by the model.
        self.positions = weights.tensor(f"{root}.position_embedding")[:, 1:]  # [1, grid², C]
        self.norm = weights.layer_norm("mlp1.0", _EPS)
        self.widen = weights.linear("mlp1.1", bias=True, exact=True)
        self.project = weights.linear("mlp1.3", bias=True, exact=True)

    def __call__(self, pixels: Tensor) -> Tensor:
        """Normalised tiles [N, 3, S, S] -> image tokens [N, tokens_per_tile, D]."""
        grid = self.config.image_size // self.config.patch_size
        patches = F.conv2d(
            pixels.astype(self.kernel.dtype),
            self.kernel,
            self.kernel_bias,
            stride=self.config.patch_size,
        )
        tokens = patches.flatten(2).transpose([0, 2, 1]) + self.positions
        folded = fold_pixels(
            tokens.reshape([len(tokens), grid, grid, -1]), self.config.downsample_ratio
        )
        folded = folded.reshape([len(tokens), self.config.tokens_per_tile, -1])
        return self.project(F.gelu(self.widen(self.norm(folded))))


def fold_pixels(tokens: Tensor, ratio: float) -> Tensor:
    """Pixel shuffle, version 2: [N, W, H, C] -> [N, W * r, H * r, C / r²]."""
    count, width, height, channels = tokens.shape
    narrow, low = int(width * ratio), int(height * ratio)
    tokens = tokens.reshape([count, width, low, int(channels / ratio)])
    tokens = tokens.transpose([0, 2, 1, 3])
    tokens = tokens.reshape([count, low, narrow, int(channels / ratio**2)])
    return tokens.transpose([0, 2, 1, 3])
