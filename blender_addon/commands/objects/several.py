"""Several objects shown, hidden, deleted and parented at once.

In: names. Out: which objects it was done to, and how they are then. Main thread only.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.data_access import find_object, find_objects, with_notes, world_matrix
from ...blender.libraries import refuse_unkept, told_name, told_names
from ...blender.paging import names_told
from ...blender.visibility import hidden_by, is_visible, show
from ...errors import CommandError
from ...registry.table import command
from .deletion import delete
from .outcome import TOLERANCE, visibility_notes
from .parenting import set_parent
from .world_transform import Names, ancestors, children_by_parent, standing, told

MAX_NAMES = 5  # in a note


@command(title="Show or hide objects")
def show_objects(names: Names, visible: bool, children: bool = True) -> dict[str, Any]:
    """Show or hide objects, in viewports and renders, with what hangs on them.

    names: of the objects
    visible: whether they are to be seen
    children: also all that hangs on them
    """
    objects = find_objects(names)
    objects += _below(objects) if children else []
    for each in objects:
        refuse_unkept(each, "hide_viewport", "hide_render")
    for each in objects:
        show(each, visible)
    bpy.context.view_layer.update()
    notes = [note for each in objects for note in visibility_notes(each, visible)]
    for each in objects:
        if visible and (why := hidden_by(each)):
            notes.append(f"'{told_name(each)}' is still not visible: {why}")
    return told(objects, notes, lambda obj: {"name": told_name(obj), "visible": is_visible(obj)})


@command(title="Delete objects", destructive=True)
def delete_objects(names: Names, children: bool = True) -> dict[str, Any]:
    """Delete objects with what hangs on them, and their data if nothing else uses that.

    names: of the objects
    children: also all that hangs on them; otherwise that stays in place
    """
    objects = find_objects(names)
    below = _below(objects)
    hung = told_names(below[:MAX_NAMES])
    gone, notes = delete([*objects, *below] if children else objects)
    if below:
        listed = ", ".join(f"'{name}'" for name in hung)
        more = f" and {len(below) - MAX_NAMES} more" if len(below) > MAX_NAMES else ""
        what = "went with them" if children else "is still there"
        notes.append(f"What hung on them {what}: {listed}{more}")
    return with_notes(names_told("names", gone), notes)


@command(title="Parent objects")
def parent_objects(names: Names, parent: str) -> dict[str, Any]:
    """Hang objects on another one, so that they go where it goes. They stay where they are in the world.

    names: of the objects
    parent: the object to hang them on; "" for none
    """
    objects = find_objects(names)
    above = find_object(parent) if parent else None
    circle = next((each for each in objects if above and each in (above, *ancestors(above))), None)
    if circle:
        raise CommandError(
            f"'{parent}' cannot be the parent of '{told_name(circle)}': it is the same object or below it"
        )
    for each in objects:
        refuse_unkept(each, "parent")
    bpy.context.view_layer.update()
    places = {each: world_matrix(each) for each in objects}
    for each in objects:
        set_parent(each, above, keep_transform=True)
    bpy.context.view_layer.update()
    notes = [
        f"'{told_name(obj)}' did not stay in place: see its location"
        for obj, matrix in places.items()
        if not _same(world_matrix(obj), matrix)
    ]
    return told(objects, notes, lambda obj: {**standing(obj), "parent": obj.parent and told_name(obj.parent)})


def _below(objects: list[Any]) -> list[Any]:
    """All that hangs on them and is none of them."""
    children, given = children_by_parent(), set(objects)
    waiting = [child for each in objects for child in children.get(each, ())]
    for each in waiting:
        waiting += children.get(each, ())
    return [each for each in dict.fromkeys(waiting) if each not in given]


def _same(here: Any, there: Any) -> bool:
    rows = zip(here.transposed(), there.transposed(), strict=True)
    return all((a - b).length <= TOLERANCE * max(b.length, 1e-6) for a, b in rows)
