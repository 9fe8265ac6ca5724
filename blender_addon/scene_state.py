"""The scene as sessions tell it: the names of its objects, selection, active object, mode, frame and file.

In: Blender's handlers, what commands say of objects that come, go and get other names, and `after` each
command that may change something. Out: what has changed, reported to the native core before that command is
answered; and by `flush`, between commands, what the user does by hand. Main thread, except that Blender calls
handlers for a render's own depsgraph on the render's thread: those are left alone.

What stands in one place (active object, mode, frame, file) is compared each time, which costs 2 microseconds.
The names of all objects are asked for only where Blender has just rebuilt its graph of all of them, because
code or the user linked, unlinked or made something, which takes it hundreds of times as long; or after a
command of another add-on, if Blender shows such a change. Tenon's own commands tell what they did.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import main_thread

PENDING_INTERVAL = 1.0  # seconds
LOOKED_AT = 100  # objects of one evaluation whose names are looked at; after more of them all names are


class Watch:
    """The scene as it was reported last, and what was touched since."""

    def __init__(self) -> None:
        self.loaded = True  # nothing of the present file is reported yet
        self.scene = 0  # the address of the one reported
        self._forget()

    def _forget(self) -> None:
        self.names: set[str] = set()
        self.listed: list[str] | None = None  # the same as Blender listed them, if nothing was told since
        self.news: dict[str, bool] = {}  # names told since: whether there is such an object now
        self.selected: list[str] = []
        self.single: dict[str, Any] = {}
        self.names_touched = self.selection_touched = self.many_touched = False
        self.names_lost = False  # something happened to them that no evaluation need show
        self.explained = False  # a command began when nothing was touched, and Blender had no turn since
        self.quiet = True  # nothing was evaluated since the last flush
        self.looked_at = 0.0  # when it was last asked what is pending

    def note(self, depsgraph: Any) -> None:
        """What Blender has just evaluated."""
        if depsgraph.mode != "VIEWPORT":  # a render's copy
            return
        self.quiet = False
        updated = depsgraph.id_type_updated
        if updated("SCENE"):
            self.selection_touched = True
        if updated("COLLECTION"):
            self.names_touched = True
        elif updated("OBJECT") and not self.names_touched:
            if _has_libraries():
                self.names_touched = True
            else:
                self._look_for_names(depsgraph.updates)

    def _look_for_names(self, updates: Any) -> None:
        of_objects = bpy.types.Object
        count = 0
        for update in islice(updates, LOOKED_AT):
            count += 1
            if type(update.id) is of_objects and (
                update.id.name not in self.names
                # Nothing else is told of one that was renamed, perhaps to the name that another had.
                or not (
                    update.is_updated_transform or update.is_updated_geometry or update.is_updated_shading
                )
            ):
                self.names_touched = True
                return
        self.many_touched = self.many_touched or count == LOOKED_AT

    def note_everything(self) -> None:
        """An undo: anything may be as it was."""
        self.names_lost = self.selection_touched = True

    def note_pending(self, layer: Any) -> None:
        """What Blender was told to evaluate and has not yet. That shows also what no graph holds."""
        if _has_pending(layer, "COLLECTION") or _has_pending(layer, "OBJECT"):
            self.names_lost = True
        if _has_pending(layer, "SCENE"):
            self.selection_touched = True

    def rest(self) -> None:
        """No command runs. While the user moves very many objects, their names wait until they rest; and what
        shows only as pending is looked at once in a while, because it may stay so.
        """
        if self.quiet and self.many_touched:
            self.names_lost = True
        self.quiet = True
        self.explained = False
        if time.monotonic() - self.looked_at > PENDING_INTERVAL:
            self.looked_at = time.monotonic()
            self.note_pending(bpy.context.view_layer)

    def tell(self, name: str, present: bool) -> None:
        """An object of the scene has come or gone."""
        if (name in self.names) == present or _has_libraries():
            self.names_lost = True
            return
        (self.names.add if present else self.names.remove)(name)
        self.news[name] = present
        self.listed = None

    def take(self) -> dict[str, Any]:
        """What has changed since it was asked last; empty: nothing."""
        scene, layer = bpy.context.scene, bpy.context.view_layer
        if self.loaded or scene.as_pointer() != self.scene:
            return self._whole(scene, layer)
        changes: dict[str, Any] = {}
        if self.names_touched or self.names_lost:
            self._compare_names(scene)
        if self.news:
            for key, present in ("added", True), ("removed", False):
                if names := [name for name, now in self.news.items() if now is present]:
                    changes[key] = names
            self.news.clear()
            self.selection_touched = True
        if self.selection_touched:
            selected = layer.objects.selected.keys()
            if selected != self.selected:
                self.selected = changes["selected_objects"] = selected
        single = _single_values(scene, layer)
        if single != self.single:
            changes.update({name: value for name, value in single.items() if value != self.single[name]})
            self.single = single
        self.names_touched = self.names_lost = self.selection_touched = self.many_touched = False
        return changes

    def _whole(self, scene: Any, layer: Any) -> dict[str, Any]:
        self._forget()
        self.loaded, self.scene = False, scene.as_pointer()
        self._compare_names(scene)
        self.news.clear()
        self.selected = layer.objects.selected.keys()
        self.single = _single_values(scene, layer)
        return {"objects": list(self.names), "selected_objects": self.selected, **self.single}

    def _compare_names(self, scene: Any) -> None:
        listed = scene.objects.keys()
        if listed == self.listed:
            return
        present = set(listed)
        self.news.update(dict.fromkeys(self.names - present, False))
        self.news.update(dict.fromkeys(present - self.names, True))
        self.listed, self.names = listed, present


def _has_pending(layer: Any, kind: str) -> bool:
    """Whether Blender was told to evaluate something of this kind and has not yet."""
    graph = layer.depsgraph
    return graph is None or graph.id_type_updated(kind)


def _has_libraries() -> bool:
    """Then several objects may have one name, and a name that is known says nothing."""
    return len(bpy.data.libraries) > 0


def _single_values(scene: Any, layer: Any) -> dict[str, Any]:
    active = layer.objects.active
    return {
        "active_object": active.name if active else None,
        "mode": active.mode if active else "OBJECT",
        "frame": scene.frame_current,
        "file": bpy.data.filepath or None,
    }


_watch = Watch()
_version: int | None = None  # the bridge's, after the last report


def came(obj: Any, collections: Iterable[Any]) -> None:
    """A command has put a new object into these collections."""
    if any(_is_in_scene(collection) for collection in collections):
        _watch.tell(obj.name, True)


def went(name: str) -> None:
    """A command has removed the object of this name."""
    if name in _watch.names:
        _watch.tell(name, False)


def renamed(before: str, obj: Any) -> None:
    """A command has given an object another name."""
    if obj.name == before:
        return
    if obj.name in _watch.names:  # taken: in Blender 3.4 the other one may get a new name as well
        _watch.names_lost = True
    elif before in _watch.names:
        _watch.tell(before, False)
        _watch.tell(obj.name, True)


def moved() -> None:
    """A command has moved an object between collections, which may be another scene's."""
    _watch.names_lost = True


def _is_in_scene(collection: Any) -> bool:
    top = bpy.context.scene.collection
    return collection in (bpy.context.collection, top) or collection in top.children_recursive


def before() -> None:
    """Called before each command that may change something: what is touched from now on is its doing."""
    layer = bpy.context.view_layer
    _watch.explained = (
        layer is not None
        and not (_watch.names_touched or _watch.many_touched)
        and not (_has_pending(layer, "COLLECTION") or _has_pending(layer, "OBJECT"))
    )


def after(command: str, ran: bool) -> None:
    """Report what a command has changed that has ended, as it was meant to or not.

    ran: code of a client ran that could change anything, and Blender has evaluated what it did
    """
    if bpy.context.view_layer is not None:
        look(command, ran)
        _report()


def look(command: str, ran: bool) -> None:
    """Note what such a command may have touched."""
    from .commands.registry import find  # here, because commands are made of what this file offers

    row = find(command)
    layer = bpy.context.view_layer
    if row is not None and row.tells_names:
        _watch.selection_touched = _watch.selection_touched or _has_pending(layer, "SCENE")
        if _watch.explained:
            _watch.names_touched = _watch.many_touched = False
    elif row is None or row.undo != "if_changed" or ran:
        _watch.note_pending(layer)
        _watch.names_lost = _watch.names_lost or _watch.many_touched


def flush() -> None:
    """Report what the user has changed by hand."""
    if bpy.context.view_layer is not None:
        _watch.rest()
        _report()


def _report() -> None:
    global _version
    bridge = main_thread.bridge
    version = bridge.scene_version
    if version is None:
        return
    if version != _version:  # another run of the server, which knows nothing
        _watch.loaded = True
    if changes := _watch.take():
        bridge.scene_changed(changes)
        version = bridge.scene_version
    _version = version


@persistent
def _evaluated(scene: Any, depsgraph: Any = None) -> None:
    if depsgraph is not None:
        _watch.note(depsgraph)


@persistent
def _undone(*_: Any) -> None:
    _watch.note_everything()


@persistent
def _loaded(*_: Any) -> None:
    _watch.loaded = True


_HANDLERS = {
    "depsgraph_update_post": _evaluated,
    "undo_post": _undone,
    "redo_post": _undone,
    "load_post": _loaded,
}


def register() -> None:
    _watch.loaded = True
    for name, function in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(function)


def unregister() -> None:
    for name, function in _HANDLERS.items():
        handlers = getattr(bpy.app.handlers, name)
        if function in handlers:
            handlers.remove(function)
