"""What stands together on the table."""

import math
import random
from collections.abc import Callable
from typing import Any

import bpy
import home
import kitchen
import tableware
from glazes import cloth, glazed, leaf, metal, plain, wood
from pots import disc, frond, grouped, mesh, pulled, slab, turned


def put(parts: list[Any], x: float = 0, y: float = 0, turn: float = 0, z: float = 0, tilt: float = 0) -> None:
    grouped(parts, (x, y, z), turn, tilt)


def several(*placed: tuple[list[Any], float, float, float]) -> None:
    for parts, x, y, turn in placed:
        put(parts, x, y, turn)


def runner(color: str = "#cfc4b0", wide: float = 2.4) -> None:
    """A linen cloth under things, a little uneven."""
    points, faces = [], []
    for row in range(40):
        for column in range(40):
            x, y = (row / 39 - 0.5) * wide * 1.6, (column / 39 - 0.5) * wide
            height = 0.012 + 0.008 * ((row * 7 + column * 3) % 5) / 5 * (abs(x) > wide * 0.5)
            points.append((x + 0.02 * (column % 3), y, height))
    faces = [
        (r * 40 + c, r * 40 + c + 1, r * 40 + c + 41, r * 40 + c + 40) for r in range(39) for c in range(39)
    ]
    thing = mesh(points, faces, cloth(color))
    thing.rotation_euler = (0, 0, 0.25)


def stack(make: Callable[[str], list[Any]], glazes: list[str], step: float) -> None:
    for index, glaze in enumerate(glazes):
        put(make(glaze), 0.02 * (index % 2), 0.015 * (index % 3), 40 * index, step * index)


def breakfast_eggs() -> None:
    several(
        (tableware.egg_cup("celadon"), -0.34, 0, 0), (tableware.egg_cup("oatmeal", "#ead9c3"), 0.34, 0.12, 0)
    )


def nest() -> None:
    several(
        (kitchen.mixing_bowl("oatmeal", 1.0), -0.5, 0.5, 10),
        (kitchen.mixing_bowl("celadon", 0.72), 1.05, -0.2, 30),
        (kitchen.mixing_bowl("harbour", 0.5), -0.3, -1.15, -20),
    )


def fern_planter(glaze: str, radius: float) -> None:
    put(home.planter(glaze, radius))
    home.fern((0, 0, 1.32 * radius), 1.5 * radius)


def windowsill(glaze: str) -> None:
    parts = home.planter(glaze, 0.62, saucer=False)
    put(parts)
    chance = [(0.0, 0.0), (0.25, 0.1), (-0.22, 0.12), (0.1, -0.22), (-0.15, -0.2), (0.3, -0.15)]
    for index, (x, y) in enumerate(chance):
        home.eucalyptus((x, y, 0.8), 0.5 * x + 0.05 * index - 0.1, 0.85 + 0.1 * (index % 3), "#6f8f5d", 0.55)


def bud_trio() -> None:
    several(
        (home.vase("celadon", "tall"), 0.55, 0.25, 0),
        (home.vase("charcoal", "round"), -0.1, -0.1, 0),
        (home.vase("iron", "bottle"), -0.8, 0.2, 0),
    )
    home.eucalyptus((0.55, 0.25, 1.4), 0.3, 0.9)
    home.grass((-0.8, 0.2, 1.0), 3, 1.1, 4)


def bud(glaze: str, kind: str, height: float) -> None:
    put(home.vase(glaze, kind))
    home.eucalyptus((0, 0, height * 0.7), 0.28, 0.95)


def reeds() -> None:
    put(home.vase("oatmeal", "reed"))
    home.grass((0, 0, 1.6), 13, 3.0, 5)


def moor_vase() -> None:

    put(home.vase("charcoal", "moor"))
    frond((0, 0, 2.5), (0.75, -0.2, 4.3), 0.35, 30, leaf("#5b7a4c"), leaf("#4c663d"), 0.55)


def utensils() -> None:
    put(kitchen.pot("charcoal", 0.55, 1.35))
    for x, y, turn, _tilt in ((0.1, 0.1, 20, 0), (-0.15, 0.12, 140, 0), (0.05, -0.1, 260, 0)):
        parts = kitchen.spoon(2.5)
        holder_tilt(parts, x, y, turn)


def holder_tilt(parts: list[Any], x: float, y: float, turn: float) -> None:
    """A spoon that stands head up, leaning outwards."""

    holder = bpy.data.objects.new("leaning", None)
    bpy.context.collection.objects.link(holder)
    for part in parts:
        part.parent = holder
    holder.rotation_euler = (0, math.radians(78), math.radians(turn))
    holder.location = (
        x + 0.45 * math.cos(math.radians(turn)) * -1,
        y + 0.45 * math.sin(math.radians(turn)) * -1,
        2.55,
    )


def seconds() -> None:
    """A card box with straw and three pots."""
    card = plain("#b08d63", 0.85, 60, 0.1)
    slab((2.7, 1.9, 0.04), card, (0, 0, 0), 0, 0.005)
    for size, at in (
        ((2.7, 0.04, 0.75), (0, -0.95, 0)),
        ((2.7, 0.04, 0.75), (0, 0.95, 0)),
        ((0.04, 1.9, 0.75), (-1.35, 0, 0)),
        ((0.04, 1.9, 0.75), (1.35, 0, 0)),
    ):
        slab(size, card, at, 0, 0.005)
    straw()
    put(tableware.round_mug("iron"), -0.75, 0.1, 200, 0.25, 0)
    put(tableware.tumbler("celadon"), 0.1, 0.15, 0, 0.22, 0)
    put(tableware.little_bowl("harbour", 0.85), 0.82, -0.1, 0, 0.42, 20)


def straw() -> None:

    chance, color = random.Random(8), [leaf("#cdb98e"), leaf("#bfa777"), leaf("#d8c7a0")]
    for index in range(260):
        x, y, z = chance.uniform(-1.25, 1.25), chance.uniform(-0.85, 0.85), chance.uniform(0.05, 0.45)
        a, b = chance.uniform(-0.35, 0.35), chance.uniform(-0.35, 0.35)
        inside = max(-1.28, min(1.28, x + a)), max(-0.88, min(0.88, y + b))
        pulled(
            [(x, y, z), (x + a / 2, y + b / 2, z + 0.1), (*inside, z)],
            [0.012, 0.014, 0.012],
            color[index % 3],
        )


def oil_table() -> None:
    put(kitchen.oil_bottle("celadon"), -0.2, 0.2, 20)
    put(tableware.little_bowl("oatmeal", 0.8), 0.75, -0.5)
    put([disc(0.36, plain("#a8932b", 0.05, 3, 0.0), (0, 0, 0.2))], 0.75, -0.5)


def tiles() -> None:
    slab((3.2, 1.9, 0.08), wood("#c69c6d"), (0, 0, 0), 6, 0.03)
    for index, glaze in enumerate(("celadon", "harbour", "oatmeal", "iron", "charcoal", "terracotta")):
        parts = kitchen.tile(glaze)
        put(
            parts,
            -1.05 + 0.72 * (index % 3) + 0.04 * index,
            0.12 - 0.85 * (index // 3),
            4 * (index % 3) - 4,
            0.13,
            -82,
        )


def glazes_for_brushing() -> None:
    several(
        (kitchen.glaze_jar("celadon", 0.9), -0.75, 0.25, 0),
        (kitchen.glaze_jar("harbour", 0.9), 0.25, 0.35, 0),
        (kitchen.glaze_jar("charcoal", 0.62), 0.95, -0.35, 0),
    )
    brush(-0.2, -0.75, 12)


def brush(x: float, y: float, turn: float) -> None:

    parts = [
        pulled([(0.3, 0, 0.06), (1.2, 0, 0.07), (1.9, 0, 0.06)], [0.04, 0.055, 0.02], wood("#a8733f")),
        pulled(
            [(0.05, 0, 0.06), (0.2, 0, 0.06), (0.32, 0, 0.06)], [0.075, 0.06, 0.045], metal("#c9b37a", 0.3)
        ),
        pulled(
            [(-0.35, 0, 0.03), (-0.15, 0, 0.06), (0.08, 0, 0.06)],
            [0.01, 0.09, 0.07],
            plain("#d8c39a", 0.9, 90, 0.6),
        ),
    ]
    put(parts, x, y, turn)


def butter() -> None:
    put(tableware.plate("oatmeal", 0.85))

    dome = [
        (0.55, 0.1),
        (0.56, 0.1),
        (0.6, 0.25),
        (0.58, 0.5),
        (0.4, 0.72),
        (0.1, 0.8),
        (0.06, 0.86),
        (0.11, 0.93),
    ]
    turned([*dome, (0.08, 1.0), (0.0, 1.01)], glazed("oatmeal", 0, 0.97), open_top=False)


def milk_and_sugar() -> None:
    several((tableware.jug("celadon", 0.5), -0.4, 0, 10), (tableware.jar_open("celadon"), 0.6, 0.1, 0))


def notes() -> None:
    put(kitchen.book("#3d5a55"), -0.1, 0.1, -12)
    put(kitchen.book("#c9b28a"), -0.05, 0.12, -4, 0.185)
    several((tableware.tumbler("oatmeal"), 1.15, 0.75, 0))


def at_the_wheel() -> None:
    put(kitchen.wheel(), 0, 0, 0, 0.3)


def noodles() -> None:

    put(tableware.footed_bowl("charcoal", "oatmeal", 1.12))
    for y, z in ((0.1, 0.0), (-0.02, 0.0)):
        pulled(
            [(-1.15, y - 0.35, 1.0 + z), (0.2, y, 1.0 + z), (1.3, y + 0.3, 1.0 + z)],
            [0.02, 0.028, 0.032],
            wood("#8a5a36"),
        )


def carafe_and_cup() -> None:
    put(tableware.carafe("harbour"), -0.2, 0.1)
    put(tableware.cup("oatmeal", "oatmeal"), 0.85, -0.3)
