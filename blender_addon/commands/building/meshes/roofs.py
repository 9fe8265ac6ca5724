"""Roofs: gable, hip, flat and shed.

In: the length (X) and width (Y) of what they cover, pitch, overhang, thickness. Out: a solid about the middle
of the plan; z = 0 is the top of the walls, on whose outer edge the underside rests. Pure Python; any thread.

The thickness is measured across the slope. Eaves and verges are cut plumb and closed by boards.
"""

import math

from ..solid import Point, Solid, join
from .parts import EMBED, along_x, block, frame, one_of, sheet, stepped, swept, within, within_degrees

KINDS = ("GABLE", "HIP", "FLAT", "SHED")

_BOARD = 0.03  # fascias and bargeboards: how thick
_CAP_HALF, _CAP_HIGH = 0.11, 0.05  # tiles on ridges and hips
_BACK = 0.002  # walls under a roof stand back, that no corner of them lies on another
_FACES = ("TILE", "WOOD", "WOOD")  # above, below, at the edges


def roof(
    kind: str,
    length: float,
    width: float,
    pitch: float = 0.523599,
    overhang: float = 0.6,
    thickness: float = 0.15,
    gable_walls: bool = False,
    wall_thickness: float = 0.15,
    parapet: float = 0.3,
) -> Solid:
    """A roof over `length` by `width`.

    `gable_walls` fills what a GABLE or SHED leaves open above the walls; `parapet` is the height of the edge
    of a FLAT one, 0 for none, and its pitch is not looked at.
    """
    one_of("The kind of roof", kind, KINDS)
    within("The roof's length", length, 0.5, 200)
    within("The roof's width", width, 0.5, 200)
    within("The overhang", overhang, 0, 3)
    within("The roof's thickness", thickness, 0.05, 1)
    if kind == "FLAT":
        return _flat(length, width, overhang, thickness, parapet)
    within_degrees("The roof's pitch", pitch, 3, 70)
    if gable_walls:
        within("The thickness of the gable walls", wall_thickness, 0.05, min(length, width) / 3)
    wall = wall_thickness if gable_walls else 0.0
    if kind == "HIP":
        return _hip(length, width, pitch, overhang, thickness)
    if kind == "GABLE":
        return _gable(length, width, pitch, overhang, thickness, wall)
    return _shed(length, width, pitch, overhang, thickness, wall)


def _gable(
    length: float, width: float, pitch: float, overhang: float, thickness: float, wall: float
) -> Solid:
    """The ridge runs along X."""
    slope, depth = math.tan(pitch), thickness / math.cos(pitch)
    end, eave = length / 2 + overhang, width / 2 + overhang

    def top(y: float) -> float:
        return (width / 2 - abs(y)) * slope + depth

    points: list[Point] = [
        (x, y, top(y))
        for x, y in ((-end, -eave), (end, -eave), (end, 0), (-end, 0), (end, eave), (-end, eave))
    ]
    parts = [sheet(points, [(0, 1, 2, 3), (3, 2, 4, 5)], depth, _FACES)]
    tip = eave + _BOARD + 0.005
    profile = [(y, top(y) - depth - 0.05) for y in (-tip, 0.0, tip)]
    profile += [(y, top(y) + 0.02) for y in (tip, 0.0, -tip)]
    parts += _at_both_ends(profile, end)
    parts += [_fascia(end, eave, top(eave), depth, slope, side) for side in (-1, 1)]
    reach = end + _BOARD + 0.02
    parts.append(_cap((-reach, 0, top(0)), (reach, 0, top(0)), (0, -math.sin(pitch), math.cos(pitch))))
    if wall:
        half, high = width / 2 - _BACK, width / 2 * slope
        gable = [(-half, 0.0), (half, 0.0), (half, EMBED), (0.0, high + EMBED), (-half, EMBED)]
        parts += [
            along_x(gable, -length / 2, wall - length / 2, "PLASTER"),
            along_x(gable, length / 2 - wall, length / 2, "PLASTER"),
        ]
    return join(parts)


def _shed(length: float, width: float, pitch: float, overhang: float, thickness: float, wall: float) -> Solid:
    """It rises to the back (+Y)."""
    slope, depth = math.tan(pitch), thickness / math.cos(pitch)
    end, eave = length / 2 + overhang, width / 2 + overhang

    def top(y: float) -> float:
        return (width / 2 + y) * slope + depth

    corners = ((-end, -eave), (end, -eave), (end, eave), (-end, eave))
    parts = [sheet([(x, y, top(y)) for x, y in corners], [(0, 1, 2, 3)], depth, _FACES)]
    tip = eave + _BOARD + 0.005
    profile = [(-tip, top(-tip) - depth - 0.05), (tip, top(tip) - depth - 0.05)]
    profile += [(tip, top(tip) + 0.02), (-tip, top(-tip) + 0.02)]
    parts += _at_both_ends(profile, end)
    parts.append(_fascia(end, eave, top(-eave), depth, slope, -1))
    parts.append(_fascia(end, eave, top(eave), depth, 0.0, 1))
    if wall:
        half, high = width / 2 - _BACK, width * slope
        side = [(-half, 0.0), (half, 0.0), (half, high + EMBED), (-half, EMBED)]
        inner = half - wall
        face = half - _BACK
        back = [
            (inner, 0.0),
            (face, 0.0),
            (face, top(face) - depth + EMBED),
            (inner, top(inner) - depth + EMBED),
        ]
        parts += [
            along_x(side, -length / 2, wall - length / 2, "PLASTER"),
            along_x(side, length / 2 - wall, length / 2, "PLASTER"),
            along_x(back, wall - length / 2, length / 2 - wall, "PLASTER"),
        ]
    return join(parts)


def _hip(length: float, width: float, pitch: float, overhang: float, thickness: float) -> Solid:
    """Four slopes of one pitch; the ridge runs along the longer side, and a square has a point instead."""
    slope, depth = math.tan(pitch), thickness / math.cos(pitch)
    x, y = length / 2 + overhang, width / 2 + overhang
    eave, rise = depth - overhang * slope, min(x, y) * slope
    ridge = abs(x - y)
    points: list[Point] = [(-x, -y, eave), (x, -y, eave), (x, y, eave), (-x, y, eave)]
    if ridge < 0.01:
        points.append((0.0, 0.0, eave + rise))
        faces: list[tuple[int, ...]] = [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)]
        hips = [(0, 4), (1, 4), (2, 4), (3, 4)]
    elif x > y:
        points += [(-ridge, 0.0, eave + rise), (ridge, 0.0, eave + rise)]
        faces = [(0, 1, 5, 4), (1, 2, 5), (2, 3, 4, 5), (3, 0, 4)]
        hips = [(0, 4), (1, 5), (2, 5), (3, 4)]
    else:
        points += [(0.0, -ridge, eave + rise), (0.0, ridge, eave + rise)]
        faces = [(0, 1, 4), (1, 2, 5, 4), (2, 3, 5), (3, 0, 4, 5)]
        hips = [(0, 4), (1, 4), (2, 5), (3, 5)]
    parts = [sheet(points, faces, depth, _FACES)]
    # A gutter board all round, its upper edge just below the slope that goes on over it.
    out = _BOARD - EMBED
    parts.append(
        frame(
            (-x - out, -y - out), (x + out, y + out), _BOARD, eave - depth - 0.04, eave - out * slope - 0.005
        )
    )
    sin, cos = math.sin(pitch), math.cos(pitch)
    for low, high in hips:
        # The normal of either slope beside the hip does: they mirror each other.
        parts.append(_cap(points[low], points[high], (0, math.copysign(sin, points[low][1]), cos)))
    if len(points) == 6:
        normal = (0.0, -sin, cos) if x > y else (sin, 0.0, cos)
        parts.append(_cap(points[4], points[5], normal, lift=0.01))
    return join(parts)


def _flat(length: float, width: float, overhang: float, thickness: float, parapet: float) -> Solid:
    x, y = length / 2 + overhang, width / 2 + overhang
    if parapet == 0:
        return block((-x, -y, 0), (x, y, thickness), "CONCRETE")
    within("The parapet", parapet, 0.05, 3)
    wall = min(0.15, x / 3, y / 3)
    top = thickness + parapet
    inner = (2 * (x - wall), 2 * (y - wall))
    body = stepped([(2 * x, 2 * y, 0.0), (2 * x, 2 * y, top), (*inner, top), (*inner, thickness)], "CONCRETE")
    out = 0.025
    coping = frame((-x - out, -y - out), (x + out, y + out), wall + 2 * out, top - 0.02, top + 0.03, "METAL")
    return join([body, coping])


def _at_both_ends(profile: list[tuple[float, float]], end: float) -> list[Solid]:
    """Bargeboards: they hide the ends of the roof, and reach a little into it."""
    outer = end + _BOARD - EMBED
    return [along_x(profile, -outer, EMBED - end), along_x(profile, end - EMBED, outer)]


def _fascia(end: float, eave: float, top: float, depth: float, slope: float, side: int) -> Solid:
    """The board along the eaves at y = side * eave; its upper edge stays below the slope."""
    out = eave + _BOARD - EMBED
    near, far = sorted((side * (eave - EMBED), side * out))
    high = top - (_BOARD - EMBED) * slope - 0.005
    return block((-end, near, top - depth - 0.04), (end, far, high))


def _cap(start: Point, end: Point, normal: Point, lift: float = 0.0) -> Solid:
    """Tiles over the edge of two slopes, one of which has that normal; the foot follows both."""
    run = math.dist(start, end)
    along = [(there - here) / run for here, there in zip(start, end, strict=True)]
    flat = math.hypot(along[0], along[1])
    right = (along[1] / flat, -along[0] / flat)
    up = (-along[2] * along[0] / flat, -along[2] * along[1] / flat, flat)
    across = abs(normal[0] * right[0] + normal[1] * right[1])
    fall = _CAP_HALF * across / (normal[0] * up[0] + normal[1] * up[1] + normal[2] * up[2])
    foot, high = -0.015, _CAP_HIGH + lift
    outline = [(-_CAP_HALF, foot - fall), (0.0, foot), (_CAP_HALF, foot - fall)]
    outline += [(_CAP_HALF, high - fall - 0.02), (0.0, high), (-_CAP_HALF, high - fall - 0.02)]
    return swept(outline, start, end, "TILE")
