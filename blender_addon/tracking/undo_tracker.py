"""One undo step for each change that a client makes, named after its command.

In: calls around each command (see `UndoTracker`) and Blender's handlers. Out: steps on Blender's undo stack,
with a window and without. Main thread only.

Whether a client's code changed something is read from Blender: `evaluated_depsgraph_get()` flushes what was
tagged, and the depsgraph and frame handlers note that something was; a census of `bpy.data` sees the data
blocks that no scene uses, and the values of the scenes' own properties the settings of add-ons such as
Cycles. Where the code assigns to an item, the data blocks' user counts see a custom property that points at
one. What Blender does not tag otherwise escapes: values of objects' custom properties (`obj["x"] = 1`), the
text of texts, image pixels, and changes inside data blocks that nothing uses. A script that wants a step for
those calls `update_tag()` on the data block or `bpy.ops.ed.undo_push(message=...)`; without that the change
belongs to the next step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..blender import undo_stack
from ..blender.handlers import append_handlers, remove_handlers
from ..registry.table import find

FIRST_STEP = "Original"  # Blender's own name for the state of a file just loaded
UNNAMED_CHANGE = "Change"  # of changes that nobody gave a step

MAX_VALUES = 1000  # of all scenes' properties, compared before and after code
MAX_VALUE_SIZE = 4096  # characters or numbers of one value; a larger one is read once in a file

_ASSIGNS_ITEM = re.compile(r"\]\s*=(?!=)")


class UndoTracker:
    """What the undo stack still has to hold.

    | State      | Means                                           | Begins              | Ends             |
    |------------|-------------------------------------------------|---------------------|------------------|
    | fresh      | nobody looked whether the file has a first step | a file is loaded    | ensure_first_step|
    | code ran   | a client's code may have changed something      | begin_code          | resolve_code     |
    | deferred   | a part of a composite may be a step, not pushed | defer_step          | resolve_step, or |
    |            |                                                 |                     | after (the whole)|
    | unseen     | code ran; its changes, if any, do not show      | is_step finds none  | any step or load |
    | unrecorded | Blender evaluated a change that no step holds   | a depsgraph update  | any step or load |

    A command that ends:  `after` -> its deferred part first -> `is_step`? -> `push`.
    An undo:              unseen or unrecorded? -> `push`, and back to the step before -> Blender's undo.
    A redo:               unrecorded? -> `push`, which ends what can be redone, else Blender's redo.
    """

    def __init__(self) -> None:
        self._before_step: Callable[[], None] | None = None
        self.reset()

    def set_before_step(self, hook: Callable[[], None]) -> None:
        """Have `hook()` called when a command has changed something: what it changes is in the same step."""
        self._before_step = hook

    def reset(self) -> None:
        self._fresh = True
        self._evaluated = False  # a handler was called since `begin_code`
        self._unseen: str | None = None  # the command whose code it was
        self._deferred: dict[str, str] = {}  # composite -> part
        self._before_code: tuple[Any, ...] | None = None
        self._assigns_items = False
        self._large = _LargeValues()
        self._unsaved = False

    def has_unsaved_changes(self) -> bool:
        """Whether something was changed since the file was loaded or saved.

        Blender notes that itself only in the main loop of its window; without one it is what a step holds.
        """
        return self._unsaved if bpy.app.background else bool(bpy.data.is_dirty)

    def ensure_first_step(self) -> None:
        """Called before each command that may be a step: make sure there is a state to undo to.

        With a window Blender itself keeps the state of a file just loaded; without one it begins no undo
        stack. Not done in `register`, because the context is closed while Blender enables an add-on.
        """
        if self._fresh:
            self._fresh = False
            if bpy.app.background and not undo_stack.has_steps():
                undo_stack.push(FIRST_STEP)

    # Code of clients

    def begin_code(self, source: str) -> None:
        """Take the present as what `resolve_code` compares with, and as what an undo leads back to."""
        self.ensure_first_step()
        self._assigns_items = _ASSIGNS_ITEM.search(source) is not None
        self._before_code = self._present()
        self._evaluated = False

    def code_ran(self) -> bool:
        """Whether code ran that could change something, and `resolve_code` was not asked."""
        return self._before_code is not None

    def resolve_code(self) -> bool:
        """Whether Blender shows a change since `begin_code`; without one, nothing ran that could make any."""
        if self._before_code is None:
            return False
        before, self._before_code = self._before_code, None
        return self._present() != before or self._evaluated

    # Steps of commands

    def after(self, command: str, acted: bool) -> None:
        """Push the step of a command that has ended, if it is one; before it, that of a part of the command
        which was stopped between its change and its step. Nothing interrupts this.
        """
        if part := self._deferred.pop(command, None):
            self.after(part, acted)
        if self.is_step(command, acted):
            self.push(command)

    def defer_step(self, composite: str, part: str) -> None:
        """From now until `resolve_step` the step of `part` is due, whatever stops the composite around it."""
        self._deferred[composite] = part

    def resolve_step(self, composite: str, acted: bool) -> None:
        """The deferred part has ended: push its step, if it is one."""
        part = self._deferred[composite]
        if self.is_step(part, acted):
            self.push(part)
        self._deferred.pop(composite, None)

    def is_step(self, command: str, acted: bool) -> bool:
        """Whether a command that has ended, by its name, is a step; `acted`: it succeeded, or was stopped
        half-way. Asked once for each run of it.
        """
        row = find(command)
        if row is None or not row.undo:
            return False
        if self._before_step:
            self._before_step()
        # Code that raised may have changed something before; other commands look before they act.
        if row.undo != "if_changed":
            return acted
        ran = self.code_ran()
        found = self.resolve_code()
        if ran and not found:
            self._unseen = row.name
        return found

    def push(self, name: str) -> None:
        """Put the present state on the undo stack under this name."""
        self._unseen = None
        self._unsaved = True
        undo_stack.push(name)

    # Undo and redo

    def push_unseen(self) -> None:
        """Give what clients' code may have changed unseen the step that it has not."""
        if self._unseen:
            self.push(self._unseen)

    def undo(self, count: int) -> Iterator[str | None]:
        """Go up to so many steps back; yields the name of each once it is undone.

        What no step holds goes back with the first of them: an undo over it makes Blender crash.
        """
        if undo_stack.can_undo() and (self._is_unrecorded() or (self._unseen and not undo_stack.can_redo())):
            name = undo_stack.active_step()
            self.push(name or UNNAMED_CHANGE)
            undo_stack.undo()
        for _ in range(count):
            name = undo_stack.active_step()
            if not undo_stack.undo():
                return
            yield name

    def redo(self, count: int) -> Iterator[str | None]:
        """Go up to so many steps forward; none, where something was changed since the undo."""
        if undo_stack.can_redo() and self._is_unrecorded():
            self.push(UNNAMED_CHANGE)
        for _ in range(count):
            if not undo_stack.redo():
                return
            yield undo_stack.active_step()

    def _is_unrecorded(self) -> bool:
        # A step of a paint mode would not hold it. (Edit Mode's hold what is edited there.)
        return bpy.context.mode.startswith(("OBJECT", "EDIT")) and undo_stack.unrecorded.exists()

    # Handlers

    def note_evaluated(self) -> None:
        self._evaluated = True

    def note_saved(self) -> None:
        self._unsaved = False

    def note_undone(self) -> None:
        self._unsaved = True
        self.note_recorded()

    def note_loaded(self) -> None:
        self._fresh = True
        self._unsaved = False
        self._large.clear()
        self.note_recorded()

    def note_recorded(self) -> None:
        """A state that a step or a file holds is the present one."""
        self._unseen = None
        undo_stack.unrecorded.clear()

    def _present(self) -> tuple[Any, ...]:
        undo_stack.flush()
        # Evaluated by nobody, and yet an undo must not free what such a pointer points at.
        pointers = undo_stack.user_counts() if self._assigns_items else None
        return undo_stack.census(), _scene_values(self._large), pointers


class UndoCheckpoint:
    """The active step, to return to after changes that belong to no step or to several.

    An undo alone would not take back what no step holds: so that becomes a step first, which stays as one to
    redo. `restore` may be called again where an exception came between, and goes on.
    """

    def __init__(self, name: str):
        tracker.ensure_first_step()
        tracker.push_unseen()
        self.name = name
        self.changed = False  # by a command that is an undo step otherwise
        self._step = next((step.address for step in undo_stack.steps() if step.active), None)
        self._is_first = not undo_stack.can_undo()
        self._pushed = False
        self._undone = False

    def note(self, command: str, acted: bool) -> None:
        """A command has ended that is a part of the change; see `UndoTracker.is_step`."""
        self.changed = tracker.is_step(command, acted) or self.changed

    def restore(self) -> None:
        if not self._pushed:
            tracker.push(self.name)
            self._pushed = True
        if self._is_first:
            while undo_stack.undo():
                pass
        elif all(step.address != self._step for step in undo_stack.steps()):  # they cannot be read
            if not self._undone:
                self._undone = True
                undo_stack.undo()
        else:
            while not self._is_active() and undo_stack.undo():
                pass

    def _is_active(self) -> bool:
        return any(step.active and step.address == self._step for step in undo_stack.steps())


class _LargeValues(set[tuple[str, str]]):
    """Scene and name of the properties that are too large to be read before and after each script."""


def _scene_values(large: _LargeValues) -> list[Any]:
    """Custom properties, those that add-ons registered, and the number of markers; at most MAX_VALUES."""
    found: list[Any] = []
    for scene in bpy.data.scenes:
        found.append(len(scene.timeline_markers))
        _collect(scene, scene.name, "", found, large)
        # Since Blender 5.0 the registered ones have a place of their own.
        if bpy.app.version >= (5, 0) and (group := scene.bl_system_properties_get()):
            _collect(group, scene.name, ".", found, large)
    return found


def _collect(group: Any, scene: str, path: str, found: list[Any], large: _LargeValues) -> None:
    for name in list(group.keys()):  # an ID is no mapping
        at = f"{path}/{name}"
        if len(found) >= MAX_VALUES:
            return
        if (scene, at) in large:
            continue
        value = group[name]
        found.append(name)
        if hasattr(value, "keys"):
            _collect(value, scene, at, found, large)
        elif hasattr(value, "__len__") and len(value) > MAX_VALUE_SIZE:
            large.add((scene, at))
            found.append(len(value))
        elif hasattr(value, "to_list"):
            found.append(value.to_list())
        elif isinstance(value, list):  # of groups
            found.append(len(value))
            for index, each in enumerate(value):
                if hasattr(each, "keys"):
                    _collect(each, scene, f"{at}/{index}", found, large)
        else:
            found.append(value)


tracker = UndoTracker()


@persistent
def _evaluated(_scene: Any, graph: Any = None) -> None:
    if graph is not None and not graph.updates:
        return  # Blender itself does so after an undo, when it loads a brush for the tool
    tracker.note_evaluated()
    undo_stack.unrecorded.note()


@persistent
def _frame_changed(*_: Any) -> None:
    tracker.note_evaluated()


@persistent
def _loaded(*_: Any) -> None:
    tracker.note_loaded()


@persistent
def _undone(*_: Any) -> None:
    undo_stack.flush_windows()  # what Blender evaluates after an undo anyway is no change of somebody's
    tracker.note_undone()


@persistent
def _saved(path: str | None = None, *_: Any) -> None:
    # Another path: that of a copy, and the file itself was not saved. Before Blender 3.6 there is none.
    if path in (None, bpy.data.filepath):
        tracker.note_saved()


_HANDLERS = {
    "depsgraph_update_post": _evaluated,
    "frame_change_post": _frame_changed,
    "load_post": _loaded,
    "save_post": _saved,
    "undo_post": _undone,
    "redo_post": _undone,
}


def register() -> None:
    tracker.reset()
    undo_stack.unrecorded.reset()
    append_handlers(_HANDLERS)


def unregister() -> None:
    remove_handlers(_HANDLERS)
