"""Objects placed by what stands there already: on it, beside it, in line, one on the other.

In: names, and a relation. Out: where the objects then are, with their bounds. Main thread only.

All of it goes by bounds along the axes of the world: left is -X, in front is -Y, up is +Z.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from mathutils import Vector

from ...blender.data_access import find_objects
from ...blender.libraries import told_name
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command
from .world_transform import (
    AXES,
    Axis,
    Box,
    Names,
    Point,
    Shapes,
    ancestors,
    bounded,
    displace,
    going_along_notes,
    told,
    topmost,
    united,
)

Relation = Literal[
    "ON",
    "UNDER",
    "ABOVE",
    "BELOW",
    "LEFT_OF",
    "RIGHT_OF",
    "IN_FRONT_OF",
    "BEHIND",
    "BESIDE",
    "INSIDE",
    "BETWEEN",
]
Several = Annotated[list[str], Constraint(minItems=2)]
X, Y, Z = range(3)

GAPS = {"ABOVE": 0.1, "BELOW": 0.1, "BESIDE": 0.1}  # all others: 0
RAYS = 7  # along each side of a footprint
INSET = 1e-3  # of the footprint; rays along an edge may miss it


@command(title="Place objects")
def place_objects(
    names: Names,
    relation: Relation,
    target: Names,
    gap: Annotated[float, Constraint(minimum=0)] | None = None,
) -> dict[str, Any]:
    """Move objects to where they stand in a relation to others, by the bounds in the world. Several go side
    by side along X; what hangs on them goes along. Left is -X, the front is -Y.

    names: of the objects to move
    relation: ON its top, centered; UNDER it, on its ground where there is room; ABOVE, BELOW, free of it;
        LEFT_OF, RIGHT_OF, IN_FRONT_OF, BEHIND, BESIDE (right), on its ground; INSIDE, on its floor;
        BETWEEN two
    target: names of the objects to go to; BETWEEN takes two, the others go by the bounds of all
    gap: left free, in the scene's unit: 0.1 for ABOVE, BELOW and BESIDE, else 0
    """
    objects, targets = find_objects(names), find_objects(target)
    if relation == "BETWEEN" and len(targets) != 2:
        raise CommandError(f"BETWEEN takes two targets, not {len(targets)}", code="invalid_params")
    movers = topmost(objects)
    _refuse_own_target(movers, targets)
    shapes = Shapes()
    boxes = [shapes.box(each) for each in movers]
    there = [shapes.box(each, without=set(movers)) for each in targets]
    free = GAPS.get(relation, 0.0) if gap is None else gap
    notes = shapes.notes
    if relation == "BETWEEN":
        lows = _between(boxes, there, free, notes)
    else:
        around = united(there)
        lows = _beside(boxes, relation, around, free)
        surface = _Surface(shapes, targets, movers)
        for at, box in enumerate(boxes):
            if relation == "UNDER":
                lows[at] = lows[at].with_axis(Z, _under(box, lows[at], surface, around, free))
            elif relation == "INSIDE":
                floor = surface.floor(_footprint(box, lows[at]), around)
                lows[at] = lows[at].with_axis(Z, floor + free)
        if relation == "INSIDE":
            notes += _too_large(movers, boxes, around)
    notes += displace({each: low - box.low for each, box, low in zip(movers, boxes, lows, strict=True)})
    after = Shapes()
    return told(objects, notes + going_along_notes(objects, movers), bounded(after))


@command(title="Align objects")
def align_objects(names: Several, axis: Axis, side: Literal["MIN", "CENTER", "MAX"]) -> dict[str, Any]:
    """Move objects along an axis of the world until their bounds are in line with those of the first.

    names: of the objects; the first one stays
    axis: to move them along
    side: which side of the bounds is brought in line
    """
    objects = _two_or_more(names)
    shapes = Shapes()
    along = AXES.index(axis)
    points = []
    for each in objects:
        box = shapes.box(each, without=set(objects))
        points.append({"MIN": box.low, "CENTER": box.center, "MAX": box.high}[side][along])
    wanted = {
        each: Point().with_axis(along, points[0] - here) for each, here in zip(objects, points, strict=True)
    }
    notes = shapes.notes + displace(wanted)
    return told(objects, notes, bounded(Shapes()))


@command(title="Stack objects")
def stack_objects(names: Several) -> dict[str, Any]:
    """Put objects one on the other, by their bounds in the world, each centered on the one before.

    names: of the objects, from below; the first one stays
    """
    objects = _two_or_more(names)
    shapes = Shapes()
    below: Box | None = None
    wanted: dict[Any, Point] = {}
    for each in objects:
        box = shapes.box(each, without=set(objects))
        by = Point()
        if below:
            by = (below.center - box.center).with_axis(Z, below.high.z - box.low.z)
        wanted[each], below = by, box.moved(by)
    notes = shapes.notes + displace(wanted)
    return told(objects, notes, bounded(Shapes()))


def _two_or_more(names: list[str]) -> list[Any]:
    objects = find_objects(names)
    if len(objects) < 2:
        raise CommandError("Give at least two different objects", code="invalid_params")
    return objects


def _refuse_own_target(movers: Sequence[Any], targets: Sequence[Any]) -> None:
    for each in targets:
        for obj in (each, *ancestors(each)):
            if obj in movers:
                raise CommandError(
                    f"'{told_name(obj)}' cannot be placed by itself or by what hangs on it: that would move "
                    "with it. Give another target"
                )


def _row(boxes: Sequence[Box], axis: int, start: float, spacing: float) -> list[float]:
    """Where each begins along the axis."""
    starts = []
    for each in boxes:
        starts.append(start)
        start += each.size[axis] + spacing
    return starts


def _extent(boxes: Sequence[Box], axis: int, spacing: float) -> float:
    return sum(each.size[axis] for each in boxes) + spacing * (len(boxes) - 1)


def _beside(boxes: Sequence[Box], relation: str, there: Box, gap: float) -> list[Point]:
    """The low corner of each, by the bounds alone."""
    extent = _extent(boxes, X, gap)
    if relation == "LEFT_OF":  # the first is the nearest
        starts = _row(boxes[::-1], X, there.low.x - gap - extent, gap)[::-1]
    elif relation in ("RIGHT_OF", "BESIDE"):
        starts = _row(boxes, X, there.high.x + gap, gap)
    else:
        starts = _row(boxes, X, there.center.x - extent / 2, gap)
    lows = []
    for x, box in zip(starts, boxes, strict=True):
        size = box.size
        y, z = there.center.y - size.y / 2, there.low.z
        if relation == "IN_FRONT_OF":
            y = there.low.y - gap - size.y
        elif relation == "BEHIND":
            y = there.high.y + gap
        if relation in ("ON", "ABOVE"):
            z = there.high.z + gap
        elif relation == "BELOW":
            z = there.low.z - gap - size.z
        lows.append(Point(x, y, z))
    return lows


def _between(boxes: Sequence[Box], there: Sequence[Box], gap: float, notes: list[str]) -> list[Point]:
    """The low corner of each: evenly spread over the room between the two, on their ground."""
    first, second = there
    room = [_room(first, second, axis) for axis in range(3)]
    axis = max((X, Y), key=lambda each: room[each][1] - room[each][0])
    low, high = room[axis]
    extent = _extent(boxes, axis, 0)
    if high > low:
        spacing = (high - low - extent) / (len(boxes) + 1)
        start = low + spacing
        if spacing < gap - 1e-6:
            needed = extent + gap * (len(boxes) + 1)
            notes.append(f"There is {high - low:.5g} of room between the two, and {needed:.5g} are needed")
    else:  # one above the other, or one in the other
        spacing, start = gap, (low + high - _extent(boxes, axis, gap)) / 2
    lows = []
    for begin, box in zip(_row(boxes, axis, start, spacing), boxes, strict=True):
        corner = Point.of(sum(room[each]) / 2 - box.size[each] / 2 for each in range(3))
        corner = corner.with_axis(axis, begin)
        if room[Z][1] <= room[Z][0]:  # side by side: they share a ground
            corner = corner.with_axis(Z, (first.low.z + second.low.z) / 2)
        lows.append(corner)
    return lows


def _room(first: Box, second: Box, axis: int) -> tuple[float, float]:
    """From where the one ends to where the other begins; where they overlap, the middle of their centers."""
    low, high = sorted((first, second), key=lambda each: each.center[axis])
    if low.high[axis] < high.low[axis]:
        return low.high[axis], high.low[axis]
    middle = (first.center[axis] + second.center[axis]) / 2
    return middle, middle


def _footprint(box: Box, low: Point) -> Box:
    return box.moved(low - box.low)


def _under(box: Box, low: Point, surface: _Surface, there: Box, gap: float) -> float:
    """On the ground where the target stands, if it leaves room for that, as a table; else right below it."""
    if surface.underside(_footprint(box, low), there) - there.low.z >= box.size.z + gap - 1e-6:
        return there.low.z
    return there.low.z - gap - box.size.z


def _too_large(movers: Sequence[Any], boxes: Sequence[Box], there: Box) -> list[str]:
    sides = [box.size.with_axis(X, _extent(boxes, X, 0)) for box in boxes]
    return [
        f"'{told_name(each)}' is too large to be inside: it sticks out"
        for each, size in zip(movers, sides, strict=True)
        if any(a > b + 1e-6 for a, b in zip(size, there.size, strict=True))
    ]


class _Surface:
    """The faces of the targets, which rays hit straight from below and from above."""

    def __init__(self, shapes: Shapes, targets: Sequence[Any], movers: Sequence[Any]) -> None:
        self._meshes = shapes.meshes
        parts = [part for each in targets for part in shapes.of(each, without=set(movers))]
        self._trees = [tree for tree in map(self._meshes.tree, parts) if tree]

    def underside(self, footprint: Box, there: Box) -> float:
        """The lowest point over the footprint; infinite where nothing is."""
        below = there.low.z - max(1.0, there.size.z)
        return min(self._hits(footprint, below, 1), default=float("inf"))

    def floor(self, footprint: Box, there: Box) -> float:
        """The highest point in the footprint that lies below the middle of the target."""
        return max(self._hits(footprint, there.center.z, -1), default=there.low.z)

    def _hits(self, footprint: Box, height: float, way: int) -> Iterator[float]:
        zero = self._meshes.world((0, 0, 0))
        inset = footprint.size * INSET
        low, size = footprint.low + inset, footprint.size - inset * 2
        for column in range(RAYS):
            for row in range(RAYS):
                x = low.x + size.x * column / (RAYS - 1)
                y = low.y + size.y * row / (RAYS - 1)
                start = Vector((x - zero[X], y - zero[Y], height - zero[Z]))
                for tree in self._trees:
                    hit = tree.ray_cast(start, Vector((0, 0, way)))[0]
                    if hit is not None:
                        yield float(hit.z + zero[Z])
