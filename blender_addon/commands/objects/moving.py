"""Objects moved, turned and aimed in the world.

In: names, with a vector, an angle or a target. Out: where the objects then are. Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import degrees, radians
from typing import Annotated, Any

import bpy
from mathutils import Matrix, Vector

from ...blender.data_access import find_objects, matrix_above, rotation_of, rotation_property, world_matrix
from ...blender.libraries import told_name
from ...errors import CommandError
from ...registry.schema import Constraint, Vector3
from ...registry.table import command
from .outcome import TOLERANCE
from .world_transform import (
    Axis,
    Names,
    Point,
    Shapes,
    ancestors,
    change_notes,
    displace,
    going_along_notes,
    place_of,
    refuse_unmovable,
    set_local_rotation,
    standing,
    told,
    topmost,
    turn,
    united,
)

AIMED_BY_Z = ("CAMERA", "LIGHT", "SPEAKER", "LIGHT_PROBE")  # they look along their own -Z
MAX_DEVIATION = radians(0.1)  # of what was turned from where it should look


@command(title="Move objects")
def move_objects(
    names: Names, offset: Vector3 | None = None, location: Vector3 | None = None
) -> dict[str, Any]:
    """Move objects in the world, with what hangs on them. Give either offset or location. Scene units.

    names: of the objects
    offset: to move each by, along the world's axes
    location: where one object's origin goes, or the middle of the bounds of several
    """
    objects = find_objects(names)
    notes: list[str] = []
    bpy.context.view_layer.update()
    if offset is not None and location is None:
        by = Point.of(offset)
    elif location is not None and offset is None:
        by = Point.of(location) - _middle(objects, notes)
    else:
        raise CommandError("Give either offset or location", code="invalid_params")
    return told(objects, notes + displace(dict.fromkeys(objects, by)))


@command(title="Rotate objects")
def rotate_objects(names: Names, axis: Axis, angle: float) -> dict[str, Any]:
    """Turn each object about an axis of the world through its own origin, with what hangs on it.

    names: of the objects
    axis: of the world
    angle: in radians, counter-clockwise seen from the axis's positive end
    """
    objects = find_objects(names)
    turned = topmost(objects)
    refuse_unmovable(turned, turned=True)
    bpy.context.view_layer.update()
    rotation = Matrix.Rotation(angle, 3, axis)
    wanted = {each: rotation @ world_matrix(each).to_3x3() for each in turned}
    for each in turned:
        turn(each, rotation)
    bpy.context.view_layer.update()
    notes = _turned_notes(turned) + _skewed(wanted) + going_along_notes(objects, turned)
    return told(objects, notes, _facing)


@command(title="Aim objects")
def aim_objects(
    names: Names,
    target: Annotated[list[str], Constraint(minItems=1)] | Vector3,
) -> dict[str, Any]:
    """Turn objects to a target: cameras and lights with the side they look from, all others with their front,
    which is -Y. They stay upright as far as they can, and do not follow the target later.

    names: of the objects
    target: names of objects, whose bounds' middle is aimed at, or a place [x, y, z] in the world
    """
    objects = find_objects(names)
    aimed = topmost(objects)
    goal, notes = _goal(aimed, target)
    refuse_unmovable(aimed, turned=True)
    bpy.context.view_layer.update()
    for each in aimed:
        if (goal - world_matrix(each).translation).length < 1e-9:
            raise CommandError(f"'{told_name(each)}' stands in the middle of the target: move it away first")
    for each in aimed:
        _aim(each, goal)
    bpy.context.view_layer.update()
    for each in aimed:
        there = goal - world_matrix(each).translation
        off = _forward(each).angle(there, 0.0)
        if off > MAX_DEVIATION:
            notes.append(f"'{told_name(each)}' looks {degrees(off):.4g}° past the target")
    notes += _turned_notes(aimed) + going_along_notes(objects, aimed)
    return {**told(objects, notes, _facing), "aimed_at": list(goal)}


def _middle(objects: Sequence[Any], notes: list[str]) -> Point:
    """The origin of one, the middle of the bounds of several."""
    if len(objects) == 1:
        return place_of(objects[0])
    shapes = Shapes()
    middle = united([shapes.box(each) for each in objects]).center
    notes += shapes.notes
    return middle


def _goal(aimed: Sequence[Any], target: Sequence[Any]) -> tuple[Vector, list[str]]:
    if not isinstance(target[0], str):
        return Vector(target), []
    targets = find_objects(target)
    for each in targets:
        for obj in (each, *ancestors(each)):
            if obj in aimed:
                raise CommandError(
                    f"'{told_name(obj)}' cannot be aimed at itself or at what hangs on it: that would turn "
                    "with it. Give another target"
                )
    shapes = Shapes()
    middle = united([shapes.box(each, without=set(aimed)) for each in targets]).center
    return Vector(middle), shapes.notes


def _aim(obj: Any, goal: Vector) -> None:
    """In what the object hangs on, which may be scaled unevenly, or mirrored."""
    into = matrix_above(obj).to_3x3().inverted_safe()
    way = goal - world_matrix(obj).translation
    upright = abs(way.normalized().z) < 1 - 1e-9
    forward = (into @ way).normalized()
    up = into @ (Vector((0, 0, 1)) if upright else Vector((0, 1, 0)))
    up = (up - up.dot(forward) * forward).normalized()
    back, scale = -forward, obj.scale
    if obj.type in AIMED_BY_Z:
        z, y = back * _sign(scale.z), up * _sign(scale.y)
    else:
        y, z = back * _sign(scale.y), up * _sign(scale.z)
    set_local_rotation(obj, Matrix((y.cross(z), y, z)).transposed().to_quaternion())


def _sign(value: float) -> int:
    return -1 if value < 0 else 1


def _forward(obj: Any) -> Vector:
    axis = Vector((0, 0, -1)) if obj.type in AIMED_BY_Z else Vector((0, -1, 0))
    return world_matrix(obj).to_3x3() @ axis


def _facing(obj: Any) -> dict[str, Any]:
    return {**standing(obj), "rotation": rotation_of(obj)}


def _turned_notes(objects: Sequence[Any]) -> list[str]:
    return change_notes(
        {each: {"rotation_euler": getattr(each, rotation_property(each))} for each in objects}
    )


def _skewed(wanted: dict[Any, Matrix]) -> list[str]:
    """Who is not turned as asked: in a parent that is scaled unevenly a turned object would be slanted."""
    found = []
    for obj, matrix in wanted.items():
        difference = world_matrix(obj).to_3x3() - matrix
        most = max(1e-12, *(column.length for column in matrix.transposed()))
        if any(row.length > TOLERANCE * most for row in difference):
            found.append(
                f"'{told_name(obj)}' could not be turned exactly as asked: its parent is scaled unevenly, or "
                "a constraint holds it"
            )
    return found
