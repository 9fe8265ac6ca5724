"""Objects where they are in the world: their bounds there, and moved and turned there.

In: objects, with vectors and rotations of the world. Out: the objects changed, and what to tell of them. Main
thread only.

What hangs on an object goes with it. So an object that is named together with one that it hangs on is moved
once, and the bounds of an object are those of all that goes with it and is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import bpy
from mathutils import Matrix, Quaternion

from ...blender.data_access import matrix_above, rotation_property, rounded, with_notes, world_matrix
from ...blender.libraries import refuse_unkept, told_name, told_names
from ...blender.paging import names_told
from ...blender.units import unit_if_unusual
from ...blender.visibility import is_visible
from ...registry.schema import Constraint
from .outcome import TOLERANCE, transform_notes

if TYPE_CHECKING:
    from ..checks.geometry import WorldMesh, WorldMeshes

Names = Annotated[list[str], Constraint(minItems=1)]
Axis = Literal["X", "Y", "Z"]
AXES = ("X", "Y", "Z")

MAX_ROWS = 50  # objects that an answer tells more of than the name
MAX_NOTES = 20
NOTHING: frozenset[Any] = frozenset()


@dataclass
class Point:
    """A place or a way in the world, counted with sixteen digits: Blender's own vectors have seven, and the
    difference of two that are far away would be nothing but what those leave out."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0

    @classmethod
    def of(cls, numbers: Iterable[float]) -> Point:
        return cls(*map(float, numbers))

    def __iter__(self) -> Iterator[float]:
        return iter((self.x, self.y, self.z))

    def __getitem__(self, axis: int) -> float:
        return (self.x, self.y, self.z)[axis]

    def __add__(self, other: Iterable[float]) -> Point:
        return Point.of(a + b for a, b in zip(self, other, strict=True))

    def __sub__(self, other: Iterable[float]) -> Point:
        return Point.of(a - b for a, b in zip(self, other, strict=True))

    def __mul__(self, factor: float) -> Point:
        return Point.of(each * factor for each in self)

    def with_axis(self, axis: int, value: float) -> Point:
        """The same but for this coordinate."""
        return Point.of(value if number == axis else each for number, each in enumerate(self))

    def transformed(self, matrix: Matrix) -> Point:
        """`matrix`: of three rows."""
        return Point.of(sum(a * b for a, b in zip(row, self, strict=True)) for row in matrix)


@dataclass(frozen=True)
class Box:
    """Its edges lie along the axes of the world."""

    low: Point
    high: Point

    @property
    def center(self) -> Point:
        return (self.low + self.high) * 0.5

    @property
    def size(self) -> Point:
        return self.high - self.low

    def moved(self, by: Point) -> Box:
        return Box(self.low + by, self.high + by)

    def around(self, other: Box) -> Box:
        """The box that holds both."""
        return Box(Point.of(map(min, self.low, other.low)), Point.of(map(max, self.high, other.high)))


class Shapes:
    """The objects of the file as they are now, modifiers included; anew after each change."""

    def __init__(self) -> None:
        from ..checks.geometry import WorldMeshes  # here: numpy would make every start of Blender slower

        self.meshes: WorldMeshes = WorldMeshes()
        self.notes: list[str] = []
        self._children = children_by_parent()

    def of(self, obj: Any, without: Collection[Any] = NOTHING) -> list[WorldMesh]:
        """The object and what is seen of all that hangs on it, except `without` and what hangs on that.

        What has no extent, as a light, counts only where nothing else is there.
        """
        own = self.meshes.of(obj)
        self.notes += own.notes
        below = [each for each in self._below(obj, without) if is_visible(each) and not each.hide_render]
        shapes = [own, *map(self.meshes.of, below)]
        return [each for each in shapes if len(each.vertices) > 1] or [own]

    def box(self, obj: Any, without: Collection[Any] = NOTHING) -> Box:
        boxes = [each.bounds for each in self.of(obj, without)]
        return united([Box(Point.of(low), Point.of(high)) for low, high in boxes])

    def _below(self, obj: Any, without: Collection[Any]) -> Iterator[Any]:
        for child in self._children.get(obj, ()):
            if child not in without:
                yield child
                yield from self._below(child, without)


def united(boxes: Iterable[Box]) -> Box:
    first, *others = boxes
    for each in others:
        first = first.around(each)
    return first


def children_by_parent() -> dict[Any, list[Any]]:
    """Blender's own `children` looks through the whole file each time."""
    found: dict[Any, list[Any]] = {}
    for obj in bpy.data.objects:
        if obj.parent:
            found.setdefault(obj.parent, []).append(obj)
    return found


def ancestors(obj: Any) -> Iterator[Any]:
    while obj := obj.parent:
        yield obj


def topmost(objects: Collection[Any]) -> list[Any]:
    """Those that hang on no other one of them."""
    given = set(objects)
    return [each for each in objects if not any(above in given for above in ancestors(each))]


def going_along_notes(objects: Collection[Any], done: Collection[Any]) -> list[str]:
    return [
        f"'{told_name(each)}' hangs on another of the objects, and went along with it"
        for each in objects
        if each not in done
    ]


def refuse_unmovable(objects: Iterable[Any], *, turned: bool = False, scaled: bool = False) -> None:
    """CommandError where one of them would not keep a new place; before anything is changed."""
    for each in objects:
        turning = (rotation_property(each),) if turned else ()
        refuse_unkept(each, "location", *turning, *(("scale",) if scaled else ()))


def place_of(obj: Any) -> Point:
    return Point.of(world_matrix(obj).translation)


def displace(wanted: dict[Any, Point]) -> list[str]:
    """Bring each object away from where it is by its way in the world, whatever those above it do.

    Returns notes. Blender has evaluated the scene, and does so again.
    """
    places = {obj: place_of(obj) + by for obj, by in wanted.items()}
    locations: dict[Any, Point] = {}
    for obj, way in wanted.items():
        carrier = next((each for each in ancestors(obj) if each in wanted), None)
        by = way - wanted[carrier] if carrier else way
        if any(by):
            into = matrix_above(obj).to_3x3().inverted_safe()
            locations[obj] = by.transformed(into) + obj.location
    refuse_unmovable(locations)
    for obj, location in locations.items():
        obj.location = tuple(location)
    bpy.context.view_layer.update()
    notes = change_notes({obj: {"location": tuple(location)} for obj, location in locations.items()})
    for obj, place in places.items():
        real = place_of(obj)
        if max(map(abs, real - place)) > TOLERANCE * max(1e-6, *map(abs, place), *map(abs, real)):
            notes.append(f"'{told_name(obj)}' is not where it was moved to: see its location")
    return notes


def local_rotation(obj: Any) -> Quaternion:
    if obj.rotation_mode == "QUATERNION":
        return obj.rotation_quaternion.normalized()
    if obj.rotation_mode == "AXIS_ANGLE":
        angle, *axis = obj.rotation_axis_angle
        return Quaternion(axis, angle)
    return obj.rotation_euler.to_quaternion()


def set_local_rotation(obj: Any, rotation: Quaternion) -> None:
    """Keeping the object's way of rotating, and of Euler angles those that are next to the present ones."""
    if obj.rotation_mode == "QUATERNION":
        obj.rotation_quaternion = rotation
    elif obj.rotation_mode == "AXIS_ANGLE":
        axis, angle = rotation.to_axis_angle()
        obj.rotation_axis_angle = (angle, *axis)
    else:
        obj.rotation_euler = rotation.to_euler(obj.rotation_mode, obj.rotation_euler)


def turn(obj: Any, rotation: Matrix) -> None:
    """Turn it in the world, about its own origin. Blender has evaluated the scene."""
    above = matrix_above(obj).to_3x3()
    local = above.inverted_safe() @ rotation @ above
    set_local_rotation(obj, local.to_quaternion() @ local_rotation(obj))


def standing(obj: Any) -> dict[str, Any]:
    """The row of an answer: where the object is in the world."""
    return {"name": told_name(obj), "location": rounded(place_of(obj))}


def bounded(shapes: Shapes) -> Callable[[Any], dict[str, Any]]:
    """The row of an answer: where the object and its bounds are."""

    def row(obj: Any) -> dict[str, Any]:
        box = shapes.box(obj)
        return {**standing(obj), "bounds": [rounded(box.low), rounded(box.high)]}

    return row


def told(
    objects: Collection[Any],
    notes: list[str],
    row: Callable[[Any], dict[str, Any]] = standing,
) -> dict[str, Any]:
    """The answer of a command that changed these objects: as they are now, the scene evaluated."""
    rows = [row(each) for each in list(objects)[:MAX_ROWS]]
    answer = {**names_told("names", told_names(objects)), "objects": rows, **unit_if_unusual()}
    if len(rows) < len(objects):
        answer["objects_count"] = len(objects)
    distinct = list(dict.fromkeys(notes))
    if more := len(distinct) - MAX_NOTES:
        distinct[MAX_NOTES:] = [f"There are {more} more notes of this kind"] if more > 0 else []
    return with_notes(answer, distinct)


def change_notes(asked: dict[Any, dict[str, Any]]) -> list[str]:
    """Where Blender has, or soon will have, something else than was set; each says of which object."""
    return [
        note if obj.name in note else f"'{told_name(obj)}': {note}"
        for obj, given in asked.items()
        for note in transform_notes(obj, given)
    ]
