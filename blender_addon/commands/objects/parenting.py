"""What an object hangs on, changed without moving it.

In: an object and its new parent. Out: the object changed. Main thread only.
"""

from __future__ import annotations

from typing import Any

from mathutils import Matrix

from ...blender.data_access import world_matrix


def set_parent(obj: Any, parent: Any, keep_transform: bool) -> None:
    """Blender has evaluated the scene; it does not have to again for others that are told after this one."""
    world = world_matrix(obj)
    obj.parent = parent
    if obj.parent_type != "OBJECT":  # a bone, or points of the parent before
        obj.parent_type = "OBJECT"
    keep = keep_transform and parent is not None
    # As Blender's own "Keep Transform": the location that a client gave stays the one it reads.
    obj.matrix_parent_inverse = world_matrix(parent).inverted_safe() if keep else Matrix.Identity(4)
    if keep_transform:
        obj.matrix_basis = world
