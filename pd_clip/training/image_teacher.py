"""The image teacher in torch: EfficientNet-Lite2 without its last layer, weights folded."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from pd_clip.training.teachers import LITE2_STAGES


class Features(nn.Module):
    """Normalised pixels [N, 3, S, S] to the mean over places [N, 1280]."""

    def __init__(self, tensors: dict[str, np.ndarray]) -> None:
        super().__init__()
        for name, tensor in tensors.items():
            self.register_buffer(name.replace(".", "_"), torch.tensor(tensor))

    def _has(self, name: str) -> bool:
        return hasattr(self, f"{name}.convolution.weight".replace(".", "_"))

    def _convolve(
        self, maps: torch.Tensor, name: str, stride: int = 1, groups: int = 1
    ) -> torch.Tensor:
        """TensorFlow's "same" padding, the odd pixel right and below."""
        kernel = getattr(self, f"{name}.convolution.weight".replace(".", "_"))
        bias = getattr(self, f"{name}.convolution.bias".replace(".", "_"))
        size, width = maps.shape[-1], kernel.shape[-1]
        total = max((-(-size // stride) - 1) * stride + width - size, 0)
        before, after = total // 2, total - total // 2
        maps = functional.pad(maps, (before, after, before, after))
        return functional.conv2d(maps, kernel, bias, stride, groups=groups)

    def _block(self, maps: torch.Tensor, name: str, stride: int, channels: int) -> torch.Tensor:
        inner = maps
        if self._has(f"{name}.expand"):
            inner = functional.relu6(self._convolve(inner, f"{name}.expand"))
        inner = self._convolve(inner, f"{name}.depthwise", stride, inner.shape[1])
        inner = self._convolve(functional.relu6(inner), f"{name}.project")
        return maps + inner if stride == 1 and maps.shape[1] == channels else inner

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """float32 [N, 3, S, S] -> [N, 1280]."""
        maps = functional.relu6(self._convolve(pixels, "stem", 2))
        number = 0
        for repeats, _, first_stride, _, channels in LITE2_STAGES:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                maps = self._block(maps, f"blocks.{number}", stride, channels)
                number += 1
        return functional.relu6(self._convolve(maps, "head")).mean(dim=(2, 3))
