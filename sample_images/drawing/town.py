"""Streets, houses and festivals."""

import math

from .brush import Across, Ball, Canvas, Down, numbers, oval, smooth, wave
from .nature import cloud, hills, leafy_tree, meadow, pine, stars


def city_at_night() -> Canvas:
    canvas = Canvas(640, 480, Down("#0a0f2c", "#2a2458", "#6b3a6d"))
    stars(canvas, 70, 170, 33)
    canvas.glow(500, 80, 110, "#c9d4ff", 0.7)
    canvas.circle(500, 80, 28, Ball("#ffffff", "#d5dbee"))
    rng = numbers(22)
    for layer, (base, low, high, colour) in enumerate(
        ((360, 110, 220, "#2a2b55"), (360, 60, 170, "#141733"))
    ):
        x = -10.0
        while x < 650:
            width, top = rng.uniform(40, 78), base - rng.uniform(low, high) - 30 * layer
            canvas.rect(x, top, x + width, 362, Down(colour, "#0c0e22"))
            if rng.random() < 0.4:
                canvas.line([(x + width / 2, top), (x + width / 2, top - 26)], 2.5, colour)
                canvas.circle(x + width / 2, top - 27, 2.6, "#ff5a5a")
            for wy in range(round(top) + 10, 350, 15):
                for wx in range(round(x) + 7, round(x + width) - 9, 13):
                    if rng.random() < 0.55:
                        canvas.rect(
                            wx,
                            wy,
                            wx + 6,
                            wy + 8,
                            rng.choice(["#ffd56b", "#ffe9a8", "#ffb347", "#9fd3ff"]),
                            opacity=0.95 if layer else 0.6,
                        )
            x += width + rng.uniform(-4, 8)
    canvas.mirror(362, "#0b1233", 0.45)
    for _ in range(60):
        x, y = rng.uniform(0, 640), rng.uniform(368, 478)
        canvas.line([(x, y), (x + rng.uniform(8, 34), y)], 1.4, "#ffd98a", opacity=0.3)
    return canvas


def fireworks() -> Canvas:
    canvas = Canvas(640, 480, Down("#05061a", "#141a3f", "#2a2350"))
    stars(canvas, 60, 250, 44)
    for x, y, reach, colour, spark in (
        (190, 140, 120, "#ff5a7a", "#ffd0da"),
        (440, 110, 140, "#ffd23f", "#fff6cf"),
        (330, 240, 90, "#57d0ff", "#e6f9ff"),
        (560, 240, 70, "#8cff8a", "#eaffea"),
    ):
        canvas.glow(x, y, reach * 1.3, colour, 0.55)
        for k in range(26):
            angle = k * math.tau / 26 + reach
            path = [
                (x + reach * t * math.cos(angle), y + reach * t * math.sin(angle) + 26 * t * t)
                for t in (0.15, 0.5, 0.8, 1)
            ]
            canvas.line(path, 2.2, colour, opacity=0.85)
            canvas.circle(*path[-1], 3.4, spark)
            canvas.circle(*path[1], 1.8, spark)
    canvas.line(
        smooth([(330, 410), (326, 330), (330, 246)], closed=False), 2, "#ffd9a0", opacity=0.5
    )
    rng = numbers(9)
    x = -10.0
    while x < 650:
        width, top = rng.uniform(34, 70), rng.uniform(350, 410)
        canvas.rect(x, top, x + width, 480, "#070817")
        if rng.random() < 0.4:
            canvas.polygon([(x, top), (x + width / 2, top - 26), (x + width, top)], "#070817")
        for wy in range(round(top) + 12, 470, 17):
            for wx in range(round(x) + 8, round(x + width) - 9, 15):
                if rng.random() < 0.4:
                    canvas.rect(wx, wy, wx + 6, wy + 8, "#ffcf6b", opacity=0.85)
        x += width
    return canvas


def house_with_garden() -> Canvas:
    canvas = Canvas(640, 480, Down("#6fb9ec", "#d6effb"))
    cloud(canvas, 130, 80, 60)
    cloud(canvas, 530, 66, 70)
    hills(canvas, 330, 10, Down("#9cce62", "#5b9a3c"), length=500)
    leafy_tree(canvas, 90, 372, 190)
    leafy_tree(canvas, 570, 366, 150, "#6fa83f", "#44772c")
    canvas.rect(190, 222, 470, 390, Down("#fff6e4", "#ecd9b8"))
    canvas.rect(400, 110, 432, 180, Down("#b5694a", "#8a4a34"))
    canvas.polygon([(160, 228), (250, 118), (410, 118), (500, 228)], Down("#d9583f", "#9c3325"))
    for k in range(1, 7):
        y = 118 + 16 * k
        canvas.line([(250 - 13 * k, y), (410 + 13 * k, y)], 1.6, "#7d2a1f", opacity=0.6)
    canvas.rect(300, 288, 360, 390, Down("#3f7fa8", "#285a7d"), corner=4)
    canvas.rect(312, 300, 348, 334, "#cfeaf7", corner=3)
    canvas.circle(350, 346, 4, "#ffd34d")
    for x in (216, 388):
        canvas.rect(x - 5, 259, x + 61, 341, "#ffffff", corner=3)
        canvas.rect(x, 264, x + 56, 336, Down("#bfe4f7", "#7fb6d3"))
        canvas.line([(x + 28, 264), (x + 28, 336)], 3, "#ffffff")
        canvas.line([(x, 300), (x + 56, 300)], 3, "#ffffff")
        canvas.rect(x - 6, 340, x + 62, 354, "#8a5a34", corner=3)
        for k in range(6):
            canvas.circle(x + 3 + 10 * k, 338, 7, ["#ef476f", "#ffd166", "#ffffff"][k % 3])
    meadow(canvas, 386, 6)
    canvas.polygon([(302, 386), (358, 386), (430, 480), (230, 480)], Down("#e3d6bd", "#b9a988"))
    for x in range(8, 640, 34):
        if not 240 < x < 410:
            canvas.polygon(
                [(x, 452), (x, 396), (x + 9, 384), (x + 18, 396), (x + 18, 452)],
                Down("#ffffff", "#d6dbe0"),
            )
    for left, right in ((0, 238), (420, 640)):
        canvas.rect(left, 408, right, 416, "#ffffff")
        canvas.rect(left, 434, right, 441, "#eef0f2")
    return canvas


def traffic_light() -> Canvas:
    canvas = Canvas(480, 640, Down("#8fb8d8", "#dbe8ef"))
    rng = numbers(3)
    for k in range(7):
        top = rng.uniform(180, 330)
        canvas.rect(
            k * 72 - 12,
            top,
            k * 72 + 62,
            560,
            Down(rng.choice(["#a9b3bd", "#b9aa9d", "#98a7b3"]), "#7d858d"),
            blur=2,
        )
        for y in range(round(top) + 18, 540, 34):
            for x in (6, 32):
                canvas.rect(k * 72 + x, y, k * 72 + x + 14, y + 20, "#e6eef3", opacity=0.6, blur=2)
    canvas.rect(0, 556, 480, 640, Down("#5c6068", "#42464d"))
    for k in range(4):
        canvas.polygon(
            [(40 + 120 * k, 576), (100 + 120 * k, 576), (80 + 120 * k, 640), (0 + 120 * k, 640)],
            "#eceff1",
            opacity=0.85,
        )
    canvas.rect(226, 420, 254, 620, Across("#4b5058", "#8c929b", "#3a3f46"))
    canvas.rect(158, 60, 322, 440, Across("#2b2f36", "#4a5059", "#1d2025"), corner=28)
    for y, on, colour, off in (
        (126, True, "#ff3b30", "#7d1712"),
        (250, False, "#ffcc00", "#5e4d0c"),
        (374, False, "#34c759", "#12461f"),
    ):
        canvas.circle(240, y, 56, "#15171b")
        if on:
            canvas.glow(240, y, 120, colour, 0.7)
        canvas.circle(240, y, 48, Ball("#ff8d80", "#e3120b") if on else Ball(off, "#16130c"))
        canvas.polygon([(178, y - 34), (240, y - 66), (302, y - 34), (240, y - 50)], "#101216")
    return canvas


def umbrella_in_rain() -> Canvas:
    canvas = Canvas(640, 480, Down("#5f7488", "#8799a8", "#a8b4bd"))
    rng = numbers(51)
    for k in range(8):
        top = rng.uniform(90, 210)
        canvas.rect(k * 84 - 8, top, k * 84 + 76, 400, Down("#6c7b89", "#5a6672"), blur=2)
        for y in range(round(top) + 20, 380, 36):
            for x in (10, 40):
                if rng.random() < 0.5:
                    canvas.rect(
                        k * 84 + x, y, k * 84 + x + 16, y + 20, "#ffdf9a", opacity=0.7, blur=2
                    )
    canvas.rect(0, 392, 640, 480, Down("#6d7882", "#48525b"))
    canvas.ellipse(320, 446, 190, 18, "#9fb0bd", opacity=0.6, blur=5)
    # A person in a yellow coat under the umbrella.
    canvas.polygon([(288, 296), (352, 296), (376, 420), (264, 420)], Down("#ffd84d", "#e0a31a"))
    canvas.circle(320, 270, 30, Ball("#ffdf61", "#d99c18"))
    for x in (296, 330):
        canvas.rect(x, 418, x + 20, 452, Down("#c9332d", "#8a1f1c"), corner=6)
    canvas.line([(350, 330), (360, 300)], 16, "#f0b927")
    canvas.line([(362, 316), (330, 90)], 6, "#3a2a22")
    rim = wave(150, 520, lambda x: 236 - 14 * abs(math.sin((x - 150) / 370 * 5 * math.pi)), 3)
    dome = [
        (335 + 186 * math.cos(math.radians(a)), 236 + 150 * math.sin(math.radians(a)))
        for a in range(180, 361, 3)
    ]
    canvas.polygon([*dome, *reversed(rim)], Down("#ff5a5f", "#d8262f", "#a3141d"))
    for k in range(1, 5):
        canvas.line(
            smooth([(335, 88), (335 + (k - 2.5) * 50, 130), (150 + 74 * k, 234)], closed=False),
            2,
            "#7d0f16",
            opacity=0.55,
        )
    canvas.circle(334, 84, 5, "#3a2a22")
    for _ in range(190):
        x, y, length = rng.uniform(0, 660), rng.uniform(-10, 480), rng.uniform(12, 26)
        canvas.line([(x, y), (x - length * 0.25, y + length)], 1.5, "#e3eef5", opacity=0.55)
    for _ in range(26):
        canvas.arc(
            rng.uniform(0, 640),
            rng.uniform(404, 474),
            rng.uniform(5, 12),
            3,
            0,
            360,
            1.2,
            "#dbe6ed",
            opacity=0.7,
        )
    return canvas


def christmas_tree() -> Canvas:
    canvas = Canvas(480, 640, Down("#5a2330", "#8a3b3f"))
    for x in range(0, 480, 48):
        canvas.line([(x, 0), (x, 540)], 9, "#6b2b36", opacity=0.6)
    canvas.rect(0, 530, 480, 640, Down("#9a6a42", "#6b4527"))
    canvas.rect(40, 70, 150, 250, "#efe4d2", corner=5)
    canvas.rect(48, 78, 142, 242, Down("#16244f", "#3d5288"))
    for k in range(16):
        canvas.circle(54 + (k * 37) % 84, 86 + (k * 53) % 150, 2.2, "#ffffff")
    canvas.line([(95, 78), (95, 242)], 5, "#efe4d2")
    canvas.rect(220, 510, 260, 580, Down("#6b4526", "#4a2e18"))
    for tier, (top, base, half) in enumerate(
        ((330, 530, 190), (220, 410, 150), (120, 290, 108), (60, 180, 66))
    ):
        edge = wave(240 - half, 240 + half, lambda x, b=base: b + 8 * math.sin(x / 8), 3)
        canvas.polygon([(240, top), *reversed(edge)], Down("#3f9a55", "#1c5f38"))
        canvas.line(
            wave(
                240 - half * 0.8,
                240 + half * 0.8,
                lambda x, b=base, h=half: b - 34 + 16 * math.cos((x - 240) / h * 1.5),
                4,
            ),
            4,
            "#ffd76a",
            opacity=0.85 if tier < 3 else 0,
        )
    for k in range(24):
        y = 150 + 15.5 * k
        half = 20 + (y - 120) * 0.36
        x = 240 + half * math.sin(k * 2.25)
        colour = ["#e5383b", "#ffd23f", "#4cc9f0", "#f72585"][k % 4]
        canvas.glow(x, y, 26, colour, 0.5)
        canvas.circle(x, y, 10, colour)
        canvas.ellipse(x - 3, y - 4, 3.4, 2.4, "#ffffff", opacity=0.8)
    star = [
        (
            240 + (34 if k % 2 == 0 else 14) * math.sin(k * math.pi / 5),
            58 - (34 if k % 2 == 0 else 14) * math.cos(k * math.pi / 5),
        )
        for k in range(10)
    ]
    canvas.glow(240, 58, 110, "#ffe28a", 0.9)
    canvas.polygon(star, Down("#fff6b0", "#ffbf1f"))
    for left, top, right, colour, band in (
        (60, 540, 160, "#c9262b", "#ffe08a"),
        (330, 520, 430, "#2b6cb0", "#ffffff"),
        (172, 572, 240, "#2f8f5b", "#ffd23f"),
    ):
        canvas.rect(left, top, right, 620, Down(colour, colour), corner=4)
        middle = (left + right) / 2
        canvas.rect(middle - 7, top, middle + 7, 620, band)
        for side in (-1, 1):
            canvas.polygon(oval(middle + side * 15, top - 6, 17, 9, side * 24), band)
    return canvas


def pumpkin_lantern() -> Canvas:
    canvas = Canvas(640, 480, Down("#1a1033", "#3b1f4f", "#7a3b4a"))
    stars(canvas, 60, 200, 61)
    canvas.circle(510, 100, 52, Ball("#fff6d0", "#e9cf8a"))
    for x, height in ((60, 260), (590, 230)):
        pine(canvas, x, 400, height, "#120a20")
    for x, y, size in ((410, 90, 1), (460, 140, 0.7), (130, 120, 0.9)):
        wings = [
            (x - 34 * size, y - 6 * size),
            (x - 16 * size, y - 14 * size),
            (x - 4 * size, y - 4 * size),
            (x, y - 10 * size),
            (x + 4 * size, y - 4 * size),
            (x + 16 * size, y - 14 * size),
            (x + 34 * size, y - 6 * size),
            (x + 20 * size, y + 4 * size),
            (x, y + 10 * size),
            (x - 20 * size, y + 4 * size),
        ]
        canvas.polygon(wings, "#0b0616")
    hills(canvas, 392, 6, Down("#2c2033", "#120b18"), length=500)
    canvas.shadow(320, 428, 190, 20, 0.6)
    canvas.glow(320, 310, 320, "#ff8a1f", 0.55)
    canvas.polygon(
        smooth([(304, 196), (308, 150), (344, 132), (352, 150), (336, 166), (340, 198)]),
        Down("#7a9a3f", "#4a6424"),
    )
    for dx, width in ((-120, 66), (120, 66), (-72, 80), (72, 80), (0, 88)):
        canvas.ellipse(
            320 + dx, 310, width, 118 - abs(dx) * 0.12, Ball("#ffa63d", "#c4570f", (0.4, 0.25))
        )
    light = Down("#fffbd0", "#ffc22e")
    for side in (-1, 1):
        canvas.polygon(
            [(320 + side * 40, 292), (320 + side * 70, 238), (320 + side * 108, 292)], light
        )
    canvas.polygon([(320, 298), (300, 326), (340, 326)], light)
    canvas.polygon(
        [
            (200, 338),
            (240, 356),
            (252, 342),
            (276, 366),
            (320, 372),
            (352, 366),
            (366, 346),
            (392, 358),
            (440, 338),
            (420, 384),
            (390, 400),
            (378, 384),
            (350, 408),
            (300, 408),
            (270, 392),
            (252, 402),
            (222, 382),
        ],
        light,
    )
    return canvas
