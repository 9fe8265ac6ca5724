"""Statements about the scene, each answered with whether it holds and what was measured.

In: assertions, objects with a `kind` and what that kind takes. Out: `passed` for all and for each. What does
not hold is an answer; an assertion that cannot be understood is an error. Main thread only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import bpy

from ...blender.data_access import materials_of, rounded
from ...blender.libraries import lookup, told_name, told_names
from ...blender.units import length_unit
from ...blender.visibility import hidden_by
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command
from ..materials import seen_color
from .measuring import TOLERANCE, number

if TYPE_CHECKING:
    from .geometry import WorldMesh, WorldMeshes

MAX_ASSERTIONS = 200
MAX_NAMES = 10
MAX_NOTES = 50
COLOR_TOLERANCE = 0.02

Assertion = dict[str, Any]
# Whether it holds, what was measured, and perhaps why not.
Verdict = tuple[bool, Any, str | None]


@command(title="Assert about the scene", reads_only=True)
def assert_scene(
    assertions: Annotated[list[dict[str, Any]], Constraint(minItems=1, maxItems=MAX_ASSERTIONS)],
) -> dict[str, Any]:
    """Test statements about the scene and answer for each whether it holds and what was measured; lengths in
    the scene's unit, places in the world.

    assertions: each {"kind": ..., and its members}, perhaps "not": true. Kinds: exists (object, material or
        collection), visible (object), position (object, value [x, y, z] with null for any; of: origin or
        center), size (object, value), distance (a, b, value or min or max; of: surfaces, centers or origins),
        touches (a, b), crosses (a, b), above (a, b: over it), on (a, b: rests on it), inside (a, b), count
        (value or min or max; type, name_contains, collection), material (object, name), material_color
        (object or material, value [r, g, b]), modifier (object, type or name), parent (object, value: its
        name or null). Lengths and colors take tolerance
    """
    checked = [_checked(at, each) for at, each in enumerate(assertions)]
    scene = _Scene()
    results = [{"index": at, **_result(scene, kind, each)} for at, (kind, each) in enumerate(checked)]
    failed = sum(not each["passed"] for each in results)
    answer = {"passed": not failed, "failed": failed, "unit": length_unit(), "results": results}
    if notes := scene.notes():
        answer["notes"] = notes
    return answer


class _Missing(Exception):
    """There is no such data block: the assertion does not hold."""


class _Scene:
    """The scene as it is now, each object looked at once."""

    def __init__(self) -> None:
        from .geometry import WorldMeshes  # here: numpy would make every start of Blender slower

        bpy.context.view_layer.update()
        self.meshes: WorldMeshes = WorldMeshes()
        self.inexact: list[str] = []
        self._seen: dict[str, WorldMesh] = {}

    def object(self, name: str) -> Any:
        return _block(bpy.data.objects, "object", name)

    def mesh(self, name: str) -> WorldMesh:
        found = self.meshes.of(self.object(name))
        self._seen[found.name] = found
        return found

    def pair(self, each: Assertion) -> tuple[WorldMesh, WorldMesh]:
        return self.mesh(each["a"]), self.mesh(each["b"])

    def notes(self) -> list[str]:
        told = [note for mesh in self._seen.values() for note in mesh.notes] + self.inexact
        return list(dict.fromkeys(told))[:MAX_NOTES]


def _block(blocks: Any, kind: str, name: str) -> Any:
    found = lookup(blocks, name)
    if found is None:
        raise _Missing(f"there is no {kind} '{name}'")
    return found


def _result(scene: _Scene, kind: str, each: Assertion) -> dict[str, Any]:
    try:
        holds, measured, why = _KINDS[kind][0](scene, each)
    except _Missing as missing:
        # What is not there is not so, and not otherwise either; only that it exists may be denied.
        holds, measured, why = kind != "exists" and bool(each.get("not")), None, str(missing)
    passed = holds != bool(each.get("not"))
    result = {"kind": kind, "passed": passed, "measured": measured}
    if why and not passed:
        result["reason"] = why
    return result


# --- the kinds


def _exists(scene: _Scene, each: Assertion) -> Verdict:
    for kind, blocks in (
        ("object", bpy.data.objects),
        ("material", bpy.data.materials),
        ("collection", bpy.data.collections),
    ):
        if kind in each:
            found = _block(blocks, kind, each[kind])
            if kind == "object" and found not in bpy.context.scene.objects[:]:
                return False, told_name(found), f"it is in the file, but {hidden_by(found)}"
            return True, told_name(found), None
    raise AssertionError


def _visible(scene: _Scene, each: Assertion) -> Verdict:
    why = hidden_by(scene.object(each["object"]))
    return why is None, why is None, why


def _position(scene: _Scene, each: Assertion) -> Verdict:
    mesh = scene.mesh(each["object"])
    place = rounded(mesh.center if each.get("of") == "center" else mesh.origin)
    return _near(place, each["value"], _tolerance(each)), place, None


def _size(scene: _Scene, each: Assertion) -> Verdict:
    size = rounded(scene.mesh(each["object"]).size)
    return _near(size, each["value"], _tolerance(each)), size, None


def _distance(scene: _Scene, each: Assertion) -> Verdict:
    a, b = scene.pair(each)
    between = each.get("of", "surfaces")
    if between == "surfaces":
        distance = _surface_distance(scene, a, b)
    else:
        here, there = (a.center, b.center) if between == "centers" else (a.origin, b.origin)
        distance = float(((here - there) ** 2).sum() ** 0.5)
    return _in_range(distance, each, _tolerance(each)), number(distance), None


def _touches(scene: _Scene, each: Assertion) -> Verdict:
    distance = _surface_distance(scene, *scene.pair(each))
    return distance <= _tolerance(each), {"surface_distance": number(distance)}, None


def _crosses(scene: _Scene, each: Assertion) -> Verdict:
    from . import proximity

    crosses = proximity.cross(scene.meshes, *scene.pair(each), _tolerance(each))
    return crosses, crosses, None


def _above(scene: _Scene, each: Assertion) -> Verdict:
    """Over it: wholly higher, and the one's box seen from above overlaps the other's."""
    from . import proximity

    a, b = scene.pair(each)
    gap = proximity.gap(a, b)
    higher = float(a.bounds[0][2] - b.bounds[1][2])
    over = bool((gap[:2] <= 0).all())
    measured = {"vertical_gap": number(higher), "overlaps_seen_from_above": over}
    return higher >= -_tolerance(each) and over, measured, None


def _on(scene: _Scene, each: Assertion) -> Verdict:
    """Its lowest part touches the other, and neither goes into the other."""
    from . import proximity

    a, b = scene.pair(each)
    tolerance = _tolerance(each)
    distance = _surface_distance(scene, a, b)
    crosses = proximity.cross(scene.meshes, a, b, tolerance)
    rests = distance <= tolerance and proximity.rests_on(scene.meshes, a, b, tolerance)
    measured = {"surface_distance": number(distance), "crosses": crosses, "lowest_part_touches": rests}
    return rests and not crosses, measured, None


def _inside(scene: _Scene, each: Assertion) -> Verdict:
    from . import proximity

    a, b = scene.pair(each)
    tolerance = _tolerance(each)
    within = proximity.inside(scene.meshes, a, b, tolerance)
    if within is not None:
        return within, {"inside": within, "by": "surfaces"}, None
    boxed = bool(
        (a.bounds[0] >= b.bounds[0] - tolerance).all() and (a.bounds[1] <= b.bounds[1] + tolerance).all()
    )
    return boxed, {"inside": boxed, "by": "bounding boxes, for the outer one is open"}, None


def _count(scene: _Scene, each: Assertion) -> Verdict:
    objects = bpy.context.scene.objects[:]
    if "collection" in each:
        objects = list(_block(bpy.data.collections, "collection", each["collection"]).all_objects)
    part, kind = each.get("name_contains", "").lower(), each.get("type", "").upper()
    found = [obj for obj in objects if part in obj.name.lower() and kind in ("", obj.type)]
    return _in_range(len(found), each, 0), len(found), ", ".join(told_names(found[:MAX_NAMES])) or None


def _material(scene: _Scene, each: Assertion) -> Verdict:
    names = told_names(materials_of(scene.object(each["object"])))
    return each["name"] in names, names[:MAX_NAMES], None


def _material_color(scene: _Scene, each: Assertion) -> Verdict:
    if "material" in each:
        materials = [_block(bpy.data.materials, "material", each["material"])]
    else:
        materials = materials_of(scene.object(each["object"]))[:MAX_NAMES]
    if not materials:
        return False, None, "it has no material"
    measured, reasons, holds = {}, [], False
    for material in materials:
        color, why = seen_color(material)
        measured[told_name(material)] = color and rounded(color)
        if color is None:
            reasons.append(f"the color of '{material.name}' is not one: {why}")
            continue
        wanted = each["value"]
        holds = holds or _near(color[: len(wanted)], wanted, each.get("tolerance", COLOR_TOLERANCE))
    return holds, measured, "; ".join(reasons) or None


def _modifier(scene: _Scene, each: Assertion) -> Verdict:
    present = [(mod.name, mod.type) for mod in scene.object(each["object"]).modifiers]
    wanted = each.get("name"), each.get("type", "").upper()
    holds = any(wanted[0] in (None, name) and wanted[1] in ("", kind) for name, kind in present)
    return holds, [{"name": name, "type": kind} for name, kind in present[:MAX_NAMES]], None


def _parent(scene: _Scene, each: Assertion) -> Verdict:
    parent = scene.object(each["object"]).parent
    name = told_name(parent) if parent else None
    return name == each["value"], name, None


# --- what they share


def _surface_distance(scene: _Scene, a: WorldMesh, b: WorldMesh) -> float:
    from . import proximity

    found = proximity.nearest(scene.meshes, a, b)
    if not found.exact:
        scene.inexact.append(proximity.inexact_note(a, b))
    return found.distance


def _tolerance(each: Assertion) -> float:
    return float(each.get("tolerance", TOLERANCE))


def _near(values: Any, wanted: Any, tolerance: float) -> bool:
    pairs: list[Any] = [each for each in zip(values, wanted, strict=True) if each[1] is not None]
    # Half of the last of the seven digits that are told.
    return all(abs(here - there) <= tolerance + 5e-7 * abs(there) for here, there in pairs)


_ENDS_OF_RANGE: tuple[tuple[str, Any], ...] = (("min", -math.inf), ("max", math.inf))


def _in_range(value: float, each: Assertion, tolerance: float) -> bool:
    low, high = (float(each.get(end, each.get("value", other))) for end, other in _ENDS_OF_RANGE)
    return low - tolerance <= value <= high + tolerance


# --- what a kind takes

_Members = dict[str, Callable[[Any], bool]]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_length(value: Any) -> bool:
    return _is_number(value) and value >= 0


def _is_vector(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == 3
        and all(_is_number(v) or v is None for v in value)
    )


def _is_color(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) in (3, 4) and all(map(_is_number, value))


def _one_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: value in words


_RANGE: _Members = {"value": _is_number, "min": _is_number, "max": _is_number}
_PAIR: _Members = {"a": _is_text, "b": _is_text, "tolerance": _is_length}
_ENDS = _one_of("surfaces", "centers", "origins")
# Its function; its members; groups of members, of each of which at least one must be there.
_KINDS: dict[str, tuple[Callable[[_Scene, Assertion], Verdict], _Members, list[str]]] = {
    "exists": (
        _exists,
        {"object": _is_text, "material": _is_text, "collection": _is_text},
        ["object material collection"],
    ),
    "visible": (_visible, {"object": _is_text}, ["object"]),
    "position": (
        _position,
        {"object": _is_text, "value": _is_vector, "tolerance": _is_length, "of": _one_of("origin", "center")},
        ["object", "value"],
    ),
    "size": (
        _size,
        {"object": _is_text, "value": _is_vector, "tolerance": _is_length},
        ["object", "value"],
    ),
    "distance": (_distance, {**_PAIR, **_RANGE, "of": _ENDS}, ["a", "b", "value min max"]),
    "touches": (_touches, _PAIR, ["a", "b"]),
    "crosses": (_crosses, _PAIR, ["a", "b"]),
    "above": (_above, _PAIR, ["a", "b"]),
    "on": (_on, _PAIR, ["a", "b"]),
    "inside": (_inside, _PAIR, ["a", "b"]),
    "count": (
        _count,
        {**_RANGE, "type": _is_text, "name_contains": _is_text, "collection": _is_text},
        ["value min max"],
    ),
    "material": (_material, {"object": _is_text, "name": _is_text}, ["object", "name"]),
    "material_color": (
        _material_color,
        {"object": _is_text, "material": _is_text, "value": _is_color, "tolerance": _is_length},
        ["object material", "value"],
    ),
    "modifier": (
        _modifier,
        {"object": _is_text, "type": _is_text, "name": _is_text},
        ["object", "type name"],
    ),
    "parent": (
        _parent,
        {"object": _is_text, "value": lambda value: value is None or _is_text(value)},
        ["object", "value"],
    ),
}


def _checked(at: int, each: Assertion) -> tuple[str, Assertion]:
    """Its kind and itself; CommandError where it cannot be understood."""
    kind = each.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _refusal(at, f"there is no kind {kind!r}; there are: {', '.join(_KINDS)}")
    _, members, needed = _KINDS[kind]
    for name, value in each.items():
        if name == "kind" or (name == "not" and isinstance(value, bool)):
            continue
        if name not in members:
            raise _refusal(at, f"'{kind}' takes no '{name}'; it takes: {', '.join(members)}, not")
        if not members[name](value):
            raise _refusal(at, f"'{name}' of '{kind}' cannot be {value!r}")
    for group in needed:
        if not any(name in each for name in group.split()):
            raise _refusal(at, f"'{kind}' needs {' or '.join(group.split())}")
    return kind, each


def _refusal(at: int, words: str) -> CommandError:
    return CommandError(f"Assertion {at}: {words}", code="invalid_params")
