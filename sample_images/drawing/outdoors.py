"""Landscapes, weather and plants."""

import math

from .brush import Across, Ball, Canvas, Down, numbers, oval, wave
from .nature import cloud, hills, leafy_tree, meadow, mountains, pine, stars


def snowy_cabin() -> Canvas:
    canvas = Canvas(640, 480, Down("#0b1437", "#1d3263", "#3f5c92"))
    stars(canvas, 140, 280, 4)
    canvas.glow(520, 84, 150, "#9fb6ff", 0.6)
    canvas.circle(520, 84, 34, Ball("#ffffff", "#cfd6ea"))
    mountains(canvas, 320, 170, Down("#6f87b5", "#3b5284"), seed=2, snow=True)
    hills(canvas, 322, 12, Down("#dfe9fb", "#9db4de"), length=420)
    for x, foot, height in (
        (60, 350, 150),
        (130, 336, 110),
        (560, 352, 160),
        (620, 344, 120),
        (480, 330, 90),
    ):
        pine(canvas, x, foot, height, Down("#2f5a52", "#16332f"), snow=True)
    hills(canvas, 362, 10, Down("#f4f8ff", "#a9bee6"), length=520, shift=120)
    canvas.rect(230, 270, 430, 382, Down("#7a4a2c", "#50301c"))
    for y in range(284, 382, 14):
        canvas.line([(230, y), (430, y)], 1.5, "#3a2213", opacity=0.7)
    canvas.rect(372, 176, 398, 240, "#5a4038")
    canvas.polygon(
        [(204, 280), (330, 188), (456, 280), (436, 284), (330, 212), (224, 284)],
        Down("#ffffff", "#c9d8f2"),
    )
    canvas.polygon([(224, 284), (330, 206), (436, 284)], Down("#6b4026", "#7a4a2c"))
    canvas.polygon(
        [(196, 282), (330, 180), (464, 282), (448, 288), (330, 204), (212, 288)],
        Down("#ffffff", "#dbe6f8"),
    )
    for left in (252, 354):
        canvas.glow(left + 25, 324, 120, "#ffb54a", 0.75)
        canvas.rect(left, 302, left + 50, 346, Down("#ffe9a6", "#ffb13d"), corner=2)
        canvas.line([(left + 25, 302), (left + 25, 346)], 3, "#5b371f")
        canvas.line([(left, 324), (left + 50, 324)], 3, "#5b371f")
    canvas.rect(313, 316, 345, 382, "#3c2413", corner=2)
    for k in range(7):
        canvas.circle(
            388 + 10 * math.sin(k * 1.1) + 5 * k,
            164 - 20 * k,
            9 + 3 * k,
            "#c9d2e6",
            opacity=0.3,
            blur=6,
        )
    rng = numbers(9)
    for _ in range(170):
        canvas.circle(
            rng.uniform(0, 640),
            rng.uniform(0, 480),
            rng.uniform(1, 2.6),
            "#ffffff",
            opacity=rng.uniform(0.4, 0.95),
        )
    return canvas


def rainbow() -> Canvas:
    canvas = Canvas(640, 480, Down("#6d8fae", "#a9c4d6", "#d6e5ea"))
    for k, colour in enumerate(("#e5383b", "#f48c06", "#ffd60a", "#55a630", "#3a86ff", "#5e3bb7")):
        canvas.arc(
            330, 380, 270 - 11 * k, 300 - 11 * k, 180, 360, 11.5, colour, opacity=0.75, blur=1.5
        )
    for x, y, size in ((110, 90, 80), (540, 70, 90), (330, 40, 60)):
        cloud(canvas, x, y, size, "#eef3f7")
    hills(canvas, 330, 18, Down("#8fbf6a", "#5b9148"), length=360)
    hills(canvas, 366, 14, Down("#a8d36f", "#5f9d3c"), length=500, shift=180)
    for x, size in ((80, 90), (150, 70), (560, 110)):
        leafy_tree(canvas, x, 384, size)
    meadow(canvas, 400, 3)
    rng = numbers(21)
    for _ in range(60):
        canvas.circle(
            rng.uniform(0, 640),
            rng.uniform(410, 474),
            rng.uniform(2, 4),
            rng.choice(["#ffffff", "#ffd60a", "#ef476f"]),
        )
    return canvas


def volcano() -> Canvas:
    canvas = Canvas(640, 480, Down("#160b1e", "#4a1c2e", "#b0452a"))
    stars(canvas, 60, 150, 8)
    for k in range(16):
        canvas.circle(
            318 + 70 * math.sin(k * 1.7) * k / 10,
            150 - 9 * k,
            22 + 4 * k,
            "#2a1a22",
            opacity=0.55,
            blur=9,
        )
    canvas.glow(320, 180, 250, "#ff5a1f", 0.9)
    slope = [
        (20, 430),
        (150, 330),
        (262, 186),
        (284, 192),
        (320, 200),
        (352, 190),
        (378, 184),
        (492, 330),
        (620, 430),
    ]
    canvas.polygon(slope, Down("#4b3a3c", "#1c1418"))
    rng = numbers(6)
    for _ in range(70):
        angle, reach = rng.uniform(-2.5, -0.64), rng.uniform(20, 150)
        x, y = 320 + reach * math.cos(angle), 190 + reach * math.sin(angle)
        canvas.line(
            [(x, y), (x + 8 * math.cos(angle), y + 9 * math.sin(angle))],
            rng.uniform(2, 5),
            rng.choice(["#ffd166", "#ff7b29", "#ffefb0"]),
        )
    canvas.polygon(
        [(300, 194), (310, 90), (324, 60), (336, 94), (342, 194)],
        Down("#fff1b8", "#ff7b1f"),
        blur=5,
    )
    for path in (
        [(300, 194), (286, 240), (300, 290), (250, 350), (230, 430)],
        [(344, 192), (362, 250), (350, 300), (400, 360), (430, 430)],
        [(322, 198), (326, 260), (318, 330)],
    ):
        canvas.line(path, 20, "#ff5a1f", opacity=0.45, blur=8)
        canvas.line(path, 9, Down("#fff0a0", "#ff8c1a", "#e83f12"))
    hills(canvas, 432, 10, Down("#120c10", "#060406"), length=240)
    return canvas


def cactus() -> Canvas:
    canvas = Canvas(640, 480, Down("#ffb56b", "#ffd9a0", "#fff0cf"))
    canvas.glow(470, 130, 170, "#fff1c0", 0.9)
    canvas.circle(470, 130, 44, "#fff8e1")
    for left, right, top in ((0, 170, 230), (360, 600, 250)):
        canvas.polygon(
            [(left - 30, 320), (left + 20, top), (right - 30, top - 8), (right + 40, 320)],
            Down("#c8693f", "#e39a63"),
        )
    hills(canvas, 312, 8, Down("#f0bf7c", "#dd9a55"), length=500)
    hills(canvas, 372, 14, Down("#f6cf8d", "#d6914c"), length=380, shift=90)
    canvas.shadow(265, 442, 130, 14, 0.35)
    green = Across("#3f8a4d", "#7cc576", "#2f6b3b")
    for points, width in (
        ([(250, 438), (250, 150)], 74),
        ([(250, 330), (150, 330), (150, 220)], 48),
        ([(250, 290), (350, 290), (350, 190)], 48),
    ):
        canvas.line(points, width, green)
    for dx in (-22, -8, 8, 22):
        canvas.line([(250 + dx, 436), (250 + dx, 136)], 2.4, "#245431", opacity=0.6)
    for x, top in ((150, 212), (350, 184)):
        for dx in (-10, 4):
            canvas.line([(x + dx, 300), (x + dx, top)], 2, "#245431", opacity=0.5)
    for x, y in ((250, 112), (150, 194), (350, 166)):
        for k in range(6):
            canvas.circle(x + 9 * math.cos(k), y + 9 * math.sin(k), 8, Ball("#ff9ec4", "#e0447f"))
        canvas.circle(x, y, 6, "#ffd34d")
    for x, y, size in ((480, 420, 26), (540, 436, 18), (60, 430, 22)):
        canvas.ellipse(x, y, size * 1.4, size * 0.7, Ball("#c9996a", "#86562f"))
    return canvas


def toadstools() -> Canvas:
    canvas = Canvas(640, 480, Down("#243d2a", "#4b7242", "#2f4a28"))
    rng = numbers(12)
    for _ in range(50):
        canvas.circle(
            rng.uniform(0, 640),
            rng.uniform(0, 330),
            rng.uniform(8, 34),
            rng.choice(["#a8d46f", "#e7f2a6", "#6fa354"]),
            opacity=0.22,
            blur=6,
        )
    for x, width in ((70, 46), (170, 26), (520, 38), (610, 60), (420, 18)):
        canvas.rect(
            x - width / 2,
            0,
            x + width / 2,
            380,
            Across("#2a2018", "#5b4633", "#20180f"),
            opacity=0.85,
        )
    hills(canvas, 376, 8, Down("#6f9a3d", "#2d4a1c"), length=260)
    for x, foot, size in ((440, 420, 0.72), (290, 440, 1.25), (160, 432, 0.55)):
        canvas.shadow(x, foot, 60 * size, 12 * size, 0.5)
        canvas.polygon(
            [
                (x - 24 * size, foot),
                (x - 17 * size, foot - 130 * size),
                (x + 17 * size, foot - 130 * size),
                (x + 26 * size, foot),
            ],
            Across("#d9cfb8", "#fffaf0", "#b9ad93"),
        )
        canvas.ellipse(x, foot - 96 * size, 30 * size, 9 * size, Down("#fffaf0", "#cfc3a8"))
        cap = [
            (
                x + 108 * size * math.cos(math.radians(a)),
                foot
                - 122 * size
                + 118 * size * math.sin(math.radians(a)) * (1 if a >= 180 else 0.16),
            )
            for a in range(0, 360, 3)
        ]
        canvas.polygon(cap, Ball("#ff5a45", "#a30f14"))
        for dx, dy, radius in (
            (-62, -150, 14),
            (-18, -198, 17),
            (34, -164, 18),
            (70, -142, 11),
            (-88, -130, 8),
            (2, -138, 10),
        ):
            canvas.ellipse(
                x + dx * size,
                foot + dy * size,
                radius * size,
                radius * size * 0.85,
                Down("#ffffff", "#e8e0d2"),
            )
    for _ in range(170):
        x, y = rng.uniform(0, 640), rng.uniform(410, 480)
        canvas.line(
            [(x, y), (x + rng.uniform(-7, 7), y - rng.uniform(8, 26))],
            2,
            rng.choice(["#8fbf4f", "#4f7d2d", "#b5d873"]),
        )
    return canvas


def _sunflower(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.line([(x, y), (x + 8, y + 150 * size), (x, 480)], 9 * size, Down("#6fa03c", "#3f6d22"))
    for side in (-1, 1):
        canvas.polygon(
            oval(x + side * 46 * size, y + 140 * size, 48 * size, 18 * size, side * -28),
            Down("#7fb548", "#3f7426"),
        )
    for ring, count, shade in ((1.0, 18, "#f0a80f"), (0.86, 16, "#ffcf24")):
        for k in range(count):
            angle = k * 360 / count + 10 * ring
            px, py = (
                x + 62 * size * ring * math.cos(math.radians(angle)),
                y + 62 * size * ring * math.sin(math.radians(angle)),
            )
            canvas.polygon(oval(px, py, 34 * size, 13 * size, angle), Down("#ffe25a", shade))
    canvas.circle(x, y, 44 * size, Ball("#7a4a1d", "#2f1a09"))
    for k in range(70):
        reach = 4.7 * math.sqrt(k) * size
        canvas.circle(
            x + reach * math.cos(k * 2.4),
            y + reach * math.sin(k * 2.4),
            1.7 * size,
            "#c98a3a",
            opacity=0.8,
        )


def sunflowers() -> Canvas:
    canvas = Canvas(640, 480, Down("#4aa3e8", "#a8dbff", "#eaf8ff"))
    cloud(canvas, 150, 80, 70)
    cloud(canvas, 500, 110, 90)
    hills(canvas, 300, 8, Down("#d7b731", "#8a9a2d"), length=400)
    rng = numbers(14)
    for _ in range(240):
        depth = rng.random()
        canvas.circle(
            rng.uniform(0, 640),
            300 + 90 * depth,
            2 + 6 * depth,
            rng.choice(["#ffd21f", "#f3b516", "#6f8f2b"]),
        )
    hills(canvas, 392, 6, Down("#6d9a35", "#33591c"), length=300)
    for x, y, size in (
        (90, 300, 0.7),
        (560, 290, 0.75),
        (200, 240, 1.0),
        (450, 230, 1.05),
        (325, 170, 1.3),
    ):
        _sunflower(canvas, x, y, size)
    return canvas


def snowman() -> Canvas:
    canvas = Canvas(640, 480, Down("#8fc3ea", "#cfe8f8", "#f2f9ff"))
    for x, foot, height in ((60, 340, 180), (150, 330, 130), (500, 330, 140), (590, 345, 200)):
        pine(canvas, x, foot, height, Down("#4d8a68", "#275a44"), snow=True)
    hills(canvas, 336, 10, Down("#ffffff", "#c7d9ee"), length=520)
    canvas.shadow(320, 444, 130, 16, 0.3)
    for x, y, radius in ((320, 360, 96), (320, 236, 68), (320, 148, 48)):
        canvas.circle(x, y, radius, Ball("#ffffff", "#b4c8e2"))
    for side in (-1, 1):
        canvas.line(
            [(320 + side * 62, 226), (320 + side * 150, 180), (320 + side * 172, 150)], 6, "#5a3c24"
        )
        canvas.line([(320 + side * 140, 185), (320 + side * 170, 186)], 5, "#5a3c24")
        canvas.circle(320 + side * 17, 138, 6, "#1d1d1f")
    canvas.polygon([(320, 146), (376, 160), (320, 160)], Down("#ffa043", "#e4701e"))
    for k in range(5):
        canvas.circle(298 + 11 * k, 172 + 5 * math.sin(k / 4 * math.pi), 3.4, "#1d1d1f")
    for y in (222, 250, 330, 366):
        canvas.circle(320, y, 6.5, "#26262a")
    canvas.rect(262, 184, 378, 208, Down("#e5383b", "#a81e22"), corner=11)
    canvas.polygon([(350, 200), (382, 200), (392, 284), (356, 284)], Down("#e5383b", "#a81e22"))
    canvas.rect(256, 98, 384, 112, "#22242b", corner=6)
    canvas.rect(280, 34, 360, 104, Across("#2c2f38", "#4b4f5c", "#1d1f26"), corner=5)
    canvas.rect(280, 84, 360, 99, "#c1272d")
    rng = numbers(2)
    for _ in range(150):
        canvas.circle(
            rng.uniform(0, 640), rng.uniform(0, 480), rng.uniform(1.2, 3), "#ffffff", opacity=0.9
        )
    return canvas


def crescent_moon() -> Canvas:
    canvas = Canvas(640, 480, Down("#050a24", "#13235a", "#3a4f8f"))
    stars(canvas, 220, 400, 15)
    canvas.glow(330, 180, 240, "#8fa8ff", 0.55)
    ring = [
        (330 + 96 * math.cos(math.radians(a)), 180 + 96 * math.sin(math.radians(a)))
        for a in range(60, 301, 4)
    ]
    inner = [
        (372 + 82 * math.cos(math.radians(a)), 180 + 84 * math.sin(math.radians(a)))
        for a in range(282, 77, -4)
    ]
    canvas.polygon([*ring, *inner], Down("#fffbe0", "#ffe08a"))
    for x, y, size in ((150, 110, 9), (500, 90, 12), (470, 260, 8), (200, 290, 7)):
        canvas.glow(x, y, size * 6, "#cfd9ff", 0.8)
        for turn in (0, 90):
            canvas.polygon(oval(x, y, size * 1.7, size * 0.28, turn), "#ffffff")
    hills(canvas, 408, 16, Down("#0f1c3d", "#060b1c"), length=330)
    for x, height in ((60, 90), (110, 60), (560, 80), (600, 110)):
        pine(canvas, x, 420, height, "#081026")
    return canvas


def waterfall() -> Canvas:
    canvas = Canvas(480, 640, Down("#9bd3f2", "#e4f5fb"))
    cloud(canvas, 110, 70, 60)
    rng = numbers(17)
    for left, right, lean in ((0, 170, 1), (310, 480, -1)):
        canvas.rect(left, 130, right, 560, Down("#8b8f86", "#4a4d48"))
        for _ in range(60):
            x, y = rng.uniform(left, right), rng.uniform(140, 540)
            canvas.polygon(
                [(x, y), (x + 26, y - 9), (x + 40, y + 15), (x + 12, y + 26)],
                rng.choice(["#a3a79d", "#5c5f59", "#70746c"]),
                opacity=0.6,
            )
        for _ in range(26):
            canvas.circle(
                rng.uniform(left, right),
                rng.uniform(104, 150),
                rng.uniform(12, 26),
                Down("#63a84a", "#2f6b2d"),
            )
        edge = right if lean > 0 else left
        for _ in range(26):
            canvas.circle(
                edge - lean * rng.uniform(0, 22),
                rng.uniform(150, 540),
                rng.uniform(6, 14),
                Down("#5f9d49", "#2c5f2b"),
                opacity=0.85,
            )
    canvas.rect(160, 150, 320, 560, Down("#f4fbff", "#bfe2f3", "#eaf7fd"))
    for _ in range(90):
        x, y = rng.uniform(160, 318), rng.uniform(150, 500)
        canvas.line(
            [(x, y), (x + rng.uniform(-3, 3), y + rng.uniform(30, 110))],
            rng.uniform(1, 4),
            rng.choice(["#ffffff", "#8fc7e4", "#d7eefa"]),
            opacity=0.6,
        )
    canvas.rect(0, 545, 480, 640, Down("#6fb9d8", "#2c7fa8"))
    for _ in range(60):
        canvas.circle(
            rng.gauss(240, 80),
            rng.gauss(552, 13),
            rng.uniform(10, 28),
            "#ffffff",
            opacity=0.35,
            blur=5,
        )
    for x, y, size in ((60, 590, 50), (410, 600, 64), (140, 622, 34)):
        canvas.ellipse(x, y, size, size * 0.55, Ball("#8d918a", "#3f423e"))
    return canvas


def campfire() -> Canvas:
    canvas = Canvas(640, 480, Down("#0c1230", "#1c2a52", "#3b3b5c"))
    stars(canvas, 150, 260, 19)
    for x, foot, height in (
        (40, 350, 230),
        (130, 340, 160),
        (230, 330, 120),
        (520, 335, 150),
        (600, 350, 240),
    ):
        pine(canvas, x, foot, height, Down("#16302b", "#0a1815"))
    hills(canvas, 342, 6, Down("#33422c", "#121a10"), length=400)
    canvas.polygon([(60, 400), (175, 236), (300, 400)], Down("#ff9f45", "#c65f1d"))
    canvas.polygon([(175, 236), (236, 250), (368, 392), (300, 400)], Down("#c96a24", "#8a4313"))
    canvas.polygon([(175, 250), (148, 400), (206, 400)], "#3a1c0a")
    canvas.glow(460, 370, 260, "#ff8a2a", 0.8)
    for start, end in (
        ((400, 412), (520, 386)),
        ((404, 388), (522, 414)),
        ((420, 420), (500, 380)),
    ):
        canvas.line([start, end], 17, Down("#7a4a26", "#3d2412"))
    for dx, width, height, paint in (
        (0, 44, 132, Down("#ffdf6b", "#ff6a1a")),
        (-20, 26, 84, Down("#ffb13d", "#f0481a")),
        (22, 26, 92, Down("#ffb13d", "#f0481a")),
        (0, 24, 78, Down("#fffbe0", "#ffc93c")),
    ):
        x = 460 + dx
        left = wave(0, 1, lambda t, w=width: -w * math.sin(math.pi * t**0.7) * (1 - t * 0.35), 0.05)
        canvas.polygon(
            [
                *((x + dxx, 400 - height * t) for t, dxx in left),
                *((x - dxx * 0.9, 400 - height * t) for t, dxx in reversed(left)),
            ],
            paint,
            blur=1,
        )
    rng = numbers(23)
    for _ in range(40):
        canvas.circle(
            460 + rng.gauss(0, 36),
            rng.uniform(130, 330),
            rng.uniform(1, 2.4),
            "#ffc15a",
            opacity=0.8,
        )
    for k in range(9):
        canvas.ellipse(396 + 16 * k, 424 + 7 * math.sin(k), 12, 8, Ball("#a39a92", "#4c4641"))
    return canvas


def mountain_panorama() -> Canvas:
    canvas = Canvas(1024, 320, Down("#3f86c9", "#8fc1ea", "#dff0fa"))
    for x, y, size in ((140, 60, 60), (420, 40, 46), (760, 66, 70), (950, 44, 44)):
        cloud(canvas, x, y, size)
    mountains(canvas, 200, 150, Down("#9fb4c9", "#7a94b0"), seed=31, snow=True)
    mountains(canvas, 205, 100, Down("#6f8a8f", "#54706b"), seed=37, snow=True)
    hills(canvas, 194, 7, Down("#5f8f57", "#3c6a3f"), length=260)
    for k in range(46):
        pine(
            canvas,
            12 + 22.6 * k + 6 * math.sin(k * 2.3),
            208,
            26 + 10 * math.sin(k * 1.7),
            Down("#2f5f45", "#1b3d2c"),
        )
    canvas.mirror(210, "#2b6f9e")
    rng = numbers(41)
    for _ in range(70):
        x, y = rng.uniform(0, 1024), rng.uniform(216, 318)
        canvas.line([(x, y), (x + rng.uniform(10, 60), y)], 1.2, "#ffffff", opacity=0.28)
    return canvas
