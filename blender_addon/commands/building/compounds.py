"""Rooms, corridors and houses: which parts they are made of, and where each goes.

In: dimensions in metres. Out: parts; ValueError where they do not fit. Pure Python without bpy. The origin is
on the storey's floor, for a room and a house in the middle; the front is -Y, left is -X. Each wall's outside
is on its right as one goes along it, so that all windows and doors face outward.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from . import shapes
from .element import Part, Value
from .solid import Point

FLOOR = 0.2  # thickness of floors (m); their tops are at the storey's floor
CEILING = 0.02
FOUNDATION = 0.5
SILL = 0.9
HEAD = 2.0  # the upper edges of windows and doors are in one line
DOOR = 0.9
WINDOW = 1.2
LEAST_WINDOW = 0.4
LEAST_DOOR = 0.6
BESIDE = 0.1  # of wall, on each side of a window or door in its bay

SCREEN, SCREEN_HEIGHT = 0.8, 1.8
CANOPY, CANOPY_LENGTH = 2.1, 1.7  # how high it hangs over the entrance, and how long it is
STAIR_WIDTH, RISER, TREAD = 0.9, 0.19, 0.26
HEAD_ROOM = 2.0  # above the steps, below the floor that they lead to
LANDING = 0.8  # of floor before the first step and after the last

_TURNS = {"front": 0.0, "right": math.pi / 2, "back": math.pi, "left": -math.pi / 2}


def room(
    width: float,
    depth: float,
    height: float,
    door: bool,
    windows: int,
    ceiling: bool,
    wall_thickness: float,
    material: str | None,
) -> list[Part]:
    """Measured inside. Windows go to the back, the left, the right and the front in turn."""
    outer = (width + 2 * wall_thickness, depth + 2 * wall_thickness)
    parts = _walls(*outer, height, wall_thickness, material)
    shares = dict.fromkeys(("back", "left", "right", "front"), 0)
    for at in range(windows):
        shares[list(shares)[at % 4]] += 1
    for side, count in shares.items():
        parts += _bays(side, outer, wall_thickness, height, count, door and side == "front", material)
    parts.append(_floor("floor", *outer, (0.0, 0.0, -FLOOR)))
    if ceiling:
        parts.append(_ceiling("ceiling", width, depth, (0.0, 0.0, height - CEILING)))
    return parts


def tatami_room(
    mats: float,
    height: float,
    windows: int,
    ceiling: bool,
    wall_thickness: float,
    material: str | None,
) -> list[Part]:
    """As large inside as its mats. The shoji in front are the entrance."""
    width, depth = shapes.mats_size(mats)
    outer = (width + 2 * wall_thickness, depth + 2 * wall_thickness)
    parts = _walls(*outer, height, wall_thickness, material)
    parts += _bays("back", outer, wall_thickness, height, windows, False, material)
    screens: dict[str, Value] = {"width": SCREEN, "height": SCREEN_HEIGHT, "panels": 4 if width > 3.4 else 2}
    parts.append(Part("shoji", "shoji", screens, (outer[0] / 2, 0.0, 0.0), wall="front"))
    parts.append(_floor("floor", *outer, (0.0, 0.0, -FLOOR)))
    parts.append(Part("mats", "mats", {"mats": mats}, (0.0, 0.0, 0.0)))
    if ceiling:
        parts.append(_ceiling("ceiling", width, depth, (0.0, 0.0, height - CEILING)))
    return parts


def corridor(
    length: float,
    width: float,
    height: float,
    windows: int,
    side: str,
    ceiling: bool,
    wall_thickness: float,
    material: str | None,
) -> list[Part]:
    """Its start in the middle of its width, from there along Y; open at both ends. Measured inside."""
    out = width / 2 + wall_thickness / 2
    measures = {"length": length, "height": height, "thickness": wall_thickness}
    chosen = {"PLASTER": material} if material else {}
    parts = [
        Part("left", "wall", measures, (-out, length, 0.0), _TURNS["left"], chosen=chosen),
        Part("right", "wall", measures, (out, 0.0, 0.0), _TURNS["right"], chosen=chosen),
    ]
    parts += _row(side.lower(), length, height, windows, None, material)
    middle = length / 2
    parts.append(_floor("floor", width + 2 * wall_thickness, length, (0.0, middle, -FLOOR)))
    if ceiling:
        parts.append(_ceiling("ceiling", width, length, (0.0, middle, height - CEILING)))
    return parts


def house(
    width: float,
    depth: float,
    storeys: int,
    roof: str,
    storey_height: float,
    pitch: float,
    overhang: float,
    wall_thickness: float,
    material: str | None,
) -> list[Part]:
    """Measured outside. The entrance is in front; windows stand over each other."""
    if min(width, depth) < 2.5:
        raise ValueError(f"A house of {width:g} x {depth:g} m is too small: 2.5 m each way at least")
    inner = (width - 2 * wall_thickness, depth - 2 * wall_thickness)
    foundation: dict[str, Value] = {
        "length": width + 0.1,
        "width": depth + 0.1,
        "depth": FOUNDATION,
        "strip": wall_thickness + 0.05,
    }
    parts = [
        Part("foundation", "foundation", foundation, (0.0, 0.0, -FOUNDATION)),
        _floor("floor 1", *inner, (0.0, 0.0, -FLOOR)),
    ]
    for above in range(storeys):
        foot = above * storey_height
        if above:
            parts += _upper_floor(inner, foot, storey_height, above)
        parts += _walls(width, depth, storey_height, wall_thickness, material, above)
        for side in _TURNS:
            span = width if side in ("front", "back") else inner[1]
            bays = max(1, round(span / (2.4 if side == "front" else 3.0)))
            door = bays // 2 if side == "front" and above == 0 else None
            windows = bays - (door is not None)
            parts += _row(_role(side, above), span, storey_height, windows, door, material, above)
            if door is not None and storey_height > CANOPY + 0.35:
                parts.append(_canopy(-width / 2 + (door + 0.5) * span / bays, -depth / 2))
    top = storeys * storey_height
    parts.append(_ceiling("ceiling", *inner, (0.0, 0.0, top - CEILING), storeys - 1))
    parts.append(_roof(roof, width, depth, pitch, overhang, wall_thickness, top, storeys - 1, material))
    return parts


def _upper_floor(inner: tuple[float, float], foot: float, rise: float, above: int) -> list[Part]:
    """With the stairs that lead to it along the back wall, where there is room for them: a hole as long as a
    head needs it, and a railing at its edges."""
    floor = _floor(f"floor {above + 1}", *inner, (0.0, 0.0, foot - FLOOR), above)
    run = float(
        shapes.stairs_facts(
            width=STAIR_WIDTH, height=rise, riser=RISER, tread=TREAD, turn="NONE", railing=False
        )["run"]
    )
    if inner[0] < run + 2 * LANDING or inner[1] < STAIR_WIDTH + 1.5:
        return [floor]
    beside = 0.04
    start = -run / 2
    middle = inner[1] / 2 - beside - STAIR_WIDTH / 2
    # From where a head on the steps would come near the floor, to the last step, which is flush with it.
    free = max(0.0, (rise - FLOOR - HEAD_ROOM) / rise * run - TREAD)
    wide = STAIR_WIDTH + 0.02
    hole: dict[str, Value] = {
        **floor.parameters,
        "hole_x": start + (free + run) / 2,
        "hole_y": middle,
        "hole_length": run - free,
        "hole_width": wide,
    }
    steps: dict[str, Value] = {
        "width": STAIR_WIDTH,
        "height": rise,
        "riser": RISER,
        "tread": TREAD,
        "railing": False,
    }
    edge = middle - wide / 2 - 0.04
    return [
        Part(floor.role, "slab", hole, floor.place, storey=above, chosen=floor.chosen),
        Part(f"stairs {above}", "stairs", steps, (start, middle, foot - rise), storey=above - 1),
        Part(
            f"railing {above + 1}",
            "railing",
            {"length": run - free + 0.08, "height": 1.1},
            (start + free - 0.08, edge, foot),
            storey=above,
        ),
        Part(
            f"end railing {above + 1}",
            "railing",
            {"length": wide, "height": 1.1},
            (start + free - 0.04, edge + 0.04, foot),
            math.pi / 2,
            storey=above,
        ),
    ]


def _roof(
    kind: str,
    width: float,
    depth: float,
    pitch: float,
    overhang: float,
    wall_thickness: float,
    top: float,
    storey: int,
    material: str | None,
) -> Part:
    measures: dict[str, Value] = {
        "kind": kind,
        "length": width,
        "width": depth,
        "pitch": pitch,
        "overhang": overhang,
        "wall_thickness": max(0.05, wall_thickness),
    }
    chosen = {"PLASTER": material} if material else {}
    return Part("roof", "roof", measures, (0.0, 0.0, top), storey=storey, chosen=chosen)


def _walls(
    width: float, depth: float, height: float, thickness: float, material: str | None, above: int = 0
) -> list[Part]:
    """Four around a rectangle measured outside: front and back go to the corners, the others between them."""
    x, y = width / 2, depth / 2
    half = thickness / 2
    between = depth - 2 * thickness
    if width - 2 * thickness < 0.5 or between < 0.5:
        raise ValueError(
            f"{width:g} x {depth:g} m outside leave less than 0.5 m between walls of {thickness:g} m"
        )
    foot = 0.0
    starts: dict[str, tuple[Point, float]] = {
        "front": ((-x, -y + half, foot), width),
        "right": ((x - half, -y + thickness, foot), between),
        "back": ((x, y - half, foot), width),
        "left": ((-x + half, y - thickness, foot), between),
    }
    chosen = {"PLASTER": material} if material else {}
    return [
        Part(
            _role(side, above),
            "wall",
            {"length": length, "height": height, "thickness": thickness},
            (place[0], place[1], above * height),
            _TURNS[side],
            storey=above,
            chosen=chosen,
        )
        for side, (place, length) in starts.items()
    ]


def _canopy(x: float, y: float) -> Part:
    """A pent roof over the entrance."""
    measures: dict[str, Value] = {"length": CANOPY_LENGTH, "depth": 0.9}
    return Part("canopy", "eaves", measures, (x - CANOPY_LENGTH / 2, y, CANOPY))


def _bays(
    side: str,
    outer: tuple[float, float],
    thickness: float,
    height: float,
    windows: int,
    door: bool,
    material: str | None,
) -> list[Part]:
    length = outer[0] if side in ("front", "back") else outer[1] - 2 * thickness
    return _row(side, length, height, windows, windows // 2 if door else None, material)


def _row(
    wall: str,
    length: float,
    height: float,
    windows: int,
    door: int | None,
    material: str | None,
    above: int = 0,
) -> list[Part]:
    """Windows, and perhaps a door in the bay of that number, each in the middle of a bay; all bays equal."""
    bays = windows + (door is not None)
    if not bays:
        return []
    bay = length / bays
    parts = []
    for at in range(bays):
        is_door = at == door
        least = LEAST_DOOR if is_door else LEAST_WINDOW
        wide = min(DOOR if is_door else WINDOW, bay - 2 * BESIDE)
        if wide < least:
            raise ValueError(
                f"{windows} windows{' and a door' if door is not None else ''} do not fit into a wall of "
                f"{length:.2f} m: each needs {least + 2 * BESIDE:.2f} m"
            )
        head = min(HEAD, height - BESIDE)
        sill = min(SILL, head - LEAST_WINDOW)
        if head < 1.8 and is_door:
            raise ValueError(f"A door does not fit into a wall of {height:.2f} m: it needs 1.9 m")
        if sill < BESIDE and not is_door:
            raise ValueError(f"A window does not fit into a wall of {height:.2f} m: it needs 0.6 m")
        place = ((at + 0.5) * bay, 0.0, 0.0 if is_door else sill)
        measures: Mapping[str, Value] = (
            {"width": wide, "height": head}
            if is_door
            else {"width": wide, "height": head - sill, "sill": sill}
        )
        role = f"{wall} {'door' if is_door else f'window {at + 1}'}"
        kind = "door" if is_door else "window"
        # Wood in wood would not be seen: white frames.
        chosen = {"WOOD": "PLASTIC"} if material == "WOOD" else {}
        parts.append(Part(role, kind, measures, place, wall=wall, storey=above, chosen=chosen))
    return parts


def _floor(role: str, length: float, width: float, place: Point, above: int = 0) -> Part:
    measures = {"length": length, "width": width, "thickness": FLOOR}
    return Part(role, "slab", measures, place, storey=above, chosen={"CONCRETE": "WOOD"})


def _ceiling(role: str, length: float, width: float, place: Point, above: int = 0) -> Part:
    measures = {"length": length, "width": width, "thickness": CEILING}
    return Part(role, "ceiling", measures, place, storey=above)


def _role(side: str, above: int) -> str:
    return f"{side} {above + 1}" if above else side
