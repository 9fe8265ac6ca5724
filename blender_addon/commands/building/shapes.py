"""From the parameters of commands to the shapes of `meshes/`, where the two differ; facts about steps.

In: parameters as the catalog has them. Out: a `Solid`, or facts for the answer. Pure Python; any thread.
"""

from __future__ import annotations

import math
from typing import Any

from .meshes import japanese, openings, stairs, stonework
from .meshes.roofs import roof as roof_of
from .solid import Solid, bounds, join, moved, turned

PROUD = 0.015  # how far the frames of windows and doors stand out of their wall, on both sides (m)
DEEPEST = 0.3  # a frame; in a thicker wall it stands in a reveal
WIDEST_LEAF = 1.3  # a wider door has two leaves


def frame_depth(wall: float) -> float:
    """Of a frame in a wall that thick."""
    return min(max(0.1, wall + 2 * PROUD), DEEPEST)


def window(width: float, height: float, kind: str, depth: float) -> Solid:
    return openings.window_frame(width, height, frame_depth(depth), kind)


def door(width: float, height: float, kind: str, depth: float) -> Solid:
    if width <= WIDEST_LEAF:
        return openings.door(width, height, frame_depth(depth), kind)
    # Two leaves that meet in the middle, the handles there.
    gap, face, foot = 0.003, 0.04, 0.01
    wide = (width - 2 * face - 3 * gap) / 2
    leaf = openings.door_leaf(wide, height - face - foot - gap, kind=kind)
    aside = (wide + gap) / 2
    leaves = [moved(leaf, (-aside, 0.0, foot)), moved(turned(leaf, math.pi), (aside, 0.0, foot))]
    return join([openings.door_frame(width, height, frame_depth(depth)), *leaves])


def shoji(width: float, height: float, panels: int, kind: str, depth: float) -> Solid:
    return (japanese.fusuma if kind == "FUSUMA" else japanese.shoji)(width, height, panels)


def shoji_hole(width: float, height: float, panels: int, kind: str) -> tuple[float, float]:
    """The opening that the screens fill, with their sill and head."""
    lowest, highest = bounds(japanese.shoji(width, height, panels))
    return highest[0] - lowest[0], highest[2] - lowest[2]


def roof(
    kind: str,
    length: float,
    width: float,
    pitch: float,
    overhang: float,
    thickness: float,
    gable_walls: bool,
    wall_thickness: float,
) -> Solid:
    solid = roof_of(kind, length, width, pitch, overhang, thickness, gable_walls, wall_thickness)
    # The preset TILE is that of walls and floors.
    materials = ["ROOFING" if each == "TILE" else each for each in solid.materials]
    return Solid(solid.vertices, solid.faces, solid.slots, materials)


def steps(
    width: float, height: float, riser: float, tread: float, turn: str, railing: bool
) -> tuple[Solid, stairs.StairFacts]:
    if turn == "NONE":
        return stairs.straight_stairs(width, height, riser, tread, railing)
    side: stairs.Side = "RIGHT" if turn == "RIGHT" else "LEFT"
    return stairs.l_shaped_stairs(width, height, riser, tread, side, railing)


def stairs_solid(**measures: Any) -> Solid:
    return steps(**measures)[0]


def stairs_facts(**measures: Any) -> dict[str, Any]:
    facts = steps(**measures)[1]
    told = {"risers": facts.risers, "riser": facts.riser, "going": facts.going, "run": facts.run}
    return {name: round(value, 6) for name, value in told.items()}


def pillar_base(width: float, depth: float, height: float, kind: str) -> Solid:
    solid = stonework.pillar_base(width, height, kind)
    vertices = [(x, y * depth / width, z) for x, y, z in solid.vertices]
    return Solid(vertices, solid.faces, solid.slots, solid.materials)


def mats(mats: float) -> Solid:
    return japanese.tatami(mats)[0]


def mats_size(mats: float) -> tuple[float, float]:
    """Inside of the walls: the mats and the border around them."""
    lowest, highest = bounds(japanese.tatami(mats)[0])
    return highest[0] - lowest[0], highest[1] - lowest[1]
