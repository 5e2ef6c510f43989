"""EfficientNet-Lite in Paddle, and the head that turns its classes into a vector of words.

The picture's vector is the sum over concepts of probability times the concept's name vector
(ConSE, Norouzi et al. 2014, arXiv 1312.5650, with softened probabilities over all concepts).
Probabilities are those of the whole picture and of overlapping windows of it, so that what fills
only a part of the picture counts too.
Batch normalisation is folded into the convolutions when the weights are converted.
"""

import math

import paddle
from paddle import nn
from paddle.nn import functional

from pd_clip.compact.config import Stage, VisionConfig


class SameConv(nn.Layer):
    """Convolution with bias and TensorFlow's "same" padding, the odd pixel right and below.

    With a stride, padding depends on the size of what comes in, which is therefore given.
    """

    def __init__(
        self, channels: tuple[int, int], kernel: int, stride: int, size: int, groups: int = 1
    ) -> None:
        super().__init__()
        self.out_size = math.ceil(size / stride)
        total = max((self.out_size - 1) * stride + kernel - size, 0)
        before, after = total // 2, total - total // 2
        # Not by `functional.pad`: paddle2onnx 2.1 exports that with a fill value it never set.
        padding = [before, after, before, after]  # top, bottom, left, right
        self.convolution = nn.Conv2D(*channels, kernel, stride, padding, groups=groups)

    def forward(self, maps: paddle.Tensor) -> paddle.Tensor:
        """[N, C, size, size] -> [N, C', out_size, out_size]."""
        return self.convolution(maps)


class InvertedBottleneck(nn.Layer):
    """Widen, convolve each channel by itself, narrow; added to its input where shapes allow."""

    def __init__(self, channels: int, stage: Stage, stride: int, size: int) -> None:
        super().__init__()
        inner = channels * stage.expansion
        self.expand = SameConv((channels, inner), 1, 1, size) if stage.expansion > 1 else None
        self.depthwise = SameConv((inner, inner), stage.kernel, stride, size, groups=inner)
        self.project = SameConv((inner, stage.channels), 1, 1, self.depthwise.out_size)
        self.residual = stride == 1 and channels == stage.channels

    def forward(self, maps: paddle.Tensor) -> paddle.Tensor:
        """[N, C, size, size] -> [N, C', size / stride, size / stride]."""
        wide = maps if self.expand is None else functional.relu6(self.expand(maps))
        narrow = self.project(functional.relu6(self.depthwise(wide)))
        return maps + narrow if self.residual else narrow


class VisionTower(nn.Layer):
    """Normalised pixels to a vector of the text space (its length says nothing)."""

    def __init__(self, config: VisionConfig, dimensions: int) -> None:
        super().__init__()
        self.groups, self.windows = config.groups, config.windows
        self.stem = SameConv((3, config.stem_channels), 3, 2, config.image_size)
        channels, size = config.stem_channels, self.stem.out_size
        self.blocks = nn.LayerList()
        for stage in config.stages:
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                self.blocks.append(InvertedBottleneck(channels, stage, stride, size))
                channels, size = stage.channels, math.ceil(size / stride)
        self.head = SameConv((channels, config.head_channels), 1, 1, size)
        self.classifier = nn.Linear(config.head_channels, config.concepts)
        self.concept_vectors = self.create_parameter([config.concepts, dimensions])

    def features(self, pixel_values: paddle.Tensor) -> paddle.Tensor:
        """float32 [N, 3, S, S] -> [N, 1 + windows, head_channels]: means over whole and windows."""
        maps = functional.relu6(self.stem(pixel_values))
        for block in self.blocks:
            maps = block(maps)
        maps = functional.relu6(self.head(maps))
        windows = functional.avg_pool2d(maps, self.windows.side, self.windows.stride)
        whole = maps.mean(axis=[2, 3]).unsqueeze(1)
        return paddle.concat([whole, windows.flatten(2).transpose([0, 2, 1])], axis=1)

    def forward(self, pixel_values: paddle.Tensor) -> paddle.Tensor:
        """float32 [N, 3, S, S] -> [N, dimensions]."""
        logits = self.classifier(self.features(pixel_values))
        parts = paddle.split(logits, [group.concepts for group in self.groups], axis=-1)
        shares = [  # by number, because Paddle's exporter has a `zip` without `strict`
            functional.softmax(parts[number] * group.sharpness, axis=-1)
            for number, group in enumerate(self.groups)
        ]
        seen = paddle.concat(shares, axis=-1)
        counted = self.windows.share
        mixed = (1 - counted) * seen[:, 0] + counted * seen[:, 1:].mean(axis=1)
        return paddle.matmul(mixed, self.concept_vectors)
