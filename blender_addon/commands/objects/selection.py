"""What is selected, and selecting.

In: names of objects. Out: the selection. Main thread only.
"""

from __future__ import annotations

from typing import Any, Literal

import bpy

from ...blender.data_access import find_object, find_objects, leave_edit_mode, selected_objects, with_notes
from ...blender.libraries import told_name, told_names
from ...blender.paging import names_told
from ...blender.visibility import hidden_by, in_view_layer, is_selectable, is_visible
from ...errors import CommandError
from ...registry.table import command

MAX_REASONS = 5  # in an error


@command(title="Selection", reads_only=True, aliases=("selection.get",))
def get_selection() -> dict[str, Any]:
    """Tell which objects are selected, which is the active one, and the mode."""
    active = bpy.context.view_layer.objects.active
    return {
        **names_told("selected", told_names(selected_objects())),
        "active": told_name(active) if active else None,
        "mode": bpy.context.mode,
    }


@command(title="Select objects", aliases=("selection.set",))
def select_objects(
    names: list[str], mode: Literal["SET", "ADD", "REMOVE"] = "SET", active: str | None = None
) -> dict[str, Any]:
    """Select objects, or none.

    names: the objects; an empty list with mode SET deselects everything
    mode: SET selects these and no others, ADD these too, REMOVE deselects these
    active: the object to make the active one; otherwise SET and ADD make it the last of `names`
    """
    layer = bpy.context.view_layer.objects
    objects = find_objects(names)
    chosen = find_object(active) if active is not None else None
    for obj in [*objects, *([chosen] if chosen else [])]:
        if not in_view_layer(obj):
            raise CommandError(f"Object is not in the present view layer: {obj.name}")
    if mode != "REMOVE":
        _refuse_unselectable(objects)
    new_active = chosen or (objects[-1] if objects and mode != "REMOVE" else layer.active)
    notes = leave_edit_mode(layer.active) if layer.active and new_active != layer.active else []
    if mode == "SET":
        for obj in selected_objects():
            obj.select_set(False)
    for obj in objects:
        obj.select_set(mode != "REMOVE")
    layer.active = new_active
    return with_notes(get_selection(), notes)


def _refuse_unselectable(objects: list[Any]) -> None:
    """Blender passes over them without a word."""
    reasons = [
        f"{told_name(each)}: {hidden_by(each) or 'it is not selectable'}"
        for each in objects
        if not is_visible(each) or not is_selectable(each)
    ]
    if reasons:
        more = f", and {len(reasons) - MAX_REASONS} more" if len(reasons) > MAX_REASONS else ""
        raise CommandError(f"Cannot be selected: {'; '.join(reasons[:MAX_REASONS])}{more}")
