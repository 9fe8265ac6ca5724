"""Elements made anew with other parameters, where they stand and with the materials that they have.

In: names, and parameters to set or to change by an amount. Out: what the elements are then. All is checked
before anything is changed. Main thread only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import bpy

from ...blender.data_access import find_objects, with_notes
from ...blender.libraries import refuse_linked, told_names
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command
from .building import add_parts, check_parts, set_heights
from .element import ELEMENTS, Element, Part, Value, checked_material
from .objects import (
    Record,
    check_changeable,
    choose_material,
    keep,
    matrix_of,
    move_to_storey,
    openings_of,
    put_body,
    record_of,
    remove,
    size_of,
    size_together,
    told,
)
from .openings import openings_in, refresh_openings, standing_in
from .solid import Solid

Names = Annotated[list[str], Constraint(minItems=1)]
MAX_ROWS = 50  # elements that are told in full


@dataclass
class Change:
    """What is to become of one object."""

    obj: Any
    before: Record
    after: Record
    material: str | None

    @property
    def element(self) -> Element:
        return self.after.element


@command(title="Change building elements")
def update_element(
    names: Names, set: dict[str, Any] | None = None, change: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Change the parameters of building elements and make them anew in place; materials stay.

    names: objects that a build_ command made
    set: parameters of that command, and `material`: their new values
    change: parameters: by how much they grow, negative to shrink
    """
    given = {"set": set or {}, "change": change or {}}
    if not given["set"] and not given["change"]:
        raise CommandError("Give parameters in 'set' or 'change'", code="invalid_params")
    if twice := given["set"].keys() & given["change"].keys():
        raise CommandError(f"Both in 'set' and in 'change': {', '.join(twice)}", code="invalid_params")
    objects = find_objects(names)
    changes, notes = _changes(objects, given["set"], given["change"])
    _check(changes)
    for each in changes:
        notes += _apply(each)
    touched = [each.obj for each in changes]
    for wall in dict.fromkeys(_walls_of(touched)):
        notes += refresh_openings(wall)
    bpy.context.view_layer.update()
    rows = [_row(each) for each in touched[:MAX_ROWS]]
    return with_notes({"names": told_names(touched), "elements": rows}, notes)


def _changes(
    objects: list[Any], wanted: Mapping[str, Any], amounts: Mapping[str, Any]
) -> tuple[list[Change], list[str]]:
    records = {obj: record_of(obj) for obj in objects}
    if strangers := [obj.name for obj, record in records.items() if record is None]:
        raise CommandError(f"No building elements made by Tenon: {', '.join(strangers[:10])}")
    asked = wanted.keys() | amounts.keys()
    wholes = {obj: record for obj, record in records.items() if record and record.element.parts}
    changes, without = [], []
    for obj, record in records.items():
        assert record is not None
        known = {*record.element.parameters, "material"}
        # A part follows its whole, where that is changed as well.
        above = next((wholes[each] for each in _ancestors(obj) if each in wholes), None)
        own = {
            name for name in asked & known if not (above and name in {*above.element.parameters, "material"})
        }
        if not own:
            if above is None:
                without.append(obj)
            continue
        refuse_linked(obj)
        if obj.type == "MESH":
            check_changeable(obj)
        parameters: dict[str, Any] = dict(record.parameters)
        for name in own - {"material"}:
            parameters[name] = wanted[name] if name in wanted else _grown(record, name, amounts[name])
        if "material" in amounts:
            raise CommandError("material can be set, and not changed by an amount", code="invalid_params")
        material = checked_material(wanted["material"]) if "material" in own else None
        after = replace(record, parameters=record.element.checked(parameters))
        after.slots, after.chosen = list(record.slots), dict(record.chosen)
        if record.element.parts and material:
            after.material = material
        changes.append(Change(obj, record, after, material))
    if not changes:
        kinds = {record.kind: record for record in records.values() if record}
        has = "; ".join(
            f"{each.element.name} has {', '.join([*each.element.parameters, 'material'])}"
            for each in kinds.values()
        )
        raise CommandError(f"None of them has {', '.join(sorted(asked))}: {has}", code="invalid_params")
    if unknown := asked - {"material"} - {name for each in changes for name in each.element.parameters}:
        raise CommandError(f"None of them has {', '.join(sorted(unknown))}", code="invalid_params")
    names = ", ".join(told_names(without[:10]))
    notes = [f"Left as they are, having no {' or '.join(sorted(asked))}: {names}"] if without else []
    for each in changes:
        if any(abs(abs(scale) - 1) > 1e-4 for scale in each.obj.scale):
            factors = ", ".join(f"{scale:.4g}" for scale in each.obj.scale)
            notes.append(f"'{each.obj.name}' is scaled by {factors}: its dimensions are multiplied by that")
    return changes, notes


def _grown(record: Record, name: str, amount: Any) -> Any:
    now = record.parameters[name]
    if isinstance(now, (bool, str)) or isinstance(amount, bool) or not isinstance(amount, (int, float)):
        raise CommandError(f"{name} cannot be changed by an amount: set it", code="invalid_params")
    return round(now + amount, 9)


def _ancestors(obj: Any) -> list[Any]:
    found = []
    while obj.parent is not None:
        obj = obj.parent
        found.append(obj)
    return found


def _check(changes: list[Change]) -> None:
    """CommandError, before anything is changed, where a body or an opening cannot be made."""
    by_name = {each.obj.name: each.after for each in changes}
    walls = {}
    for each in changes:
        if each.element.parts:
            check_parts(each.element.plan(each.after.parameters, each.after.material))
            continue
        if each.element.opened:
            walls[each.obj] = each.after
        elif each.element.opens and (wall := each.obj.parent) and (record := record_of(wall)):
            walls.setdefault(wall, by_name.get(wall.name, record))
        if not each.element.opened:
            _body(each.obj, each.after)
    for wall, after in walls.items():
        before = record_of(wall)
        if before is None or not before.element.opened:
            continue
        already = openings_in(wall, before)[1]
        for name, why in openings_in(wall, after, by_name)[1].items():
            if name not in already:
                raise CommandError(f"'{name}' would not fit into '{wall.name}': {why}", code="invalid_params")


def _body(obj: Any, record: Record) -> Solid:
    """With the openings that it has; of a window or door with the depth of its wall."""
    above = record_of(obj.parent) if obj.parent else None
    depth = 0.1
    if above and above.element.opened:
        depth = float(above.parameters["thickness"])
    return record.element.body(record.parameters, openings=openings_of(record), depth=depth)


def _apply(change: Change) -> list[str]:
    if change.element.parts:
        return _apply_to_whole(change)
    return _rebuild(change.obj, change.before, change.after, change.material)


def _rebuild(obj: Any, before: Record, after: Record, material: str | None) -> list[str]:
    if after.element.opened:
        after.openings = [
            [each.left, each.foot, each.width, each.height] for each in openings_in(obj, after)[0]
        ]
    body = _body(obj, after)
    if material:
        choose_material(obj, after, body.materials[0], material)
    notes = put_body(obj, after, body)
    sill = after.parameters.get("sill")
    if sill is not None and sill != before.parameters.get("sill") and obj.parent:
        obj.location.z = sill
    if after.element.opened and after.parameters["thickness"] != before.parameters["thickness"]:
        for each, record in standing_in(obj):  # frames are as deep as their wall
            notes += put_body(each, record, _body(each, record))
    return notes


def _apply_to_whole(change: Change) -> list[str]:
    """Only what differs between the two plans: what the user changed elsewhere stays."""
    root, before, after = change.obj, change.before, change.after
    old = {each.role: each for each in before.element.plan(before.parameters, before.material)}
    new = {each.role: each for each in after.element.plan(after.parameters, after.material)}
    present = {
        record.role: obj for obj in root.children_recursive if (record := record_of(obj)) and record.role
    }
    notes = set_heights(after)
    doomed = [present.pop(role) for role in old if role not in new and role in present]
    for obj in doomed:
        for child in obj.children:
            if child not in doomed:
                _set_free(child)
                notes.append(f"'{child.name}' hung on '{obj.name}', which is gone, and stays where it was")
    if doomed:
        remove(doomed)
    for role, part in new.items():
        if role in present and role in old:
            notes += _apply_to_part(present[role], old[role], part)
    keep(root, after)
    add_parts(root, after, [part for role, part in new.items() if role not in old], present)
    for wall in present.values():
        notes += refresh_openings(wall)
    return notes


def _apply_to_part(obj: Any, old: Part, new: Part) -> list[str]:
    record = record_of(obj)
    assert record is not None
    element = ELEMENTS[new.kind]
    notes = []
    differing = {name: value for name, value in new.parameters.items() if old.parameters.get(name) != value}
    if differing:
        parameters: dict[str, Value] = {**record.parameters, **differing}
        after = replace(record, parameters=element.checked(parameters))
        notes += _rebuild(obj, record, after, None)
        record = after
    if old.storey != new.storey:
        move_to_storey(obj, record, record.storey + new.storey - old.storey)
    if old.place != new.place:
        obj.location = new.place
    if old.rotation != new.rotation:
        obj.rotation_euler.z = new.rotation
    for preset in old.chosen.keys() | new.chosen.keys():
        material = new.chosen.get(preset, preset)
        if old.chosen.get(preset, preset) != material:
            choose_material(obj, record, preset, material)
            keep(obj, record)
    return notes


def _set_free(obj: Any) -> None:
    place = matrix_of(obj)
    obj.parent = None
    obj.matrix_parent_inverse.identity()
    obj.matrix_basis = place


def _walls_of(objects: list[Any]) -> list[Any]:
    """Those among them, and those that they stand in."""
    found = []
    for obj in objects:
        for each in (obj, obj.parent):
            record = record_of(each) if each else None
            if record and record.element.opened:
                found.append(each)
    return found


def _row(obj: Any) -> dict[str, Any]:
    record = record_of(obj)
    assert record is not None
    size = size_of(obj) if obj.type == "MESH" else size_together(obj.children_recursive)
    return {"name": obj.name, "kind": record.kind, "parameters": told(record.parameters), "dimensions": size}
