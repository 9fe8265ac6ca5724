"""What is selected, and selecting.

In: names of objects. Out: the selection. Main thread only.
"""

from __future__ import annotations

from typing import Any, Literal

import bpy

from .lookup import find_object, find_objects, selected_objects
from .registry import CommandError, command


@command(title="Selection", reads_only=True, aliases=("selection.get",))
def get_selection() -> dict[str, Any]:
    """Tell which objects are selected, which is the active one, and the mode."""
    active = bpy.context.view_layer.objects.active
    return {
        "selected": [obj.name for obj in selected_objects()],
        "active": active.name if active else None,
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
        if obj.name not in layer:
            raise CommandError(f"Object is not in the present view layer: {obj.name}")
    if mode == "SET":
        for obj in selected_objects():
            obj.select_set(False)
    for obj in objects:
        obj.select_set(mode != "REMOVE")
    if chosen or (objects and mode != "REMOVE"):
        layer.active = chosen or objects[-1]
    return get_selection()
