"""Things at home."""

import math

from .brush import Across, Ball, Canvas, Down, numbers, oval, smooth, turned
from .nature import meadow, wooden_table


def guitar() -> Canvas:
    canvas = Canvas(480, 640, Down("#dfe6e4", "#b7c3c0"))
    canvas.rect(0, 540, 480, 640, Down("#a9794c", "#7d5330"))
    canvas.shadow(240, 600, 120, 14, 0.5)
    body = smooth(
        [
            (240, 330),
            (310, 326),
            (342, 372),
            (318, 424),
            (352, 478),
            (348, 560),
            (240, 602),
            (132, 560),
            (128, 478),
            (162, 424),
            (138, 372),
            (170, 326),
        ]
    )
    canvas.polygon([(x + 5, y + 5) for x, y in body], "#5a2f12")
    canvas.polygon(body, Ball("#f2b25e", "#a85f1f", (0.42, 0.35)))
    canvas.line([*body, body[0]], 4, "#4a2610")
    canvas.circle(240, 440, 42, "#3b1f0d")
    canvas.arc(240, 440, 47, 47, 0, 360, 4, "#e9c58a")
    canvas.rect(176, 516, 304, 536, Down("#5a3319", "#38200f"), corner=5)
    canvas.rect(220, 96, 260, 420, Across("#3f2412", "#6b4123", "#38200f"))
    for k in range(13):
        y = 100 + 320 * (1 - 0.944 ** (k * 1.25)) / 0.62
        canvas.line([(220, min(y, 416)), (260, min(y, 416))], 2, "#d8dce0")
    canvas.polygon(
        [(214, 96), (206, 30), (226, 18), (254, 18), (274, 30), (266, 96)],
        Down("#6b4123", "#3f2412"),
    )
    for k in range(3):
        for x, side in ((208, -1), (272, 1)):
            canvas.line([(x, 38 + 20 * k), (x + 16 * side, 38 + 20 * k)], 5, "#d9dde2")
            canvas.circle(x + 20 * side, 38 + 20 * k, 7, Ball("#fff6e0", "#c9b994"))
    for k in range(6):
        canvas.line([(225 + 6 * k, 40), (222 + 7.2 * k, 526)], 1.2, "#f1f3f5")
    return canvas


def alarm_clock() -> Canvas:
    canvas = Canvas(640, 480, Down("#cfe0f0", "#a9c3dc"))
    canvas.glow(560, 40, 260, "#fff3d0", 0.7)
    wooden_table(canvas, 370, "#c79a68", "#9a6f42")
    canvas.shadow(320, 414, 150, 16, 0.5)
    for side in (-1, 1):
        canvas.line(
            [(320 + side * 80, 350), (320 + side * 118, 408)], 17, Down("#e04b4b", "#9c2226")
        )
        canvas.polygon(
            [
                (
                    320 + side * 90 + 62 * math.cos(math.radians(a)),
                    128 + 62 * math.sin(math.radians(a)),
                )
                for a in range(180 + side * 38, 361 + side * 38, 4)
            ],
            Ball("#ffd98a", "#b98420"),
        )
        canvas.line([(320 + side * 70, 152), (320 + side * 60, 176)], 9, "#8d6516")
    canvas.line([(320, 118), (320, 150)], 8, "#8d6516")
    canvas.rect(302, 104, 338, 122, "#b98420", corner=6)
    canvas.circle(320, 262, 138, Ball("#ff7d75", "#a31f26"))
    canvas.circle(320, 262, 114, "#7d161c")
    canvas.circle(320, 262, 110, Ball("#ffffff", "#e9e6dd", (0.5, 0.5)))
    for k in range(60):
        angle, inner = k * math.tau / 60, 94 if k % 5 == 0 else 101
        canvas.line(
            [
                (320 + inner * math.sin(angle), 262 - inner * math.cos(angle)),
                (320 + 105 * math.sin(angle), 262 - 105 * math.cos(angle)),
            ],
            4.5 if k % 5 == 0 else 1.4,
            "#22262c",
        )
    for hours, length, width, colour in (
        (10.15, 56, 8, "#22262c"),
        (1.8, 84, 6, "#22262c"),
        (7.4, 90, 2, "#d8262f"),
    ):
        angle = hours * math.tau / 12
        canvas.line(
            [
                (320 - 14 * math.sin(angle), 262 + 14 * math.cos(angle)),
                (320 + length * math.sin(angle), 262 - length * math.cos(angle)),
            ],
            width,
            colour,
        )
    canvas.circle(320, 262, 8, "#d8262f")
    canvas.ellipse(270, 200, 50, 26, "#ffffff", opacity=0.4, blur=10)
    return canvas


def candles() -> Canvas:
    canvas = Canvas(640, 480, Down("#120a10", "#2b1620", "#3f2022"))
    rng = numbers(71)
    for _ in range(30):
        canvas.circle(
            rng.uniform(0, 640),
            rng.uniform(0, 330),
            rng.uniform(8, 30),
            rng.choice(["#ffb35a", "#ff7d4a", "#ffd98a"]),
            opacity=0.14,
            blur=5,
        )
    wooden_table(canvas, 360, "#5a3820", "#2f1c10")
    for x, top, half, light, dark in (
        (180, 240, 44, "#fff4dc", "#c9a472"),
        (320, 160, 50, "#ffe9e0", "#c98a78"),
        (460, 280, 46, "#f6f0ff", "#a691bd"),
    ):
        canvas.shadow(x, 420, half * 1.6, 12, 0.6)
        canvas.rect(x - half, top, x + half, 424, Across(dark, light, dark), corner=9)
        canvas.ellipse(x, top + 5, half, 11, Down(light, dark))
        canvas.ellipse(x, top + 7, half * 0.7, 7, "#ffe2a0")
        for dx, length in ((-half * 0.6, 50), (half * 0.5, 80)):
            canvas.line([(x + dx, top + 8), (x + dx, top + length)], 9, light)
        canvas.line([(x, top + 5), (x, top - 14)], 3.4, "#2a1a12")
        canvas.glow(x, top - 44, 170, "#ff9d3c", 0.85)
        canvas.polygon(
            smooth(
                [
                    (x, top - 98),
                    (x + 17, top - 44),
                    (x + 11, top - 14),
                    (x, top - 7),
                    (x - 11, top - 14),
                    (x - 17, top - 44),
                ]
            ),
            Down("#ffd86b", "#fff7d6", "#ff9d3c"),
        )
        canvas.ellipse(x, top - 20, 6, 11, "#6aa3ff", opacity=0.45, blur=2)
    return canvas


def books() -> Canvas:
    canvas = Canvas(640, 480, Down("#e6ddcf", "#c9bda9"))
    wooden_table(canvas, 370)
    canvas.shadow(320, 430, 220, 16, 0.5)
    top = 424.0
    for left, right, height, colour, dark, band in (
        (120, 520, 58, "#2f6fa8", "#1b446c", "#f2d27a"),
        (150, 500, 46, "#c8452f", "#862818", "#f7e8c9"),
        (136, 480, 54, "#3f8f5f", "#235a3a", "#ffffff"),
        (170, 510, 42, "#e0a52e", "#9c6c14", "#4a3208"),
    ):
        canvas.rect(left, top - height, right, top, Down(colour, dark), corner=7)
        canvas.rect(
            left + 16, top - height + 7, right + 3, top - 7, Down("#fffaf0", "#e3d8c0"), corner=3
        )
        for k in range(4):
            y = top - height + 13 + (height - 24) * k / 3
            canvas.line([(left + 20, y), (right, y)], 1, "#c9bb9c")
        canvas.rect(left, top - height, left + 20, top, Down(colour, dark), corner=6)
        canvas.rect(left, top - height, right, top - height + 7, colour, corner=3)
        canvas.rect(left, top - 7, right, top, dark, corner=3)
        canvas.rect(left + 4, top - height + 12, left + 16, top - 12, band, corner=2)
        top -= height
    for x in (270, 390):
        canvas.arc(x, top - 34, 46, 36, 0, 360, 6, "#2a2320")
        canvas.ellipse(x, top - 34, 43, 33, "#dff1fa", opacity=0.55)
        canvas.line([(x - 22, top - 46), (x - 4, top - 58)], 4, "#ffffff", opacity=0.8)
    canvas.arc(330, top - 32, 16, 13, 190, 350, 6, "#2a2320")
    canvas.line([(224, top - 40), (190, top - 6)], 6, "#2a2320")
    canvas.line([(436, top - 40), (470, top - 6)], 6, "#2a2320")
    return canvas


def football() -> Canvas:
    canvas = Canvas(640, 480, Down("#7cc0ee", "#d9effa"))
    canvas.rect(0, 190, 640, 260, Down("#5d9a4a", "#4f8a3d"))
    canvas.line([(150, 250), (150, 70), (500, 70), (500, 250)], 9, "#ffffff")
    for k in range(1, 22):
        canvas.line([(150 + 16 * k, 76), (150 + 16 * k, 246)], 1, "#ffffff", opacity=0.6)
    for k in range(1, 11):
        canvas.line([(154, 70 + 17 * k), (496, 70 + 17 * k)], 1, "#ffffff", opacity=0.6)
    meadow(canvas, 246, 77, "#79bd4c", "#3c7d2c")
    canvas.shadow(320, 436, 120, 18, 0.5)
    canvas.circle(320, 330, 112, Ball("#ffffff", "#a9b0b8"))

    def on_ball(x: float, y: float, z: float) -> tuple[float, float]:
        return 320 + 112 * (0.94 * x - 0.34 * z), 330 + 112 * (y + 0.16 * z * (1 - y))

    golden = (1 + math.sqrt(5)) / 2
    norm = math.hypot(1, golden)
    corners = [
        (a / norm, b / norm, c / norm)
        for s in (1, -1)
        for t in (golden, -golden)
        for a, b, c in ((0, s, t), (s, t, 0), (t, 0, s))
    ]
    for x, y, z in corners:
        if z < -0.35:
            continue
        near = sorted(
            corners, key=lambda c, p=(x, y, z): -sum(u * v for u, v in zip(c, p, strict=True))
        )[1:6]
        spot = []
        for cx, cy, cz in near:
            point = [x * 0.665 + cx * 0.335, y * 0.665 + cy * 0.335, z * 0.665 + cz * 0.335]
            length = math.hypot(*point)
            spot.append(on_ball(*(v / length for v in point)))
        centre = on_ball(x, y, z)
        spot.sort(key=lambda p, c=centre: math.atan2(p[1] - c[1], p[0] - c[0]))
        inside = [p for p in spot if math.hypot(p[0] - 320, p[1] - 330) < 111]
        if len(inside) > 2:
            canvas.polygon(inside, Down("#2b2f36", "#121418"))
            for px, py in inside:
                canvas.line(
                    [(px, py), (px + (px - centre[0]) * 0.55, py + (py - centre[1]) * 0.55)],
                    2,
                    "#5b626b",
                    opacity=0.8 if math.hypot(px - 320, py - 330) < 84 else 0,
                )
    return canvas


def present() -> Canvas:
    canvas = Canvas(640, 480, Down("#f8d9e3", "#e9a9c0"))
    rng = numbers(81)
    for _ in range(70):
        x, y = rng.uniform(0, 640), rng.uniform(0, 400)
        canvas.polygon(
            oval(x, y, 9, 4, rng.uniform(0, 180)),
            rng.choice(["#ffffff", "#ffd23f", "#7bdff2", "#ff6f91"]),
            opacity=0.8,
        )
    canvas.rect(0, 400, 640, 480, Down("#d98aa6", "#b86484"))
    canvas.shadow(320, 430, 200, 18, 0.45)
    canvas.rect(170, 220, 470, 430, Across("#2f6fd0", "#5a9bf0", "#2a5cb0"))
    canvas.rect(152, 176, 488, 236, Across("#3b7de0", "#6fb0ff", "#2f66c0"), corner=5)
    for x in range(190, 470, 36):
        for y in range(252, 424, 34):
            canvas.circle(x + (18 if (y // 34) % 2 else 0), y, 5, "#ffffff", opacity=0.6)
    for top, bottom in ((176, 236), (236, 430)):
        canvas.rect(292, top, 348, bottom, Across("#e0a51a", "#ffe07a", "#d9980f"))
    for side in (-1, 1):
        canvas.polygon(
            smooth(
                [
                    (320, 176),
                    (320 + side * 50, 92),
                    (320 + side * 120, 84),
                    (320 + side * 126, 140),
                    (320 + side * 70, 172),
                ]
            ),
            Down("#ffe58c", "#e0a51a"),
        )
        canvas.polygon(
            smooth(
                [(320, 172), (320 + side * 52, 118), (320 + side * 96, 112), (320 + side * 92, 140)]
            ),
            Down("#b97f0c", "#e0a51a"),
        )
        canvas.polygon(
            [
                (320, 172),
                (320 + side * 40, 190),
                (320 + side * 96, 240),
                (320 + side * 66, 246),
                (320 + side * 10, 190),
            ],
            Down("#ffd75a", "#d9980f"),
        )
    canvas.ellipse(320, 168, 26, 20, Ball("#ffeb9c", "#c98a10"))
    return canvas


def teddy_bear() -> Canvas:
    canvas = Canvas(640, 480, Down("#cfe7f2", "#a7cbdd"))
    for k in range(16):
        canvas.circle(
            20 + 80 * (k % 8),
            50 + 150 * (k // 8) + (40 if k % 2 else 0),
            12,
            "#ffffff",
            opacity=0.5,
        )
    canvas.rect(0, 390, 640, 480, Down("#f4d9bb", "#d9b48a"))
    canvas.shadow(320, 436, 180, 16, 0.4)
    fur, pad = Ball("#d9a066", "#8f5a2c"), Ball("#f7dcb4", "#d9ae78")
    for side in (-1, 1):
        canvas.polygon(oval(320 + side * 132, 290, 40, 76, side * -34), fur)
        canvas.circle(320 + side * 74, 80, 40, fur)
        canvas.circle(320 + side * 74, 82, 23, pad)
    canvas.ellipse(320, 326, 118, 112, fur)
    canvas.ellipse(320, 336, 74, 76, pad)
    for side in (-1, 1):
        canvas.ellipse(320 + side * 116, 404, 62, 44, fur)
        canvas.ellipse(320 + side * 128, 404, 34, 30, pad)
    canvas.ellipse(320, 152, 112, 98, fur)
    canvas.ellipse(320, 186, 52, 40, pad)
    canvas.ellipse(320, 168, 19, 13, Ball("#5b4a44", "#171210"))
    canvas.line(
        smooth([(296, 194), (308, 206), (320, 198), (332, 206), (344, 194)], closed=False),
        4,
        "#4a2f1a",
    )
    canvas.line([(320, 178), (320, 198)], 3.4, "#4a2f1a")
    for side in (-1, 1):
        canvas.circle(320 + side * 46, 136, 12, "#1d1613")
        canvas.circle(320 + side * 46 - 4, 132, 4, "#ffffff")
        canvas.polygon(
            [(320, 250), (320 + side * 66, 224), (320 + side * 66, 280)], Down("#ff5a5f", "#b81d2b")
        )
    canvas.circle(320, 252, 14, Ball("#ff8a8d", "#a81a26"))
    return canvas


def piano() -> Canvas:
    canvas = Canvas(640, 480, Down("#2a1a14", "#4b2c20"))
    canvas.glow(320, 60, 330, "#ffcf8a", 0.6)
    canvas.rect(0, 210, 640, 262, Down("#3a2018", "#1b0d09"))
    canvas.rect(0, 256, 640, 268, "#8c1f2b")
    for k in range(13):
        left = k * 49.5
        canvas.rect(left + 1, 262, left + 48, 452, Down("#d9d5cc", "#ffffff", "#f4f1ea"), corner=5)
        canvas.rect(left + 2, 444, left + 47, 456, Down("#e6e2d8", "#b9b3a5"), corner=4)
    for k in range(13):
        if k % 7 not in (2, 6):
            left = k * 49.5 + 35
            canvas.rect(left + 4, 264, left + 34, 388, "#000000", opacity=0.4, blur=3, corner=4)
            canvas.rect(
                left, 260, left + 28, 380, Across("#2a2a2e", "#4f4f57", "#151518"), corner=4
            )
            canvas.rect(left + 5, 362, left + 23, 372, "#6a6a74", corner=3)
    canvas.rect(0, 456, 640, 480, Down("#3a2018", "#1b0d09"))
    sheet = [(180, 40), (310, 30), (318, 200), (172, 206)]
    canvas.polygon(sheet, Down("#fffdf4", "#e9dfc8"))
    canvas.polygon([(640 - x, y) for x, y in sheet], Down("#fffdf4", "#e3d8bf"))
    for page, x0 in ((0, 190), (1, 336)):
        for block in range(3):
            for k in range(5):
                y = 62 + 46 * block + 6 * k
                canvas.line([(x0, y), (x0 + 116, y)], 1, "#6b5f52")
            for k in range(6):
                x, y = x0 + 12 + 18 * k, 72 + 46 * block + 8 * math.sin(k * 1.9 + block + page)
                canvas.ellipse(x, y, 5, 3.8, "#1d1613")
                canvas.line([(x + 4.5, y), (x + 4.5, y - 20)], 1.6, "#1d1613")
    return canvas


def photo_camera() -> Canvas:
    canvas = Canvas(640, 480, Down("#f0e9dd", "#d6c9b5"))
    wooden_table(canvas, 340, "#a5754a", "#7a5230")
    canvas.shadow(320, 404, 220, 16, 0.55)
    canvas.rect(250, 118, 390, 190, Down("#5a5f68", "#2c3037"), corner=14)
    canvas.rect(140, 130, 200, 170, Across("#8c929c", "#d9dde3", "#6b717b"), corner=8)
    canvas.rect(440, 140, 492, 172, Across("#b53a36", "#ff7a6e", "#8f2320"), corner=8)
    canvas.rect(108, 160, 532, 400, Down("#c9ced6", "#8c929b"), corner=26)
    canvas.rect(108, 206, 532, 366, Down("#3a3d44", "#1d1f24"))
    rng = numbers(91)
    for _ in range(420):
        canvas.circle(rng.uniform(112, 528), rng.uniform(210, 362), 1.5, "#50545d", opacity=0.6)
    canvas.rect(262, 136, 378, 180, Ball("#d6ebf5", "#6f95a8"), corner=8)
    for radius, paint in (
        (118, Ball("#6b717b", "#1a1c20")),
        (104, Ball("#2a2d33", "#0d0e10")),
        (84, Ball("#4b5058", "#15171b")),
        (66, Ball("#5d6fae", "#0b1030")),
        (40, Ball("#6d4f9a", "#090a20")),
    ):
        canvas.circle(320, 288, radius, paint)
    for k in range(40):
        angle = k * math.tau / 40
        canvas.line(
            turned([(320, 176), (320, 184)], (320, 288), math.degrees(angle)),
            2,
            "#9aa0aa",
            opacity=0.7,
        )
    canvas.ellipse(296, 258, 24, 14, "#ffffff", opacity=0.75, blur=3)
    canvas.circle(346, 316, 8, "#bcd6ff", opacity=0.7, blur=2)
    canvas.circle(486, 232, 13, Ball("#ffd9d4", "#c9302a"))
    return canvas
