"""A small paint box on Pillow: shapes with gradients, blur and transparency, drawn twice as large.

Lengths are in pixels of the finished picture. Every shape takes a paint (a colour, or a gradient
across the shape's own box), an opacity from 0 to 1 and a blur radius. Nothing here reads a clock
or an unseeded random number, so that a scene comes out the same each time.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

SCALE = 2  # drawn at twice the size, then reduced: smooth edges

Point = tuple[float, float]


@dataclass(frozen=True)
class Down:
    """Colours from the top of the shape to its bottom, evenly spaced."""

    colours: tuple[str, ...]

    def __init__(self, *colours: str) -> None:
        object.__setattr__(self, "colours", colours)

    def image(self, width: int, height: int) -> Image.Image:
        strip = Image.new("RGB", (1, len(self.colours)))
        for row, colour in enumerate(self.colours):
            strip.putpixel((0, row), ImageColor.getrgb(colour)[:3])
        # Half a source pixel is left off at each end, so that the end colours are reached.
        box = (0, 0.5, 1, len(self.colours) - 0.5)
        return strip.resize((width, height), Image.Resampling.BILINEAR, box=box)


class Across(Down):
    """Colours from the left of the shape to its right, evenly spaced."""

    def image(self, width: int, height: int) -> Image.Image:
        return super().image(height, width).transpose(Image.Transpose.TRANSPOSE)


@dataclass(frozen=True)
class Ball:
    """Light around one spot of the shape, dark away from it: a round body."""

    light: str
    dark: str
    spot: Point = (0.36, 0.3)

    def image(self, width: int, height: int) -> Image.Image:
        left, top = width * (1 - self.spot[0]), height * (1 - self.spot[1])
        distance = (
            Image.radial_gradient("L")
            .resize((2 * width, 2 * height))
            .crop((round(left), round(top), round(left) + width, round(top) + height))
        )
        solid = [Image.new("RGB", (width, height), colour) for colour in (self.dark, self.light)]
        return Image.composite(solid[0], solid[1], distance)


Paint = str | Down | Ball


class Canvas:
    """One picture being painted, from back to front."""

    def __init__(self, width: int = 640, height: int = 480, paint: Paint = "white") -> None:
        self.width, self.height = width, height
        self.picture = Image.new("RGB", (width * SCALE, height * SCALE))
        self.rect(0, 0, width, height, paint)

    def finished(self) -> Image.Image:
        """The picture in its real size."""
        return self.picture.resize((self.width, self.height), Image.Resampling.LANCZOS)

    def ellipse(
        self,
        cx: float,
        cy: float,
        rx: float,
        ry: float,
        paint: Paint,
        *,
        opacity: float = 1,
        blur: float = 0,
    ) -> None:
        box = [SCALE * v for v in (cx - rx, cy - ry, cx + rx, cy + ry)]
        self._paint(lambda draw: draw.ellipse(box, fill=255), paint, opacity, blur)

    def circle(
        self,
        cx: float,
        cy: float,
        radius: float,
        paint: Paint,
        *,
        opacity: float = 1,
        blur: float = 0,
    ) -> None:
        self.ellipse(cx, cy, radius, radius, paint, opacity=opacity, blur=blur)

    def rect(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        paint: Paint,
        *,
        corner: float = 0,
        opacity: float = 1,
        blur: float = 0,
    ) -> None:
        box = [SCALE * v for v in (left, top, right, bottom)]
        self._paint(
            lambda draw: draw.rounded_rectangle(box, SCALE * corner, fill=255), paint, opacity, blur
        )

    def polygon(
        self, points: Sequence[Point], paint: Paint, *, opacity: float = 1, blur: float = 0
    ) -> None:
        flat = [(SCALE * x, SCALE * y) for x, y in points]
        self._paint(lambda draw: draw.polygon(flat, fill=255), paint, opacity, blur)

    def line(
        self,
        points: Sequence[Point],
        width: float,
        paint: Paint,
        *,
        opacity: float = 1,
        blur: float = 0,
    ) -> None:
        """A stroke with round ends and joints."""
        flat = [(SCALE * x, SCALE * y) for x, y in points]
        radius = SCALE * width / 2

        def stroke(draw: ImageDraw.ImageDraw) -> None:
            draw.line(flat, fill=255, width=max(1, round(2 * radius)))
            for x, y in flat if width > 1.5 else ():
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

        self._paint(stroke, paint, opacity, blur)

    def arc(
        self,
        cx: float,
        cy: float,
        rx: float,
        ry: float,
        start: float,
        end: float,
        width: float,
        paint: Paint,
        *,
        opacity: float = 1,
        blur: float = 0,
    ) -> None:
        """A stroke along an ellipse, from one angle in degrees to another."""
        steps = max(8, round(abs(end - start) / 3))
        points = [
            (
                cx + rx * math.cos(math.radians(start + (end - start) * i / steps)),
                cy + ry * math.sin(math.radians(start + (end - start) * i / steps)),
            )
            for i in range(steps + 1)
        ]
        self.line(points, width, paint, opacity=opacity, blur=blur)

    def glow(self, cx: float, cy: float, radius: float, colour: str, strength: float = 1) -> None:
        """Light that fades outwards, added to what is there."""
        size = round(2 * radius * SCALE)
        ring = ImageChops.invert(Image.radial_gradient("L").resize((size, size)))
        ring = ring.point(lambda v: round(strength * v * v / 255))
        corner = (round((cx - radius) * SCALE), round((cy - radius) * SCALE))
        light = Image.new("L", self.picture.size)
        light.paste(ring, corner)
        solid = Image.new("RGB", self.picture.size, colour)
        black = Image.new("RGB", self.picture.size)
        self.picture = ImageChops.screen(self.picture, Image.composite(solid, black, light))

    def shadow(self, cx: float, cy: float, rx: float, ry: float, opacity: float = 0.4) -> None:
        """A soft dark patch under something."""
        self.ellipse(cx, cy, rx, ry, "#100800", opacity=opacity, blur=min(rx, ry) / 2)

    def mirror(self, horizon: float, dim: str, opacity: float = 0.35) -> None:
        """Fill what lies below the horizon with the reflection of what lies above it."""
        top = round(horizon * SCALE)
        height = self.picture.height - top
        above = self.picture.crop((0, max(0, top - height), self.picture.width, top))
        below = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        self.picture.paste(below.filter(ImageFilter.BoxBlur((6, 1))), (0, top))
        self.rect(0, horizon, self.width, self.height, dim, opacity=opacity)

    def _paint(
        self,
        shape: Callable[[ImageDraw.ImageDraw], object],
        paint: Paint,
        opacity: float,
        blur: float,
    ) -> None:
        mask = Image.new("L", self.picture.size)
        shape(ImageDraw.Draw(mask))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        box = mask.getbbox()
        if box is None:
            return
        mask = mask.crop(box)
        if opacity < 1:
            mask = mask.point(lambda v: round(v * opacity))
        size = (box[2] - box[0], box[3] - box[1])
        colours = Image.new("RGB", size, paint) if isinstance(paint, str) else paint.image(*size)
        self.picture.paste(colours, box[:2], mask)


def wave(
    start: float, end: float, height: Callable[[float], float], step: float = 4
) -> list[Point]:
    """Points along a curve y = height(x)."""
    count = round((end - start) / step)
    return [
        (start + (end - start) * i / count, height(start + (end - start) * i / count))
        for i in range(count + 1)
    ]


def smooth(corners: Sequence[Point], closed: bool = True) -> list[Point]:
    """A soft curve through the corners (Catmull-Rom)."""
    count = len(corners)
    at = (
        (lambda i: corners[i % count]) if closed else (lambda i: corners[min(max(i, 0), count - 1)])
    )
    curve = []
    for i in range(count if closed else count - 1):
        a, b, c, d = (at(i + k) for k in (-1, 0, 1, 2))
        for t in (k / 12 for k in range(12)):
            curve.append(
                tuple(
                    b[n]
                    + t
                    / 2
                    * (
                        c[n]
                        - a[n]
                        + t
                        * (
                            2 * a[n]
                            - 5 * b[n]
                            + 4 * c[n]
                            - d[n]
                            + t * (3 * (b[n] - c[n]) + d[n] - a[n])
                        )
                    )
                    for n in (0, 1)
                )
            )
    return curve if closed else [*curve, corners[-1]]


def turned(points: Sequence[Point], around: Point, degrees: float) -> list[Point]:
    """Points rotated clockwise on the picture."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (
            around[0] + (x - around[0]) * cos - (y - around[1]) * sin,
            around[1] + (x - around[0]) * sin + (y - around[1]) * cos,
        )
        for x, y in points
    ]


def oval(cx: float, cy: float, rx: float, ry: float, degrees: float = 0) -> list[Point]:
    """The outline of an ellipse that is turned."""
    ring = [
        (cx + rx * math.cos(i * math.tau / 48), cy + ry * math.sin(i * math.tau / 48))
        for i in range(48)
    ]
    return turned(ring, (cx, cy), degrees)


def numbers(seed: int) -> random.Random:
    """A source of numbers that is the same each time."""
    return random.Random(seed)
