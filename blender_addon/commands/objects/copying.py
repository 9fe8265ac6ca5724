"""Objects copied, with what hangs on them if need be.

In: objects. Out: their copies, in the same collections. Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

from ...blender.libraries import takes_objects


def active_collection() -> Any:
    """The one that new objects go into: the active one, unless it is another file's."""
    active = bpy.context.collection
    return active if active and takes_objects(active) else bpy.context.scene.collection


def copy_object(original: Any, *, linked: bool = False) -> Any:
    """`linked`: it shares the mesh, or other data, with the original. That one is in no edit mode.

    The scene tracker is told by the caller, who knows which name the copy gets in the end.
    """
    copy = original.copy()
    if original.data and not linked:
        copy.data = original.data.copy()
    collections = [each for each in original.users_collection if takes_objects(each)]
    collections = collections or [active_collection()]
    for collection in collections:
        collection.objects.link(copy)
    return copy


def copy_together(originals: Sequence[Any]) -> dict[Any, Any]:
    """Original -> copy. What they are to each other, as parents or by modifiers and constraints, the copies
    are too."""
    copies = {each: copy_object(each) for each in originals}
    for copy in copies.values():
        if copy.parent in copies:
            inverse = copy.matrix_parent_inverse.copy()
            copy.parent = copies[copy.parent]
            copy.matrix_parent_inverse = inverse
        for user in (*copy.modifiers, *copy.constraints):
            for row in user.bl_rna.properties:
                if row.type == "POINTER" and not row.is_readonly:
                    value = getattr(user, row.identifier)
                    if isinstance(value, bpy.types.Object) and value in copies:
                        setattr(user, row.identifier, copies[value])
    return copies
