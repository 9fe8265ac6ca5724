"""Which objects a client's code has added, removed, renamed and changed.

In: `begin` and `end` around the code, and Blender's handlers in between. Out: names for the reply, bounded.
Main thread only.

Objects are those of the scene that is shown. Changed is what Blender has evaluated anew: an object that moved
because its parent did is among them, and one whose mesh got another user. What it does not evaluate (a custom
property, say) does not show. Names come from `scene_tracker`, which knows them anyway: code in a large scene
costs no comparison of all.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..blender import undo_stack
from ..blender.handlers import append_handlers, remove_handlers
from . import scene_tracker

NAMES = 50  # names in one list of a reply; a longer one is cut, and its whole length given
UPDATES = 1000  # objects whose names are read of what the code made Blender evaluate

_collecting = False
_changed: set[str] = set()
_updated: set[str] = set()  # evaluated for whatever reason
_fresh: set[str] = set()  # evaluated in place and in shape: new objects are
_loaded_file = False
_scene = 0  # the address of the scene at the beginning


def begin() -> None:
    """Code begins; what was tagged before has been evaluated."""
    global _collecting, _loaded_file, _scene
    _changed.clear()
    _updated.clear()
    _fresh.clear()
    _collecting = _loaded_file = False
    if bpy.context.view_layer is not None:
        scene_tracker.begin_code()
        _scene = bpy.context.scene.as_pointer()
        _collecting = True


def abort() -> None:
    """The code was stopped, and nobody asks what it changed."""
    global _collecting
    _collecting = False


def end() -> dict[str, Any]:
    """What the code changed; empty: nothing that shows."""
    global _collecting
    if not _collecting or bpy.context.view_layer is None:
        _collecting = False
        return {}
    undo_stack.flush()
    _collecting = False
    added, removed, renamed = scene_tracker.end_code(_updated, _fresh)
    scene = bpy.context.scene
    if _loaded_file:
        return {"loaded": bpy.data.filepath, "objects": len(scene.objects)}
    if scene.as_pointer() != _scene:
        return {"scene": scene.name, "objects": len(scene.objects)}
    found: dict[str, Any] = {}
    _put(found, "added", added)
    _put(found, "removed", removed)
    _put(found, "renamed", renamed)
    _put(found, "changed", [name for name in _changed - added if name in scene.objects])
    return found


def _put(found: dict[str, Any], key: str, names: Collection[Any]) -> None:
    if names:
        found[key] = sorted(names)[:NAMES]
        if len(names) > NAMES:
            found[f"{key}_count"] = len(names)


@persistent
def _evaluated(scene: Any, depsgraph: Any = None) -> None:
    if not _collecting or depsgraph is None or len(_updated) >= UPDATES:
        return
    if depsgraph.mode != "VIEWPORT" or not depsgraph.id_type_updated("OBJECT"):
        return
    of_objects = bpy.types.Object
    # A graph that Blender has built anew, because something came or went, has the look of all objects marked.
    rebuilt = depsgraph.id_type_updated("COLLECTION")
    for update in islice(depsgraph.updates, UPDATES):
        if type(update.id) is not of_objects:
            continue
        name = update.id.name
        _updated.add(name)
        moved, reshaped = update.is_updated_transform, update.is_updated_geometry
        if moved or reshaped or (update.is_updated_shading and not rebuilt):
            _changed.add(name)
        if moved and reshaped:
            _fresh.add(name)


@persistent
def _loaded(*_: Any) -> None:
    global _loaded_file
    _loaded_file = True


_HANDLERS = {"depsgraph_update_post": _evaluated, "frame_change_post": _evaluated, "load_post": _loaded}


def register() -> None:
    append_handlers(_HANDLERS)


def unregister() -> None:
    remove_handlers(_HANDLERS)
