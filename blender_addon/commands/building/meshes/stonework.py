"""Chimneys, and what pillars stand on and end in.

In: dimensions in metres. Out: a `Solid` about the Z axis, from z = 0; ValueError for dimensions that make
none. Pure Python; any thread.
"""

import math

from ..solid import Solid, join
from .parts import (
    frame,
    loft,
    loop_loft,
    one_of,
    rectangles,
    stepped,
    tube,
    turned_on_lathe,
    within,
)

BASES = ("STONE", "CLASSICAL", "ROUND")


def chimney(width: float = 0.6, depth: float = 0.6, height: float = 1.5) -> Solid:
    """A brick shaft with two courses that stand out, a stone cap, and a metal flue pipe in it.

    Its height is that of all together; the flue is open.
    """
    within("The chimney's width", width, 0.35, 5)
    within("The chimney's depth", depth, 0.35, 5)
    within("The chimney's height", height, 0.6, 50)
    pot, cap, course = min(0.25, height / 5), 0.08, 0.075
    wall = 0.11
    top = height - pot - cap
    x, y = width / 2, depth / 2

    def ring(out: float, face: float, low: float, high: float, material: str) -> Solid:
        return frame((-x - out, -y - out), (x + out, y + out), face, low, high, material)

    parts = [
        ring(0.0, wall, 0.0, top - 2 * course, "BRICK"),
        ring(0.025, wall + 0.022, top - 2 * course, top - course, "BRICK"),
        ring(0.05, wall + 0.044, top - course, top, "BRICK"),
    ]
    # The cap falls outward from a square hole, round which the pipe stands, let in a little.
    radius = min(0.13, min(x, y) - 0.05)
    hole = 2 * (radius - 0.03) / math.sqrt(2)
    wide, deep = 2 * (x + 0.1), 2 * (y + 0.1)
    seat = 2 * radius + 0.04
    outer = [(wide, deep, top), (wide, deep, top + cap / 2), (seat, seat, top + cap)]
    inner = [(hole, hole, top + cap), (hole, hole, top)]
    parts.append(loop_loft(rectangles([*outer, *inner]), "STONE"))
    parts.append(tube(radius, 0.02, top + cap - 0.01, height, "METAL"))
    parts.append(tube(radius + 0.015, 0.03, height - 0.07, height - 0.03, "METAL"))
    return join(parts)


def pillar_base(width: float = 0.45, height: float = 0.2, kind: str = "STONE") -> Solid:
    """What a pillar stands on: a cut STONE that narrows upwards, as under wooden posts; a CLASSICAL one of
    square steps; or a ROUND one, a moulding on a square plinth."""
    one_of("The kind of base", kind, BASES)
    within("The base's width", width, 0.1, 5)
    within("The base's height", height, 0.03, 3)
    if kind == "STONE":
        edge = min(0.02, height / 4, width / 10)
        top = width * 0.8
        levels = [(width, width, 0.0), (top + 2 * edge, top + 2 * edge, height - edge), (top, top, height)]
        return stepped(levels, "STONE")
    if kind == "CLASSICAL":
        steps = [(1.0, 0.0), (1.0, 0.4), (0.92, 0.46), (0.92, 0.62), (0.8, 0.84), (0.8, 0.92), (0.76, 1.0)]
        return stepped([(width * w, width * w, height * z) for w, z in steps], "STONE")
    plinth = 0.35 * height
    parts = [stepped([(width, width, 0.0), (width, width, plinth)], "STONE")]
    parts.append(turned_on_lathe(_moulding(width / 2, plinth, height), "STONE", segments=48))
    return join(parts)


def _moulding(radius: float, foot: float, top: float) -> list[tuple[float, float]]:
    """A large torus, a hollow and a small torus, as an Attic base has."""
    rise = top - foot
    lower, upper = 0.4 * rise, 0.25 * rise
    profile = _torus(radius * 0.98, foot, lower)
    waist = foot + lower
    profile += [(radius * 0.84, waist + 0.02 * rise), (radius * 0.79, waist + 0.16 * rise)]
    profile += [(radius * 0.82, waist + 0.3 * rise)]
    profile += _torus(radius * 0.9, top - upper, upper)
    return profile


def _torus(radius: float, foot: float, high: float) -> list[tuple[float, float]]:
    """Half a circle that swells outward, pressed flat where the radius is small."""
    bulge = min(high / 2, radius * 0.12)
    steps = 8
    turns = [math.pi * step / steps - math.pi / 2 for step in range(steps + 1)]
    return [
        (radius - bulge + bulge * math.cos(turn), foot + high / 2 * (1 + math.sin(turn))) for turn in turns
    ]


def pilaster(width: float = 0.4, depth: float = 0.12, height: float = 2.7) -> Solid:
    """A flat pillar against a wall at y = 0, out to the front: a base, a shaft and a capital, one body."""
    within("The pilaster's width", width, 0.1, 5)
    within("The pilaster's depth", depth, 0.03, 2)
    within("The pilaster's height", height, 0.6, 50)
    base, head = min(0.25, height / 6), min(0.2, height / 7)
    # How far each level stands out beyond the shaft, in widths of it.
    levels = [(0.14, 0.0), (0.14, base * 0.5), (0.1, base * 0.55), (0.1, base * 0.8), (0.0, base)]
    levels += [(0.0, height - head), (0.03, height - head * 0.97), (0.03, height - head * 0.85)]
    levels += [(0.0, height - head * 0.82), (0.0, height - head * 0.6), (0.12, height - head * 0.35)]
    levels += [(0.14, height - head * 0.33), (0.14, height)]
    shaft = width / 1.28
    rings = []
    for out, z in levels:
        half, front = shaft * (0.5 + out), -depth * (1 + out * 2) / 1.28
        rings.append([(-half, front, z), (half, front, z), (half, 0.0, z), (-half, 0.0, z)])
    return loft(rings, "STONE")
