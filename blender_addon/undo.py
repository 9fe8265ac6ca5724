"""One undo step for each change that a client makes, named after its command.

In: `before()` and `after(command, acted)` around each command, `begin()` before a client's own code runs,
and Blender's handlers. Out: steps on Blender's undo stack, with a window and without. Main thread only.

Whether a client's code changed something is read from Blender: `evaluated_depsgraph_get()` flushes what was
tagged, and the depsgraph and frame handlers note that something was; a census of `bpy.data` sees the data
blocks that no scene uses, and a copy of the scenes' own properties the settings of add-ons such as Cycles.
Together that costs 12 microseconds, and 15 more for each thousand data blocks. What Blender does not tag
otherwise escapes: custom properties of objects (`object["x"] = 1`), the text of texts, image pixels, and
changes inside data blocks that nothing uses. A script that wants a step for those calls `update_tag()` on the
data block or `bpy.ops.ed.undo_push(message=...)`; without that the change belongs to the next step.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile
from operator import attrgetter
from typing import Any

import bpy
from bpy.app.handlers import persistent

from .window import first_window

_C_LIBRARY = "ucrtbase" if sys.platform == "win32" else None  # None: what the program itself is linked with
_STEP = re.compile(r"^\[(\*?).*\{(\w+)\}.*\bname='(.*)'$", re.MULTILINE)  # active, address, name

FIRST_STEP = "Original"  # Blender's own name for the state of a file just loaded

_collections = attrgetter(
    *(row.identifier for row in bpy.types.BlendData.bl_rna.properties if row.type == "COLLECTION")
)

_first_step_due = True  # nobody looked yet whether the present file has its first step
_touched = False  # a handler was called since `begin`
_unsure: str | None = None  # the command since the last step whose code may have changed what escapes
_owed: dict[str, str] = {}  # commands made of others -> their part whose step is not pushed yet
_seen: tuple[Any, ...] | None = None  # census and scenes' properties at `begin`; None: nothing began


def before() -> None:
    """Called before each command that may be a step: make sure there is a state that an undo leads back to.

    With a window Blender itself keeps the state of a file just loaded; without one it begins no undo stack.
    Not done in `register`, because the context is closed while Blender enables an add-on.
    """
    global _first_step_due
    if _first_step_due:
        _first_step_due = False
        if bpy.app.background and not _has_steps():
            push(FIRST_STEP)


def begin() -> None:
    """Take the present as what `changed` compares with."""
    global _touched, _seen
    _seen = _present()
    _touched = False


def has_begun() -> bool:
    """Whether code ran since that could change something, and `changed` was not asked."""
    return _seen is not None


def changed() -> bool:
    """Whether Blender shows a change since `begin`; without one, nothing ran that could make any."""
    global _seen
    if _seen is None:
        return False
    began, _seen = _seen, None
    return _present() != began or _touched


def after(command: str, acted: bool) -> None:
    """Push the step of a command that has ended, if it is one; before it, that of a part of the command
    which was stopped between its change and its step. Nothing interrupts this.
    """
    if owed := _owed.pop(command, None):
        after(owed, acted)
    if is_step(command, acted):
        push(command)


def owe(whole: str, part: str) -> None:
    """From now until `paid` a step named `part` is owed, whatever stops the command `whole` around it."""
    _owed[whole] = part


def paid(whole: str) -> None:
    _owed.pop(whole, None)


def is_step(command: str, acted: bool) -> bool:
    """Whether a command that has ended, by its name, is a step; `acted`: it succeeded, or was stopped
    half-way. Asked once for each run of it.
    """
    global _unsure
    from .commands.registry import find  # here, because commands are made of what this file offers

    row = find(command)
    if row is None or not row.undo:
        return False
    # Code that raised may have changed something before; other commands look before they act.
    if row.undo != "if_changed":
        return acted
    began = _seen is not None
    found = changed()
    if began and not found:
        _unsure = row.name
    return found


def settle() -> None:
    """Give what clients' code may have changed unseen the step that it has not, before an undo takes it."""
    if _unsure:
        push(_unsure)


def push(name: str) -> None:
    """Put the present state on the undo stack under this name."""
    global _unsure
    _unsure = None
    with first_window():
        if bpy.ops.ed.undo_push.poll():
            bpy.ops.ed.undo_push(message=name)


class Mark:
    """The active step, to return to after changes that belong to no step or to several.

    An undo alone would not take back what no step holds: so that becomes a step first, which stays as one to
    redo. `return_to` may be called again where an exception came between, and goes on.
    """

    def __init__(self, name: str):
        self.name = name
        self._step = next((address for active, address, _ in _steps() if active), None)
        self._is_first = not _can_undo()
        self._pushed = False
        self._undone = False

    def return_to(self) -> None:
        if not self._pushed:
            push(self.name)
            self._pushed = True
        if self._is_first:
            while _undo():
                pass
        elif all(address != self._step for _, address, _ in _steps()):  # Blender does not tell its steps
            if not self._undone:
                self._undone = True
                _undo()
        else:
            while not any(active and address == self._step for active, address, _ in _steps()) and _undo():
                pass


def _can_undo() -> bool:
    with first_window():
        return bool(bpy.ops.ed.undo.poll())


def _undo() -> bool:
    with first_window():
        return _can_undo() and bpy.ops.ed.undo() == {"FINISHED"}


def active_step() -> str | None:
    """The name of the step that an undo would take back; None where there is none, or it cannot be known."""
    return next((name for active, _, name in _steps() if active), None)


def _steps() -> list[tuple[str, str, str]]:
    """Blender's undo steps, oldest first: a star if it is the active one, its address, its name; none where
    there are none, or they cannot be known.

    Blender tells it in one way only: it prints its stack to the C library's standard output. That is caught
    by pointing file descriptor 1 at a file for the moment.
    """
    if not _has_steps():  # without a stack Blender's function to print it crashes
        return []
    try:
        flush = ctypes.CDLL(_C_LIBRARY).fflush
        sys.stdout.flush()
        flush(None)
        with tempfile.TemporaryFile() as file:
            standard_output = os.dup(1)
            try:
                os.dup2(file.fileno(), 1)
                bpy.context.window_manager.print_undo_steps()
                flush(None)
            finally:
                os.dup2(standard_output, 1)
                os.close(standard_output)
            file.seek(0)
            return _STEP.findall(file.read().decode(errors="replace"))
    except (OSError, AttributeError):  # no standard output, as a Windows program may have none
        return []


def _has_steps() -> bool:
    with first_window():
        return bool(bpy.ops.ed.undo.poll() or bpy.ops.ed.redo.poll())


def _present() -> tuple[Any, ...]:
    if bpy.context.view_layer:
        bpy.context.evaluated_depsgraph_get()  # calls the handlers for what was tagged
    return _census(), _scene_properties()


def _census() -> list[int]:
    return [*map(len, _collections(bpy.data))]


def _scene_properties() -> list[Any]:
    """Custom properties, those that add-ons registered, and the number of markers."""
    found: list[Any] = []
    for scene in bpy.data.scenes:
        found.append(len(scene.timeline_markers))
        found += [(name, _plain(value)) for name, value in scene.items()]
        if bpy.app.version >= (5, 0):  # here the registered ones moved to a place of their own
            group = scene.bl_system_properties_get()
            found += [(name, _plain(value)) for name, value in group.items()] if group else []
    return found


def _plain(value: Any) -> Any:
    """A copy that a later change does not change."""
    for convert in ("to_dict", "to_list"):
        if hasattr(value, convert):
            return getattr(value, convert)()
    return value


@persistent
def _touch(*_: Any) -> None:
    global _touched
    _touched = True


@persistent
def _loaded(*_: Any) -> None:
    global _first_step_due
    _first_step_due = True
    _settled()


@persistent
def _settled(*_: Any) -> None:
    """A state that a step or a file holds is the present one."""
    global _unsure
    _unsure = None


_HANDLERS = {
    "depsgraph_update_post": _touch,
    "frame_change_post": _touch,
    "load_post": _loaded,
    "undo_post": _settled,
    "redo_post": _settled,
}


def register() -> None:
    _loaded()
    for name, function in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(function)


def unregister() -> None:
    for name, function in _HANDLERS.items():
        handlers = getattr(bpy.app.handlers, name)
        if function in handlers:
            handlers.remove(function)
