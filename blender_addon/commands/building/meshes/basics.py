"""Walls, columns, beams, slabs, foundations and ceilings.

In: dimensions in metres. Out: a `Solid`; ValueError for dimensions that make none. Pure Python; any thread.
Walls and beams run from the origin along X. What else there is has the middle of its foot there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..solid import Solid, box, prism
from .plates import Opening, lying, upright

ROUND_SIDES = 48


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


def slab(
    length: float,
    width: float,
    thickness: float,
    hole_x: float = 0.0,
    hole_y: float = 0.0,
    hole_length: float = 0.0,
    hole_width: float = 0.0,
) -> Solid:
    """`hole_x` and `hole_y` are the middle of a hole, as stairs need one, from the middle of the slab."""
    holes = []
    if hole_length and hole_width:
        corner = (length / 2 + hole_x - hole_length / 2, width / 2 + hole_y - hole_width / 2)
        holes.append(Opening(*corner, hole_length, hole_width))
    return lying(length, width, thickness, holes, "CONCRETE")


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
