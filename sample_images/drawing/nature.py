"""What several scenes share: skies, hills, trees, clouds, stars, a wooden table."""

import math
from itertools import pairwise

from .brush import Canvas, Down, Paint, numbers, smooth, wave


def hills(
    canvas: Canvas,
    level: float,
    swing: float,
    paint: Paint,
    *,
    length: float = 300,
    shift: float = 0,
) -> None:
    """A rolling outline from edge to edge, filled to the bottom."""
    top = wave(
        0,
        canvas.width,
        lambda x: (
            level
            + swing * math.sin((x + shift) / length * math.tau)
            + swing / 3 * math.sin((x + 2 * shift) / length * 2.7 * math.tau)
        ),
    )
    canvas.polygon([*top, (canvas.width, canvas.height), (0, canvas.height)], paint)


def mountains(
    canvas: Canvas, level: float, peak: float, paint: Paint, *, seed: int, snow: bool = False
) -> None:
    """Pointed mountains from edge to edge, with snow on their tops where wanted."""
    rng = numbers(seed)
    x = -60.0
    while x < canvas.width + 60:
        width, height = rng.uniform(110, 190), rng.uniform(0.6, 1) * peak
        tip = (x + width / 2, level - height)
        canvas.polygon([(x - 40, level), tip, (x + width + 40, level)], paint)
        canvas.polygon(
            [tip, (x + width + 40, level), (x + width * 0.55, level)], "#203040", opacity=0.25
        )
        if snow:
            cap = height * 0.3
            slope = (width / 2 + 40) / height * cap
            canvas.polygon(
                [
                    tip,
                    (tip[0] + slope, tip[1] + cap),
                    (tip[0] + slope * 0.4, tip[1] + cap * 0.75),
                    (tip[0], tip[1] + cap * 1.15),
                    (tip[0] - slope * 0.45, tip[1] + cap * 0.8),
                    (tip[0] - slope, tip[1] + cap),
                ],
                Down("#ffffff", "#dfe8f4"),
            )
        x += width * 0.75


def cloud(
    canvas: Canvas, cx: float, cy: float, size: float, colour: str = "#ffffff", opacity: float = 0.9
) -> None:
    """A heap of soft balls with a flat base."""
    for dx, dy, radius in (
        (-0.9, 0.1, 0.42),
        (-0.35, -0.2, 0.6),
        (0.35, -0.1, 0.55),
        (0.9, 0.12, 0.4),
        (0, 0.15, 0.6),
    ):
        canvas.ellipse(
            cx + dx * size,
            cy + dy * size,
            radius * size,
            radius * size * 0.72,
            colour,
            opacity=opacity * 0.8,
            blur=size / 12,
        )


def stars(canvas: Canvas, count: int, bottom: float, seed: int) -> None:
    """Small white points above a line."""
    rng = numbers(seed)
    for _ in range(count):
        canvas.circle(
            rng.uniform(0, canvas.width),
            rng.uniform(0, bottom),
            rng.uniform(0.5, 1.5),
            "#ffffff",
            opacity=rng.uniform(0.4, 1),
        )


def pine(
    canvas: Canvas, x: float, foot: float, height: float, paint: Paint, *, snow: bool = False
) -> None:
    """A fir tree in three tiers."""
    canvas.rect(x - height * 0.04, foot - height * 0.15, x + height * 0.04, foot, "#4a3222")
    for tier in range(3):
        base, half = foot - height * (0.12 + 0.25 * tier), height * (0.27 - 0.06 * tier)
        tip = base - height * 0.4
        canvas.polygon(
            [(x - half, base), (x, tip), (x + half, base), (x, base - height * 0.05)], paint
        )
        if snow:
            canvas.polygon(
                [
                    (x - half * 0.55, base - height * 0.18),
                    (x, tip),
                    (x + half * 0.55, base - height * 0.18),
                    (x, base - height * 0.24),
                ],
                "#eef4ff",
                opacity=0.9,
            )


def leafy_tree(
    canvas: Canvas,
    x: float,
    foot: float,
    height: float,
    leaves: str = "#4f8f3a",
    shade: str = "#35692a",
) -> None:
    """A round tree on a trunk."""
    canvas.polygon(
        [
            (x - height * 0.05, foot),
            (x - height * 0.03, foot - height * 0.5),
            (x + height * 0.03, foot - height * 0.5),
            (x + height * 0.05, foot),
        ],
        Down("#5b4030", "#78553c"),
    )
    for dx, dy, radius in (
        (-0.2, -0.55, 0.2),
        (0.2, -0.55, 0.2),
        (0, -0.62, 0.26),
        (-0.1, -0.8, 0.2),
        (0.12, -0.78, 0.19),
    ):
        canvas.circle(x + dx * height, foot + dy * height, radius * height, Down(leaves, shade))


def meadow(
    canvas: Canvas, top: float, seed: int, light: str = "#8cc152", dark: str = "#3f7a2c"
) -> None:
    """Grass with blades in front."""
    canvas.rect(0, top, canvas.width, canvas.height, Down(light, dark))
    rng = numbers(seed)
    for _ in range(260):
        x, depth = rng.uniform(0, canvas.width), rng.random() ** 0.6
        y = top + 6 + depth * (canvas.height - top)
        size = 3 + 11 * depth
        canvas.line(
            [(x, y), (x + rng.uniform(-4, 4), y - size)],
            1 + depth,
            rng.choice(["#9bd162", "#5f9d3c", "#376b25", "#c3df84"]),
            opacity=0.7,
        )


def wooden_table(canvas: Canvas, top: float, light: str = "#b98350", dark: str = "#8a5a32") -> None:
    """Planks towards the viewer, with grain."""
    canvas.rect(0, top, canvas.width, canvas.height, Down(dark, light, dark))
    rng = numbers(7)
    depth = canvas.height - top
    for _ in range(90):
        y = top + depth * rng.random()
        x = rng.uniform(-100, canvas.width)
        length = rng.uniform(60, 260)
        bend = rng.uniform(-2, 2)
        canvas.line(
            [(x, y), (x + length / 2, y + bend), (x + length, y)],
            0.8,
            rng.choice(["#6f4526", "#d3a06a", "#7d5130"]),
            opacity=0.35,
        )
    for share in (0.22, 0.52):
        y = top + depth * share
        canvas.line([(0, y), (canvas.width, y)], 1.6, "#4d2f19", opacity=0.7)


def palm(canvas: Canvas, x: float, foot: float, height: float, lean: float = 40) -> None:
    """A palm tree that leans to one side."""
    trunk = [(x + lean * (i / 12) ** 1.7, foot - height * i / 12) for i in range(13)]
    for i, (a, b) in enumerate(pairwise(trunk)):
        canvas.line([a, b], 12 - i * 0.45, "#7b5a3c" if i % 2 else "#8d6a48")
    cx, cy = trunk[-1]
    for angle in (-172, -150, -122, -62, -34, -8, 178):
        reach = height * 0.55
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        tip = (cx + reach * cos, cy + reach * sin * 0.55 + reach * 0.36)
        rib = (cx + reach * 0.55 * cos, cy + reach * 0.6 * sin - 8)
        leaf = smooth([(cx, cy), (rib[0], rib[1] - 9), tip], closed=False)
        back = smooth([tip, (rib[0] - 2 * cos, rib[1] + 13), (cx, cy + 5)], closed=False)
        canvas.polygon([*leaf, *back], Down("#5fae46", "#1f5c2a"))
        canvas.line(smooth([(cx, cy), rib, tip], closed=False), 1.4, "#174a20", opacity=0.5)
    for dx in (-8, 2, 10):
        canvas.circle(cx + dx, cy + 8, 7, Down("#7a4b26", "#4a2b14"))
