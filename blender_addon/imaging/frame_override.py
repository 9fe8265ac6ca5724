"""The scene at another frame, for a while.

In: a scene and a frame number. Out: the scene as it is then, and afterwards everything as it was, also what
the user has moved but not keyed: Blender would put that back to its animation. Main thread only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import bpy

from ..blender.animation import curves_of
from ..blender.undo_stack import unrecorded
from ..cancellation import retry_on_cancel

_ANIMATED: tuple[str, ...] = (
    "objects",
    "meshes",
    "curves",
    "materials",
    "lights",
    "cameras",
    "worlds",
    "scenes",
    "shape_keys",
)
_ANIMATED += ("armatures", "lattices", "metaballs", "node_groups", "volumes")


@contextlib.contextmanager
def at_frame(scene: Any, frame: int | None) -> Iterator[None]:
    """`frame`: None is the present one."""
    if frame is None or frame == scene.frame_current:
        yield
        return
    recorded = unrecorded.begin_temporary()
    present, fraction = scene.frame_current, scene.frame_subframe
    kept = _animated_values()

    def go_back() -> None:
        scene.frame_set(present, subframe=fraction)
        for owner, path, index, value in kept:
            _put_back(owner, path, index, value)
        unrecorded.end_temporary(recorded)

    try:
        scene.frame_set(frame)
        yield
    finally:
        retry_on_cancel(go_back)


def _animated_values() -> list[tuple[Any, str, int, Any]]:
    """Owner, data path, index and present value of all that an action drives."""
    found: list[tuple[Any, str, int, Any]] = []
    if not len(bpy.data.actions):
        return found
    for name in _ANIMATED:
        for each in getattr(bpy.data, name, ()):
            for owner in filter(None, (each, getattr(each, "node_tree", None))):
                animation = getattr(owner, "animation_data", None)
                for curve in curves_of(animation) if animation and animation.action else ():
                    with contextlib.suppress(ValueError, IndexError, TypeError):
                        value = owner.path_resolve(curve.data_path)
                        if hasattr(value, "__len__") and not isinstance(value, str):
                            value = value[curve.array_index]
                        found.append((owner, curve.data_path, curve.array_index, value))
    return found


def _put_back(owner: Any, path: str, index: int, value: Any) -> None:
    with contextlib.suppress(ReferenceError, ValueError, AttributeError, TypeError, IndexError):
        present = owner.path_resolve(path)
        if hasattr(present, "__len__") and not isinstance(present, str):
            if present[index] != value:
                present[index] = value
        elif present != value:
            above, _, name = path.rpartition(".")
            if name.endswith("]"):  # a custom property
                holder, _, key = path.rpartition("[")
                (owner.path_resolve(holder) if holder else owner)[key[1:-2]] = value
            else:
                setattr(owner.path_resolve(above) if above else owner, name, value)
