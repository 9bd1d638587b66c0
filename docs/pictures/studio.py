"""The studio: a wall, a table, a window on the left, and a camera."""

import io
import math
from pathlib import Path
from typing import Any

import bpy
from glazes import cloth, glazed, glowing, leaf, linear, plain, wood
from mathutils import Vector
from PIL import Image
from pots import mesh

WALLS = {"cream": "#efe7db", "blush": "#ecdcd2", "mist": "#dbe3dd", "slate": "#9aa3a1"}
TABLES = {"cream": "#e6dccd", "blush": "#e2cfc2", "mist": "#d3dbd3", "slate": "#c9c3b8"}
MOST_BYTES = 60_000


def emptied() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for made in (glazed, plain, wood, cloth, leaf, glowing):
        made.cache_clear()


def furnished(look: str) -> None:
    """`look` is a colour of WALLS, or "oak" or "walnut" for a table of wood before a pale wall."""
    wall = plain(WALLS.get(look, "#ebe4d8"), 0.95, 3, 0.03)
    table = (
        wood({"oak": "#c69c6d", "walnut": "#7d573a"}[look])
        if look not in WALLS
        else plain(TABLES[look], 0.7, 5, 0.03)
    )
    mesh([(-30, -30, 0), (30, -30, 0), (30, 5, 0), (-30, 5, 0)], [(0, 1, 2, 3)], table)
    mesh([(-30, 5, -1), (30, 5, -1), (30, 5, 30), (-30, 5, 30)], [(0, 1, 2, 3)], wall)


def lit(strength: float = 1.0) -> None:
    window((-5.5, -2.2, 5.5), (2.6, 3.4), 860 * strength, "#fff4e6")
    window((6, -3.5, 3.5), (5, 5), 60 * strength, "#e8f0ff")
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.node_tree.nodes["Background"].inputs[0].default_value = linear("#fbf3ea")
    world.node_tree.nodes["Background"].inputs[1].default_value = 0.27 * strength


def window(at: tuple[float, float, float], size: tuple[float, float], watts: float, color: str) -> None:
    data = bpy.data.lights.new("window", "AREA")
    data.shape, data.size, data.size_y, data.energy = "RECTANGLE", *size, watts
    data.color = linear(color)[:3]
    light = bpy.data.objects.new("window", data)
    bpy.context.collection.objects.link(light)
    light.location = at
    light.rotation_euler = (Vector((0, 0, 0.6)) - Vector(at)).to_track_quat("-Z", "Y").to_euler()


def photographed(
    to: Path,
    middle: tuple[float, float, float],
    width: float,
    pitch: float = 17,
    turn: float = 0,
    samples: int = 4,
    side: int = 960,
    blur: float = 9,
) -> None:
    """A JPEG of at most 60 kB: `width` decimetres around `middle` from `pitch` degrees above, walked round by `turn`."""
    camera_at(middle, width, pitch, turn, blur)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_adaptive_sampling, scene.cycles.adaptive_threshold = (
        samples,
        True,
        0.04,
    )
    scene.cycles.use_denoising, scene.cycles.denoising_prefilter = True, "FAST"
    scene.cycles.max_bounces = 5
    scene.render.resolution_x = scene.render.resolution_y = side
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - High Contrast"
    scene.view_settings.exposure = 0.7
    made = to.with_suffix(".png")
    scene.render.filepath = str(made)
    bpy.ops.render.render(write_still=True)
    to.write_bytes(small(Image.open(made).convert("RGB")))
    made.unlink()


def camera_at(
    middle: tuple[float, float, float], width: float, pitch: float, turn: float, blur: float
) -> None:
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width = 85, 36
    distance = width * data.lens / data.sensor_width
    up, round_ = math.radians(pitch), math.radians(turn)
    away = (
        Vector((math.sin(round_) * math.cos(up), -math.cos(round_) * math.cos(up), math.sin(up))) * distance
    )
    camera = bpy.data.objects.new("camera", data)
    bpy.context.collection.objects.link(camera)
    camera.location = Vector(middle) + away
    camera.rotation_euler = (-away).to_track_quat("-Z", "Y").to_euler()
    data.dof.use_dof, data.dof.focus_distance = True, distance - 0.3
    data.dof.aperture_fstop = blur / 10  # lengths are decimetres, which Blender takes for metres
    bpy.context.scene.camera = camera


def small(image: Any) -> bytes:
    for quality in range(88, 40, -4):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()
