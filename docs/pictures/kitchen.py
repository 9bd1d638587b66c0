"""Fernhill's pots for the kitchen and the workshop, one function a shape, and what stands beside them."""

import math
import random

from glazes import cloth, glazed, metal, plain, wood
from pots import Place, disc, mesh, pulled, slab, turned
from tableware import Parts, scaled


def jar(glaze: str, size: float = 1.0) -> Parts:
    shape = [
        (0.5, 0),
        (0.55, 0.0),
        (0.55, 0.0),
        (0.6, 0.15),
        (0.61, 0.8),
        (0.56, 1.08),
        (0.48, 1.15),
        (0.48, 1.2),
    ]
    lid = [
        (0.5, 1.2),
        (0.53, 1.2),
        (0.53, 1.2),
        (0.53, 1.29),
        (0.53, 1.29),
        (0.07, 1.32),
        (0.06, 1.4),
        (0.11, 1.46),
    ]
    return [
        turned(scaled(shape, size), glazed(glaze, 0.1, 9)),
        turned(scaled([*lid, (0.09, 1.52), (0.0, 1.53)], size), wood("#d2ab78"), open_top=False),
    ]


def salt_pig(glaze: str) -> Parts:
    outer = glazed(glaze, 0.08, 9)
    shape = [
        (0.45, 0),
        (0.5, 0.0),
        (0.5, 0.0),
        (0.6, 0.2),
        (0.62, 0.5),
        (0.54, 0.8),
        (0.36, 1.0),
        (0.12, 1.1),
        (0.0, 1.12),
    ]
    mouth = [(0.3, 0), (0.32, 0.0), (0.36, 0.12), (0.36, 0.3), (0.4, 0.42)]
    collar = turned(mouth, outer, glazed("oatmeal"), floor=0.02)
    collar.location, collar.rotation_euler = (0, -0.34, 0.55), (math.radians(76), 0, 0)
    knob = turned([(0.06, 1.08), (0.05, 1.16), (0.1, 1.24), (0.06, 1.31), (0.0, 1.32)], outer, open_top=False)
    salt = turned(
        [(0.0, 0.0), (0.3, 0.0), (0.26, 0.05), (0.1, 0.1), (0.0, 0.11)],
        plain("#f6f4ef", 0.9, 90, 0.6),
        open_top=False,
    )
    salt.location, salt.rotation_euler = (0, -0.47, 0.53), (math.radians(50), 0, 0)
    return [turned(shape, outer, open_top=False), collar, knob, salt]


def pie_dish(glaze: str, inside: str = "oatmeal", radius: float = 1.3) -> Parts:
    shape = [(0.95, 0), (1.0, 0.0), (1.0, 0.0), (1.08, 0.1), (1.2, 0.42), (1.3, 0.46)]
    dish = turned(
        [(r * radius / 1.3, z) for r, z in shape],
        glazed(glaze, 0.04, 0.43),
        glazed(inside, 0, 0.43),
        wall=0.06,
    )
    for point in dish.data.vertices:  # a fluted edge
        x, y, z = point.co
        wave = 1 + 0.025 * max(0.0, z - 0.12) / 0.34 * math.cos(24 * math.atan2(y, x))
        point.co = (x * wave, y * wave, z)
    return [dish]


def mixing_bowl(glaze: str, size: float = 1.0, inside: str = "chalk") -> Parts:
    shape = [
        (0.6, 0),
        (0.66, 0.0),
        (0.66, 0.0),
        (0.8, 0.16),
        (1.02, 0.6),
        (1.12, 1.0),
        (1.12, 1.0),
        (1.18, 1.02),
        (1.19, 1.14),
    ]
    bowl = turned(scaled(shape, size), glazed(glaze, 0.3 * size, 9), glazed(inside), wall=0.06)
    for point in bowl.data.vertices:
        x, y, z = point.co
        lift = (
            max(0.0, z / size - 0.8)
            / 0.34
            * max(0.0, -x / 1.19 / size) ** 6
            * math.exp(-((y / 0.28 / size) ** 2))
        )
        point.co = (x - 0.17 * lift * size, y * (1 - 0.3 * lift), z)
    return [bowl]


def pot(glaze: str, radius: float, height: float, inside: str = "oatmeal", foot: float = 0.12) -> Parts:
    shape = [(radius * 0.82, 0), (radius * 0.88, 0.0), (radius * 0.88, 0.0), (radius * 0.98, height * 0.12)]
    shape += [(radius, height * 0.5), (radius, height)]
    return [turned(shape, glazed(glaze, foot, height - 0.04), glazed(inside, 0, height - 0.04), wall=0.055)]


def oil_bottle(glaze: str) -> Parts:
    shape = [
        (0.36, 0),
        (0.4, 0.0),
        (0.4, 0.0),
        (0.45, 0.2),
        (0.46, 0.9),
        (0.36, 1.35),
        (0.16, 1.6),
        (0.14, 1.85),
        (0.18, 1.92),
    ]
    cork = turned(
        [(0.1, 1.86), (0.12, 1.9), (0.125, 2.02), (0.0, 2.03)], plain("#b98d5f", 0.9, 40, 0.5), open_top=False
    )
    spout = pulled(
        [(0, 0, 2.0), (0, 0, 2.2), (-0.14, 0, 2.36), (-0.3, 0, 2.42)],
        [0.035, 0.03, 0.026, 0.02],
        metal("#c9c5bd", 0.2),
    )
    handle = [(0.13, 0, 1.75), (0.42, 0, 1.8), (0.6, 0, 1.5), (0.55, 0, 1.15), (0.4, 0, 1.0)]
    grip = pulled(handle, [0.06, 0.05, 0.045, 0.045, 0.06], glazed(glaze), 0.75)
    return [turned(shape, glazed(glaze, 0.1, 1.88)), cork, spout, grip]


def spoon(length: float = 2.6, color: str = "#c99d66") -> Parts:
    """Along x, the bowl of it at the origin."""
    grain = wood(color)
    handle = pulled(
        [(0.25, 0, 0.08), (0.9, 0, 0.1), (length - 0.4, 0, 0.12), (length, 0, 0.12)],
        [0.05, 0.055, 0.07, 0.05],
        grain,
        0.7,
    )
    bowl = turned([(0.0, 0.0), (0.16, 0.03), (0.27, 0.11), (0.3, 0.17)], grain, floor=0.03, wall=0.035)
    bowl.scale = (1.25, 0.85, 0.9)
    return [bowl, handle]


def towel(color: str, stripe: str = "") -> Parts:
    """Folded in three, with soft edges."""
    layers = []
    for index in range(4):
        chance = random.Random(index)
        points: list[Place] = []
        for row in range(25):
            for column in range(17):
                x, y = -0.75 + row / 16, -0.5 + column / 16
                edge = min(1.0, 8 * (column / 16) * (1 - column / 16) + 0.35)
                z = (0.055 * index + 0.045) * edge + 0.008 * math.sin(9 * x + index) + 0.006 * chance.random()
                points.append((x + 0.02 * index, y + 0.008 * math.sin(7 * x + 2 * index), z))
        faces = [
            (row * 17 + column, row * 17 + column + 1, row * 17 + column + 18, row * 17 + column + 17)
            for row in range(24)
            for column in range(16)
        ]
        layer = mesh(points, faces, cloth(color, 26, stripe))
        thick = layer.modifiers.new("thick", "SOLIDIFY")
        thick.thickness = 0.045
        soft = layer.modifiers.new("soft", "SUBSURF")
        soft.levels = soft.render_levels = 2
        for face in layer.data.polygons:
            face.use_smooth = True
        layers.append(layer)
    return layers


def glaze_jar(glaze: str, size: float = 1.0) -> Parts:
    color = {
        "celadon": "#8fb39b",
        "harbour": "#2c5a80",
        "oatmeal": "#d9cbb0",
        "charcoal": "#3a3c40",
        "iron": "#8d6338",
    }[glaze]
    body = [
        (0.4, 0),
        (0.43, 0.0),
        (0.43, 0.0),
        (0.44, 0.05),
        (0.44, 0.85),
        (0.44, 0.85),
        (0.38, 0.93),
        (0.38, 0.95),
    ]
    lid = [(0.41, 0.93), (0.42, 0.93), (0.42, 0.93), (0.42, 1.14), (0.42, 1.14), (0.0, 1.15)]
    label = [(0.443, 0.22), (0.443, 0.22), (0.443, 0.66), (0.443, 0.66)]
    return [
        turned(scaled(body, size), plain(color, 0.3, 3, 0.0), open_top=False),
        turned(scaled(lid, size), plain("#2e2c2a", 0.6), open_top=False),
        turned(scaled(label, size), plain("#f2ece0", 0.85, 60, 0.05), open_top=False),
    ]


def clay_block(wet: str = "#8f6a52") -> Parts:
    block = slab((1.9, 1.1, 1.1), plain(wet, 0.6, 6, 0.25), (0, 0.1, 0), 12, 0.12)
    ball = turned(
        [(0.0, 0.0), (0.25, 0.02), (0.42, 0.2), (0.44, 0.42), (0.3, 0.68), (0.0, 0.76)],
        plain(wet, 0.55, 5, 0.3),
        open_top=False,
    )
    ball.location = (1.35, -0.75, 0)
    return [block, ball]


def wheel() -> Parts:
    """A wheel head with a wet pot on it."""
    head = turned(
        [(1.5, 0.0), (1.55, 0.02), (1.55, 0.02), (1.55, 0.14), (1.55, 0.14), (0.0, 0.15)],
        metal("#a9a7a2", 0.45),
        open_top=False,
    )
    wet = plain("#9a7359", 0.28, 2, 0.1)
    shape = [
        (0.55, 0.15),
        (0.58, 0.15),
        (0.58, 0.15),
        (0.5, 0.25),
        (0.62, 0.5),
        (0.72, 0.85),
        (0.66, 1.15),
        (0.6, 1.3),
    ]
    pot_ = turned(shape, wet, wet, floor=0.1)
    slip = [disc(0.9, plain("#8d684f", 0.2, 3, 0.4), (0, 0, 0.15))]
    tray = [
        turned(
            [(2.4, -0.3), (2.5, -0.3), (2.5, -0.3), (2.6, 0.35)],
            plain("#d9d6cf", 0.4),
            open_top=True,
            wall=0.06,
        )
    ]
    return [head, pot_, *slip, *tray]


def book(color: str, size: Place = (1.5, 2.1, 0.18)) -> Parts:
    pages = slab(
        (size[0] - 0.06, size[1] - 0.06, size[2] - 0.04),
        plain("#f3eee2", 0.9, 120, 0.3),
        (0.02, 0, 0.02),
        0,
        0.005,
    )
    covers = [
        slab((size[0], size[1], 0.022), plain(color, 0.7, 90, 0.1), (0, 0, z), 0, 0.008)
        for z in (0, size[2] - 0.02)
    ]
    spine = slab((0.03, size[1], size[2]), plain(color, 0.7, 90, 0.1), (-size[0] / 2, 0, 0), 0, 0.008)
    return [pages, *covers, spine]


def tile(glaze: str) -> Parts:
    body = slab((0.4, 0.09, 0.6), glazed(glaze, 0.09, 9), (0, 0, 0), 0, 0.02)
    return [body]
