"""Columns, beams, slabs and what else is one block; windows and doors.

In: dimensions in metres. Out: a `Solid`; ValueError for dimensions that make none. Pure Python without bpy.

Walls and beams run from the origin along X. What else there is stands with the middle of its foot on the
origin. The front of windows and doors, outside, is -Y.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..solid import Point, Solid, box, join, moved, prism
from .plates import LEAST_LEFT, Opening, lying, upright

ROUND_SIDES = 48

# Of windows and doors (m)
FRAME = 0.05  # seen from the front
PROUD = 0.015  # how far a frame stands out of its wall, on both sides
GLASS = 0.008
SASH = 0.035  # what holds the glass, seen from the front
LEAF = 0.04  # thickness of a door's
PANEL_BORDER = 0.11
CLEARANCE = 0.004  # between a leaf and its frame


def wall(length: float, height: float, thickness: float, openings: Sequence[Opening] = ()) -> Solid:
    return upright(length, height, thickness, openings, "PLASTER")


def column(width: float, depth: float, height: float, round: bool) -> Solid:
    """A round one has an ellipse of that width and depth, drawn by corners that lie on it."""
    if not round:
        return box((width, depth, height), (-width / 2, -depth / 2, 0.0), "CONCRETE")
    turns = [2 * math.pi * side / ROUND_SIDES for side in range(ROUND_SIDES)]
    outline = [(width / 2 * math.cos(turn), depth / 2 * math.sin(turn)) for turn in turns]
    return prism(outline, height, 0.0, "CONCRETE")


def beam(length: float, width: float, depth: float) -> Solid:
    return box((length, width, depth), (0.0, -width / 2, 0.0), "WOOD")


def slab(length: float, width: float, thickness: float, openings: Sequence[Opening] = ()) -> Solid:
    return lying(length, width, thickness, openings, "CONCRETE")


def foundation(length: float, width: float, depth: float, strip: float) -> Solid:
    """A block, or with `strip` a ring of that width below the walls."""
    if not strip:
        return lying(length, width, depth, (), "CONCRETE")
    hole = Opening(strip, strip, length - 2 * strip, width - 2 * strip)
    if hole.width <= 0 or hole.height <= 0:
        raise ValueError(
            f"A strip of {strip:g} m leaves nothing open in {length:g} x {width:g} m: 0 is a block"
        )
    return lying(length, width, depth, [hole], "CONCRETE")


def ceiling(length: float, width: float, thickness: float) -> Solid:
    return lying(length, width, thickness, (), "PLASTER")


def pillar_base(width: float, height: float) -> Solid:
    """A cut stone that narrows upwards, for a wooden column to stand on."""
    half, top = width / 2, width / 2 * 0.8
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    vertices: list[Point] = [(x * half, y * half, 0.0) for x, y in corners]
    vertices += [(x * top, y * top, height) for x, y in corners]
    sides = [(at, (at + 1) % 4, 4 + (at + 1) % 4, 4 + at) for at in range(4)]
    return Solid(vertices, [(3, 2, 1, 0), (4, 5, 6, 7), *sides], [0] * 6, ["STONE"])


def window(width: float, height: float, depth: float) -> Solid:
    """A sliding window: a frame, two sashes one behind the other that meet in the middle, a sill outside."""
    if width < 4 * FRAME or height < 4 * FRAME:
        raise ValueError(
            f"A window of {width:.3f} x {height:.3f} m has no room for glass: make it 0.2 m at least"
        )
    parts = [_ring(width, height, depth + 2 * PROUD, -width / 2, 0.0, 0.0, FRAME, "WOOD")]
    inner = width - 2 * FRAME
    tall = height - 2 * FRAME
    thick = min(0.03, (depth + 2 * PROUD) / 3)
    across = inner / 2 + SASH / 2
    for left, y in ((-inner / 2, thick / 2), (inner / 2 - across, -thick / 2)):
        parts.append(_ring(across, tall, thick, left, y, FRAME, SASH, "WOOD"))
        pane = (across - 2 * SASH, GLASS, tall - 2 * SASH)
        parts.append(box(pane, (left + SASH, y - GLASS / 2, FRAME + SASH), "GLASS"))
    front = -depth / 2 - PROUD
    sill = (width + 0.08, 0.05, 0.03)
    parts.append(box(sill, (-sill[0] / 2, front - sill[1], 0.0), "WOOD"))
    return join(parts)


def door(width: float, height: float, depth: float) -> Solid:
    """A frame on three sides and a closed leaf with two panels and a handle on both faces."""
    if width < 8 * FRAME or height < 1.0:
        raise ValueError(f"A door of {width:.3f} x {height:.3f} m is too small: 0.4 x 1 m at least")
    whole = depth + 2 * PROUD
    hole = Opening(FRAME, 0.0, width - 2 * FRAME, height - FRAME)
    frame = moved(upright(width, height, whole, [hole], "WOOD"), (-width / 2, 0.0, 0.0))
    wide, tall = hole.width - 2 * CLEARANCE, hole.height - 2 * CLEARANCE
    left = -wide / 2
    parts = [frame, box((wide, LEAF, tall), (left, -LEAF / 2, CLEARANCE), "WOOD")]
    parts += _panels(wide, tall)
    parts += _handles(-left - 0.06)
    return join(parts)


def _panels(wide: float, tall: float) -> list[Solid]:
    """Raised fields on both faces of a leaf, the upper one the taller."""
    border = min(PANEL_BORDER, wide / 5)
    middle = tall * 0.42
    fields = [(border, middle - border / 2), (middle + border / 2, tall - border)]
    relief = 0.008
    return [
        box((wide - 2 * border, relief, top - foot), (-wide / 2 + border, y, foot), "WOOD")
        for foot, top in fields
        for y in (-LEAF / 2 - relief, LEAF / 2)
    ]


def _handles(x: float) -> list[Solid]:
    """A plate and a lever on both faces; the lever points to the hinges."""
    parts = []
    for side in (-1, 1):
        face = side * LEAF / 2
        for size, low in (
            ((0.04, 0.006, 0.16), 0.92),
            ((0.014, 0.05, 0.014), 1.0),
            ((0.12, 0.014, 0.018), 0.998),
        ):
            # The lever hangs at the end of the neck, the two others begin at the leaf.
            start = 0.05 if size[0] == 0.12 else 0.0
            y = face + start if side > 0 else face - start - size[1]
            right = x + 0.007 if size[0] == 0.12 else x + size[0] / 2
            parts.append(box(size, (right - size[0], y, low), "METAL"))
    return parts


def _ring(
    width: float, height: float, depth: float, left: float, y: float, foot: float, rim: float, material: str
) -> Solid:
    """An upright rectangle with a rectangle cut out of it."""
    rim = max(rim, LEAST_LEFT)
    hole = Opening(rim, rim, width - 2 * rim, height - 2 * rim)
    return moved(upright(width, height, depth, [hole], material), (left, y, foot))
