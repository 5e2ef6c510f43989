"""Things to eat and drink on a table."""

import math

from .brush import Across, Ball, Canvas, Down, numbers, oval, turned, wave
from .nature import wooden_table


def _room(wall: Down, table: float = 300) -> Canvas:
    canvas = Canvas(640, 480, wall)
    wooden_table(canvas, table)
    return canvas


def red_apple() -> Canvas:
    canvas = _room(Down("#e9dcc3", "#d3bf9b"))
    canvas.glow(120, 40, 330, "#fff3d0", 0.5)
    canvas.shadow(345, 392, 150, 26, 0.55)
    canvas.circle(282, 285, 104, Ball("#ff6b54", "#9c0f16", (0.4, 0.25)))
    canvas.circle(368, 285, 104, Ball("#f4433a", "#7d0a12", (0.1, 0.25)))
    canvas.ellipse(325, 320, 120, 76, Ball("#e0302c", "#8e0e14", (0.35, 0.1)), blur=3)
    canvas.ellipse(325, 200, 46, 15, "#6d0d10", opacity=0.75, blur=5)
    canvas.line([(324, 206), (328, 178), (340, 150)], 8, "#5a3a1c")
    canvas.polygon([(334, 168), (372, 132), (430, 132), (398, 168)], Across("#7cb840", "#3f7d22"))
    canvas.line([(334, 168), (380, 150), (430, 132)], 2, "#2f5f1a", opacity=0.7)
    canvas.ellipse(250, 245, 26, 40, "#ffffff", opacity=0.5, blur=9)
    return canvas


def bananas() -> Canvas:
    canvas = _room(Down("#cfe3e6", "#a9c6cc"), 320)
    canvas.shadow(320, 405, 200, 24, 0.5)
    for turn, shade in ((26, "#d9a514"), (10, "#f0bf22"), (-6, "#ffd83d")):
        outer = [
            (320 + 190 * math.cos(math.radians(a)), 195 + 190 * math.sin(math.radians(a)))
            for a in range(20, 156, 4)
        ]
        inner = [
            (318 + 178 * math.cos(math.radians(a)), 150 + 170 * math.sin(math.radians(a)))
            for a in range(150, 22, -4)
        ]
        shape = turned([*outer, *inner], (498, 260), turn)
        canvas.polygon(shape, Down("#ffe877", shade, "#b8860b"))
        canvas.line(shape[6:28], 2, "#a9790c", opacity=0.35)
        canvas.circle(*shape[len(outer) - 1], 7, "#5b4212")
    canvas.polygon(
        [(486, 238), (498, 205), (516, 205), (516, 270), (490, 278)], Down("#6b5312", "#b4921c")
    )
    return canvas


def pizza() -> Canvas:
    canvas = Canvas(640, 480, "#7a4b2b")
    wooden_table(canvas, 0, "#8b5a36", "#6c4326")
    canvas.shadow(320, 256, 226, 218, 0.6)
    canvas.circle(320, 240, 212, Ball("#e9b566", "#a8642a", (0.45, 0.4)))
    canvas.circle(320, 240, 184, Ball("#e2502d", "#b8321d", (0.5, 0.5)))
    canvas.circle(320, 240, 178, Ball("#ffdc7c", "#f0a93c", (0.5, 0.5)), blur=3)
    rng = numbers(3)
    for _ in range(70):
        angle, reach = rng.uniform(0, math.tau), 172 * math.sqrt(rng.random())
        canvas.circle(
            320 + reach * math.cos(angle),
            240 + reach * math.sin(angle),
            rng.uniform(4, 13),
            rng.choice(["#fff0b0", "#e98a35", "#ffe48d"]),
            opacity=0.55,
            blur=2,
        )
    for k in range(11):
        angle = k * 2.4
        reach = 36 + 12.2 * k
        x, y = 320 + reach * math.cos(angle), 240 + reach * math.sin(angle)
        canvas.circle(x + 2, y + 4, 26, "#5a1a0c", opacity=0.35, blur=3)
        canvas.circle(x, y, 25, Ball("#d8452f", "#8f1a14"))
    for k in range(9):
        angle = k * 2.4 + 1.1
        reach = 30 + 14 * k
        x, y = 320 + reach * math.cos(angle), 240 + reach * math.sin(angle)
        canvas.polygon(oval(x, y, 22, 9, 37 * k), Down("#5fae3f", "#2c6e22"))
        canvas.circle(x + 34, y - 8, 8, "#2b2430")
        canvas.circle(x + 34, y - 8, 3.4, "#e9a84a")
    for k in range(4):
        dx, dy = 214 * math.cos(k * math.tau / 8), 214 * math.sin(k * math.tau / 8)
        canvas.line([(320 - dx, 240 - dy), (320 + dx, 240 + dy)], 2.4, "#8d4a1d", opacity=0.55)
    return canvas


def birthday_cake() -> Canvas:
    canvas = _room(Down("#3c2a55", "#7a4a78"), 360)
    rng = numbers(5)
    for _ in range(40):
        canvas.circle(
            rng.uniform(0, 640),
            rng.uniform(0, 300),
            rng.uniform(3, 16),
            rng.choice(["#ffd36e", "#ff9eb8", "#9ed8ff"]),
            opacity=0.3,
            blur=3,
        )
    canvas.shadow(320, 412, 230, 24, 0.6)
    canvas.ellipse(320, 405, 220, 26, Down("#f7f7fb", "#b9bccb"))
    for left, top, right, bottom, low in (
        (140, 270, 500, 398, "#e890ad"),
        (205, 180, 435, 285, "#f0a9c0"),
    ):
        canvas.rect(left, top, right, bottom, Across(low, "#ffe3ec", low), corner=14)
        canvas.ellipse(
            (left + right) / 2, top + 6, (right - left) / 2, 20, Down("#fff7fa", "#ffdbe7")
        )
        drip = wave(left, right, lambda x, top=top: top + 26 + 15 * math.sin(x / 9.5))
        canvas.polygon([(left, top + 4), *drip, (right, top + 4)], "#ffffff")
    for k in range(12):
        canvas.circle(158 + k * 29.5, 390, 12, Ball("#ffffff", "#f4b6cb"))
        canvas.circle(
            165 + k * 28, 340 + 12 * math.sin(k * 2.1), 5, ["#ffd23f", "#5cc8ff", "#a6e35b"][k % 3]
        )
    for k, colour in enumerate(("#5cc8ff", "#ffd23f", "#a6e35b", "#ff8fb3", "#c79bff")):
        x = 240 + 40 * k
        canvas.rect(x - 5, 120, x + 5, 184, Across(colour, "#ffffff", colour), corner=3)
        canvas.glow(x, 102, 70, "#ffb347", 0.75)
        canvas.polygon([(x - 8, 108), (x, 78), (x + 8, 108), (x, 117)], Down("#fff6c0", "#ff9d2e"))
    return canvas


def watermelon() -> Canvas:
    canvas = _room(Down("#ffe9b8", "#f7c873"), 330)
    canvas.shadow(320, 420, 250, 22, 0.5)
    for radius, paint in (
        (250, "#1f6b34"),
        (240, "#57a84a"),
        (228, "#eaf5d0"),
        (216, Down("#ff6a63", "#e5333f")),
    ):
        canvas.polygon(
            [
                (320 + radius * math.cos(math.radians(a)), 165 + radius * math.sin(math.radians(a)))
                for a in range(0, 181, 3)
            ],
            paint,
        )
    for radius, count in ((75, 4), (130, 7), (180, 10)):
        for k in range(count):
            angle = math.radians(180 * (k + 0.5) / count)
            x, y = 320 + radius * math.cos(angle), 170 + radius * math.sin(angle)
            canvas.polygon(oval(x, y, 8, 4.6, math.degrees(angle)), Down("#4a2a22", "#1b0d0b"))
    canvas.line([(72, 165), (568, 165)], 3, "#ff9a92", opacity=0.6)
    return canvas


def ice_cream() -> Canvas:
    canvas = Canvas(480, 640, Down("#8fd3f4", "#e6f7ff"))
    canvas.glow(400, 80, 260, "#fff7cf", 0.8)
    cone = [(150, 320), (330, 320), (240, 610)]
    canvas.polygon(cone, Across("#d9953f", "#f4c273", "#b8742a"))
    for k in range(1, 9):
        reach = k / 9  # along one side of the cone; each line runs to the rim
        canvas.line(
            [(150 + 90 * reach, 320 + 290 * reach), (150 + 180 * reach, 320)],
            2,
            "#9c5f20",
            opacity=0.45,
        )
        canvas.line(
            [(330 - 90 * reach, 320 + 290 * reach), (330 - 180 * reach, 320)],
            2,
            "#9c5f20",
            opacity=0.45,
        )
    for x, y, light, dark in (
        (190, 265, "#ffc2d6", "#e0668d"),
        (292, 265, "#fff8df", "#e3c888"),
        (240, 175, "#a8744c", "#593118"),
    ):
        canvas.circle(x, y, 86, Ball(light, dark))
        canvas.ellipse(x - 26, y - 34, 22, 14, "#ffffff", opacity=0.4, blur=5)
    for k in range(9):
        canvas.circle(
            158 + 21 * k,
            330 + 7 * math.sin(k * 1.9),
            15,
            Ball("#ffdbe8", "#e58aa8") if k < 5 else Ball("#fff9e4", "#e8d199"),
        )
    canvas.circle(240, 82, 24, Ball("#ff5a5f", "#a3101e"))
    canvas.arc(280, 60, 44, 50, 190, 250, 4, "#3b6b28")
    return canvas


def teapot() -> Canvas:
    canvas = _room(Down("#efe6dc", "#cdb9a4"), 330)
    canvas.rect(70, 30, 250, 250, Down("#bfe3ff", "#f2fbff"), corner=4)
    canvas.rect(156, 30, 164, 250, "#ffffff")
    canvas.rect(70, 136, 250, 144, "#ffffff")
    canvas.shadow(270, 402, 170, 22, 0.5)
    canvas.shadow(510, 420, 90, 16, 0.5)
    canvas.polygon(
        [(370, 300), (430, 270), (462, 205), (482, 206), (462, 300), (380, 368)],
        Down("#7aa9d8", "#2c5d97"),
    )
    canvas.arc(150, 295, 66, 74, 60, 300, 18, Down("#6a9bcd", "#2c5d97"))
    canvas.ellipse(270, 300, 132, 104, Ball("#a9d0f2", "#285a96"))
    canvas.ellipse(270, 206, 70, 20, Down("#8bbbe6", "#4a7fb8"))
    canvas.circle(270, 176, 15, Ball("#cfe6fa", "#3a6ba5"))
    for k in range(6):
        angle = k * math.tau / 6
        canvas.ellipse(
            270 + 30 * math.cos(angle), 310 + 30 * math.sin(angle), 16, 16, "#ffffff", opacity=0.85
        )
    canvas.circle(270, 310, 13, "#ffd34d")
    canvas.arc(586, 372, 26, 24, -90, 100, 9, "#d8e9f7")
    canvas.polygon([(440, 335), (590, 335), (566, 408), (464, 408)], Across("#ffffff", "#b9d2ea"))
    canvas.ellipse(515, 335, 75, 15, "#ffffff")
    canvas.ellipse(515, 337, 66, 11, Down("#a8622c", "#c98242"))
    for x in (495, 530):
        canvas.line(
            [(x, 320), (x + 10, 296), (x - 6, 268), (x + 8, 236)], 9, "#ffffff", opacity=0.5, blur=6
        )
    return canvas


def fried_eggs() -> Canvas:
    canvas = Canvas(640, 480, "#d8d3cc")
    for x in range(0, 640, 80):
        for y in range(0, 480, 80):
            canvas.rect(x + 2, y + 2, x + 78, y + 78, Down("#f2efe9", "#e2ddd4"), corner=3)
    canvas.shadow(300, 262, 214, 196, 0.5)
    canvas.polygon([(470, 300), (480, 262), (640, 330), (640, 392)], Down("#3a3a40", "#17171a"))
    canvas.circle(290, 240, 200, Ball("#5a5a62", "#1d1d21"))
    canvas.circle(290, 240, 178, Ball("#3c3c43", "#26262b", (0.6, 0.6)))
    for cx, cy, turn in ((225, 200, 0.4), (350, 275, 2.2)):
        edge = [
            (
                cx + (92 + 12 * math.sin(3 * a + turn) + 7 * math.sin(5 * a)) * math.cos(a),
                cy + (82 + 12 * math.sin(3 * a + turn) + 7 * math.sin(5 * a)) * math.sin(a),
            )
            for a in (i * math.tau / 90 for i in range(90))
        ]
        canvas.polygon([(x + 3, y + 5) for x, y in edge], "#000000", opacity=0.4, blur=4)
        canvas.polygon(edge, Ball("#ffffff", "#e4dccb", (0.5, 0.5)))
        canvas.circle(cx, cy, 38, Ball("#ffdf5a", "#f09a12"))
        canvas.ellipse(cx - 13, cy - 15, 11, 7, "#ffffff", opacity=0.75, blur=2)
    return canvas


def hamburger() -> Canvas:
    canvas = _room(Down("#3f5f54", "#7fa08c"), 350)
    canvas.shadow(320, 428, 230, 20, 0.55)
    canvas.rect(120, 368, 520, 426, Down("#e3a04c", "#b56f27"), corner=28)
    canvas.rect(112, 318, 528, 376, Down("#6b3a1f", "#3d1e0f"), corner=26)
    canvas.polygon(
        [
            (112, 312),
            (528, 312),
            (470, 334),
            (430, 356),
            (390, 330),
            (250, 330),
            (200, 352),
            (160, 330),
        ],
        Down("#ffcf3f", "#f0a41c"),
    )
    canvas.rect(124, 286, 516, 314, Down("#ef4a3a", "#b8271f"), corner=13)
    leaf = wave(104, 536, lambda x: 286 + 11 * math.sin(x / 12))
    canvas.polygon([(108, 262), (532, 262), *reversed(leaf)], Down("#a3d65c", "#4f9a35"))
    dome = [
        (320 + 206 * math.cos(math.radians(a)), 268 + 168 * math.sin(math.radians(a)))
        for a in range(180, 361, 3)
    ]
    canvas.polygon(dome, Ball("#f7bf69", "#b5671f"))
    rng = numbers(11)
    for _ in range(34):
        angle, reach = math.radians(rng.uniform(200, 340)), rng.uniform(0.35, 0.92)
        canvas.polygon(
            oval(
                320 + 196 * reach * math.cos(angle),
                268 + 158 * reach * math.sin(angle),
                7,
                4,
                rng.uniform(0, 180),
            ),
            Down("#fff6d8", "#e6cf9d"),
        )
    return canvas
