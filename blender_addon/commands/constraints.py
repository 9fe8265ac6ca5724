"""Constraints of objects and of pose bones: listed, added, changed, moved, removed.

In: names, and settings as Blender's API names them. Out: the constraint as it is then, and where its owner
stands in the world. Main thread only.
"""

from __future__ import annotations

from typing import Annotated, Any

import bpy

from ..blender.animation import overruled
from ..blender.data_access import find_object, name_notes, numbers, renamed, with_notes
from ..blender.evaluation import evaluated, hidden_notes
from ..blender.libraries import library_of, origin, refuse_linked, told_name
from ..blender.paging import fitting
from ..blender.rna_settings import apply_settings, enum_value, one_of, refuse_fixed_settings, told_settings
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command

Index = Annotated[int, Constraint(minimum=0)]
TOLERANCE = 1e-5


@command(title="List constraints", reads_only=True)
def list_constraints(object_name: str, bone: str | None = None) -> dict[str, Any]:
    """List the constraints of an object, or of a pose bone of it, from first to last with their settings.

    object_name: whose
    bone: a bone of the armature, instead of the object
    """
    obj = find_object(object_name)
    owner = _owner(obj, bone)
    rows = fitting(_told(owner, each) for each in owner.constraints)
    answer = {**_named(obj, bone), **origin(obj), "constraints": rows, "total": len(owner.constraints)}
    return with_notes(answer, [note for each in owner.constraints for note in _idle(each)])


@command(title="Add constraint")
def add_constraint(
    object_name: str,
    type: str,
    bone: str | None = None,
    name: str | None = None,
    settings: dict[str, Any] | None = None,
    index: Index | None = None,
) -> dict[str, Any]:
    """Add a constraint with settings to an object or a pose bone; tells where that stands in the world then.

    object_name: whose
    type: as "TRACK_TO", "COPY_LOCATION", "LIMIT_ROTATION", "FOLLOW_PATH", "CHILD_OF", "IK"
    bone: a bone of the armature, instead of the object
    name: of the constraint; the type's own unless given
    settings: names and values of Blender's API, as {"target": "Cube", "track_axis": "TRACK_NEGATIVE_Z"}
    index: its place, 0 being the first; else the last
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    owner = _owner(obj, bone)
    kind = enum_value(bpy.types.Constraint.bl_rna.properties["type"], type, "type of constraint")
    before = _world(obj, owner)
    try:
        made = owner.constraints.new(kind)
    except (RuntimeError, TypeError) as error:
        raise CommandError(f"'{owner.name}' takes no {kind} constraint: {error}") from error
    try:
        if name is not None:
            made.name = name
        notes = apply_settings(made, settings or {}, f"the {kind} constraint")
        if index is not None:
            notes += _move(owner, made, index)
    except BaseException:
        owner.constraints.remove(made)
        raise
    return _answer(obj, bone, made, before, name_notes(name, made.name) + notes)


@command(title="Change constraint")
def modify_constraint(
    object_name: str,
    constraint: str,
    bone: str | None = None,
    settings: dict[str, Any] | None = None,
    new_name: str | None = None,
    index: Index | None = None,
    enabled: bool | None = None,
) -> dict[str, Any]:
    """Change a constraint: its settings, name, place, or whether it acts. What is not given stays.

    object_name: whose
    constraint: its name
    bone: the bone that has it, instead of the object
    settings: names and values of Blender's API, as {"influence": 0.5}
    new_name: another name
    index: its new place, 0 being the first
    enabled: whether it acts
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    owner = _owner(obj, bone)
    found = _find(owner, constraint)
    settings = settings or {}
    refuse_fixed_settings(obj, found, [*settings, *(["mute"] if enabled is not None else [])])
    before = _world(obj, owner)
    notes = apply_settings(found, settings, f"the {found.type} constraint '{found.name}'")
    if enabled is not None:
        found.mute = not enabled
    notes += renamed(found, new_name)
    if index is not None:
        notes += _move(owner, found, index)
    return _answer(obj, bone, found, before, notes)


@command(title="Remove constraint", destructive=True)
def remove_constraint(
    object_name: str, constraint: str, bone: str | None = None, keep_transform: bool = False
) -> dict[str, Any]:
    """Remove a constraint, or apply it: with keep_transform its owner stays where the constraint has put it.

    object_name: whose
    constraint: its name
    bone: the bone that has it, instead of the object
    keep_transform: stay in place
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    owner = _owner(obj, bone)
    found = _find(owner, constraint)
    if obj.override_library and found.is_override_data:
        raise CommandError(
            f"The constraint '{found.name}' comes with {library_of(obj)}, which '{obj.name}' overrides: "
            "disable it here (modify_constraint: enabled false), or change it in that file"
        )
    name, before = found.name, _world(obj, owner)
    owner.constraints.remove(found)
    if keep_transform:
        _put(obj, owner, before)
    after = _world(obj, owner)
    notes = hidden_notes(obj)
    if keep_transform and not _same(before, after):
        notes.append("It does not stay in place: its other constraints, or an animation, move it")
    notes += _overruled(obj, bone) if keep_transform else []
    return with_notes({**_named(obj, bone), "removed": name, **_places(before, after)}, notes)


def _owner(obj: Any, bone: str | None) -> Any:
    if bone is None:
        return obj
    if obj.pose is None:
        raise CommandError(f"'{obj.name}' is of type {obj.type} and has no pose bones: leave out 'bone'")
    bones = obj.pose.bones
    return bones[one_of(bone, bones.keys(), f"bone of '{obj.name}'")] if bone not in bones else bones[bone]


def _find(owner: Any, name: str) -> Any:
    all_of = owner.constraints
    return all_of.get(name) or all_of[one_of(name, all_of.keys(), f"constraint of '{owner.name}'")]


def _named(obj: Any, bone: str | None) -> dict[str, Any]:
    return {"object": told_name(obj), **({"bone": bone} if bone is not None else {})}


def _told(owner: Any, constraint: Any) -> dict[str, Any]:
    return {
        "name": constraint.name,
        "type": constraint.type,
        "index": owner.constraints.find(constraint.name),
        "enabled": not constraint.mute,
        "influence": constraint.influence,
        "settings": told_settings(constraint, bpy.types.Constraint.bl_rna),
    }


def _answer(obj: Any, bone: str | None, constraint: Any, before: Any, notes: list[str]) -> dict[str, Any]:
    owner = _owner(obj, bone)
    after = _world(obj, owner)
    notes = notes + _idle(constraint) + _overruled(obj, bone) + hidden_notes(obj)
    if _same(before, after):
        notes.append(f"'{owner.name}' stands and turns as before")
    return with_notes(
        {**_named(obj, bone), "constraint": _told(owner, constraint), **_places(before, after)}, notes
    )


def _idle(constraint: Any) -> list[str]:
    """Why it does nothing now."""
    name = constraint.name
    if constraint.mute:
        return [f"'{name}' is disabled"]
    if constraint.influence == 0:
        return [f"'{name}' has influence 0"]
    if hasattr(constraint, "target") and constraint.target is None:
        return [f"'{name}' does nothing: its target is not set"]
    if constraint.type == "ARMATURE" and not len(constraint.targets):
        return [f"'{name}' does nothing: it has no targets"]
    target = getattr(constraint, "target", None)
    part = getattr(constraint, "subtarget", "")
    if target and part and target.pose and part not in target.pose.bones:
        return [f"'{name}' does nothing: '{target.name}' has no bone '{part}'"]
    return [] if constraint.is_valid else [f"'{name}' is not valid with these settings, so it does nothing"]


def _overruled(obj: Any, bone: str | None) -> list[str]:
    if bone is None:
        return overruled(obj, {"location", "rotation_euler", "rotation_quaternion", "scale"})
    parts = ("location", "rotation_euler", "rotation_quaternion", "scale")
    escaped = bpy.utils.escape_identifier(bone)
    return overruled(obj, {f'pose.bones["{escaped}"].{part}' for part in parts})


def _world(obj: Any, owner: Any) -> Any:
    """Where the object or the bone is, constraints included."""
    with evaluated(obj) as depsgraph:
        copy = obj.evaluated_get(depsgraph)
        if owner == obj:
            return copy.matrix_world.copy()
        return copy.matrix_world @ copy.pose.bones[owner.name].matrix


def _put(obj: Any, owner: Any, world: Any) -> None:
    """Have it stand there by its own location, rotation and scale."""
    with evaluated(obj) as depsgraph:
        if owner == obj:
            obj.matrix_world = world
        else:
            owner.matrix = obj.evaluated_get(depsgraph).matrix_world.inverted_safe() @ world


def _move(owner: Any, constraint: Any, index: int) -> list[str]:
    all_of, name = owner.constraints, constraint.name
    place = min(index, len(all_of) - 1)
    if all_of.find(name) != place:
        all_of.move(all_of.find(name), place)
    now = all_of.find(name)
    return [] if now == index else [f"'{name}' is at {now}, not at {index}: of {len(all_of)} constraints"]


def _places(before: Any, after: Any) -> dict[str, Any]:
    return {
        "world_location_before": numbers(before.translation),
        "world_location": numbers(after.translation),
        "world_rotation": numbers(after.to_euler()),
    }


def _same(before: Any, after: Any) -> bool:
    rows = zip(before, after, strict=True)
    return all(
        abs(a - b) <= TOLERANCE * max(abs(b), 1.0)
        for row, other in rows
        for a, b in zip(row, other, strict=True)
    )
