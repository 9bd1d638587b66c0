# /// script
# requires-python = "==3.11.*"
# dependencies = ["bpy==5.0.1", "pillow>=13,<14"]
# ///
"""The photographs of static/img/products/, which are none: still lifes made by this program, traced by Blender.

    uv run docs/pictures/draw.py harbour-mug-coffee fern-bowls
    uv run docs/pictures/draw.py             all that are not there yet

Half a minute each on two cores. Blender comes as a package for this program alone: the shop and its tests know
nothing of it.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import home
import kitchen
import studio
import tableware
from pots import Place
from scenes import (
    at_the_wheel,
    breakfast_eggs,
    bud,
    bud_trio,
    butter,
    carafe_and_cup,
    fern_planter,
    glazes_for_brushing,
    milk_and_sugar,
    moor_vase,
    nest,
    noodles,
    notes,
    oil_table,
    put,
    reeds,
    seconds,
    several,
    stack,
    tiles,
    utensils,
    windowsill,
)

FOLDER = Path(__file__).parents[2] / "static/img/products"


@dataclass(frozen=True)
class Shot:
    """What stands on a table of this `look`, and the camera: `width` decimetres around `middle`."""

    look: str
    build: Callable[[], Any]
    middle: Place
    width: float
    camera: dict[str, float] = field(default_factory=dict)
    light: float = 1.0


SHOTS = {
    "harbour-mug-blue": Shot("cream", lambda: put(tableware.mug("harbour")), (0.13, 0, 0.45), 1.75),
    "harbour-mug-oatmeal": Shot("cream", lambda: put(tableware.mug("oatmeal")), (0.13, 0, 0.45), 1.75),
    "harbour-mug-celadon": Shot("cream", lambda: put(tableware.mug("celadon")), (0.13, 0, 0.45), 1.75),
    "harbour-mug-coffee": Shot(
        "oak",
        lambda: put(tableware.mug("harbour", drink="#3b2113"), turn=-35),
        (0.1, 0, 0.5),
        1.5,
        {"pitch": 48},
    ),
    "moor-mug-iron": Shot("oak", lambda: put(tableware.round_mug("iron", "oatmeal")), (0.12, 0, 0.47), 1.8),
    "moor-mug-charcoal": Shot(
        "oak", lambda: put(tableware.round_mug("charcoal", "oatmeal")), (0.12, 0, 0.47), 1.8
    ),
    "tide-espresso-pair": Shot(
        "mist",
        lambda: several(
            (tableware.cup("charcoal", "oatmeal"), -0.35, 0, 0),
            (tableware.cup("oatmeal", "charcoal"), 0.35, 0.2, 0),
        ),
        (0, 0, 0.3),
        1.7,
        {"pitch": 24},
    ),
    "brook-tumbler-celadon": Shot("mist", lambda: put(tableware.tumbler("celadon")), (0, 0, 0.46), 1.7),
    "brook-tumbler-harbour": Shot("mist", lambda: put(tableware.tumbler("harbour")), (0, 0, 0.46), 1.7),
    "brook-tumblers": Shot(
        "walnut",
        lambda: several(
            (tableware.tumbler("celadon"), -0.75, 0.3, 0),
            (tableware.tumbler("harbour"), 0.05, 0.5, 0),
            (tableware.tumbler("oatmeal"), 0.75, 0.1, 0),
            (tableware.tumbler("charcoal"), -0.1, -0.45, 0),
        ),
        (0, 0, 0.4),
        2.7,
        {"pitch": 28},
    ),
    "latte-bowl-oatmeal": Shot(
        "blush",
        lambda: put(tableware.latte_bowl("oatmeal", drink="#b98a5e")),
        (0, 0, 0.34),
        1.9,
        {"pitch": 26},
    ),
    "latte-bowl-harbour": Shot(
        "blush",
        lambda: put(tableware.latte_bowl("harbour", drink="#b98a5e")),
        (0, 0, 0.34),
        1.9,
        {"pitch": 26},
    ),
    "wren-mug": Shot(
        "blush", lambda: several((tableware.child_mug("chalk"), 0, 0, 20)), (0.08, 0, 0.3), 1.4, {"pitch": 20}
    ),
    "fern-bowls": Shot(
        "walnut",
        lambda: stack(tableware.footed_bowl, ["celadon", "oatmeal", "celadon"], 0.24),
        (0, 0, 0.62),
        2.4,
    ),
    "harvest-bowl-photo": Shot(
        "oak", lambda: put(tableware.wide_bowl("iron")), (0, 0, 0.45), 4.0, {"pitch": 24}
    ),
    "pebble-bowls": Shot(
        "cream",
        lambda: several(
            (tableware.little_bowl("harbour", 1.2), -0.55, 0.35, 0),
            (tableware.little_bowl("oatmeal", 0.95), 0.75, 0.15, 0),
            (tableware.little_bowl("celadon", 0.7), 0.05, -0.75, 0),
        ),
        (0.05, 0, 0.22),
        2.8,
        {"pitch": 32},
    ),
    "pebble-bowl-celadon": Shot(
        "cream", lambda: put(tableware.little_bowl("celadon", 1.0)), (0, 0, 0.2), 1.7, {"pitch": 26}
    ),
    "pebble-bowl-charcoal": Shot(
        "cream", lambda: put(tableware.little_bowl("charcoal", 1.0)), (0, 0, 0.2), 1.7, {"pitch": 26}
    ),
    "noodle-bowl": Shot("slate", lambda: noodles(), (0.05, 0, 0.42), 2.5, {"pitch": 26}),
    "estuary-pasta-bowl": Shot(
        "cream", lambda: put(tableware.pasta_bowl("celadon", "oatmeal")), (0, 0, 0.2), 3.0, {"pitch": 34}
    ),
    "estuary-pasta-bowls": Shot(
        "walnut",
        lambda: stack(tableware.pasta_bowl, ["celadon", "oatmeal", "harbour", "oatmeal"], 0.13),
        (0, 0, 0.4),
        3.0,
    ),
    "supper-plates": Shot(
        "oak",
        lambda: stack(tableware.plate, ["oatmeal"] * 4 + ["charcoal"], 0.09),
        (0, 0, 0.28),
        3.3,
        {"pitch": 16},
    ),
    "ridge-platter": Shot(
        "slate",
        lambda: tableware.oval(tableware.plate("harbour", 1.7), 0.62),
        (0, 0, 0.1),
        4.1,
        {"pitch": 38},
    ),
    "celadon-teapot-photo": Shot("walnut", lambda: put(tableware.teapot("celadon")), (-0.03, 0, 0.62), 2.9),
    "teapot-harbour": Shot("walnut", lambda: put(tableware.teapot("harbour")), (-0.03, 0, 0.62), 2.9),
    "harbour-jug-photo": Shot(
        "cream", lambda: put(tableware.jug("harbour")), (0.12, 0, 1.02), 3.1, {"pitch": 13}
    ),
    "milk-and-sugar": Shot("blush", milk_and_sugar, (0.05, 0, 0.4), 2.2, {"pitch": 20}),
    "bedside-carafe": Shot("mist", lambda: carafe_and_cup(), (0.25, 0, 0.9), 2.9, {"pitch": 14}),
    "butter-dish-photo": Shot("blush", butter, (0, 0, 0.42), 2.3, {"pitch": 20}),
    "storage-jars": Shot(
        "oak",
        lambda: several(
            (kitchen.jar("charcoal", 1.15), -0.55, 0.3, 0), (kitchen.jar("charcoal", 0.88), 0.7, 0, 0)
        ),
        (0.05, 0, 0.8),
        3.2,
        {"pitch": 13},
    ),
    "salt-pig": Shot("cream", lambda: put(kitchen.salt_pig("iron"), turn=-24), (0, 0, 0.6), 2.1),
    "pie-dish": Shot("walnut", lambda: put(kitchen.pie_dish("harbour")), (0, 0, 0.2), 3.3, {"pitch": 32}),
    "pie-dish-celadon": Shot(
        "walnut", lambda: put(kitchen.pie_dish("celadon", "chalk")), (0, 0, 0.2), 3.3, {"pitch": 32}
    ),
    "dairy-bowls": Shot("oak", nest, (0.15, -0.1, 0.4), 4.4, {"pitch": 30}),
    "dairy-bowl": Shot(
        "cream", lambda: put(kitchen.mixing_bowl("oatmeal"), turn=20), (0, 0, 0.5), 3.2, {"pitch": 22}
    ),
    "utensil-pot": Shot("mist", utensils, (0, 0, 1.4), 3.7, {"pitch": 10}),
    "oil-bottle": Shot("cream", oil_table, (0.2, 0, 1.05), 3.1, {"pitch": 16}),
    "egg-cups": Shot("blush", breakfast_eggs, (0, 0, 0.42), 1.75, {"pitch": 14}),
    "ash-spoon": Shot(
        "slate", lambda: put(kitchen.spoon(2.7), -1.15, -0.2, 22), (0, 0.15, 0.0), 3.2, {"pitch": 52}
    ),
    "linen-towel": Shot(
        "oak", lambda: put(kitchen.towel("#e9e2d2", "#3f6f93"), 0, 0, 20), (0, 0, 0.1), 2.2, {"pitch": 40}
    ),
    "linen-towel-natural": Shot(
        "oak", lambda: put(kitchen.towel("#b9a88b", "#efe9dc"), 0, 0, 20), (0, 0, 0.1), 2.2, {"pitch": 40}
    ),
    "bud-vase-bottle": Shot("mist", lambda: bud("iron", "bottle", 1.22), (0.1, 0, 0.95), 2.7, {"pitch": 12}),
    "bud-vase-round": Shot("mist", lambda: bud("charcoal", "round", 0.92), (0.1, 0, 0.8), 2.5, {"pitch": 12}),
    "bud-vase-tall": Shot("mist", lambda: bud("celadon", "tall", 1.62), (0.1, 0, 1.1), 3.0, {"pitch": 12}),
    "bud-vases": Shot("oak", bud_trio, (-0.05, 0, 1.05), 3.4, {"pitch": 12}),
    "reed-vase": Shot("cream", reeds, (0, 0, 2.2), 5.4, {"pitch": 8}),
    "moor-vase-photo": Shot("slate", moor_vase, (0.1, 0, 2.05), 4.8, {"pitch": 8}),
    "hill-planter-photo": Shot(
        "mist", lambda: fern_planter("terracotta", 0.9), (0, 0, 1.25), 4.2, {"pitch": 14}
    ),
    "windowsill-planter": Shot("cream", lambda: windowsill("chalk"), (0, 0, 0.85), 2.7, {"pitch": 14}),
    "windowsill-planter-harbour": Shot(
        "cream", lambda: windowsill("harbour"), (0, 0, 0.85), 2.7, {"pitch": 14}
    ),
    "tealight-lantern": Shot(
        "slate", lambda: put(home.lantern("chalk"), turn=8), (0, 0, 0.52), 2.0, light=0.3
    ),
    "chamberstick-lit": Shot(
        "walnut", lambda: put(home.chamberstick("iron")), (0.15, 0, 0.85), 2.8, light=0.35
    ),
    "soap-dish": Shot(
        "mist", lambda: put(home.soap_dish("celadon"), turn=15), (0, 0, 0.15), 2.0, {"pitch": 28}
    ),
    "seconds-box": Shot("oak", seconds, (0, 0, 0.4), 4.0, {"pitch": 34, "turn": 18}),
    "notes-from-the-kiln": Shot("oak", notes, (0.2, 0.1, 0.3), 3.4, {"pitch": 38}),
    "glaze-tiles-photo": Shot("cream", tiles, (0, 0, 0.1), 3.5, {"pitch": 50}),
    "throwing-morning": Shot("slate", at_the_wheel, (0, 0, 0.75), 4.4, {"pitch": 24}),
    "studio-clay": Shot("slate", lambda: put(kitchen.clay_block()), (0.3, -0.1, 0.45), 3.6, {"pitch": 22}),
    "brush-on-glaze": Shot("oak", glazes_for_brushing, (0.1, 0, 0.4), 3.1, {"pitch": 20}),
}


def draw(name: str, side: int = 960, samples: int = 4) -> int:
    """The picture's size in bytes."""
    shot = SHOTS[name]
    studio.emptied()
    studio.furnished(shot.look)
    studio.lit(shot.light)
    shot.build()
    to = FOLDER / f"{name}.jpg"
    studio.photographed(to, shot.middle, shot.width, side=side, samples=samples, **shot.camera)
    return to.stat().st_size


def main(names: list[str]) -> None:
    for name in names or [name for name in SHOTS if not (FOLDER / f"{name}.jpg").exists()]:
        begun = time.monotonic()
        size = draw(name)
        print(f"{name}: {size / 1000:.0f} kB in {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
