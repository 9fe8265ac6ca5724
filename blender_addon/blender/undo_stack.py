"""Blender's undo stack: push a step, go back and forth, read which steps there are.

In: names. Out: steps. With a window and without; main thread only.

Blender has one rule that its own interface keeps and scripts must keep themselves: what changed the data
must be held by a step before an undo or redo. Both leave alone every data block that the two states share,
and free what the target lacks. A data block that was meanwhile made to point at a freed one keeps the
pointer, and Blender crashes there, at once or some steps later. `unrecorded` knows whether the rule holds.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile
from array import array
from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import bpy

from .context_override import first_window

_LINE = re.compile(r"^\[(\*?).*\{(\w+)\}.*\bname='(.*)'$")

# Since Blender 4.3 brushes are assets: Blender loads them from its own library for a tool, also right
# after an undo, and no step holds them.
_LOADED_BY_BLENDER = ("brushes", "libraries") if bpy.app.version >= (4, 3) else ()

_collections = attrgetter(
    *(
        row.identifier
        for row in bpy.types.BlendData.bl_rna.properties
        if row.type == "COLLECTION" and row.identifier not in _LOADED_BY_BLENDER
    )
)


class Step(NamedTuple):
    active: bool
    address: str  # the same for as long as the step is on the stack
    name: str


class Unrecorded:
    """Whether the data changed since the active step was made or loaded.

    Blender tells each change that it evaluates; data blocks that no scene uses show by their number. What
    it does not tell are values that nothing depends on, such as custom properties.
    """

    _evaluated = False
    _census: list[int] | None = None

    def reset(self) -> None:
        """Nothing is known. Needs no context."""
        self._evaluated, self._census = False, None

    def note(self) -> None:
        """Blender has evaluated a change."""
        self._evaluated = True

    def clear(self) -> None:
        """The active step holds everything."""
        self._evaluated = False
        self._census = census()

    def exists(self) -> bool:
        flush()
        return self._evaluated or (self._census is not None and self._census != census())

    def begin_temporary(self) -> bool:
        """What is changed from now on is put back. Returns what `end_temporary` wants."""
        flush()
        return self._evaluated

    def end_temporary(self, before: bool) -> None:
        """It is put back. May be called again."""
        flush()
        self._evaluated = before


unrecorded = Unrecorded()


def census() -> list[int]:
    """How many data blocks of each kind there are."""
    return [*map(len, _collections(bpy.data))]


def user_counts() -> list[array[int]]:
    """How often each data block is pointed at. Shows a custom property that was made to point at one."""
    counts = []
    for collection in _collections(bpy.data):
        if length := len(collection):
            counts.append(array("i", bytes(4 * length)))
            collection.foreach_get("users", counts[-1])
    return counts


def flush() -> None:
    """Have Blender evaluate what was tagged, which calls the handlers."""
    if bpy.context.view_layer:
        bpy.context.evaluated_depsgraph_get()


def flush_windows() -> None:
    """The same for what each window shows."""
    for window in bpy.context.window_manager.windows:
        if window.view_layer:
            window.view_layer.update()


def push(name: str) -> bool:
    """Put the present state on the stack; False where Blender does not let us."""
    with first_window():
        if not bpy.ops.ed.undo_push.poll():
            return False
        bpy.ops.ed.undo_push(message=name)
    if bpy.context.mode == "OBJECT":  # the steps of other modes hold only what their mode edits
        unrecorded.clear()
    return True


def can_undo() -> bool:
    with first_window():
        return bool(bpy.ops.ed.undo.poll())


def can_redo() -> bool:
    with first_window():
        return bool(bpy.ops.ed.redo.poll())


def undo() -> bool:
    """Go one step back. RuntimeError: Blender cannot now."""
    with first_window():
        return can_undo() and bpy.ops.ed.undo() == {"FINISHED"}


def redo() -> bool:
    """Go one step forward. RuntimeError: Blender cannot now."""
    with first_window():
        return can_redo() and bpy.ops.ed.redo() == {"FINISHED"}


def has_steps() -> bool:
    return can_undo() or can_redo()


def steps() -> list[Step]:
    """Oldest first; none where there are none, or they cannot be read.

    Blender tells them in one way only: its function prints them to the C library's standard output.
    """
    if not has_steps():  # without a stack Blender's function to print it crashes
        return []
    try:
        text = _printed(bpy.context.window_manager.print_undo_steps)
    except (OSError, AttributeError, ValueError):  # no such C library, or no standard output at all
        return []
    lines = filter(None, map(_LINE.match, text.splitlines()))
    return [Step(bool(match[1]), match[2], match[3]) for match in lines]


def active_step() -> str | None:
    """The name of the step that an undo would take back; None where there is none, or it cannot be read."""
    return next((step.name for step in steps() if step.active), None)


class _MemoryStream:
    """A stream of the C library's, which its `printf` writes to for a moment in place of standard output.

    File descriptor 1 is not touched, so Python, native code and child processes print as ever. Another thread
    that prints through the C library waits for that moment, by the lock of the one stream or the other. The
    stream is kept for good, because such a thread may still hold it.
    """

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        # The GNU library and Apple's keep the stream in a variable; elsewhere it may be a constant.
        library.gnu_get_libc_version if sys.platform == "linux" else library.__stdoutp  # noqa: B018
        name = "__stdoutp" if sys.platform == "darwin" else "stdout"
        self._variable = ctypes.c_void_p.in_dll(library, name)
        self._text, self._size = ctypes.c_void_p(), ctypes.c_size_t()
        library.open_memstream.restype = ctypes.c_void_p
        stream = library.open_memstream(ctypes.byref(self._text), ctypes.byref(self._size))
        if not stream:
            raise OSError("no memory")
        self._stream = stream
        self._library = library

    def catch(self, function: Callable[[], object]) -> str:
        standard, stream = ctypes.c_void_p(self._variable.value), ctypes.c_void_p(self._stream)
        for each in (standard, stream):  # this thread may lock them again
            self._library.flockfile(each)
        try:
            self._library.fseek(stream, ctypes.c_long(0), 0)
            self._variable.value = self._stream
            try:
                function()
            finally:
                self._variable.value = standard.value
            self._library.fflush(stream)
            return ctypes.string_at(self._text.value or 0, self._size.value).decode(errors="replace")
        finally:
            for each in (stream, standard):
                self._library.funlockfile(each)


_stream: _MemoryStream | None = None


def _printed(function: Callable[[], object]) -> str:
    """What it prints."""
    global _stream
    if sys.platform == "win32":
        return _printed_to_file(function)
    if _stream is None:
        _stream = _MemoryStream()
    return _stream.catch(function)


def _printed_to_file(function: Callable[[], object]) -> str:
    """For Windows, where the C library has no such stream: file descriptor 1 is a file for the moment."""
    flush_all = ctypes.CDLL("ucrtbase").fflush
    sys.stdout.flush()
    flush_all(None)
    with tempfile.TemporaryFile() as file:
        standard_output = os.dup(1)
        try:
            os.dup2(file.fileno(), 1)
            function()
            flush_all(None)
        finally:
            os.dup2(standard_output, 1)
            os.close(standard_output)
        file.seek(0)
        return file.read().decode(errors="replace")
