"""The scene followed, with two outputs: events for subscribers, and differences for the state of sessions.

In: Blender's handlers; what commands say of objects that they add, remove and rename; `before` and `after`
each command that may change something; `on_idle` between commands. Main thread, except that Blender calls
handlers for a render's own depsgraph on the render's thread: those are left alone.

Events (`EventChanges`) are messages `scene_changed` on the channel `scene`, at most twenty times a second,
and only while somebody subscribes. Names and selection are compared once before a message, and only if their
kind was touched. A scene that is new (somebody has just subscribed, a file was loaded, another scene is
shown) is reported by its name alone: whoever follows it asks for its objects.

State (`StateChanges`) is reported to the native core before the command that changed it is answered, and what
the user changes by hand between commands. The names of all objects are compared only where Blender has just
rebuilt its graph of all of them, because code or the user linked, unlinked or made something, which takes it
hundreds of times as long; or after a command of another add-on, if Blender shows such a change. Tenon's own
commands say what they did to names.

Costs. In a scene of 10,000 objects, where Blender needs 15 ms to evaluate one moved object and 60 to 80 for
all of them, events cost 0.4 ms an evaluation if one object moved, because Blender passes over the others, and
2 to 3 ms if all did; then 2 microseconds a message, or 1.5 ms where names have to be compared. Comparing the
state after a command costs 2 microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import islice
from operator import attrgetter, methodcaller
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..blender.handlers import append_handlers, remove_handlers
from ..bridge import bridge
from ..registry.table import find

EVENT_INTERVAL = 0.05  # seconds between two messages at least
EVENT_NAMES = 100  # names in one list of a message; a longer one is cut, and its whole length given
EVENT_UPDATES = 500  # objects of one evaluation whose names are read for events
STATE_UPDATES = 100  # the same for the state; after more of them all names are compared
PENDING_INTERVAL = 1.0  # seconds between two questions what Blender has yet to evaluate

# What stays with an object when its name changes. Before Blender 4.2 that is its address alone, which Blender
# gives to new objects again: those are known by their first evaluation.
_HAS_UID = hasattr(bpy.types.ID, "session_uid") or "session_uid" in bpy.types.ID.bl_rna.properties
_identity: Callable[[Any], int] = attrgetter("session_uid") if _HAS_UID else methodcaller("as_pointer")


class SceneChanges:
    """The scene as one output reported it last, and what was touched since."""

    active_key = "active"  # the member that names the active object

    def __init__(self) -> None:
        self.loaded = False  # a file was loaded
        self.names_touched = self.selection_touched = False
        self.selected: list[str] = []
        self.values: dict[str, Any] = {}

    def note(self, depsgraph: Any) -> None:
        """Blender has just evaluated this."""
        updated = depsgraph.id_type_updated
        if updated("SCENE"):
            self.selection_touched = True
        if updated("COLLECTION"):
            self.names_touched = True
        if updated("OBJECT"):
            self._note_objects(depsgraph.updates)

    def _note_objects(self, updates: Any) -> None:
        raise NotImplementedError

    def drain_changes(self) -> dict[str, Any]:
        """What has changed since the last call; empty: nothing."""
        raise NotImplementedError

    def _read_values(self, scene: Any, layer: Any) -> dict[str, Any]:
        """What stands in one place, and is compared each time."""
        active = layer.objects.active
        return {
            self.active_key: active.name if active else None,
            "mode": active.mode if active else "OBJECT",
            "frame": scene.frame_current,
        }

    def _drain_values(self, scene: Any, layer: Any) -> dict[str, Any]:
        values = self._read_values(scene, layer)
        changes = {name: value for name, value in values.items() if value != self.values[name]}
        self.values = values
        return changes

    def _drain_selection(self, layer: Any) -> list[str] | None:
        """The selected objects; None: they are those of before."""
        if not self.selection_touched or (selected := layer.objects.selected.keys()) == self.selected:
            return None
        self.selected = selected
        return self.selected


class EventChanges(SceneChanges):
    """For subscribers: names that came, went or changed, objects that moved, and the rest as it is now."""

    def __init__(self) -> None:
        super().__init__()
        self._remember()

    def _remember(self) -> None:
        """Take the present as reported."""
        scene, layer = bpy.context.scene, bpy.context.view_layer
        self.scene: str = scene.name
        self.names: dict[int, str] = {_identity(obj): obj.name for obj in scene.objects}
        self.present: set[str] = set(self.names.values())
        self.selected = layer.objects.selected.keys()
        self.values = self._read_values(scene, layer)
        self.loaded = False
        self._forget_touches()

    def _forget_touches(self) -> None:
        self.names_touched = self.selection_touched = False
        self.moved: set[str] = set()
        self.moved_count = 0
        self.unexplained: set[str] = set()  # evaluated, neither moved nor reshaped: renamed, perhaps
        self.fresh: set[str] = set()  # evaluated for the first time, it seems

    def _note_objects(self, updates: Any) -> None:
        if len(self.moved) >= EVENT_UPDATES:
            return
        of_objects = bpy.types.Object
        count = 0
        for update in updates:
            if update.is_updated_transform:
                count += 1
                if len(self.moved) < EVENT_UPDATES and type(update.id) is of_objects:
                    self.moved.add(update.id.name)
                    if update.is_updated_geometry:
                        self.fresh.add(update.id.name)
            elif not (self.names_touched or update.is_updated_geometry) and type(update.id) is of_objects:
                self.unexplained.add(update.id.name)
                self.names_touched = len(self.unexplained) > EVENT_UPDATES
        self.moved_count = max(count, self.moved_count)

    def note_undo(self) -> None:
        """Anything may be as it was before."""
        self.names_touched = self.selection_touched = True

    def summary(self) -> dict[str, Any]:
        """The first message about a scene."""
        return {"scene": self.scene, **self.values, "objects": len(self.names)}

    def drain_changes(self) -> dict[str, Any]:
        scene, layer = bpy.context.scene, bpy.context.view_layer
        if self.loaded or scene.name != self.scene:
            changes: dict[str, Any] = {"loaded": bpy.data.filepath} if self.loaded else {}
            self._remember()
            return {**changes, **self.summary()}
        changes = {}
        if self.names_touched or not (self.unexplained | self.moved) <= self.present:
            self._compare_names(scene, changes)
        _put(changes, "transformed", self.moved & self.present, self.moved_count)
        if (selected := self._drain_selection(layer)) is not None:
            changes["selected"] = []
            _put(changes, "selected", selected)
        changes.update(self._drain_values(scene, layer))
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
        self.moved -= new - {name for _, name in renamed}  # a new object is not reported as moved as well
        _put(changes, "added", new - {name for _, name in renamed})
        _put(changes, "removed", old - {name for name, _ in renamed})
        _put(changes, "renamed", [list(pair) for pair in renamed])


class StateChanges(SceneChanges):
    """For the state of sessions: exact after each command, as cheap as can be."""

    active_key = "active_object"

    def __init__(self) -> None:
        super().__init__()
        self.loaded = True  # nothing of the present file is reported yet
        self.scene = 0  # the address of the one reported
        self._forget()

    def _forget(self) -> None:
        self.names: set[str] = set()
        self.identities: dict[str, int] = {}  # of these names, up to date after `identify`
        self.identified = False
        self.listed: list[str] | None = None  # in Blender's own order, if unchanged since
        self.pending: dict[str, bool] = {}  # names to be reported: whether there is such an object now
        self.selected = []
        self.values = {}
        self.names_touched = self.selection_touched = self.many_touched = False
        self.names_lost = False  # something happened to them that no evaluation need show
        self.explained = False  # a command began when nothing was touched, and Blender had no turn since
        self.quiet = True  # nothing was evaluated since the last idle turn
        self.looked_at = 0.0  # when it was last asked what is pending

    def note(self, depsgraph: Any) -> None:
        self.quiet = False
        super().note(depsgraph)

    def _note_objects(self, updates: Any) -> None:
        if self.names_touched:
            return
        if _has_libraries():
            self.names_touched = True
            return
        of_objects = bpy.types.Object
        count = 0
        for update in islice(updates, STATE_UPDATES):
            count += 1
            if type(update.id) is of_objects and (
                update.id.name not in self.names
                # No other flag shows one that was renamed, perhaps to the name that another had.
                or not (
                    update.is_updated_transform or update.is_updated_geometry or update.is_updated_shading
                )
            ):
                self.names_touched = True
                return
        self.many_touched = self.many_touched or count == STATE_UPDATES

    def note_undo(self) -> None:
        """Anything may be as it was before."""
        self.names_lost = self.selection_touched = True

    def note_pending(self, layer: Any) -> None:
        """What Blender was told to evaluate and has not yet. That shows also what no graph holds."""
        if _has_pending(layer, "COLLECTION") or _has_pending(layer, "OBJECT"):
            self.names_lost = True
        if _has_pending(layer, "SCENE"):
            self.selection_touched = True

    def note_before(self, layer: Any) -> None:
        """A command begins: what is touched from now on is its doing."""
        self.explained = (
            layer is not None
            and not (self.names_touched or self.many_touched)
            and not (_has_pending(layer, "COLLECTION") or _has_pending(layer, "OBJECT"))
        )

    def note_command(self, command: str, ran: bool) -> None:
        """A command has ended. `ran`: a client's code ran, and Blender has evaluated what it did."""
        row = find(command)
        layer = bpy.context.view_layer
        if row is not None and row.reports_names:
            self.selection_touched = self.selection_touched or _has_pending(layer, "SCENE")
            if self.explained:
                self.names_touched = self.many_touched = False
        elif row is None or row.undo != "if_changed" or ran:
            self.note_pending(layer)
            self.names_lost = self.names_lost or self.many_touched

    def on_idle(self) -> None:
        """No command runs. While the user moves very many objects, their names wait until they rest; and what
        shows only as pending is asked for once in a while, because it may stay so.
        """
        if self.quiet and self.many_touched:
            self.names_lost = True
        self.quiet = True
        self.explained = False
        if time.monotonic() - self.looked_at > PENDING_INTERVAL:
            self.looked_at = time.monotonic()
            self.note_pending(bpy.context.view_layer)

    def set_present(self, name: str, present: bool) -> None:
        """An object of the scene has come or gone."""
        if (name in self.names) == present or _has_libraries():
            self.names_lost = True
            return
        (self.names.add if present else self.names.remove)(name)
        self.pending[name] = present
        self.listed = None
        self.forget_identities((name,))

    def identify(self) -> None:
        """Know what stays of each object when it is renamed."""
        if self.identified or _has_libraries():
            return
        missing = self.names - self.identities.keys()
        if len(missing) > EVENT_NAMES:
            self.identities = {obj.name: _identity(obj) for obj in bpy.context.scene.objects}
        else:
            self.identities.update(_identities_of(missing))
        self.identified = True

    def forget_identities(self, names: Iterable[str]) -> None:
        for name in names:
            self.identities.pop(name, None)
            self.identified = False

    def drain_changes(self) -> dict[str, Any]:
        scene, layer = bpy.context.scene, bpy.context.view_layer
        if self.loaded or scene.as_pointer() != self.scene:
            return self._drain_whole(scene, layer)
        changes: dict[str, Any] = {}
        if self.names_touched or self.names_lost:
            self._compare_names(scene)
        if self.pending:
            for key, present in ("added", True), ("removed", False):
                if names := [name for name, now in self.pending.items() if now is present]:
                    changes[key] = names
            self.pending.clear()
            self.selection_touched = True
        if (selected := self._drain_selection(layer)) is not None:
            changes["selected_objects"] = selected
        changes.update(self._drain_values(scene, layer))
        self.names_touched = self.names_lost = self.selection_touched = self.many_touched = False
        return changes

    def _drain_whole(self, scene: Any, layer: Any) -> dict[str, Any]:
        self._forget()
        self.loaded, self.scene = False, scene.as_pointer()
        self._compare_names(scene)
        self.pending.clear()
        self.selected = layer.objects.selected.keys()
        self.values = self._read_values(scene, layer)
        return {"objects": list(self.names), "selected_objects": self.selected, **self.values}

    def _read_values(self, scene: Any, layer: Any) -> dict[str, Any]:
        values = super()._read_values(scene, layer)
        values["file"] = bpy.data.filepath or None
        return values

    def _compare_names(self, scene: Any) -> None:
        listed = scene.objects.keys()
        if listed == self.listed:
            return
        present = set(listed)
        self.forget_identities(self.names ^ present)
        self.pending.update(dict.fromkeys(self.names - present, False))
        self.pending.update(dict.fromkeys(present - self.names, True))
        self.listed, self.names = listed, present


def _put(changes: dict[str, Any], key: str, names: Iterable[Any], count: int = 0) -> None:
    """Enter a list that is not empty: sorted, cut at `EVENT_NAMES`, and its whole length beside it if cut."""
    listed = sorted(names)
    if listed:
        changes[key] = listed[:EVENT_NAMES]
        if len(listed) > EVENT_NAMES:
            changes[f"{key}_count"] = max(len(listed), count)


def _has_pending(layer: Any, kind: str) -> bool:
    """Whether Blender was told to evaluate something of this kind and has not yet."""
    graph = layer.depsgraph
    return graph is None or graph.id_type_updated(kind)


def _has_libraries() -> bool:
    """Whether files are linked: then several objects may have one name, and names do not tell them apart."""
    return len(bpy.data.libraries) > 0


_state = StateChanges()
_state_version: int | None = None  # the bridge's, after the last report
_events: EventChanges | None = None  # None: nobody subscribes
_events_at = 0.0  # when the last message was looked for
_events_generation = -1  # the bridge's at that time


def object_added(obj: Any, collections: Iterable[Any]) -> None:
    """A command has put a new object into these collections."""
    if any(_is_in_scene(collection) for collection in collections):
        _state.set_present(obj.name, True)


def object_removed(name: str) -> None:
    """A command has removed the object of this name."""
    if name in _state.names:
        _state.set_present(name, False)


def object_renamed(before: str, obj: Any) -> None:
    """A command has given an object another name."""
    if obj.name == before:
        return
    if obj.name in _state.names:  # taken: in Blender 3.4 the other one may get a new name as well
        _state.names_lost = True
    elif before in _state.names:
        _state.set_present(before, False)
        _state.set_present(obj.name, True)


def collections_changed() -> None:
    """A command has moved an object between collections, which may be another scene's."""
    _state.names_lost = True


def _is_in_scene(collection: Any) -> bool:
    top = bpy.context.scene.collection
    return collection in (bpy.context.collection, top) or collection in top.children_recursive


def before() -> None:
    """Called before each command that may change something; whoever subscribes by now hears of the change."""
    layer = bpy.context.view_layer
    if _events is None and layer is not None and bridge.wants("scene"):
        _follow()
    _state.note_before(layer)


def after(command: str, ran: bool) -> None:
    """Report what a command has changed that has ended, as it was meant to or not.

    ran: code of a client ran that could change anything, and Blender has evaluated what it did
    """
    if bpy.context.view_layer is not None:
        _state.note_command(command, ran)
        _report_state()


def catch_up() -> None:
    """A part of a command is about to read the state, as the parts before it have left the scene."""
    if bpy.context.view_layer is not None:
        _state.names_lost = _state.names_touched = _state.selection_touched = True
        _report_state()


def on_idle() -> float | None:
    """Report what the user has changed by hand, and send the events that are due.

    Returns the seconds until this wants to be called again, or None.
    """
    if bpy.context.view_layer is not None:
        _state.on_idle()
        _report_state()
    return _send_events()


def begin_code() -> None:
    """A client's code begins, and Blender has evaluated what came before it: that is not the code's doing."""
    before()
    _report_state()
    if bridge.scene_version is None:  # nobody was told what came before, and it would be told as the code's
        _state.drain_changes()
    _state.identify()


def end_code(updated: set[str], fresh: set[str]) -> tuple[set[str], set[str], list[tuple[str, str]]]:
    """The code has ended, and Blender has evaluated what it did. Returns the names of objects that are added,
    of those removed, and pairs of those renamed.

    updated: names of what was evaluated; fresh: of those that may be new
    """
    _state.note_pending(bpy.context.view_layer)
    _state.names_lost = _state.names_lost or _state.many_touched
    touched = _state.names_touched or _state.names_lost
    before = dict(_state.identities) if touched else {}
    changes = _report_state()
    if not touched or "objects" in changes:  # nothing, or another scene
        return set(), set(), []
    compared = _compare_identities(before, {*changes.get("added", ()), *(updated & _state.names)}, fresh)
    _state.forget_identities(updated)
    return compared


def _compare_identities(
    before: dict[str, int], candidates: set[str], fresh: set[str]
) -> tuple[set[str], set[str], list[tuple[str, str]]]:
    """Added, removed and renamed; `candidates`: present names that may be another object's than before."""
    now = _identities_of(candidates)
    present = {identity: name for name, identity in now.items()}
    left = {
        name
        for name, identity in before.items()
        if name not in _state.names or now.get(name, identity) != identity
    }
    renamed = [(name, present[before[name]]) for name in sorted(left) if before[name] in present]
    if not _HAS_UID:  # a new object may have the address of one that has gone
        renamed = [(old, new) for old, new in renamed if new not in fresh]
    added = {name for name, identity in now.items() if before.get(name) != identity}
    added.difference_update(new for _, new in renamed)
    return added, left.difference(old for old, _ in renamed), renamed


def _identities_of(names: Iterable[str]) -> dict[str, int]:
    objects = bpy.data.objects
    return {name: _identity(objects[name]) for name in names if name in objects}


def _report_state() -> dict[str, Any]:
    global _state_version
    version = bridge.scene_version
    if version is None:
        return {}
    if version != _state_version:  # another run of the server, which knows nothing
        _state.loaded = True
    if changes := _state.drain_changes():
        bridge.scene_changed(changes)
        version = bridge.scene_version
    _state_version = version
    return changes


def _follow() -> EventChanges:
    """Follow the scene from now on, and say so."""
    global _events
    _events = EventChanges()
    bridge.notify("scene", "scene_changed", _events.summary())
    return _events


def _send_events() -> float | None:
    global _events, _events_at, _events_generation
    if not bridge.wants("scene") or not bpy.context.view_layer:
        _events = None
        return None
    events = _events or _follow()
    if bpy.app.background and bridge.generation == _events_generation:  # nothing ran
        return None
    now = time.monotonic()
    left = _events_at + EVENT_INTERVAL - now
    if left > 0:
        return left
    _events_at, _events_generation = now, bridge.generation
    if bpy.app.background:
        bpy.context.evaluated_depsgraph_get()  # calls the handlers for what was tagged; a window does it
    if changes := events.drain_changes():
        bridge.notify("scene", "scene_changed", changes)
    return None


@persistent
def _evaluated(scene: Any, depsgraph: Any = None) -> None:
    if depsgraph is not None and depsgraph.mode == "VIEWPORT":  # not a render's copy
        _state.note(depsgraph)
        if _events is not None:
            _events.note(depsgraph)


@persistent
def _frame_changed(scene: Any, depsgraph: Any = None) -> None:
    """An animation moves objects but renames none, so the state need not look."""
    if _events is not None and depsgraph is not None and depsgraph.mode == "VIEWPORT":
        _events.note(depsgraph)


@persistent
def _undone(*_: Any) -> None:
    _state.note_undo()
    if _events is not None:
        _events.note_undo()


@persistent
def _loaded(*_: Any) -> None:
    _state.loaded = True
    if _events is not None:
        _events.loaded = True


_HANDLERS = {
    "depsgraph_update_post": _evaluated,
    "frame_change_post": _frame_changed,
    "undo_post": _undone,
    "redo_post": _undone,
    "load_post": _loaded,
}


def register() -> None:
    _state.loaded = True
    append_handlers(_HANDLERS)


def unregister() -> None:
    global _events
    _events = None
    remove_handlers(_HANDLERS)
