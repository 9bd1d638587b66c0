"""Fernhill's tableware, one function a shape: each stands on the table at the origin and answers its parts."""

import math
from collections.abc import Sequence
from typing import Any

from glazes import glazed, plain
from pots import Point, disc, pulled, turned

Parts = list[Any]


def mug(glaze: str, inside: str = "oatmeal", drink: str = "") -> Parts:
    outer, inner = glazed(glaze, 0.09, 0.92), glazed(inside, 0, 0.9)
    shape = [(0.32, 0), (0.345, 0.0), (0.345, 0.0), (0.395, 0.12), (0.42, 0.36), (0.415, 0.7), (0.41, 0.95)]
    handle = [
        (0.4, 0, 0.78),
        (0.54, 0, 0.82),
        (0.68, 0, 0.72),
        (0.71, 0, 0.55),
        (0.63, 0, 0.34),
        (0.41, 0, 0.22),
    ]
    parts = [
        turned(shape, outer, inner),
        pulled(handle, [0.075, 0.062, 0.055, 0.052, 0.052, 0.06], outer, 0.7),
    ]
    return parts + ([coffee(0.355, 0.8, drink)] if drink else [])


def coffee(radius: float, height: float, color: str) -> Any:
    return disc(radius, plain(color, 0.12, 4, 0.02), (0, 0, height))


def round_mug(glaze: str, inside: str = "") -> Parts:
    outer = glazed(glaze, 0.08, 0.95)
    shape = [
        (0.3, 0),
        (0.33, 0.0),
        (0.33, 0.0),
        (0.44, 0.2),
        (0.485, 0.42),
        (0.44, 0.68),
        (0.375, 0.85),
        (0.385, 0.98),
    ]
    handle = [(0.4, 0, 0.8), (0.6, 0, 0.84), (0.74, 0, 0.66), (0.7, 0, 0.42), (0.47, 0, 0.27)]
    return [
        turned(shape, outer, glazed(inside or glaze, 0, 0.95)),
        pulled(handle, [0.07, 0.06, 0.055, 0.055, 0.065], outer, 0.7),
    ]


def child_mug(glaze: str) -> Parts:
    outer = glazed(glaze, 0.06, 0.62)
    shape = [(0.3, 0), (0.33, 0.0), (0.33, 0.0), (0.385, 0.14), (0.37, 0.4), (0.335, 0.64)]
    handle = [(0.36, 0, 0.5), (0.52, 0, 0.55), (0.6, 0, 0.38), (0.52, 0, 0.2), (0.37, 0, 0.15)]
    return [
        turned(shape, outer, glazed("oatmeal", 0, 0.62)),
        pulled(handle, [0.06, 0.05, 0.05, 0.05, 0.06], outer, 0.8),
    ]


def cup(glaze: str, inside: str) -> Parts:
    """For espresso: no handle."""
    shape = [(0.22, 0), (0.25, 0.0), (0.25, 0.0), (0.28, 0.12), (0.27, 0.3), (0.31, 0.56)]
    return [turned(shape, glazed(glaze, 0.06, 0.54), glazed(inside, 0, 0.54))]


def tumbler(glaze: str, inside: str = "oatmeal") -> Parts:
    shape = [(0.27, 0), (0.3, 0.0), (0.3, 0.0), (0.33, 0.1), (0.355, 0.45), (0.39, 0.95)]
    return [turned(shape, glazed(glaze, 0.14, 0.92), glazed(inside, 0, 0.92))]


def latte_bowl(glaze: str, inside: str = "oatmeal", drink: str = "") -> Parts:
    shape = [
        (0.27, 0),
        (0.3, 0.0),
        (0.3, 0.0),
        (0.28, 0.07),
        (0.28, 0.07),
        (0.5, 0.22),
        (0.62, 0.45),
        (0.68, 0.72),
    ]
    return [turned(shape, glazed(glaze, 0.07, 0.69), glazed(inside, 0, 0.69))] + (
        [coffee(0.565, 0.58, drink)] if drink else []
    )


def footed_bowl(glaze: str, inside: str = "", size: float = 1.0) -> Parts:
    shape = [
        (0.34, 0),
        (0.37, 0.0),
        (0.37, 0.0),
        (0.34, 0.12),
        (0.34, 0.12),
        (0.56, 0.28),
        (0.73, 0.55),
        (0.81, 0.86),
    ]
    return [
        turned(
            scaled(shape, size),
            glazed(glaze, 0.1 * size, 0.83 * size),
            glazed(inside or glaze, 0, 0.83 * size),
        )
    ]


def little_bowl(glaze: str, size: float) -> Parts:
    shape = [(0.3, 0), (0.36, 0.0), (0.36, 0.0), (0.52, 0.12), (0.6, 0.3), (0.585, 0.46)]
    return [turned(scaled(shape, size), glazed(glaze, 0.03, 0.43 * size), wall=0.045)]


def wide_bowl(glaze: str, inside: str = "oatmeal") -> Parts:
    shape = [
        (0.55, 0),
        (0.6, 0.0),
        (0.6, 0.0),
        (0.57, 0.1),
        (0.57, 0.1),
        (1.05, 0.32),
        (1.4, 0.66),
        (1.6, 1.1),
    ]
    return [turned(shape, glazed(glaze, 0.09, 1.06), glazed(inside, 0, 1.06), wall=0.06)]


def pasta_bowl(glaze: str, inside: str = "") -> Parts:
    shape = [
        (0.6, 0),
        (0.64, 0.0),
        (0.64, 0.0),
        (0.62, 0.05),
        (0.8, 0.16),
        (0.88, 0.36),
        (0.92, 0.44),
        (1.15, 0.5),
    ]
    return [turned(shape, glazed(glaze, 0.05, 0.48), glazed(inside or glaze, 0, 0.49), wall=0.05)]


def plate(glaze: str, radius: float = 1.3) -> Parts:
    shape = [(0.75, 0), (0.8, 0.0), (0.8, 0.0), (0.78, 0.05), (1.12, 0.09), (1.2, 0.14), (1.3, 0.24)]
    return [
        turned(
            [(r * radius / 1.3, z) for r, z in shape],
            glazed(glaze, 0.05, 0.22),
            glazed(glaze, 0, 0.22),
            wall=0.055,
            floor=0.06,
        )
    ]


def oval(parts: Parts, by: float) -> Parts:
    for part in parts:
        part.scale = (1, by, 1)
    return parts


def teapot(glaze: str) -> Parts:
    outer = glazed(glaze, 0.08, 9)
    shape = [
        (0.42, 0),
        (0.46, 0.0),
        (0.46, 0.0),
        (0.62, 0.2),
        (0.72, 0.5),
        (0.66, 0.8),
        (0.45, 1.0),
        (0.36, 1.04),
    ]
    lid = [
        (0.35, 1.03),
        (0.37, 1.04),
        (0.37, 1.04),
        (0.35, 1.1),
        (0.2, 1.19),
        (0.06, 1.22),
        (0.045, 1.28),
        (0.085, 1.35),
    ]
    spout = [(-0.56, 0, 0.34), (-0.82, 0, 0.42), (-0.93, 0, 0.72), (-1.13, 0, 0.98)]
    handle = [(0.6, 0, 0.86), (0.86, 0, 1.02), (1.07, 0, 0.8), (0.98, 0, 0.46), (0.66, 0, 0.3)]
    return [
        turned(shape, outer),
        turned([*lid, (0.07, 1.4), (0.0, 1.42)], glazed(glaze, 0, 1.38), open_top=False),
        pulled(spout, [0.19, 0.13, 0.09, 0.065], outer),
        pulled(handle, [0.08, 0.065, 0.06, 0.06, 0.07], outer, 0.75),
    ]


def jug(glaze: str, size: float = 1.0, inside: str = "oatmeal") -> Parts:
    outer = glazed(glaze, 0.12, 2.0 * size)
    shape = [
        (0.42, 0),
        (0.47, 0.0),
        (0.47, 0.0),
        (0.6, 0.3),
        (0.65, 0.75),
        (0.5, 1.3),
        (0.4, 1.65),
        (0.46, 2.05),
    ]
    body = turned(scaled(shape, size), outer, glazed(inside, 0, 9))
    for point in body.data.vertices:  # the pulled lip
        x, y, z = point.co
        lift = (
            max(0.0, (z / size - 1.55) / 0.5) ** 2
            * max(0.0, -x / (0.46 * size)) ** 6
            * math.exp(-((y / 0.2 / size) ** 2))
        )
        point.co = (x - 0.2 * lift * size, y * (1 - 0.35 * lift), z + 0.05 * lift * size)
    handle = [(0.42, 0, 1.75), (0.7, 0, 1.85), (0.95, 0, 1.5), (0.92, 0, 1.0), (0.62, 0, 0.6)]
    grip = pulled(
        [(x * size, 0, z * size) for x, _y, z in handle],
        [r * size for r in (0.085, 0.07, 0.062, 0.062, 0.08)],
        outer,
        0.7,
    )
    return [body, grip]


def jar_open(glaze: str) -> Parts:
    """A sugar bowl and its lid."""
    shape = [(0.3, 0), (0.33, 0.0), (0.33, 0.0), (0.44, 0.16), (0.45, 0.36), (0.36, 0.52)]
    lid = [
        (0.34, 0.52),
        (0.37, 0.53),
        (0.37, 0.53),
        (0.3, 0.62),
        (0.1, 0.68),
        (0.05, 0.73),
        (0.09, 0.8),
        (0.0, 0.85),
    ]
    return [turned(shape, glazed(glaze, 0.06, 9)), turned(lid, glazed(glaze), open_top=False)]


def carafe(glaze: str) -> Parts:
    shape = [
        (0.4, 0),
        (0.44, 0.0),
        (0.44, 0.0),
        (0.5, 0.2),
        (0.52, 0.7),
        (0.42, 1.15),
        (0.23, 1.45),
        (0.22, 1.75),
        (0.27, 1.95),
    ]
    return [turned(shape, glazed(glaze, 0.1, 1.9))]


def egg_cup(glaze: str, egg: str = "#d9b08c") -> Parts:
    shape = [(0.2, 0), (0.24, 0.0), (0.24, 0.0), (0.17, 0.1), (0.13, 0.2), (0.22, 0.33), (0.26, 0.5)]
    whole = [(0.0, 0.26), (0.12, 0.29), (0.2, 0.4), (0.225, 0.55), (0.19, 0.74), (0.1, 0.87), (0.0, 0.9)]
    return [
        turned(shape, glazed(glaze, 0.03, 0.47)),
        turned(whole, plain(egg, 0.5, 25, 0.08), open_top=False),
    ]


def scaled(shape: Sequence[Point], size: float) -> list[Point]:
    return [(radius * size, height * size) for radius, height in shape]
