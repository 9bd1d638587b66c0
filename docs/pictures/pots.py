"""Shapes: what is turned on a wheel, pulled by hand, cut from a board or has grown. Lengths are decimetres."""

import math
import random
from collections.abc import Sequence
from typing import Any

import bpy
from mathutils import Vector

Point = tuple[float, float]
Place = tuple[float, float, float]

STEPS = 96  # around a pot


def turned(
    profile: Sequence[Point],
    outside: Any,
    inside: Any = None,
    at: Place = (0, 0, 0),
    wall: float = 0.045,
    floor: float = 0.08,
    open_top: bool = True,
    steps: int = STEPS,
    parts: int = 10,
) -> Any:
    """A pot from its outer `profile`, (radius, height) from the foot to the rim; `open_top` ones get a rim, a wall
    and a floor, others are solid."""
    outer = smooth(profile, parts)
    ring = [(0.0, outer[0][1]), *outer]
    switch = len(ring)
    if open_top:
        inner = hollow(outer, wall, floor)
        ring += [*lip(outer[-1], inner[0]), *inner]
        switch = len(outer) + 4
    elif ring[-1][0] > 0.001:
        ring.append((0.0, ring[-1][1]))
    thing = lathe(ring, steps)
    thing.data.materials.append(outside)
    thing.data.materials.append(inside or outside)
    for face in thing.data.polygons:
        face.material_index = int(face.index // steps >= switch)
        face.use_smooth = True
    thing.location = at
    return thing


def lathe(ring: Sequence[Point], steps: int = STEPS) -> Any:
    chance = random.Random(str(ring))
    phase, amount = chance.uniform(0, 6), chance.uniform(0.002, 0.005)  # thrown by hand: not quite round
    points = []
    for radius, height in ring:
        for step in range(steps):
            angle = 2 * math.pi * step / steps
            around = radius * (1 + amount * math.cos(2 * angle + phase + height))
            points.append((around * math.cos(angle), around * math.sin(angle), height))
    faces = [
        (row + step, row + (step + 1) % steps, row + steps + (step + 1) % steps, row + steps + step)
        for row in range(0, len(points) - steps, steps)
        for step in range(steps)
    ]
    return mesh(points, faces)


def mesh(points: Sequence[Place], faces: Sequence[Sequence[int]], material: Any = None) -> Any:
    data = bpy.data.meshes.new("mesh")
    data.from_pydata(points, [], faces)
    data.update()
    thing = bpy.data.objects.new("thing", data)
    bpy.context.collection.objects.link(thing)
    if material:
        data.materials.append(material)
    return thing


def smooth(points: Sequence[Point], parts: int = 10) -> list[Point]:
    """A Catmull-Rom curve through all points; one that is given twice is a corner."""
    runs: list[list[Point]] = [[points[0]]]
    for point in points[1:]:
        if point == runs[-1][-1]:
            runs.append([point])
        else:
            runs[-1].append(point)
    curve: list[Point] = []
    for run in runs:
        curve += through(run, parts)
    return curve


def through(run: Sequence[Point], parts: int) -> list[Point]:
    if len(run) < 2:
        return list(run)
    whole = [run[0], *run, run[-1]]
    curve = []
    for index in range(len(run) - 1):
        a, b, c, d = whole[index : index + 4]
        for step in range(parts):
            t = step / parts
            curve.append(
                tuple(
                    0.5
                    * (
                        2 * b[axis]
                        + (c[axis] - a[axis]) * t
                        + (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t * t
                        + (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t**3
                    )
                    for axis in range(len(b))
                )
            )
    return [*curve, run[-1]]  # type: ignore[list-item]


def hollow(outer: Sequence[Point], wall: float, floor: float) -> list[Point]:
    """The inner line, from the rim down to the middle of the floor."""
    inner = []
    for index in range(len(outer) - 1, -1, -1):
        before, after = outer[max(index - 1, 0)], outer[min(index + 1, len(outer) - 1)]
        across, up = after[0] - before[0], after[1] - before[1]
        length = math.hypot(across, up) or 1
        radius, height = outer[index][0] - wall * up / length, outer[index][1] + wall * across / length
        if height >= outer[0][1] + floor and radius > 0.01 and (not inner or height <= inner[-1][1] + wall):
            inner.append((radius, height))
    bottom, base = inner[-1][0], outer[0][1] + floor
    return [*inner, (bottom * 0.93, base + 0.01), (bottom * 0.8, base), (0.0, base)]


def lip(outer: Point, inner: Point) -> list[Point]:
    """Half a circle from one to the other."""
    middle = ((outer[0] + inner[0]) / 2, (outer[1] + inner[1]) / 2)
    arm = (outer[0] - middle[0], outer[1] - middle[1])
    turns = [math.pi * part / 5 for part in range(1, 5)]
    return [
        (
            middle[0] + arm[0] * math.cos(turn) - arm[1] * math.sin(turn),
            middle[1] + arm[0] * math.sin(turn) + arm[1] * math.cos(turn),
        )
        for turn in turns
    ]


def pulled(
    path: Sequence[Place], thick: Sequence[float], material: Any, flat: float = 1.0, at: Place = (0, 0, 0)
) -> Any:
    """A handle, a spout or a stem: a tube along `path`, its half-thickness at each point; `flat` < 1 makes a strap."""
    line = [Vector(point) for point in through(path, 14)]  # type: ignore[arg-type]
    radii = [value for value, _zero in through([(value, 0.0) for value in thick], 14)]
    points: list[Place] = []
    sides = 24
    for index, (middle, radius) in enumerate(zip(line, radii, strict=True)):
        along = (line[min(index + 1, len(line) - 1)] - line[max(index - 1, 0)]).normalized()
        side = along.cross(Vector((0, 1, 0)) if abs(along.y) < 0.9 else Vector((1, 0, 0))).normalized()
        other = along.cross(side).normalized()
        for step in range(sides):
            turn = 2 * math.pi * step / sides
            points.append(
                tuple(middle + side * radius * flat * math.cos(turn) + other * radius * math.sin(turn))
            )
    faces: list[Sequence[int]] = [
        (row + step, row + (step + 1) % sides, row + sides + (step + 1) % sides, row + sides + step)
        for row in range(0, len(points) - sides, sides)
        for step in range(sides)
    ]
    faces += [list(range(sides))[::-1], list(range(len(points) - sides, len(points)))]
    thing = mesh(points, faces, material)
    for face in thing.data.polygons:
        face.use_smooth = True
    thing.location = at
    return thing


def slab(size: Place, material: Any, at: Place = (0, 0, 0), turn: float = 0.0, round_by: float = 0.03) -> Any:
    """A board, a tile, a book: a block that stands on `at`."""
    x, y, z = (half / 2 for half in size)
    corners = [(i * x, j * y, k * z + z) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    thing = mesh(corners, faces, material)
    bevel = thing.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments = round_by, 4
    thing.location, thing.rotation_euler = at, (0, 0, math.radians(turn))
    return thing


def disc(radius: float, material: Any, at: Place) -> Any:
    """What stands in a pot: tea, soil, oil, wax."""
    ring = [(0.0, 0.0), (radius * 0.96, 0.0), (radius, 0.008)]
    thing = lathe(ring)
    thing.data.materials.append(material)
    for face in thing.data.polygons:
        face.use_smooth = True
    thing.location = at
    return thing


def blade(length: float, width: float, material: Any, bend: float = 0.3) -> Any:
    """One leaf along x, from the origin, bent down by `bend` of its length."""
    points: list[Place] = []
    for step in range(9):
        t = step / 8
        half = width / 2 * math.sin(math.pi * (0.08 + 0.92 * t) ** 0.8) * (1 - t**3)
        x, z = length * t, -bend * length * t * t
        points += [(x, -half, z + half * 0.35), (x, 0, z), (x, half, z + half * 0.35)]
    faces = [
        (3 * row + side, 3 * row + side + 1, 3 * row + side + 4, 3 * row + side + 3)
        for row in range(8)
        for side in (0, 1)
    ]
    thing = mesh(points, faces, material)
    for face in thing.data.polygons:
        face.use_smooth = True
    return thing


def frond(
    root: Place, tip: Place, sag: float, leaves: int, material: Any, stem: Any, size: float = 0.5
) -> None:
    """A fern's: a stem from `root` to `tip` that sags, and leaflets that shorten towards both ends."""
    start, end = Vector(root), Vector(tip)
    middle = (start + end) / 2 + Vector((0, 0, sag))
    line = [start.lerp(middle, t / 20).lerp(middle.lerp(end, t / 20), t / 20) for t in range(21)]
    pulled([tuple(point) for point in line[::5]], [0.018, 0.015, 0.012, 0.009, 0.004], stem)
    chance = random.Random(str(root) + str(tip))
    for index in range(2, leaves):
        share = index / leaves
        place = start.lerp(middle, share).lerp(middle.lerp(end, share), share)
        along = (middle.lerp(end, share) - start.lerp(middle, share)).normalized()
        long = size * (math.sin(math.pi * share**0.75) * 0.95 + 0.08)
        for side in (-1, 1):
            thing = blade(long * chance.uniform(0.9, 1.1), 0.09, material, 0.25)
            out = (along.cross(Vector((0, 0, 1))) * side + along * 0.45).normalized()
            thing.rotation_mode = "QUATERNION"
            thing.rotation_quaternion = out.to_track_quat("X", "Z")
            thing.location = place


def twig(
    root: Place, tip: Place, leaves: int, material: Any, stem: Any, size: float = 0.32, wide: float = 0.75
) -> None:
    """Eucalyptus, olive: pairs of leaves along a stem."""
    start, end = Vector(root), Vector(tip)
    chance = random.Random(str(tip))
    pulled([root, tuple((start * 0.6 + end * 0.4) + Vector((0.05, 0, 0))), tip], [0.02, 0.015, 0.008], stem)
    for index in range(leaves):
        share = 0.35 + 0.65 * index / leaves
        along = (end - start).normalized()
        turn = chance.uniform(0, 2 * math.pi)
        for side in (0, math.pi):
            out = (
                Vector((math.cos(turn + side), math.sin(turn + side), chance.uniform(0.1, 0.6))) + along * 0.4
            )
            long = size * (1.15 - 0.6 * share) * chance.uniform(0.85, 1.1)
            thing = blade(long, long * wide, material, chance.uniform(0.0, 0.4))
            thing.rotation_mode = "QUATERNION"
            thing.rotation_quaternion = out.normalized().to_track_quat("X", "Z")
            thing.location = start.lerp(end, share)


def grouped(things: Sequence[Any], at: Place, turn: float = 0.0, tilt: float = 0.0) -> None:
    """Moved and turned together: a cup with its handle."""
    holder = bpy.data.objects.new("group", None)
    bpy.context.collection.objects.link(holder)
    for thing in things:
        thing.parent = holder
    holder.location = at
    holder.rotation_euler = (math.radians(tilt), 0, math.radians(turn))
