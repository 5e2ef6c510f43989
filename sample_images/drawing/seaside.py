"""The sea and its shore."""

import math

from .brush import Across, Ball, Canvas, Down, numbers, smooth, wave
from .nature import cloud, hills, palm


def _glitter(canvas: Canvas, x: float, top: float, colour: str, seed: int) -> None:
    """Light on the water below the sun."""
    rng = numbers(seed)
    for _ in range(150):
        depth = rng.random()
        reach = 16 + 90 * depth
        y = top + 4 + depth * (canvas.height - top)
        middle = x + rng.gauss(0, reach / 2)
        canvas.line(
            [(middle - reach / 5, y), (middle + reach / 5, y)],
            1 + 2.2 * depth,
            colour,
            opacity=0.55,
        )


def sailing_boat() -> Canvas:
    canvas = Canvas(640, 480, Down("#2b2a63", "#8a3f7c", "#f2704e", "#ffc46b"))
    canvas.rect(0, 270, 640, 480, Down("#e5805a", "#7a3f6f", "#2a2453"))
    canvas.glow(430, 262, 230, "#ffcf7a", 0.9)
    canvas.circle(430, 256, 52, Down("#fff3b8", "#ffa14d"))
    canvas.rect(0, 270, 640, 480, Down("#d9785b", "#6c3a70", "#231f4b"))
    for x, y, size in ((120, 110, 60), (300, 70, 44), (560, 130, 50)):
        cloud(canvas, x, y, size, "#ffb199", 0.55)
    hills_far = wave(
        0, 220, lambda x: 262 - 22 * math.sin(x / 220 * math.pi) - 5 * math.sin(x / 21)
    )
    canvas.polygon([*hills_far, (220, 271), (0, 271)], "#5a2f5f")
    _glitter(canvas, 430, 272, "#ffdf9e", 3)
    canvas.polygon([(250, 346), (262, 120), (390, 336)], Across("#fffaf0", "#ffd9ac"))
    canvas.polygon([(238, 336), (252, 140), (150, 326)], Across("#f3c6a0", "#fff1dc"))
    canvas.line([(250, 362), (256, 108)], 6, "#4a2c20")
    canvas.polygon([(256, 108), (296, 118), (256, 128)], "#e23a3a")
    canvas.polygon([(136, 352), (400, 352), (366, 398), (172, 398)], Down("#a5432f", "#5c1f1c"))
    canvas.polygon([(136, 352), (400, 352), (396, 362), (142, 362)], "#f4e3cf")
    canvas.ellipse(268, 408, 140, 9, "#1c1a40", opacity=0.5, blur=4)
    for y, shift in ((412, 0), (436, 30), (462, 12)):
        canvas.line(
            wave(0, 640, lambda x, y=y, s=shift: y + 4 * math.sin((x + s) / 22)),
            2,
            "#ffc9a8",
            opacity=0.35,
        )
    return canvas


def lighthouse() -> Canvas:
    canvas = Canvas(480, 640, Down("#4c8fd6", "#a6d3f2", "#f5fbff"))
    cloud(canvas, 110, 120, 66)
    cloud(canvas, 390, 190, 54)
    canvas.rect(0, 440, 480, 640, Down("#2f86b8", "#175a86"))
    for k, y in enumerate(range(454, 640, 20)):
        canvas.line(
            wave(0, 480, lambda x, y=y, k=k: y + 3 * math.sin((x + 40 * k) / 18)),
            1.8,
            "#d8f0fb",
            opacity=0.45,
        )
    canvas.polygon(
        [(60, 640), (110, 540), (170, 500), (330, 492), (400, 540), (450, 640)],
        Down("#8a8178", "#4b453f"),
    )
    canvas.polygon(
        [(130, 520), (175, 492), (330, 486), (372, 516), (250, 508)], Down("#7fb04f", "#54853a")
    )
    canvas.polygon(
        [(196, 500), (222, 170), (278, 170), (304, 500)], Across("#e9e4dc", "#ffffff", "#b8b2aa")
    )
    for k in range(0, 5, 2):
        low, high = 500 - 66 * k, 500 - 66 * (k + 1)
        slim_low, slim_high = (500 - low) / 330 * 26, (500 - high) / 330 * 26
        canvas.polygon(
            [
                (196 + slim_low, low),
                (196 + slim_high, high),
                (304 - slim_high, high),
                (304 - slim_low, low),
            ],
            Across("#b3242b", "#ef5350", "#8c1a20"),
        )
    canvas.rect(208, 158, 292, 174, "#39424e", corner=3)
    canvas.rect(222, 108, 278, 160, Across("#cfe6f5", "#fff6c8", "#9fc0d6"))
    for x in (222, 240, 260, 278):
        canvas.line([(x, 108), (x, 160)], 3, "#39424e")
    canvas.polygon([(212, 110), (250, 68), (288, 110)], Down("#d63a3a", "#8f1f24"))
    canvas.circle(250, 64, 6, "#39424e")
    canvas.glow(250, 134, 90, "#fff0a0", 0.8)
    for y in (250, 350):
        canvas.rect(240, y, 260, y + 30, "#3b4a5a", corner=9)
    canvas.rect(236, 450, 264, 500, "#4a3222", corner=12)
    for x, y in ((80, 250), (110, 270), (370, 90)):
        canvas.line(
            [(x - 16, y - 7), (x - 6, y - 9), (x, y), (x + 6, y - 9), (x + 16, y - 7)],
            2.4,
            "#ffffff",
        )
    return canvas


def palm_beach() -> Canvas:
    canvas = Canvas(640, 480, Down("#2f9fe0", "#9fdcf7", "#e9f9ff"))
    canvas.glow(540, 70, 180, "#fff6c4", 0.9)
    canvas.circle(540, 70, 36, "#fffbe2")
    cloud(canvas, 240, 90, 60)
    canvas.rect(0, 240, 640, 380, Down("#1486b8", "#2fb5c9", "#8fe3dc"))
    rng = numbers(5)
    for _ in range(60):
        x, y = rng.uniform(0, 640), rng.uniform(246, 330)
        canvas.line([(x, y), (x + rng.uniform(12, 46), y)], 1.5, "#ffffff", opacity=0.4)
    shore = wave(0, 640, lambda x: 352 + 16 * math.sin(x / 160) - x / 18)
    canvas.polygon(
        [*[(x, y - 9) for x, y in shore], (640, 480), (0, 480)], "#ffffff", opacity=0.8, blur=2
    )
    canvas.polygon([*shore, (640, 480), (0, 480)], Down("#ffe9b5", "#e9c27c"))
    palm(canvas, 90, 420, 290, 90)
    palm(canvas, 40, 430, 210, -30)
    canvas.shadow(440, 436, 120, 15, 0.35)
    canvas.line([(452, 432), (424, 250)], 6, "#ece4d4")
    for k in range(6):
        a0, a1 = 180 + 30 * k, 210 + 30 * k
        rim = [
            (424 + 130 * math.cos(math.radians(a)), 302 + 84 * math.sin(math.radians(a)))
            for a in (a0, (a0 + a1) / 2, a1)
        ]
        canvas.polygon([(424, 222), *rim], "#ef4444" if k % 2 else "#fff7ed")
    canvas.polygon([(480, 430), (590, 404), (600, 420), (500, 448)], Down("#3b82f6", "#1d4ed8"))
    canvas.circle(330, 432, 24, Ball("#ffffff", "#d0d0d8"))
    canvas.polygon([(330, 432), (312, 416), (330, 408), (346, 416)], "#ef4444")
    canvas.polygon([(330, 432), (350, 444), (336, 456), (320, 455)], "#3b82f6")
    return canvas


def whale() -> Canvas:
    canvas = Canvas(640, 480, Down("#bfe4f7", "#eaf7fd"))
    cloud(canvas, 130, 80, 56)
    cloud(canvas, 520, 60, 70)
    canvas.rect(0, 270, 640, 480, Down("#2c86b4", "#0f4a72"))
    for dx in (-34, -16, 0, 18, 36):
        canvas.line(
            [(232, 196), (232 + dx * 0.7, 120), (232 + dx * 1.9, 90 + abs(dx) * 1.1)],
            6,
            "#ffffff",
            opacity=0.8,
            blur=2,
        )
    body = [
        (80, 330),
        (92, 250),
        (150, 204),
        (240, 190),
        (330, 206),
        (410, 250),
        (470, 268),
        (512, 240),
        (520, 196),
        (552, 216),
        (600, 190),
        (586, 244),
        (540, 290),
        (470, 340),
        (320, 372),
        (160, 372),
    ]
    canvas.polygon(smooth(body), Down("#5f88a8", "#2d4b68"))
    canvas.polygon(
        smooth([(84, 332), (160, 318), (300, 330), (400, 344), (320, 374), (160, 374)]),
        Down("#f0f4f6", "#b9c9d4"),
    )
    for k in range(6):
        canvas.line([(92 + 8 * k, 330 + 6 * k), (300 + 10 * k, 338 + 5 * k)], 1.6, "#8aa3b4")
    canvas.line([(84, 312), (150, 306), (190, 296)], 2.4, "#1f374c")
    canvas.circle(196, 280, 7, "#101b26")
    canvas.circle(198, 278, 2.2, "#ffffff")
    canvas.polygon(
        smooth([(250, 330), (330, 344), (290, 400), (256, 384)]), Down("#456a88", "#284661")
    )
    for k, y in enumerate((352, 374, 398, 424, 452)):
        top = wave(0, 640, lambda x, y=y, k=k: y + 7 * math.sin((x + 50 * k) / 26))
        canvas.polygon([*top, (640, 480), (0, 480)], Down("#2f8fbe", "#0d456c"), opacity=0.62)
        canvas.line(top, 2, "#d4effb", opacity=0.5)
    return canvas


def surf_panorama() -> Canvas:
    canvas = Canvas(1024, 300, Down("#5aa9e6", "#bfe3f7", "#f7e3bd"))
    canvas.glow(800, 130, 170, "#fff1c2", 0.9)
    canvas.circle(800, 128, 30, "#fffbe6")
    for x, y, size in ((120, 50, 50), (380, 70, 40), (600, 44, 56)):
        cloud(canvas, x, y, size)
    canvas.rect(0, 150, 1024, 300, Down("#2b88b8", "#57c1cf"))
    _glitter(canvas, 800, 152, "#fff6d8", 11)
    for k, y in enumerate((186, 210, 236)):
        canvas.line(
            wave(0, 1024, lambda x, y=y, k=k: y + 4 * math.sin((x + 90 * k) / 40)),
            3 + k,
            "#ffffff",
            opacity=0.6,
            blur=1,
        )
    hills(canvas, 262, 9, Down("#ffe6ae", "#e3bb78"), length=700)
    for x, colour in (
        (140, "#ef4444"),
        (300, "#f59e0b"),
        (470, "#10b981"),
        (640, "#3b82f6"),
        (880, "#a855f7"),
    ):
        canvas.line([(x, 284), (x, 226)], 3, "#ece4d4")
        canvas.polygon(
            [(x - 40, 240), (x - 22, 218), (x, 210), (x + 22, 218), (x + 40, 240)],
            Down(colour, "#ffffff"),
        )
        canvas.shadow(x + 6, 286, 36, 5, 0.3)
    return canvas
