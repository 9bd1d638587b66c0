"""What pots, tables and plants are made of: materials for Blender's renderer Cycles, one for each name.

Colours are sRGB as in the drawings, "#3f6f93"; lengths are decimetres, as everywhere in this folder.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import bpy

CLAY = "#b9825f"


@dataclass(frozen=True)
class Glaze:
    """`color` where it is thick, `thin` where it breaks over a rim or a ridge, `specks` of iron, how many of them."""

    color: str
    thin: str
    specks: str = "#3a2a1e"
    density: float = 0.35  # share of the cells that hold a speck
    roughness: float = 0.32


GLAZES = {
    "harbour": Glaze("#2c5a80", "#a58a6a", "#14283a", 0.3, 0.26),
    "oatmeal": Glaze("#d9cbb0", "#a37f58", "#5d4128", 0.55, 0.42),
    "celadon": Glaze("#8fb39b", "#dfe5d2", "#4d5a48", 0.22, 0.2),
    "iron": Glaze("#8d6338", "#5a3419", "#21120a", 0.6, 0.34),
    "charcoal": Glaze("#2b2d31", "#7d6148", "#8f877e", 0.22, 0.4),
    "terracotta": Glaze("#b5663f", "#b5663f", "#7d3f24", 0.15, 0.85),
    "chalk": Glaze("#ece7dc", "#c9ac85", "#8d7455", 0.2, 0.5),
    "clear": Glaze("#efece4", "#efece4", "#efece4", 0, 0.15),
}


class Nodes:
    """A material under construction: `make` a node, `join` one socket to the next."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.tree = self.material.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]
        self.place = self.make("TexCoord").outputs["Object"]

    def make(self, kind: str, **values: Any) -> Any:
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in values.items():
            if hasattr(node, name):
                setattr(node, name, value)
            else:
                node.inputs[name.replace("_", " ")].default_value = value
        return node

    def join(self, source: Any, target: Any) -> None:
        self.tree.links.new(source, target)

    def noise(self, scale: float, detail: float = 3, stretch: tuple[float, float, float] = (1, 1, 1)) -> Any:
        """0 to 1, around 0.5."""
        mapping = self.make("Mapping", Scale=stretch)
        self.join(self.place, mapping.inputs["Vector"])
        noise = self.make("TexNoise", Scale=scale, Detail=detail)
        self.join(mapping.outputs["Vector"], noise.inputs["Vector"])
        return noise.outputs["Fac"]

    def between(self, value: Any, low: float, high: float) -> Any:
        """0 up to `low`, 1 from `high`, smooth between them; falling where low > high."""
        rising = low < high
        node = self.make("MapRange", interpolation_type="SMOOTHSTEP")
        for index, number in enumerate(
            (min(low, high), max(low, high), 0.0 if rising else 1.0, 1.0 * rising), 1
        ):
            node.inputs[index].default_value = number
        self.join(value, node.inputs[0])
        return node.outputs[0]

    def calculate(self, operation: str, first: Any, second: Any) -> Any:
        node = self.make("Math", operation=operation)
        for index, value in enumerate((first, second)):
            if isinstance(value, (int, float)):
                node.inputs[index].default_value = value
            else:
                self.join(value, node.inputs[index])
        return node.outputs[0]

    def mix(self, share: Any, first: Any, second: Any) -> Any:
        """Of two colours, each "#rrggbb" or a socket."""
        node = self.make("Mix", data_type="RGBA")
        self.join(share, node.inputs[0])
        for index, color in ((6, first), (7, second)):
            if isinstance(color, str):
                node.inputs[index].default_value = linear(color)
            else:
                self.join(color, node.inputs[index])
        return node.outputs[2]

    def finish(self, color: Any, roughness: Any, height: Any = None, bump: float = 0.1) -> Any:
        for value, name in ((color, "Base Color"), (roughness, "Roughness")):
            if isinstance(value, str):
                self.shader.inputs[name].default_value = linear(value)
            elif isinstance(value, (int, float)):
                self.shader.inputs[name].default_value = value
            else:
                self.join(value, self.shader.inputs[name])
        if height is not None:
            node = self.make("Bump", Strength=bump, Distance=0.02)
            self.join(height, node.inputs["Height"])
            self.join(node.outputs["Normal"], self.shader.inputs["Normal"])
        return self.material


def linear(color: str) -> tuple[float, float, float, float]:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4) for part in parts
    )
    return red, green, blue, 1.0


@cache
def glazed(name: str, foot: float = 0.0, rim: float = 99.0) -> Any:
    """A glaze over clay: bare below `foot`, thin above `rim`."""
    glaze = GLAZES[name]
    nodes = Nodes(f"{name} {foot} {rim}")
    z = nodes.make("SeparateXYZ")
    nodes.join(nodes.place, z.inputs[0])
    waver = nodes.calculate("MULTIPLY", nodes.noise(5), 0.06)
    height = nodes.calculate("SUBTRACT", z.outputs["Z"], waver)
    color = nodes.mix(nodes.between(nodes.noise(2.2), 0.35, 0.75), glaze.color, shaded(glaze.color, 0.82))
    streaks = nodes.noise(1.2, 4, (6, 6, 0.8))
    color = nodes.mix(nodes.calculate("MULTIPLY", nodes.between(streaks, 0.55, 0.8), 0.35), color, glaze.thin)
    color = nodes.mix(nodes.between(height, rim - 0.05, rim), color, glaze.thin)
    color = nodes.mix(specks(nodes, 16, glaze.density), color, glaze.specks)
    color = nodes.mix(specks(nodes, 38, glaze.density), color, glaze.specks)
    bare = (
        nodes.between(height, foot + 0.012, foot - 0.012) if foot else nodes.calculate("MULTIPLY", 0.0, 0.0)
    )
    grain = nodes.noise(140, 4)
    color = nodes.mix(bare, color, nodes.mix(nodes.between(grain, 0.3, 0.7), CLAY, shaded(CLAY, 0.86)))
    rings = nodes.make("TexWave", bands_direction="Z", Scale=2.4, Distortion=1.6, Detail=2, Detail_Scale=0.7)
    nodes.join(nodes.place, rings.inputs["Vector"])
    relief = nodes.calculate("ADD", rings.outputs["Fac"], nodes.calculate("MULTIPLY", nodes.noise(7), 1.2))
    relief = nodes.calculate(
        "ADD", relief, nodes.calculate("MULTIPLY", nodes.calculate("MULTIPLY", grain, bare), 3)
    )
    roughness = nodes.calculate(
        "ADD", glaze.roughness, nodes.calculate("MULTIPLY", bare, 0.9 - glaze.roughness)
    )
    if glaze.roughness < 0.8:
        nodes.shader.inputs["Coat Weight"].default_value = 0.5
        nodes.shader.inputs["Coat Roughness"].default_value = glaze.roughness * 0.4
    return nodes.finish(color, roughness, relief, 0.16)


def specks(nodes: Nodes, scale: float, density: float) -> Any:
    cells = nodes.make("TexVoronoi", Scale=scale)
    nodes.join(nodes.place, cells.inputs["Vector"])
    parts = nodes.make("SeparateColor")
    nodes.join(cells.outputs["Color"], parts.inputs[0])
    size = nodes.calculate("MULTIPLY", parts.outputs[1], 0.22)
    near = nodes.between(nodes.calculate("SUBTRACT", cells.outputs["Distance"], size), 0.03, -0.05)
    chosen = nodes.calculate("LESS_THAN", parts.outputs[0], density * 0.6)
    return nodes.calculate("MULTIPLY", nodes.calculate("MULTIPLY", near, chosen), 0.85)


def shaded(color: str, share: float) -> str:
    return "#" + "".join(f"{round(int(color[at : at + 2], 16) * share):02x}" for at in (1, 3, 5))


@cache
def plain(color: str, roughness: float = 0.6, grain: float = 30, bump: float = 0.05) -> Any:
    """Paper, plaster, coffee, butter: one colour, a little uneven."""
    nodes = Nodes(f"plain {color} {roughness} {grain}")
    uneven = nodes.noise(grain, 4)
    return nodes.finish(nodes.mix(uneven, color, shaded(color, 0.94)), roughness, uneven, bump)


@cache
def wood(color: str = "#c79a64", along: str = "x") -> Any:
    """Fibres along one axis, oiled."""
    nodes = Nodes(f"wood {color} {along}")
    stretch = tuple(0.35 if axis == along else 7.0 for axis in "xyz")
    fibres = nodes.noise(1.1, 6, stretch)  # type: ignore[arg-type]
    fine = nodes.noise(9, 4, stretch)  # type: ignore[arg-type]
    tone = nodes.mix(nodes.between(fibres, 0.3, 0.7), shaded(color, 1.0), shaded(color, 0.72))
    tone = nodes.mix(
        nodes.calculate("MULTIPLY", nodes.between(fine, 0.45, 0.7), 0.35), tone, shaded(color, 0.6)
    )
    return nodes.finish(tone, 0.55, fine, 0.12)


@cache
def cloth(color: str, thread: float = 26, stripe: str = "") -> Any:
    """Linen: warp and weft; with a `stripe`, a broad band of that colour near one end."""
    nodes = Nodes(f"cloth {color} {stripe}")
    waves = []
    for direction in "XY":
        wave = nodes.make("TexWave", bands_direction=direction, Scale=thread, Distortion=1.2, Detail=2)
        nodes.join(nodes.place, wave.inputs["Vector"])
        waves.append(wave.outputs["Fac"])
    weave = nodes.calculate("MULTIPLY", *waves)
    tone: Any = nodes.mix(weave, shaded(color, 0.86), color)
    if stripe:
        x = nodes.make("SeparateXYZ")
        nodes.join(nodes.place, x.inputs[0])
        band = nodes.calculate(
            "MULTIPLY", nodes.between(x.outputs["X"], 0.45, 0.46), nodes.between(x.outputs["X"], 0.62, 0.61)
        )
        tone = nodes.mix(band, tone, stripe)
    return nodes.finish(tone, 0.9, weave, 0.35)


@cache
def leaf(color: str = "#58754d") -> Any:
    nodes = Nodes(f"leaf {color}")
    uneven = nodes.noise(4, 3)
    nodes.shader.inputs["Subsurface Weight"].default_value = 0.08
    return nodes.finish(nodes.mix(uneven, color, shaded(color, 0.7)), 0.55, uneven, 0.1)


@cache
def glowing(color: str, strength: float) -> Any:
    nodes = Nodes(f"glow {color}")
    nodes.shader.inputs["Emission Color"].default_value = linear(color)
    nodes.shader.inputs["Emission Strength"].default_value = strength
    return nodes.finish(color, 0.5)


@cache
def glass(color: str = "#f4f1e6", roughness: float = 0.02) -> Any:
    nodes = Nodes(f"glass {color}")
    nodes.shader.inputs["Transmission Weight"].default_value = 1.0
    return nodes.finish(color, roughness)


@cache
def metal(color: str = "#b9a27a", roughness: float = 0.35) -> Any:
    nodes = Nodes(f"metal {color}")
    nodes.shader.inputs["Metallic"].default_value = 1.0
    return nodes.finish(color, roughness)
