"""A second classifier on the frozen image features: CLDR concepts, learnt from drawings.

ImageNet has no class for people, faces, hands, skies or most foods; CLDR names them, and several
artists have drawn every one. Each drawing is put on varied grounds; a ridge regression from the
features of the image teacher to the concept is closed form.
"""

import io
import json
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pd_clip.training.teachers import LITE2_SIZE

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


@dataclass(frozen=True)
class Iconify:
    """A set of drawings in the form of Iconify: SVG bodies by name (npm `@iconify-json/…`)."""

    artist: str
    icons: dict[str, Any]
    size: int
    slugs: dict[str, str]  # by code points, where the set says so

    @classmethod
    def open(cls, folder: Path, artist: str) -> "Iconify":
        """`folder` is the unpacked package."""
        content = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
        slugs = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
        return cls(artist, content["icons"], int(content["width"]), slugs)

    def read(self, symbols: str, name: str) -> Drawing | None:
        """The drawing of `symbols`, whose English name is `name`; None where there is none."""
        import resvg_py

        points = "-".join(f"{ord(s):x}" for s in symbols)
        named = [name, *(unicodedata.name(s, "") for s in symbols if len(symbols) == 1)]
        slugs = [self.slugs.get(points, "")]
        slugs += [plain.lower().replace(" ", mark) for plain in named for mark in ("-", "")]
        body = next((self.icons[slug]["body"] for slug in slugs if slug in self.icons), None)
        if body is None:
            return None
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
viewBox="0 0 {self.size} {self.size}">{body}</svg>'
        png = resvg_py.svg_to_bytes(svg_string=svg, width=200, height=200, skip_system_fonts=True)
        return Drawing(symbols, self.artist, Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


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


class ImageTeacher:
    """EfficientNet-Lite's features through OpenVINO in bfloat16, sixteen times torch's pace."""

    def __init__(self, tensors: dict[str, np.ndarray], batch: int = 8) -> None:
        import openvino
        import torch

        from pd_clip.training.image_teacher import Features

        self.batch = batch
        shape = [batch, 3, LITE2_SIZE, LITE2_SIZE]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            model = openvino.convert_model(
                Features(tensors).eval(), example_input=torch.zeros(shape), input=shape
            )
        options = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "THROUGHPUT"}
        self._run = openvino.Core().compile_model(model, "CPU", options)

    def __call__(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """uint8 [S, S, 3] each -> float32 [N, 1280]."""
        features = []
        for start in range(0, len(pictures), self.batch):
            stack = np.stack(pictures[start : start + self.batch]).astype(np.float32)
            pixels = np.zeros((self.batch, *stack.shape[1:]), np.float32)
            pixels[: len(stack)] = (stack - 127.0) / 128.0
            found = self._run(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))[0]
            features.append(np.asarray(found)[: len(stack)])
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
