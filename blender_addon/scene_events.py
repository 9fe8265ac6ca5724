"""What happens in the scene, told on the channel `scene`, at most twenty times a second.

In: Blender's handlers, and `flush` after each turn of the tick (with a window) or whenever no command waits
(without one). Out: messages `scene_changed`. Main thread, except that Blender calls handlers for a render's
own depsgraph on the render's thread: those are left alone.

While nobody listens a handler costs one comparison. Otherwise it reads from Blender which kinds of data were
touched and notes the names of moved objects; names and selection are compared once before a message, and only
if their kind was touched. A scene that is new (somebody begins to listen, a file was loaded, another one is
shown) is told by its name alone: whoever follows it asks for its objects.

In a scene of 10,000 objects, where Blender needs 15 ms to evaluate one moved object and 60 to 80 for all of
them, this costs: without listeners 0.1 microseconds an evaluation; with them 0.4 ms if one was moved, because
Blender passes over the others, and 2 to 3 ms if all were; then 2 microseconds a message, or 1.5 ms where
names have to be compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from operator import attrgetter, methodcaller
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import main_thread

INTERVAL = 0.05  # seconds between two messages at least
LISTED = 100  # names in one list of a message; a longer one is cut and its whole length told
LOOKED_AT = 500  # objects of one evaluation whose names are asked for

# What stays with an object when its name changes. Before Blender 4.2 that is its address alone, which Blender
# gives to new objects again: those are told by their first evaluation.
_HAS_UID = hasattr(bpy.types.ID, "session_uid") or "session_uid" in bpy.types.ID.bl_rna.properties
_identity: Callable[[Any], int] = attrgetter("session_uid") if _HAS_UID else methodcaller("as_pointer")


class Watch:
    """The scene as it was told last, and what was touched since."""

    def __init__(self) -> None:
        self._remember()

    def _remember(self) -> None:
        """Take the present as told."""
        scene, layer = bpy.context.scene, bpy.context.view_layer
        self.scene: str = scene.name
        self.names: dict[int, str] = {_identity(obj): obj.name for obj in scene.objects}
        self.present: set[str] = set(self.names.values())
        self.selected: list[str] = layer.objects.selected.keys()
        self.single = _single_values(scene, layer)
        self.loaded = False
        self._forget_touches()

    def _forget_touches(self) -> None:
        self.names_touched = self.selection_touched = False
        self.moved: set[str] = set()
        self.moved_count = 0
        self.unexplained: set[str] = set()  # evaluated, neither moved nor reshaped: renamed, perhaps
        self.fresh: set[str] = set()  # as evaluated the first time

    def note(self, depsgraph: Any) -> None:
        """What Blender has just evaluated."""
        if depsgraph.mode != "VIEWPORT":  # a render's copy
            return
        updated = depsgraph.id_type_updated
        if updated("COLLECTION"):
            self.names_touched = True
        if updated("SCENE"):
            self.selection_touched = True
        if not updated("OBJECT") or len(self.moved) >= LOOKED_AT:
            return
        of_objects = bpy.types.Object
        count = 0
        for update in depsgraph.updates:
            if update.is_updated_transform:
                count += 1
                if len(self.moved) < LOOKED_AT and type(update.id) is of_objects:
                    self.moved.add(update.id.name)
                    if update.is_updated_geometry:
                        self.fresh.add(update.id.name)
            elif not (self.names_touched or update.is_updated_geometry) and type(update.id) is of_objects:
                self.unexplained.add(update.id.name)
                self.names_touched = len(self.unexplained) > LOOKED_AT
        self.moved_count = max(count, self.moved_count)

    def note_everything(self) -> None:
        """An undo: anything may be as it was."""
        self.names_touched = self.selection_touched = True

    def whole(self) -> dict[str, Any]:
        """What is told of a scene when it begins to be followed."""
        return {"scene": self.scene, **self.single, "objects": len(self.names)}

    def take(self) -> dict[str, Any]:
        """What has changed since it was asked last; empty: nothing."""
        scene, layer = bpy.context.scene, bpy.context.view_layer
        if self.loaded or scene.name != self.scene:
            news: dict[str, Any] = {"loaded": bpy.data.filepath} if self.loaded else {}
            self._remember()
            return {**news, **self.whole()}
        changes: dict[str, Any] = {}
        if self.names_touched or not (self.unexplained | self.moved) <= self.present:
            self._compare_names(scene, changes)
        _put(changes, "transformed", self.moved & self.present, self.moved_count)
        if self.selection_touched:
            selected = layer.objects.selected.keys()
            if selected != self.selected:
                self.selected = selected
                _put(changes, "selected", selected)
                changes.setdefault("selected", [])
        single = _single_values(scene, layer)
        changes.update({name: value for name, value in single.items() if value != self.single[name]})
        self.single = single
        self._forget_touches()
        return changes

    def _compare_names(self, scene: Any, changes: dict[str, Any]) -> None:
        if self.present == set(scene.objects.keys()):
            return
        before, present = self.names, {_identity(obj): obj.name for obj in scene.objects}
        self.names, self.present = present, set(present.values())
        self.selection_touched = True
        old, new = set(before.values()) - self.present, self.present - set(before.values())
        renamed = [
            (name, present[key])
            for key, name in before.items()
            if name in old and present.get(key) in new and (_HAS_UID or present[key] not in self.fresh)
        ]
        self.moved -= new - {name for _, name in renamed}  # a new object is not told as moved as well
        _put(changes, "added", new - {name for _, name in renamed})
        _put(changes, "removed", old - {name for name, _ in renamed})
        _put(changes, "renamed", [list(pair) for pair in renamed])


def _single_values(scene: Any, layer: Any) -> dict[str, Any]:
    active = layer.objects.active
    return {
        "active": active.name if active else None,
        "mode": active.mode if active else "OBJECT",
        "frame": scene.frame_current,
    }


def _put(changes: dict[str, Any], key: str, names: Iterable[Any], count: int = 0) -> None:
    """Enter a list that is not empty: sorted, at most `LISTED` long, its whole length beside it where cut."""
    listed = sorted(names)
    if listed:
        changes[key] = listed[:LISTED]
        if len(listed) > LISTED:
            changes[f"{key}_count"] = max(len(listed), count)


_watch: Watch | None = None  # None: nobody listens
_looked_at = 0.0
_generation = -1  # of the bridge, when it was looked last


def _begin() -> Watch:
    """Follow the scene from now on, and say so."""
    global _watch
    _watch = Watch()
    main_thread.bridge.notify("scene", "scene_changed", _watch.whole())
    return _watch


def before() -> None:
    """Called before each command that may change something: those who listen by now hear of the change."""
    if _watch is None and main_thread.bridge.wants("scene") and bpy.context.view_layer:
        _begin()


def flush() -> float | None:
    """Tell what has changed, if it is time; the seconds until this wants to be called again, if it does."""
    global _watch, _looked_at, _generation
    bridge = main_thread.bridge
    if not bridge.wants("scene") or not bpy.context.view_layer:
        _watch = None
        return None
    watch = _watch or _begin()
    if bpy.app.background and bridge.generation == _generation:  # nothing ran
        return None
    now = time.monotonic()
    left = _looked_at + INTERVAL - now
    if left > 0:
        return left
    _looked_at, _generation = now, bridge.generation
    if bpy.app.background:
        bpy.context.evaluated_depsgraph_get()  # calls the handlers for what was tagged; a window does it
    if changes := watch.take():
        bridge.notify("scene", "scene_changed", changes)
    return None


@persistent
def _evaluated(scene: Any, depsgraph: Any = None) -> None:
    if _watch is not None and depsgraph is not None:
        _watch.note(depsgraph)


@persistent
def _undone(*_: Any) -> None:
    if _watch is not None:
        _watch.note_everything()


@persistent
def _loaded(*_: Any) -> None:
    if _watch is not None:
        _watch.loaded = True


_HANDLERS = {
    "depsgraph_update_post": _evaluated,
    "frame_change_post": _evaluated,
    "undo_post": _undone,
    "redo_post": _undone,
    "load_post": _loaded,
}


def register() -> None:
    for name, function in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(function)


def unregister() -> None:
    global _watch
    _watch = None
    for name, function in _HANDLERS.items():
        handlers = getattr(bpy.app.handlers, name)
        if function in handlers:
            handlers.remove(function)
