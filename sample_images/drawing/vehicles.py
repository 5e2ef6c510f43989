"""Things that drive and fly."""

import math

from .brush import Across, Ball, Canvas, Down, numbers, smooth, wave
from .nature import cloud, hills, leafy_tree, meadow, mountains


def _wheel(canvas: Canvas, x: float, y: float, radius: float, hub: str = "#c9ced6") -> None:
    canvas.circle(x, y, radius, Ball("#3c3f45", "#101114"))
    canvas.circle(x, y, radius * 0.6, Ball("#f3f5f8", hub))
    for k in range(5):
        angle = k * math.tau / 5 - 0.3
        canvas.line(
            [(x, y), (x + radius * 0.52 * math.cos(angle), y + radius * 0.52 * math.sin(angle))],
            radius * 0.13,
            "#7d838d",
        )
    canvas.circle(x, y, radius * 0.15, "#4b5058")


def red_car() -> Canvas:
    canvas = Canvas(640, 480, Down("#79c3f0", "#d9f0fb"))
    cloud(canvas, 130, 80, 64)
    cloud(canvas, 500, 100, 80)
    mountains(canvas, 290, 110, Down("#8fa9b5", "#6b8a8b"), seed=8)
    hills(canvas, 276, 8, Down("#8cc152", "#4f8a3a"), length=420)
    leafy_tree(canvas, 70, 334, 130)
    leafy_tree(canvas, 590, 330, 110)
    canvas.rect(0, 350, 640, 480, Down("#5a5e66", "#3d4046"))
    for k in range(6):
        canvas.polygon(
            [(20 + 120 * k, 436), (90 + 120 * k, 436), (80 + 120 * k, 446), (4 + 120 * k, 446)],
            "#f4f1e0",
        )
    canvas.shadow(320, 412, 240, 16, 0.6)
    body = smooth(
        [
            (78, 372),
            (84, 318),
            (140, 296),
            (212, 284),
            (262, 228),
            (400, 226),
            (464, 282),
            (540, 296),
            (568, 330),
            (566, 384),
            (320, 392),
            (90, 390),
        ]
    )
    canvas.polygon(body, Down("#ff6a5e", "#e02b2b", "#94131a"))
    canvas.polygon(
        smooth([(226, 284), (272, 240), (322, 238), (322, 286)]), Down("#d8f0fb", "#7fb3cc")
    )
    canvas.polygon(
        smooth([(338, 238), (392, 240), (440, 284), (338, 286)]), Down("#d8f0fb", "#7fb3cc")
    )
    canvas.line([(330, 240), (332, 378)], 2, "#7d0f16", opacity=0.7)
    canvas.line([(96, 340), (560, 338)], 2, "#ff9d93", opacity=0.7)
    canvas.rect(346, 302, 376, 310, "#f3d6d3", corner=4)
    canvas.ellipse(556, 322, 15, 12, Ball("#fffbe0", "#f2c94c"))
    canvas.rect(78, 316, 96, 338, "#a80f1b", corner=5)
    for x in (178, 470):
        canvas.circle(x, 386, 54, "#5a0c12")
        _wheel(canvas, x, 388, 46)
    return canvas


def city_bus() -> Canvas:
    canvas = Canvas(640, 480, Down("#a9d6ef", "#eef8fc"))
    rng = numbers(13)
    for k in range(9):
        top = rng.uniform(60, 200)
        canvas.rect(
            k * 76 - 10,
            top,
            k * 76 + 62,
            360,
            Down(rng.choice(["#c7b9a6", "#b6c2cc", "#d3a98d", "#a9b8a8"]), "#8d8f94"),
        )
        for y in range(round(top) + 16, 330, 30):
            for x in (8, 34):
                canvas.rect(k * 76 + x - 6, y, k * 76 + x + 8, y + 17, "#e8f3f8", opacity=0.8)
    canvas.rect(0, 350, 640, 376, "#c9c4ba")
    canvas.rect(0, 374, 640, 480, Down("#54585f", "#3a3d42"))
    canvas.line([(0, 446), (640, 446)], 5, "#f2e9b8")
    canvas.shadow(320, 422, 270, 14, 0.6)
    canvas.rect(60, 170, 580, 402, Down("#ffd95a", "#f5b21a", "#c98508"), corner=22)
    canvas.rect(60, 318, 580, 334, "#2a5caa")
    for k in range(5):
        canvas.rect(84 + 76 * k, 196, 150 + 76 * k, 272, Down("#cfeaf7", "#6fa3bd"), corner=8)
        canvas.polygon(
            [(96 + 76 * k, 272), (122 + 76 * k, 196), (138 + 76 * k, 196), (112 + 76 * k, 272)],
            "#ffffff",
            opacity=0.3,
        )
    canvas.rect(470, 196, 520, 396, Down("#d8eef8", "#84aebf"), corner=6)
    canvas.line([(495, 198), (495, 394)], 3, "#a66f06")
    canvas.rect(534, 196, 580, 290, Down("#d8f0fb", "#7fb3cc"), corner=10)
    canvas.rect(190, 176, 350, 192, "#1e2430", corner=4)
    for k in range(12):
        canvas.rect(202 + 11.5 * k, 180, 208 + 11.5 * k, 188, "#ffb52e", opacity=0.9)
    canvas.ellipse(572, 356, 9, 12, Ball("#fffdf0", "#ffd96a"))
    for x in (160, 420):
        canvas.circle(x, 398, 42, "#6b4705")
        _wheel(canvas, x, 400, 36)
    return canvas


def steam_train() -> Canvas:
    canvas = Canvas(640, 480, Down("#8ec5e8", "#e6f4fa"))
    mountains(canvas, 330, 200, Down("#8c9fb0", "#6f8794"), seed=5, snow=True)
    hills(canvas, 312, 16, Down("#7fb35a", "#4c8440"), length=380)
    for x, size in ((40, 90), (330, 70), (610, 100)):
        leafy_tree(canvas, x, 360, size)
    meadow(canvas, 392, 9)
    for k in range(12):
        canvas.circle(
            168 + 24 * k, 150 - 46 * math.sin(k / 5), 20 + 4 * k, "#ffffff", opacity=0.62, blur=7
        )
    canvas.rect(0, 412, 640, 428, Down("#9c8f80", "#6d6258"))
    for x in range(0, 640, 26):
        canvas.rect(x, 410, x + 15, 424, "#5b4230")
    canvas.line([(0, 408), (640, 408)], 5, Down("#d7dade", "#7d838c"))
    canvas.rect(140, 176, 176, 260, Across("#1c1f24", "#4b515b", "#15171b"))
    canvas.polygon(
        [(128, 176), (136, 158), (180, 158), (188, 176)], Across("#2a2e35", "#5d646f", "#1d2025")
    )
    canvas.rect(104, 246, 330, 346, Down("#4b8a5c", "#2c6b3f", "#173d24"), corner=30)
    for x in (130, 190, 250):
        canvas.rect(x, 246, x + 8, 346, Down("#f1d27a", "#a97d1f"))
    canvas.circle(222, 242, 22, Ball("#f7dc8c", "#a37618"))
    canvas.rect(310, 176, 440, 356, Down("#c8382f", "#8d1f1d"))
    canvas.rect(296, 160, 454, 180, Down("#3a3f47", "#1b1d21"), corner=6)
    canvas.rect(330, 200, 420, 264, Down("#d9effa", "#8ab4c8"), corner=5)
    canvas.rect(452, 330, 470, 344, "#2b2e33")
    canvas.rect(466, 236, 640, 356, Down("#8c5a34", "#5d3a20"), corner=6)
    for x in (486, 546, 606):
        canvas.rect(x, 256, x + 42, 304, Down("#e6f4fa", "#9dbfce"), corner=4)
    canvas.polygon([(104, 356), (66, 404), (130, 404), (140, 356)], Down("#b3302c", "#701917"))
    canvas.rect(100, 344, 640, 362, "#23262b")
    for x, radius in ((160, 34), (240, 34), (318, 34), (392, 24), (510, 22), (600, 22)):
        _wheel(canvas, x, 406 - radius, radius, "#c23b33")
    canvas.line([(160, 372), (318, 372)], 7, "#c9ced6")
    canvas.circle(98, 292, 13, Ball("#fffbe0", "#f2c94c"))
    return canvas


def bicycle() -> Canvas:
    canvas = Canvas(640, 480, Down("#e9c9a5", "#d8ab7f"))
    rng = numbers(4)
    for row in range(12):
        for k in range(-1, 11):
            x, y = k * 66 + (33 if row % 2 else 0), row * 30
            canvas.rect(
                x + 2,
                y + 2,
                x + 63,
                y + 27,
                rng.choice(["#c98f68", "#bf835c", "#d39b74", "#b97a55"]),
                corner=2,
            )
    canvas.rect(0, 356, 640, 480, Down("#b9b4ab", "#8c877e"))
    canvas.shadow(320, 424, 250, 12, 0.5)
    for x in (180, 460):
        canvas.arc(x, 322, 96, 96, 0, 360, 10, "#22252a")
        canvas.arc(x, 322, 87, 87, 0, 360, 3, "#c9ced6")
        for k in range(18):
            angle = k * math.tau / 18
            canvas.line(
                [(x, 322), (x + 86 * math.cos(angle), 322 + 86 * math.sin(angle))],
                1,
                "#d5d9df",
                opacity=0.9,
            )
        canvas.circle(x, 322, 9, "#6b7078")
    frame = Down("#2fa6a0", "#12706c")
    for line in (
        [(180, 322), (300, 322)],
        [(180, 322), (262, 200)],
        [(262, 200), (300, 322)],
        [(262, 212), (412, 196)],
        [(300, 322), (418, 216)],
        [(404, 172), (424, 240), (460, 322)],
    ):
        canvas.line(line, 9, frame)
    canvas.line([(255, 178), (266, 214)], 7, "#9aa0a8")
    canvas.polygon(
        smooth([(214, 168), (250, 158), (292, 166), (292, 178), (250, 180)]),
        Down("#8a5a34", "#55341b"),
    )
    canvas.line(
        smooth([(404, 172), (428, 152), (452, 158), (448, 178)], closed=False), 7, "#4b4f56"
    )
    canvas.circle(300, 322, 24, Ball("#d5d9df", "#7b818a"))
    canvas.line([(300, 322), (322, 364)], 7, "#555a62")
    canvas.rect(306, 360, 342, 369, "#22252a", corner=3)
    canvas.polygon([(418, 186), (520, 186), (508, 248), (430, 248)], Down("#c98f4e", "#8d5c2a"))
    for k in range(6):
        canvas.line([(424 + 17 * k, 188), (432 + 14 * k, 246)], 1.6, "#6f4519", opacity=0.7)
    for x, y, colour in (
        (440, 174, "#f25f7a"),
        (468, 166, "#ffd34d"),
        (496, 174, "#ffffff"),
        (456, 184, "#a77bea"),
        (484, 184, "#f25f7a"),
    ):
        canvas.circle(x, y, 14, Ball(colour, "#8a3b4d" if colour != "#ffffff" else "#b9b9c4"))
        canvas.circle(x, y, 4, "#f5c542")
    return canvas


def airplane() -> Canvas:
    canvas = Canvas(640, 480, Down("#1f6fc4", "#6fb5ec", "#cfe9fa"))
    canvas.glow(540, 60, 220, "#fff6d0", 0.8)
    rng = numbers(27)
    for _ in range(26):
        cloud(canvas, rng.uniform(-40, 680), rng.uniform(390, 480), rng.uniform(40, 90))
    cloud(canvas, 110, 300, 60, opacity=0.7)
    canvas.polygon([(296, 244), (356, 236), (300, 130), (262, 124)], Down("#b9c4d1", "#8796a8"))
    fuselage = smooth(
        [
            (96, 262),
            (130, 238),
            (220, 226),
            (440, 208),
            (520, 196),
            (536, 206),
            (470, 246),
            (300, 282),
            (150, 290),
        ]
    )
    canvas.polygon(fuselage, Down("#ffffff", "#f2f6fa", "#9fb2c6"))
    canvas.polygon([(452, 212), (520, 116), (560, 112), (536, 206)], Down("#e5383b", "#a81e22"))
    canvas.polygon([(462, 232), (560, 244), (586, 258), (490, 246)], Down("#d3dce6", "#8fa0b3"))
    canvas.polygon([(250, 268), (350, 256), (430, 392), (390, 396)], Down("#dfe6ee", "#8b9bb0"))
    for x, y in ((310, 318), (352, 354)):
        canvas.ellipse(x, y, 26, 12, Down("#eef2f6", "#6f7f92"))
        canvas.ellipse(x - 20, y, 7, 11, "#2f3a47")
    for k in range(17):
        canvas.ellipse(176 + 16.5 * k, 252 - 1.7 * k, 4, 5.2, "#2b4a6b")
    canvas.polygon([(112, 254), (134, 240), (152, 242), (140, 254)], "#2b4a6b")
    canvas.line([(110, 272), (300, 264), (500, 226)], 4, "#e5383b", opacity=0.9)
    return canvas


def hot_air_balloons() -> Canvas:
    canvas = Canvas(640, 480, Down("#5fa8e6", "#bfe0f7", "#ffe8c7"))
    mountains(canvas, 400, 110, Down("#a18fb0", "#7a7a9a"), seed=12)
    hills(canvas, 380, 14, Down("#9cc46a", "#5d9148"), length=360)
    hills(canvas, 436, 8, Down("#7db350", "#3f7a34"), length=260, shift=60)
    for x, y, size, colours in (
        (220, 170, 1.15, ("#ef4444", "#ffd23f")),
        (470, 130, 0.8, ("#3b82f6", "#ffffff")),
        (540, 300, 0.5, ("#22a06b", "#ffd23f")),
        (70, 300, 0.42, ("#a855f7", "#ffd9ec")),
        (380, 320, 0.36, ("#f97316", "#fff1d6")),
    ):
        for side in (-1, 1):
            canvas.line(
                [(x + side * 34 * size, y + 112 * size), (x + side * 17 * size, y + 168 * size)],
                2 * size,
                "#5a4632",
            )
        for k in range(7):
            share = math.cos(math.pi * k / 7), math.cos(math.pi * (k + 1) / 7)
            gore = [
                (
                    x - 100 * size * share[0] * math.sin(t) ** 0.8,
                    y - 104 * size * math.cos(t) + 12 * size * max(0, -math.cos(t)),
                )
                for t in (i * math.pi * 0.9 / 24 for i in range(25))
            ]
            gore += [
                (
                    x - 100 * size * share[1] * math.sin(t) ** 0.8,
                    y - 104 * size * math.cos(t) + 12 * size * max(0, -math.cos(t)),
                )
                for t in (i * math.pi * 0.9 / 24 for i in range(24, -1, -1))
            ]
            canvas.polygon(gore, colours[k % 2])
        canvas.ellipse(
            x - 32 * size,
            y - 30 * size,
            36 * size,
            52 * size,
            "#ffffff",
            opacity=0.3,
            blur=16 * size,
        )
        canvas.ellipse(
            x + 56 * size,
            y + 20 * size,
            38 * size,
            70 * size,
            "#20103a",
            opacity=0.22,
            blur=16 * size,
        )
        canvas.rect(
            x - 19 * size,
            y + 164 * size,
            x + 19 * size,
            y + 194 * size,
            Down("#b07a44", "#6b4423"),
            corner=5 * size,
        )
    return canvas


def tractor() -> Canvas:
    canvas = Canvas(640, 480, Down("#8fd0f5", "#e9f7fd"))
    cloud(canvas, 480, 84, 76)
    cloud(canvas, 170, 60, 54)
    hills(canvas, 268, 14, Down("#a6c95b", "#7ba343"), length=420)
    canvas.rect(0, 310, 640, 480, Down("#e2b64a", "#b5812b"))
    for k in range(-8, 22):
        canvas.line(
            [(320 + (k - 7) * 26, 310), (320 + (k - 7) * 110, 480)], 3, "#8d6220", opacity=0.45
        )
    leafy_tree(canvas, 80, 300, 110)
    leafy_tree(canvas, 580, 296, 90)
    canvas.shadow(320, 432, 220, 16, 0.5)
    canvas.rect(300, 250, 480, 340, Down("#5fbf4f", "#2f8a36", "#1d5c26"), corner=12)
    canvas.polygon([(176, 340), (190, 172), (316, 172), (330, 340)], Down("#4fae45", "#276f30"))
    canvas.polygon([(202, 264), (210, 186), (300, 186), (306, 264)], Down("#e2f4fb", "#98c3d3"))
    canvas.rect(176, 160, 330, 178, Down("#3f9a3d", "#1f5c29"), corner=7)
    canvas.rect(396, 176, 408, 252, "#3a3f45")
    for k in range(5):
        canvas.circle(404 + 10 * k, 168 - 18 * k, 9 + 4 * k, "#8d949b", opacity=0.4, blur=5)
    for k in range(5):
        canvas.rect(450, 266 + 12 * k, 476, 272 + 12 * k, "#163d1c")
    canvas.circle(470, 256, 9, Ball("#fffbe0", "#f2c94c"))
    for x, y, radius in ((230, 346, 88), (440, 376, 56)):
        for k in range(22):
            angle = k * math.tau / 22
            canvas.circle(
                x + radius * math.cos(angle), y + radius * math.sin(angle), radius * 0.12, "#1c1d20"
            )
        canvas.circle(x, y, radius, Ball("#3d4046", "#141518"))
        canvas.circle(x, y, radius * 0.56, Ball("#ffe16b", "#d19a14"))
        canvas.circle(x, y, radius * 0.2, "#9a6f0d")
    return canvas


def helicopter() -> Canvas:
    canvas = Canvas(640, 480, Down("#f6b26b", "#fbd9a5", "#cfe4ee"))
    mountains(canvas, 420, 130, Down("#8d8fb5", "#5f6a94"), seed=15, snow=True)
    hills(canvas, 406, 10, Down("#4f6a63", "#2b4040"), length=420)
    canvas.polygon([(380, 226), (600, 196), (604, 214), (390, 268)], Down("#ef5350", "#a31f23"))
    canvas.polygon([(580, 200), (616, 140), (632, 142), (610, 216)], Down("#d63a3a", "#8f1f24"))
    canvas.ellipse(612, 184, 34, 34, "#dfe5ea", opacity=0.35)
    body = smooth(
        [
            (120, 262),
            (150, 206),
            (220, 176),
            (330, 178),
            (400, 220),
            (400, 276),
            (340, 318),
            (200, 322),
            (136, 300),
        ]
    )
    canvas.polygon(body, Down("#ff7a70", "#e0352f", "#971a1e"))
    canvas.polygon(
        smooth([(136, 260), (162, 212), (218, 190), (236, 262), (170, 274)]),
        Down("#e3f4fb", "#6fa4bd"),
    )
    canvas.polygon(
        smooth([(262, 198), (322, 198), (332, 258), (262, 262)]), Down("#e3f4fb", "#6fa4bd")
    )
    canvas.line([(150, 290), (380, 286)], 6, "#ffffff")
    canvas.rect(262, 144, 290, 182, "#5b6068")
    canvas.ellipse(276, 142, 256, 8, "#3a3f46", opacity=0.75, blur=2)
    canvas.circle(276, 142, 11, "#2a2d32")
    for x in (206, 330):
        canvas.line([(x, 316), (x - 16, 366)], 7, "#3a3f46")
    canvas.line(
        smooth([(108, 352), (130, 368), (400, 368), (424, 360)], closed=False), 9, "#2a2d32"
    )
    return canvas


def motorcycle() -> Canvas:
    canvas = Canvas(640, 480, Down("#ff9a6b", "#ffd3a0", "#f7ead2"))
    canvas.circle(470, 210, 60, "#fff3d2", opacity=0.9)
    hills(canvas, 300, 16, Down("#b5785a", "#8a5742"), length=420)
    canvas.rect(0, 340, 640, 480, Down("#62666e", "#3b3e44"))
    canvas.line(wave(0, 640, lambda x: 452, 80), 5, "#f2e2a8")
    canvas.shadow(320, 420, 240, 14, 0.6)
    for x in (170, 470):
        canvas.circle(x, 346, 74, Ball("#3d4046", "#121316"))
        canvas.circle(x, 346, 50, "#c9d0d8")
        canvas.circle(x, 346, 42, Ball("#7a808a", "#3d4148"))
        canvas.circle(x, 346, 12, "#e4e8ec")
    canvas.line([(470, 346), (410, 190)], 13, Down("#e9edf1", "#8d949d"))
    canvas.line([(170, 346), (300, 346)], 14, "#5a5f67")
    canvas.rect(246, 276, 366, 366, Down("#aab1ba", "#4f545c"), corner=12)
    for k in range(6):
        canvas.line([(252, 290 + 11 * k), (360, 290 + 11 * k)], 3, "#3a3e45", opacity=0.8)
    canvas.polygon(
        smooth([(256, 268), (280, 222), (360, 210), (408, 236), (390, 270), (320, 282)]),
        Down("#ff6b5e", "#d5262b", "#86131a"),
    )
    canvas.polygon(
        smooth([(116, 246), (150, 224), (256, 244), (262, 274), (190, 280)]),
        Down("#3a3d44", "#15171a"),
    )
    canvas.polygon(
        smooth([(96, 268), (170, 250), (238, 282), (200, 300), (130, 290)]),
        Down("#ff6b5e", "#a81a20"),
    )
    canvas.line(
        smooth([(120, 372), (250, 384), (330, 366)], closed=False), 15, Down("#eef1f4", "#8b929b")
    )
    canvas.line(smooth([(396, 196), (372, 166), (336, 162)], closed=False), 9, "#24262b")
    canvas.circle(430, 206, 27, Ball("#f1f4f7", "#6f7680"))
    canvas.ellipse(444, 206, 14, 22, Ball("#fffde8", "#f3cf62"))
    canvas.arc(470, 346, 84, 84, 205, 320, 10, "#c9262b")
    return canvas
