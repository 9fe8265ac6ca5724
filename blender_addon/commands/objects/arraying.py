"""Objects copied in a row, a grid or a circle.

In: names, and how many there are to be. Out: the objects that stand there then, the originals among them.
Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, pi, sin, sqrt
from typing import Annotated, Any, Literal

import bpy
from mathutils import Matrix

from ...blender.data_access import find_objects, leave_edit_mode, rounded
from ...blender.leftovers import nothing_left_on_failure
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command
from ...tracking import scene_tracker
from .copying import copy_together
from .outcome import visibility_notes
from .world_transform import (
    AXES,
    Axis,
    Box,
    Names,
    Point,
    Shapes,
    children_by_parent,
    displace,
    place_of,
    refuse_unmovable,
    standing,
    told,
    topmost,
    turn,
    united,
)

Length = Annotated[float, Constraint(exclusiveMinimum=0)]
Number = Annotated[int, Constraint(minimum=1, maximum=1000)]

MAX_OBJECTS = 1000  # that are there in the end, with what hangs on them
MAX_VERTICES = 20_000_000  # of all copies' meshes
SPACING = 1.5  # widths from one to the next

_USED_BY = {
    "axis": ("ROW",),
    "spacing": ("ROW", "GRID"),
    "radius": ("CIRCLE",),
    "rows": ("GRID",),
    "columns": ("GRID",),
}


@command(title="Array objects")
def array_objects(
    names: Names,
    count: Annotated[int, Constraint(minimum=2, maximum=MAX_OBJECTS)],
    pattern: Literal["ROW", "GRID", "CIRCLE"],
    axis: Axis | None = None,
    spacing: Length | None = None,
    radius: Length | None = None,
    rows: Number | None = None,
    columns: Number | None = None,
) -> dict[str, Any]:
    """Copy objects until there are so many, in a row, a grid or a circle. Each copy has a mesh of its own;
    what hangs on an object is copied too. Several objects are copied together, as they stand to each other.

    names: of the originals
    count: of each in the end, the original included
    pattern: ROW along an axis; GRID row by row; CIRCLE around where the original stood, fronts (-Y) outward
    axis: of the world, for ROW; else X
    spacing: from one origin to the next, in the scene's unit; else 1.5 times the own width
    radius: of the CIRCLE, to the origins; else so that there is 1.5 times the own width to the next
    rows: of the GRID, along Y
    columns: of the GRID, along X; else as many as make it square
    """
    originals = topmost(find_objects(names))
    given = {"axis": axis, "spacing": spacing, "radius": radius, "rows": rows, "columns": columns}
    notes = [
        f"{pattern} has no use for {name}"
        for name, value in given.items()
        if value is not None and pattern not in _USED_BY[name]
    ]
    group = _with_all_below(originals)
    _refuse_too_many(group, count)
    shapes = Shapes()
    box = united([shapes.box(each) for each in originals])
    if pattern == "CIRCLE":
        refuse_unmovable(originals, turned=True)
        measures = [radius or _fitting_radius(box, count)]
        spots = _circle(count, measures[0])
    elif pattern == "GRID":
        measures = [_spacing(box, 0, spacing), _spacing(box, 1, spacing)]
        spots = _grid(count, rows, columns, *measures)
    else:
        along = AXES.index(axis or "X")
        measures = [_spacing(box, along, spacing)]
        spots = _row(count, along, *measures)
    for each in group:
        notes += leave_edit_mode(each)
    with nothing_left_on_failure():
        sets = [{each: each for each in group}, *(copy_together(group) for _ in range(count - 1))]
        bpy.context.view_layer.update()
        middle = united([_origin(each) for each in originals]).center
        wanted, turned = {}, []
        for (by, angle), copies in zip(spots, sets, strict=True):
            rotation = Matrix.Rotation(angle, 3, "Z")
            for each in originals:
                arm = place_of(each) - middle
                wanted[copies[each]] = (arm + by).transformed(rotation) - arm
                if angle:
                    turned.append((copies[each], rotation))
        notes += displace(wanted)
        for each, rotation in turned:
            turn(each, rotation)
        bpy.context.view_layer.update()
    for copies in sets[1:]:
        for copy in copies.values():
            scene_tracker.object_added(copy, copy.users_collection)
    standing_there = [copies[each] for copies in sets for each in originals]
    notes += visibility_notes(standing_there[-1], None)
    return {
        **told(standing_there, notes, standing),
        "radius" if pattern == "CIRCLE" else "spacing": rounded(measures),
    }


def _with_all_below(originals: Sequence[Any]) -> list[Any]:
    children = children_by_parent()
    found = list(originals)
    for each in found:
        found += children.get(each, ())
    return found


def _refuse_too_many(group: Sequence[Any], count: int) -> None:
    if (objects := len(group) * count) > MAX_OBJECTS:
        raise CommandError(
            f"That would be {objects:,} objects, and {MAX_OBJECTS:,} are the most: give a smaller count, or "
            "fewer names"
        )
    vertices = sum(len(getattr(each.data, "vertices", ())) for each in group) * (count - 1)
    if vertices > MAX_VERTICES:
        raise CommandError(
            f"The copies would have {vertices:,} vertices, and {MAX_VERTICES:,} are the most: give a smaller "
            "count, or make copies that share a mesh (duplicate_object with linked)"
        )


def _origin(obj: Any) -> Box:
    return Box(place_of(obj), place_of(obj))


def _spacing(box: Box, axis: int, given: float | None) -> float:
    if given is not None:
        return given
    size = box.size
    return SPACING * (size[axis] or max(size) or 1.0)


def _fitting_radius(box: Box, count: int) -> float:
    width = max(box.size.x, box.size.y) or 1.0
    return SPACING * width / (2 * sin(pi / count))


# Where each one stands, seen from the original's place, before it is turned by the angle about that place.
Spots = list[tuple[Point, float]]


def _row(count: int, axis: int, spacing: float) -> Spots:
    return [(Point().with_axis(axis, spacing * number), 0.0) for number in range(count)]


def _grid(count: int, rows: int | None, columns: int | None, across: float, deep: float) -> Spots:
    if columns is None:
        columns = ceil(count / rows) if rows else ceil(sqrt(count))
    needed = ceil(count / columns)
    if rows is not None and rows < needed:
        raise CommandError(
            f"{rows} x {columns} have room for {rows * columns}, and {count} are asked for: give more rows "
            "or columns, or a smaller count",
            code="invalid_params",
        )
    return [(Point(number % columns * across, number // columns * deep), 0.0) for number in range(count)]


def _circle(count: int, radius: float) -> Spots:
    return [(Point(y=-radius), 2 * pi * number / count) for number in range(count)]
