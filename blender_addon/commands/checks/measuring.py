"""Places, sizes and distances, in the scene's units and in the world.

In: names of objects. Out: their bounds, areas and volumes, and how each two of them lie to each other. Main
thread only.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any

from ...blender.data_access import find_objects, rounded, with_notes
from ...blender.libraries import told_name
from ...blender.units import length_unit
from ...registry.schema import Constraint
from ...registry.table import command

if TYPE_CHECKING:
    from .geometry import WorldMesh, WorldMeshes

MAX_OBJECTS = 50
MAX_PAIRED = 8  # objects, of which each two are compared

Tolerance = Annotated[float, Constraint(minimum=0)]
TOLERANCE = 0.001  # in the scene's units


@command(title="Measure objects", reads_only=True)
def measure(
    objects: Annotated[list[str], Constraint(minItems=1, maxItems=MAX_OBJECTS)],
    tolerance: Tolerance = TOLERANCE,
) -> dict[str, Any]:
    """Measure objects in the world, modifiers included: bounds, size, area and volume, and for each two of up
    to 8 the distances between surfaces and centers, the gaps between the bounding boxes, and whether they
    touch, cross or lie inside one another.

    objects: their names
    tolerance: up to which distance they touch, in the scene's unit
    """
    from .geometry import WorldMeshes  # here: numpy would make every start of Blender slower

    found = find_objects(objects)
    meshes = WorldMeshes()
    shapes = [meshes.of(each) for each in found]
    notes = [note for shape in shapes for note in shape.notes]
    answer: dict[str, Any] = {
        "unit": length_unit(),
        "objects": [
            {"name": told_name(obj), "type": obj.type, **_facts(shape, notes)}
            for obj, shape in zip(found, shapes, strict=True)
        ],
    }
    if 1 < len(shapes) <= MAX_PAIRED:
        pairs = combinations(shapes, 2)
        answer["pairs"] = [_pair(meshes, first, second, tolerance, notes) for first, second in pairs]
    elif len(shapes) > MAX_PAIRED:
        notes.append(f"Distances are told for up to {MAX_PAIRED} objects at once")
    return with_notes(answer, notes)


def _facts(shape: WorldMesh, notes: list[str]) -> dict[str, Any]:
    low, high = shape.bounds
    facts = {
        "origin": rounded(shape.origin),
        "center": rounded(shape.center),
        "bounds": [rounded(low), rounded(high)],
        "size": rounded(shape.size),
    }
    if len(shape.triangles):
        facts["area"] = number(shape.area)
        facts["closed"] = shape.closed
        facts["volume"] = None if shape.volume is None else number(abs(shape.volume))
        if shape.volume is not None and shape.volume < 0:
            notes.append(f"The normals of '{shape.name}' point inward")
    return facts


def _pair(
    meshes: WorldMeshes, a: WorldMesh, b: WorldMesh, tolerance: float, notes: list[str]
) -> dict[str, Any]:
    from . import proximity

    near = proximity.nearest(meshes, a, b)
    if not near.exact:
        notes.append(proximity.inexact_note(a, b))
    told = {
        "a": a.name,
        "b": b.name,
        "surface_distance": number(near.distance),
        "center_distance": number(((a.center - b.center) ** 2).sum() ** 0.5),
        "origin_distance": number(((a.origin - b.origin) ** 2).sum() ** 0.5),
        "gap": rounded(proximity.gap(a, b)),
        "touching": near.distance <= tolerance,
        "crossing": proximity.cross(meshes, a, b, tolerance),
        "nearest_points": [rounded(near.first), rounded(near.second)],
    }
    for name, inner, outer in (("a_inside_b", a, b), ("b_inside_a", b, a)):
        if proximity.inside(meshes, inner, outer, tolerance):
            told[name] = True
    return told


def number(value: float) -> float:
    """To the seven digits that Blender counts with."""
    return rounded([value])[0]
