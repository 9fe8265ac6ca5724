"""Elements made: the commands `build_<kind>`, one for each row of the catalog.

In: an element's parameters, and where it stands. Out: the names of what was made, its parameters, and its
dimensions as the mesh has them. Main thread only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import bpy
from mathutils import Vector

from ...blender.data_access import find_object, name_notes, numbers, with_notes
from ...blender.evaluation import hidden_notes
from ...blender.libraries import told_names
from ...blender.units import unit_if_unusual
from ...errors import CommandError
from ...registry.table import insert, row_of
from .element import ELEMENTS, LONGEST, Element, Part, checked_material
from .meshes.plates import Opening, misfit
from .objects import (
    Record,
    add,
    box_of,
    matrix_of,
    openings_of,
    record_of,
    size_of,
    size_together,
    told,
)
from .openings import refresh_openings
from .solid import MATERIALS
from .storeys import HIGHEST, base_of, collection_of, set_height

CARRIERS = ("wall", "column", "curtain_wall")  # what a roof or a ceiling is put on
USUAL_TOP = 2.5  # metres above the floor, where nothing stands there yet
NEAR = 0.5  # how far from a wall (m) a window may be placed and be meant for it

_COMMON: dict[str, dict[str, Any]] = {
    "location": {
        "type": ["array", "null"],
        "items": {"type": "number"},
        "minItems": 3,
        "maxItems": 3,
    },
    "rotation": {"type": "number", "default": 0.0, "description": "radians about Z"},
    "storey": {
        "type": "integer",
        "minimum": 1,
        "maximum": HIGHEST,
        "default": 1,
        "description": "1 is the ground",
    },
    "material": {
        "type": ["string", "null"],
        "enum": [*MATERIALS, None],
        "description": "in place of its usual one",
    },
    "name": {"type": ["string", "null"], "description": "taken ones get .001"},
}
_PLACES = {
    "floor": "on the storey's floor",
    "below": "below the storey's floor",
    "top": "on top of the storey's walls",
    "hung": "below the top of the storey's walls",
}


def offer(element: Element) -> None:
    """Make the command that builds it."""

    def build(**given: Any) -> dict[str, Any]:
        return _build(element, given)

    build.__name__ = element.command
    properties = {name: each.schema() for name, each in element.parameters.items()}
    if element.opens:
        properties["wall"] = {
            "type": ["string", "null"],
            "description": "the wall it stands in, or a room or a house; else the one at `location`, "
            "or the storey's only one",
        }
    where = "start" if element.starts else "middle of its foot"
    common = {name: dict(each) for name, each in _COMMON.items()}
    common["location"]["description"] = (
        f"of the {where}, z from the storey's floor; else {_PLACES[element.level]} at 0, 0"
    )
    if element.opens:
        common["location"]["description"] = "of the middle of its foot; in a wall only where along it counts"
    schema = {"type": "object", "properties": {**properties, **common}, "additionalProperties": False}
    insert(
        row_of(
            build,
            name=element.command,
            title=f"Build {_with_article(element.name.lower())}",
            description=element.builds,
            schema=schema,
            reports_names=True,
        )
    )


def _build(element: Element, given: Mapping[str, Any]) -> dict[str, Any]:
    left = dict(given)
    location = _checked_location(left.pop("location", None))
    rotation = float(left.pop("rotation", 0.0))
    storey = int(left.pop("storey", 1))
    material = left.pop("material", None)
    name = left.pop("name", None)
    wall_name = left.pop("wall", None)
    if material is not None:
        checked_material(material)
    if not 1 <= storey <= HIGHEST or not math.isfinite(rotation):
        raise CommandError(f"The storey is from 1 to {HIGHEST}, the rotation a number", code="invalid_params")
    if element.storey_high:
        left.setdefault("height", round(base_of(storey + 1) - base_of(storey), 6))
    record = Record(element.kind, element.checked(left), storey, material=material)
    if element.parts:
        return _build_whole(element, record, location, rotation, name)
    if element.opens and (wall := _wall_for(element, wall_name, location, storey)):
        return _build_in_wall(element, record, wall, location, rotation, name)
    cover = element.covers and location is None and not left.keys() & {"length", "width"}
    covered = _cover(record) if cover else None
    body = element.body(record.parameters)
    if material:
        record.chosen[body.materials[0]] = material
    record.material = None
    place, notes = _place_for(element, record, location)
    if covered:
        place = (*covered, place[2])
        notes.append("It is as large as what stands there, which it covers")
    obj = add(element, record, body, name)
    obj.location, obj.rotation_euler = place, (0.0, 0.0, rotation)
    if element.seeks_wall and element.opens:
        notes.append("It stands in no wall, and so no opening was cut: say which `wall`")
    return answer(obj, [obj], notes + name_notes(name, obj.name))


def _place_for(
    element: Element, record: Record, location: list[float] | None
) -> tuple[tuple[float, float, float], list[str]]:
    """In the world, and notes about what was chosen where nothing was said."""
    base = base_of(record.storey)
    if location is not None:
        return (location[0], location[1], base + location[2]), []
    if element.level == "floor":
        return (0.0, 0.0, base), []
    rise = float(record.parameters[element.rise]) if element.rise else 0.0
    if element.level == "below":
        return (0.0, 0.0, base - rise), [f"Its top is at the floor of storey {record.storey}"]
    carriers = [each for each in collection_of(record.storey).objects if _kind(each) in CARRIERS]
    box = box_of(carriers)
    top = float(box[1].z) if box else None
    where = f"of what stands on storey {record.storey}" if top is not None else "of walls 2.5 m high"
    top = base + USUAL_TOP if top is None else top
    if element.level == "hung":
        return (0.0, 0.0, top - rise), [f"Its upper side is at the top {where}"]
    return (0.0, 0.0, top), [f"It was put on the top {where}"]


def _cover(record: Record) -> tuple[float, float] | None:
    """Make it as large as the walls and columns of the storey together; returns the middle of those, or None
    where they enclose nothing."""
    box = box_of([each for each in collection_of(record.storey).objects if _kind(each) in CARRIERS])
    if box is None or min(box[1].x - box[0].x, box[1].y - box[0].y) < 1.0:
        return None
    lowest, highest = box
    record.parameters["length"] = round(float(highest.x - lowest.x), 4)
    record.parameters["width"] = round(float(highest.y - lowest.y), 4)
    return float(lowest.x + highest.x) / 2, float(lowest.y + highest.y) / 2


def _kind(obj: Any) -> str:
    record = record_of(obj)
    return record.kind if record else ""


# Windows and doors


def _wall_for(element: Element, name: str | None, location: list[float] | None, storey: int) -> Any | None:
    """The wall that was named, the nearest to where it is to stand, or the only one; None: there is none."""
    if name is not None:
        obj = find_object(name)
        record = record_of(obj)
        if record and record.element.parts:
            return _wall_of_whole(element, obj, location, storey)
        if record is None or not record.element.opened:
            raise CommandError(
                f"'{name}' is no wall made by build_wall, build_room, build_corridor or build_house"
            )
        return obj
    walls = [each for each in bpy.context.scene.objects if _is_wall(each, storey)]
    if location is not None:
        near = [(_distance(each, location), each.name, each) for each in walls]
        return min(near)[2] if near and min(near)[0] <= NEAR else None
    if not element.seeks_wall:
        return None
    if len(walls) > 1:
        listed = ", ".join(told_names(walls[:8]))
        raise CommandError(
            f"Storey {storey} has {len(walls)} walls: say in which `wall` the {element.name.lower()} stands "
            f"({listed}{', …' if len(walls) > 8 else ''}), or its location"
        )
    return walls[0] if walls else None


def _wall_of_whole(element: Element, whole: Any, location: list[float] | None, storey: int) -> Any:
    """Of a room or a house the wall nearest to the place, or the one with the widest piece free."""
    walls = [each for each in whole.children_recursive if _is_wall(each, storey)]
    if not walls:
        raise CommandError(
            f"'{whole.name}' has no wall on storey {storey} that a {element.name} could stand in"
        )
    if location is not None:
        return min(walls, key=lambda each: (_distance(each, location), each.name))
    return max(walls, key=lambda each: _pieces(each)[0][0])


def _pieces(wall: Any) -> list[tuple[float, float]]:
    """What is free between its ends and what stands in it, the widest first: how wide, and its middle."""
    record = record_of(wall)
    assert record is not None
    at, free = 0.0, []
    for opening in sorted(openings_of(record), key=lambda each: each.left):
        free.append((opening.left - at, (opening.left + at) / 2))
        at = max(at, opening.right)
    long = float(record.parameters["length"])
    return sorted([*free, (long - at, (long + at) / 2)], reverse=True)


def _is_wall(obj: Any, storey: int) -> bool:
    record = record_of(obj)
    return bool(record and record.element.opened and record.storey == storey and not obj.library)


def _along(wall: Any, location: list[float]) -> tuple[float, float]:
    """How far along the wall a place is, and how far beside it."""
    local = matrix_of(wall).inverted_safe() @ Vector(
        (location[0], location[1], matrix_of(wall).translation.z)
    )
    return float(local.x), float(local.y)


def _distance(wall: Any, location: list[float]) -> float:
    record = record_of(wall)
    assert record is not None
    along, beside = _along(wall, location)
    beyond = max(0.0, -along, along - float(record.parameters["length"]))
    return max(beyond, abs(beside) - float(record.parameters["thickness"]) / 2)


def _build_in_wall(
    element: Element,
    record: Record,
    wall: Any,
    location: list[float] | None,
    rotation: float,
    name: str | None,
) -> dict[str, Any]:
    above = record_of(wall)
    assert above is not None
    width, height = element.hole_size(record.parameters)
    foot = float(record.parameters.get("sill", 0.0))
    long, tall = float(above.parameters["length"]), float(above.parameters["height"])
    cut = openings_of(above)
    notes = []
    if location is None:
        middle = _free_place(wall, width, height, foot, long, tall, cut)
    else:
        middle = _along(wall, location)[0]
    opening = Opening(middle - width / 2, foot, width, height)
    if problem := misfit(opening, long, tall, cut):
        raise CommandError(
            f"The {element.name.lower()} does not fit into '{wall.name}': {problem}", code="invalid_params"
        )
    if abs(math.sin(rotation)) > 1e-6:
        notes.append(f"It stands as '{wall.name}' does: the rotation is the wall's")
    record.storey = above.storey
    obj = _put_in_wall(element, record, wall, (middle, 0.0, foot), name)
    notes += refresh_openings(wall)
    told_answer = answer(obj, [obj], notes + name_notes(name, obj.name))
    return {**told_answer, "wall": wall.name}


def _put_in_wall(
    element: Element, record: Record, wall: Any, place: tuple[float, float, float], name: str | None
) -> Any:
    above = record_of(wall)
    assert above is not None
    body = element.body(record.parameters, depth=float(above.parameters["thickness"]))
    if record.material:
        record.chosen[body.materials[0]] = record.material
        record.material = None
    obj = add(element, record, body, name)
    obj.parent = wall
    obj.location = place
    return obj


def _free_place(
    wall: Any, width: float, height: float, foot: float, long: float, tall: float, cut: list[Opening]
) -> float:
    """The middle of the wall, or of the widest piece between what stands there."""
    for middle in (long / 2, *(middle for _, middle in _pieces(wall))):
        if misfit(Opening(middle - width / 2, foot, width, height), long, tall, cut) is None:
            return middle
    return long / 2  # where the error says why


# Wholes


def _build_whole(
    element: Element, record: Record, location: list[float] | None, rotation: float, name: str | None
) -> dict[str, Any]:
    parts = element.plan(record.parameters, record.material)
    check_parts(parts)
    notes = set_heights(record)
    place, others = _place_for(element, record, location)
    notes += others
    root = add(element, record, None, name)
    root.location, root.rotation_euler = place, (0.0, 0.0, rotation)
    made = add_parts(root, record, parts, {})
    return answer(root, [root, *made], notes + name_notes(name, root.name))


def set_heights(whole: Record) -> list[str]:
    """Tell the storeys of a house how high they are. Returns notes."""
    if "storey_height" not in whole.parameters:
        return []
    height = float(whole.parameters["storey_height"])
    numbers = range(whole.storey, whole.storey + int(whole.parameters["storeys"]))
    changed = [each for each in numbers if set_height(each, height)]
    return [f"Storeys {changed[0]} to {changed[-1]} are {height:g} m high from now on"] if changed else []


def check_parts(parts: list[Part]) -> None:
    """CommandError, before anything is made, where one of them makes no body."""
    by_role = {each.role: each for each in parts}
    for part in parts:
        element = ELEMENTS[part.kind]
        inside = [each for each in parts if each.wall == part.role]
        openings: list[Opening] = []
        for each in inside:
            width, height = ELEMENTS[each.kind].hole_size(ELEMENTS[each.kind].checked(each.parameters))
            openings.append(Opening(each.place[0] - width / 2, each.place[2], width, height))
        depth = float(by_role[part.wall].parameters["thickness"]) if part.wall else 0.1
        element.body(element.checked(part.parameters), openings=openings, depth=depth)


def add_parts(root: Any, whole: Record, parts: list[Part], present: Mapping[str, Any]) -> list[Any]:
    """Make those of a whole; `present`: those that are there, by their roles."""
    by_role = dict(present)
    made = []
    walls = set()
    for part in parts:
        element = ELEMENTS[part.kind]
        record = Record(
            part.kind,
            element.checked(part.parameters),
            whole.storey + part.storey,
            chosen=dict(part.chosen),
            role=part.role,
        )
        if part.wall:
            wall = by_role.get(part.wall)
            if wall is None:  # the user has deleted it
                continue
            obj = _put_in_wall(element, record, wall, part.place, None)
            walls.add(wall)
        else:
            obj = add(element, record, element.body(record.parameters), None)
            obj.parent = root
            obj.location, obj.rotation_euler = part.place, (0.0, 0.0, part.rotation)
        by_role[part.role] = obj
        made.append(obj)
    for wall in walls:
        refresh_openings(wall)
    return made


def answer(obj: Any, made: list[Any], notes: list[str]) -> dict[str, Any]:
    record = record_of(obj)
    assert record is not None
    bpy.context.view_layer.update()
    whole = obj.type == "EMPTY"
    result: dict[str, Any] = {
        "names": told_names(made),
        "kind": record.kind,
        "parameters": told(record.parameters),
        "dimensions": size_together(made) if whole else size_of(obj),
        "location": [round(each, 6) for each in numbers(matrix_of(obj).translation)],
        "storey": record.storey,
        **unit_if_unusual(),
        **(record.element.facts(**record.parameters) if record.element.facts else {}),
        "collections": sorted({each.name for one in made for each in one.users_collection}),
    }
    return with_notes(result, notes + hidden_notes(obj))


def _checked_location(location: Any) -> list[float] | None:
    if location is None:
        return None
    if len(location) != 3 or not all(math.isfinite(each) and abs(each) <= LONGEST * 100 for each in location):
        raise CommandError("location is three numbers, in metres", code="invalid_params")
    return [float(each) for each in location]


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
