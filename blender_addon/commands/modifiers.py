"""Modifiers of an object: listed, added, changed, moved, removed, applied.

In: names, and settings as Blender's API names them. Out: the modifier as it is then, and how large the
object's result is. Main thread only.

Grease pencil had a stack of its own before Blender 4.3.
"""

from __future__ import annotations

from typing import Annotated, Any

import bpy

from ..blender.data_access import find_object, leave_edit_mode, name_notes, reason, renamed, with_notes
from ..blender.evaluation import hidden_notes, operating_on, result_of, without_mark
from ..blender.libraries import library_of, origin, refuse_linked, told_name
from ..blender.paging import fitting
from ..blender.rna_settings import (
    apply_settings,
    enum_value,
    one_of,
    plain,
    refuse_fixed_settings,
    told_settings,
)
from ..blender.visibility import is_visible
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command
from .objects.outcome import sharing_notes

Index = Annotated[int, Constraint(minimum=0)]

# What each of these does nothing without.
_NEEDED = {
    "ARMATURE": "object",
    "BOOLEAN": "object",
    "CURVE": "object",
    "DATA_TRANSFER": "object",
    "HOOK": "object",
    "LATTICE": "object",
    "MESH_DEFORM": "object",
    "MESH_TO_VOLUME": "object",
    "NODES": "node_group",
    "PARTICLE_INSTANCE": "object",
    "SHRINKWRAP": "target",
    "SURFACE_DEFORM": "target",
    "VOLUME_TO_MESH": "object",
}
# Those whose work is not in the places of vertices, or not on this frame.
_UNSEEN_WORK = {
    "CLOTH",
    "COLLISION",
    "DATA_TRANSFER",
    "DYNAMIC_PAINT",
    "EXPLODE",
    "FLUID",
    "NORMAL_EDIT",
    "PARTICLE_SYSTEM",
    "SOFT_BODY",
    "SURFACE",
    "UV_PROJECT",
    "UV_WARP",
    "VERTEX_WEIGHT_EDIT",
    "VERTEX_WEIGHT_MIX",
    "VERTEX_WEIGHT_PROXIMITY",
    "WEIGHTED_NORMAL",
}


@command(title="List modifiers", reads_only=True)
def list_modifiers(object_name: str, modifier: str | None = None) -> dict[str, Any]:
    """List an object's modifiers from first to last with all their settings, and the size of the result.

    object_name: whose
    modifier: only the one of this name
    """
    obj = find_object(object_name)
    stack = _stack(obj)
    chosen = list(stack) if modifier is None else [_find(obj, modifier)]
    rows = fitting(_told(obj, each) for each in chosen)
    answer = {"object": told_name(obj), **origin(obj), "modifiers": rows, "total": len(stack)}
    if is_visible(obj):
        answer["result"] = without_mark(result_of(obj))
    notes = [note for each in chosen for note in _idle(each)] + hidden_notes(obj)
    if len(rows) < len(chosen):
        notes.append("Not all fit into one answer: name one in 'modifier'")
    return with_notes(answer, notes)


@command(title="Add modifier")
def add_modifier(
    object_name: str,
    type: str,
    name: str | None = None,
    settings: dict[str, Any] | None = None,
    index: Index | None = None,
) -> dict[str, Any]:
    """Add a modifier with settings to an object; tells how many vertices the result had and has.

    object_name: whose
    type: as "SUBSURF", "BEVEL", "ARRAY", "BOOLEAN", "MIRROR", "SOLIDIFY", "NODES"
    name: of the modifier; the type's own unless given
    settings: names and values of Blender's API, as {"levels": 2}; objects and other data blocks by name
    index: its place in the stack, 0 being the first; else the last
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    stack = _stack(obj)
    kind = enum_value(_base(obj).bl_rna.properties["type"], type, "type of modifier")
    before = result_of(obj)
    made = stack.new(name or _shown_type(obj, kind), kind)
    if made is None:
        raise CommandError(f"An object of type {obj.type} takes no {kind} modifier: {obj.name}")
    try:
        notes = apply_settings(made, settings or {}, f"the {kind} modifier")
        if index is not None:
            notes += _move(obj, made, index)
    except BaseException:
        stack.remove(made)
        raise
    return _answer(obj, made, before, name_notes(name, made.name) + notes)


@command(title="Change modifier")
def modify_modifier(
    object_name: str,
    modifier: str,
    settings: dict[str, Any] | None = None,
    new_name: str | None = None,
    index: Index | None = None,
    enabled: bool | None = None,
) -> dict[str, Any]:
    """Change a modifier: its settings, name, place in the stack, or whether it acts. What is not given stays.

    object_name: whose
    modifier: its name
    settings: names and values of Blender's API; a geometry nodes modifier's inputs: set_geometry_inputs
    new_name: another name
    index: its new place in the stack, 0 being the first
    enabled: whether it acts, in the viewport and in renders
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    found = _find(obj, modifier)
    settings = settings or {}
    both = ["show_viewport", "show_render"] if enabled is not None else []
    refuse_fixed_settings(obj, found, [*settings, *both])
    before = result_of(obj)
    notes = apply_settings(found, settings, f"the {found.type} modifier '{found.name}'")
    if enabled is not None:
        found.show_viewport = found.show_render = enabled
    notes += renamed(found, new_name)
    if index is not None:
        notes += _move(obj, found, index)
    return _answer(obj, found, before, notes)


@command(title="Remove modifier", destructive=True)
def remove_modifier(object_name: str, modifier: str) -> dict[str, Any]:
    """Remove a modifier from an object, without applying it.

    object_name: whose
    modifier: its name
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    found = _find(obj, modifier)
    _refuse_from_library(obj, found)
    before, name = result_of(obj), found.name
    _stack(obj).remove(found)
    if name in _stack(obj):
        raise CommandError(f"Blender did not remove the modifier '{name}' of '{obj.name}'")
    return with_notes(_sizes(obj, {"removed": name}, before, result_of(obj)), hidden_notes(obj))


@command(title="Apply modifier", destructive=True)
def apply_modifier(
    object_name: str, modifier: str | None = None, single_user: bool = False
) -> dict[str, Any]:
    """Make what a modifier does part of the object's own mesh, and remove the modifier.

    object_name: whose
    modifier: its name; without it all of them, from the first to the last
    single_user: where other objects share the mesh, give this one a copy of its own first
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    refuse_linked(obj.data)
    chosen = list(_stack(obj)) if modifier is None else [_find(obj, modifier)]
    if not chosen:
        raise CommandError(f"'{obj.name}' has no modifiers")
    for each in chosen:
        _refuse_from_library(obj, each)
    _refuse_unappliable(obj, chosen, single_user)
    first = _stack(obj)[0] == chosen[0]
    notes = (
        [] if first else [f"'{chosen[0].name}' was not the first: the result may differ from what was seen"]
    )
    notes += leave_edit_mode(obj)
    before = result_of(obj)
    if obj.data.users - obj.data.use_fake_user > 1:
        obj.data = obj.data.copy()
        notes.append(f"'{obj.name}' has data of its own now: '{obj.data.name}'")
    applied = _apply_all(obj, [each.name for each in chosen])
    after = result_of(obj)
    if len(chosen) == 1 and after.get("mark") == before.get("mark") and not first:
        notes.append("The object looks the same as before")
    return with_notes(_sizes(obj, {"applied": applied}, before, after), notes + hidden_notes(obj))


def _stack(obj: Any) -> Any:
    return obj.grease_pencil_modifiers if obj.type == "GPENCIL" else obj.modifiers


def _base(obj: Any) -> Any:
    return bpy.types.GpencilModifier if obj.type == "GPENCIL" else bpy.types.Modifier


def _find(obj: Any, name: str) -> Any:
    stack = _stack(obj)
    found = stack.get(name)
    return stack[one_of(name, stack.keys(), f"modifier of '{obj.name}'")] if found is None else found


def _shown_type(obj: Any, kind: str) -> str:
    items = _base(obj).bl_rna.properties["type"].enum_items
    return str(items[kind].name)


def _told(obj: Any, modifier: Any) -> dict[str, Any]:
    return {
        "name": modifier.name,
        "type": modifier.type,
        "index": _stack(obj).find(modifier.name),
        "show_viewport": modifier.show_viewport,
        "show_render": modifier.show_render,
        "settings": told_settings(modifier, _base(obj).bl_rna),
    }


def _answer(obj: Any, modifier: Any, before: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """What there is now; notes say why nothing is seen of it."""
    after = result_of(obj)
    idle = _idle(modifier)
    seen = after and modifier.type not in _UNSEEN_WORK
    if seen and after == before and not idle:
        idle = [f"The result is the same as before: '{modifier.name}' changes nothing by this"]
    if obj.mode == "EDIT" and not modifier.show_in_editmode:
        idle.append(f"'{obj.name}' is in Edit Mode, where '{modifier.name}' is not shown")
    answer = _sizes(obj, {"modifier": _told(obj, modifier)}, before, after)
    return with_notes(answer, notes + idle + _warnings(obj, modifier) + hidden_notes(obj))


def _sizes(
    obj: Any, members: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    answer = {"object": told_name(obj), **members}
    if after:
        answer |= {"result_before": without_mark(before), "result": without_mark(after)}
    return answer


def _idle(modifier: Any) -> list[str]:
    """Why it does nothing now."""
    needed = _NEEDED.get(modifier.type)
    if needed and hasattr(modifier, needed) and getattr(modifier, needed) is None:
        by_collection = modifier.type == "BOOLEAN" and modifier.operand_type == "COLLECTION"
        if not (by_collection and modifier.collection):
            wanted = "collection" if by_collection else needed
            return [f"'{modifier.name}' does nothing: its {wanted} is not set"]
    if not modifier.show_viewport and not modifier.show_render:
        return [f"'{modifier.name}' is disabled"]
    if not modifier.show_viewport:
        return [f"'{modifier.name}' is disabled in the viewport, and acts in renders only"]
    if not modifier.show_render:
        return [f"'{modifier.name}' is disabled in renders"]
    if modifier.type == "SURFACE_DEFORM" and not modifier.is_bound:
        return [f"'{modifier.name}' does nothing until it is bound"]
    return []


def _warnings(obj: Any, modifier: Any) -> list[str]:
    """What geometry nodes say of themselves, since Blender 4.3."""
    if not hasattr(modifier, "node_warnings") or not is_visible(obj):
        return []
    copy = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).modifiers.get(modifier.name)
    return [f"{each.type.capitalize()}: {each.message}" for each in copy.node_warnings] if copy else []


def _move(obj: Any, modifier: Any, index: int) -> list[str]:
    stack = _stack(obj)
    place = min(index, len(stack) - 1)
    name, now = modifier.name, stack.find(modifier.name)
    if now != place and hasattr(stack, "move"):
        stack.move(now, place)
    elif now != place:  # before Blender 4.0
        mode = leave_edit_mode(obj)
        with operating_on(obj):
            operators = bpy.ops.object
            move = operators.gpencil_modifier_move_to_index if obj.type == "GPENCIL" else None
            move = move or operators.modifier_move_to_index
            move(modifier=name, index=place)
        return mode + _place_notes(stack, name, index)
    return _place_notes(stack, name, index)


def _place_notes(stack: Any, name: str, index: int) -> list[str]:
    now = stack.find(name)
    return [] if now == index else [f"'{name}' is at {now}, not at {index}: of {len(stack)} modifiers"]


def _refuse_from_library(obj: Any, modifier: Any) -> None:
    if obj.override_library and not modifier.is_override_data:
        return
    if obj.override_library:
        raise CommandError(
            f"The modifier '{modifier.name}' comes with {library_of(obj)}, which '{obj.name}' overrides: "
            "disable it here (modify_modifier: enabled false), or change it in that file"
        )


def _refuse_unappliable(obj: Any, chosen: list[Any], single_user: bool) -> None:
    """CommandError for what Blender would refuse, or would lose something by."""
    if obj.data is None:
        raise CommandError(f"'{obj.name}' has no data that a modifier could be applied to")
    for each in chosen:
        if not each.show_viewport:
            raise CommandError(
                f"'{each.name}' is disabled in the viewport, and Blender applies only what acts there: "
                "enable it, or remove it"
            )
    if obj.data.users - obj.data.use_fake_user > 1 and not single_user:
        shared = sharing_notes(obj.data)[0]
        raise CommandError(f"{shared}, so Blender does not apply to it: give single_user true for a copy")
    keys = getattr(obj.data, "shape_keys", None)
    if keys and obj.type == "MESH":
        raise CommandError(
            f"'{obj.name}' has {len(keys.key_blocks)} shape keys, which a modifier cannot be applied to: "
            "remove them first, or keep the modifier"
        )


def _apply_all(obj: Any, names: list[str]) -> list[str]:
    applied: list[str] = []
    with operating_on(obj):
        for name in names:
            try:
                if obj.type == "GPENCIL":
                    done = bpy.ops.object.gpencil_modifier_apply(modifier=name)
                else:
                    done = bpy.ops.object.modifier_apply(modifier=name)
            except RuntimeError as error:
                raise _unapplied(name, applied, reason(error)) from error
            if done != {"FINISHED"} or name in _stack(obj):
                raise _unapplied(name, applied, "Blender refused it")
            applied.append(name)
    return applied


def _unapplied(name: str, applied: list[str], why: str) -> CommandError:
    done = f"; applied before it: {', '.join(applied)}" if applied else ""
    return CommandError(f"Cannot apply '{name}': {plain(why)}{done}")
