"""Fernhill's vases, planters and lights, and what grows and burns in them."""

import math
import random

from glazes import glazed, glowing, leaf, plain
from pots import Place, Point, blade, disc, frond, mesh, pulled, slab, turned, twig
from tableware import Parts, oval, scaled


def vase(glaze: str, kind: str) -> Parts:
    shapes: dict[str, list[Point]] = {
        "bottle": [
            (0.22, 0),
            (0.26, 0.0),
            (0.26, 0.0),
            (0.36, 0.18),
            (0.36, 0.42),
            (0.16, 0.75),
            (0.09, 1.0),
            (0.13, 1.22),
        ],
        "round": [
            (0.24, 0),
            (0.28, 0.0),
            (0.28, 0.0),
            (0.46, 0.22),
            (0.5, 0.45),
            (0.36, 0.72),
            (0.12, 0.82),
            (0.13, 0.92),
        ],
        "tall": [
            (0.2, 0),
            (0.23, 0.0),
            (0.23, 0.0),
            (0.25, 0.2),
            (0.26, 1.0),
            (0.22, 1.35),
            (0.11, 1.5),
            (0.12, 1.62),
        ],
        "reed": [(0.5, 0), (0.54, 0.0), (0.54, 0.0), (0.57, 0.3), (0.56, 1.5), (0.5, 2.3), (0.5, 2.6)],
        "moor": [
            (0.48, 0),
            (0.52, 0.0),
            (0.52, 0.0),
            (0.8, 0.5),
            (0.9, 1.05),
            (0.75, 1.65),
            (0.35, 2.15),
            (0.27, 2.55),
            (0.36, 2.9),
        ],
    }
    return [turned(shapes[kind], glazed(glaze, 0.08, shapes[kind][-1][1] - 0.03), wall=0.04)]


def planter(glaze: str, radius: float, saucer: bool = True) -> Parts:
    lift = 0.1 if saucer else 0.0
    shape = [
        (0.66, lift),
        (0.7, lift),
        (0.7, lift),
        (0.86, 0.9),
        (0.92, 1.18),
        (0.92, 1.18),
        (1.0, 1.2),
        (1.0, 1.42),
    ]
    body = turned(scaled(shape, radius), glazed(glaze, 0.04, 1.38 * radius), wall=0.06)
    soil = disc(0.93 * radius, plain("#2e2119", 0.95, 40, 1.0), (0, 0, 1.3 * radius))
    under = [(0.8, 0), (0.84, 0.0), (0.84, 0.0), (0.98, 0.1), (1.04, 0.22)]
    dish = [turned(scaled(under, radius), glazed(glaze, 0, 0.2 * radius), floor=0.06)] if saucer else []
    return [body, soil, *dish]


def lantern(glaze: str) -> Parts:
    shape = [(0.42, 0), (0.46, 0.0), (0.46, 0.0), (0.55, 0.2), (0.57, 0.6), (0.48, 0.95), (0.34, 1.1)]
    body = turned(shape, glazed(glaze, 0.06, 1.06), glazed("oatmeal"), steps=384, parts=30)
    holes = [index for index, face in enumerate(body.data.polygons) if pierced(*face.center)]
    points = [tuple(point.co) for point in body.data.vertices]
    kept = [tuple(face.vertices) for index, face in enumerate(body.data.polygons) if index not in set(holes)]
    indices = [
        face.material_index for index, face in enumerate(body.data.polygons) if index not in set(holes)
    ]
    cut = mesh(points, kept)
    for material in body.data.materials:
        cut.data.materials.append(material)
    for face, index in zip(cut.data.polygons, indices, strict=True):
        face.material_index, face.use_smooth = index, True
    body.hide_render = True
    return [cut, *candle(0.17, 0.12, 0.1)]


def pierced(x: float, y: float, z: float) -> bool:
    for row, height in enumerate((0.34, 0.54, 0.74)):
        turn = (math.atan2(y, x) / (2 * math.pi) * 16 + 0.5 * row) % 1 - 0.5
        if math.hypot(turn * 0.21, z - height) < 0.05:
            return True
    return False


def candle(radius: float, height: float, at: float) -> Parts:
    wax = turned(
        [(radius, at), (radius, at), (radius, at + height), (radius, at + height), (0.0, at + height - 0.01)],
        plain("#f3ead8", 0.4, 5, 0.02),
        open_top=False,
    )
    top = at + height
    wick = pulled(
        [(0, 0, top), (0, 0.005, top + 0.05), (0.012, 0, top + 0.08)],
        [0.01, 0.01, 0.008],
        plain("#201a14", 0.9),
    )
    fire = [(0.0, top + 0.05), (0.03, top + 0.08), (0.042, top + 0.14), (0.02, top + 0.26), (0.0, top + 0.33)]
    return [wax, wick, turned(fire, glowing("#ffb44a", 14), open_top=False)]


def chamberstick(glaze: str) -> Parts:
    outer = glazed(glaze, 0.04, 9)
    dish = [(0.5, 0), (0.55, 0.0), (0.55, 0.0), (0.68, 0.08), (0.78, 0.22)]
    socket = [(0.3, 0.06), (0.22, 0.1), (0.17, 0.25), (0.17, 0.42), (0.2, 0.48)]
    ring = [(0.7, 0, 0.16), (0.95, 0, 0.3), (1.14, 0, 0.18), (1.0, 0, 0.03), (0.66, 0, 0.08)]
    return [
        turned(dish, outer),
        turned(socket, outer, wall=0.05, floor=0.2),
        pulled(ring, [0.06, 0.05, 0.05, 0.05, 0.06], outer, 0.8),
    ] + candle(0.105, 1.15, 0.3)


def soap_dish(glaze: str) -> Parts:
    dish = oval(
        [turned([(0.5, 0), (0.55, 0.0), (0.55, 0.0), (0.66, 0.1), (0.74, 0.22)], glazed(glaze, 0.04, 0.19))],
        0.7,
    )
    soap = slab((0.72, 0.42, 0.2), plain("#e7dcc0", 0.35, 5, 0.05), (0, 0, 0.11), 8, 0.09)
    return [*dish, soap]


def fern(at: Place, reach: float, count: int = 11, seed: int = 3) -> None:
    chance = random.Random(seed)
    green, stem = leaf("#5b7a4c"), leaf("#4c663d")
    for index in range(count):
        turn = 2 * math.pi * index / count + chance.uniform(-0.2, 0.2)
        long = reach * chance.uniform(0.8, 1.1)
        tip = (
            at[0] + long * math.cos(turn),
            at[1] + long * math.sin(turn),
            at[2] + long * chance.uniform(0.25, 0.9),
        )
        frond(at, tip, long * 0.35, 22, green, stem, 0.34 * reach)


def eucalyptus(at: Place, lean: float, height: float, color: str = "#7d9484", wide: float = 0.8) -> None:
    twig(at, (at[0] + lean, at[1] + 0.1, at[2] + height), 9, leaf(color), leaf("#6d5a45"), 0.34, wide)


def grass(at: Place, count: int, height: float, seed: int = 1) -> None:
    """Dry reeds with feathery heads."""
    chance = random.Random(seed)
    straw, head = leaf("#b79a68"), leaf("#a98a63")
    for _index in range(count):
        x, y, long = chance.uniform(-0.9, 0.9), chance.uniform(-0.5, 0.5), height * chance.uniform(0.75, 1.05)
        tip = (at[0] + x, at[1] + y, at[2] + long)
        pulled(
            [at, (at[0] + x * 0.35, at[1] + y * 0.35, at[2] + long * 0.5), tip], [0.015, 0.014, 0.008], straw
        )
        for part in range(16):
            share = 1 - 0.3 * part / 16
            thing = blade(0.2, 0.035, head, 0.3)
            thing.location = tuple(a + (b - a) * share for a, b in zip(at, tip, strict=True))
            thing.rotation_euler = (0, -math.radians(55), chance.uniform(0, 6.3))
