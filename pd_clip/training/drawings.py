"""A second classifier on the frozen image features: CLDR concepts, learnt from drawings.

ImageNet has no class for people, faces, hands, skies or most foods; CLDR names them, and several
artists have drawn every one. Each drawing is put on varied grounds; a ridge regression from the
features of the image teacher to the concept is closed form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pd_clip.training.teachers import LITE2_SIZE, LITE2_STAGES

NOTO_SIZE = 109  # the only size of the bitmaps in NotoColorEmoji.ttf


@dataclass(frozen=True)
class Drawing:
    """One artist's picture of the concept with these CLDR symbols; RGBA."""

    symbols: str
    artist: str
    image: Image.Image


def read_fluent(folder: Path, symbols: str) -> Drawing | None:
    """Fluent 3D (npm `@lobehub/fluent-emoji-3d`), one WebP file a code point sequence."""
    for with_selector in (symbols, symbols + "\ufe0f"):
        path = folder / ("-".join(f"{ord(s):04x}" for s in with_selector) + ".webp")
        if path.is_file():
            return Drawing(symbols, "fluent", Image.open(path).convert("RGBA"))
    return None


def read_noto(font: ImageFont.FreeTypeFont, symbols: str) -> Drawing | None:
    """Noto Color Emoji (Debian `fonts-noto-color-emoji`)."""
    canvas = Image.new("RGBA", (180, 180), (0, 0, 0, 0))
    ImageDraw.Draw(canvas).text((20, 20), symbols, font=font, embedded_color=True)
    box = canvas.getbbox()
    drawn = canvas.crop(box) if box else canvas
    return Drawing(symbols, "noto", drawn) if box and drawn.width < 150 else None


def render(drawing: Image.Image, random: np.random.Generator, size: int) -> Image.Image:
    """A fresh rendering: ground, place, scale, turn, mirror, blur and brightness vary."""
    if random.random() < 0.4:
        ground = Image.new("RGB", (size, size), "white")
    elif random.random() < 0.5:
        colour = tuple(int(c) for c in random.integers(0, 256, 3))
        ground = Image.new("RGB", (size, size), colour)
    else:
        corners = random.integers(0, 256, (2, 2, 3)).astype(np.uint8)
        ground = Image.fromarray(corners).resize((size, size), Image.Resampling.BICUBIC)
    side = int(size * random.uniform(0.5, 1.0))
    picture = drawing.convert("RGBA")
    scale = side / max(picture.size)
    shape = tuple(max(1, round(edge * scale)) for edge in picture.size)
    picture = picture.resize((shape[0], shape[1]), Image.Resampling.BICUBIC)
    if random.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = picture.rotate(float(random.normal(0, 8)), Image.Resampling.BICUBIC, expand=True)
    left, top = (int(random.integers(0, max(1, size - edge + 1))) for edge in picture.size)
    ground.paste(picture, (left, top), picture)
    if random.random() < 0.2:
        ground = ground.filter(ImageFilter.GaussianBlur(float(random.uniform(0.3, 1.5))))
    return ground


def image_features(
    tensors: dict[str, np.ndarray], pictures: Sequence[np.ndarray], batch: int = 16
) -> np.ndarray:
    """The image teacher's features, float32 [N, 1280], of uint8 [S, S, 3] pictures."""
    import torch
    from torch.nn import functional

    weights = {name: torch.tensor(tensor) for name, tensor in tensors.items()}

    def convolve(maps: torch.Tensor, name: str, stride: int = 1, groups: int = 1) -> torch.Tensor:
        kernel = weights[f"{name}.convolution.weight"]
        size, width = maps.shape[-1], kernel.shape[-1]
        total = max((-(-size // stride) - 1) * stride + width - size, 0)
        before, after = total // 2, total - total // 2
        maps = functional.pad(maps, (before, after, before, after))
        return functional.conv2d(
            maps, kernel, weights[f"{name}.convolution.bias"], stride, groups=groups
        )

    def forward(maps: torch.Tensor) -> torch.Tensor:
        maps = functional.relu6(convolve(maps, "stem", 2))
        number = 0
        for repeats, _, first_stride, _, channels in LITE2_STAGES:
            for repeat in range(repeats):
                stride, name, inner = first_stride if repeat == 0 else 1, f"blocks.{number}", maps
                if f"{name}.expand.convolution.weight" in weights:
                    inner = functional.relu6(convolve(inner, f"{name}.expand"))
                inner = convolve(inner, f"{name}.depthwise", stride, inner.shape[1])
                inner = convolve(functional.relu6(inner), f"{name}.project")
                same = stride == 1 and maps.shape[1] == channels
                maps = maps + inner if same else inner
                number += 1
        return functional.relu6(convolve(maps, "head")).mean(dim=(2, 3))

    features = []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            stack = np.stack(pictures[start : start + batch]).astype(np.float32)
            pixels = torch.from_numpy((stack - 127.0) / 128.0).permute(0, 3, 1, 2)
            features.append(forward(pixels.contiguous()).numpy())
    return np.concatenate(features)


def square(image: Image.Image) -> np.ndarray:
    """uint8 [S, S, 3] of an already square picture."""
    return np.asarray(image.convert("RGB").resize((LITE2_SIZE, LITE2_SIZE)), np.uint8)


def ridge_classifier(
    features: np.ndarray, labels: np.ndarray, concepts: int, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weight [concepts, width] and bias [concepts] of a closed-form linear classifier.

    features [N, width], labels [N]; a linear discriminant: class means under the pooled scatter
    within classes, whose `ridge` share of the mean variance is added to its diagonal.
    """
    counts = np.maximum(np.bincount(labels, minlength=concepts), 1)
    means = np.zeros((concepts, features.shape[1]))
    np.add.at(means, labels, features)
    means /= counts[:, None]
    inside = features - means[labels]
    scatter = inside.T @ inside / len(features)
    scatter += np.eye(len(scatter)) * ridge * np.trace(scatter) / len(scatter)
    weight = np.linalg.solve(scatter, means.T).T
    bias = -0.5 * np.einsum("cw,cw->c", weight, means)
    return weight.astype(np.float32), bias.astype(np.float32)
