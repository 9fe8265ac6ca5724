"""What commands made of others have in common: one of them called, and all of them taken back.

Main thread; generators, so that Blender stays usable meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import bpy

from ..blender.context_override import first_window
from ..bridge import bridge
from ..cancellation import retry_on_cancel
from ..errors import CommandError
from ..registry.table import find
from ..tracking.undo_tracker import UndoCheckpoint

Progress = tuple[float | None, str]
Item = dict[str, Any]

# They leave the state that an atomic batch has to return to.
_LEAVING = frozenset({"undo", "redo", "open_file", "new_file", "restore_checkpoint"})


def call_command(
    name: str, params: dict[str, Any], at: int = 0, total: int = 1
) -> Generator[Progress, None, Any]:
    """The command's result; its own progress as a part of the whole."""
    result = function_of(name)(**params)
    if not isinstance(result, Generator):
        return result
    while True:
        try:
            progress_now = next(result)
        except StopIteration as end:
            return end.value
        fraction, message = progress_now if isinstance(progress_now, tuple) else (progress_now, "")
        try:
            yield (None if fraction is None else (at + fraction) / total), message or ""
        except BaseException as error:  # so that it can put back what it changed
            result.throw(error)
            raise


def function_of(name: str) -> Callable[..., Any]:
    if row := find(name):
        return row.function
    function = bridge.function(name)
    if function is None:
        raise CommandError(f"'{name}' is gone", code="unknown_command")
    return function


def atomic_start(commands: list[Item], what: str = "an atomic batch") -> UndoCheckpoint:
    """Remember the state to return to after a failure; CommandError where Blender cannot return.

    `what` is to be taken back, for the error.
    """
    leaving = next((item["command"] for item in commands if item["command"] in _LEAVING), None)
    if leaving:
        raise CommandError(f"'{leaving}' cannot be part of {what}", code="invalid_params")
    if not bpy.context.preferences.edit.use_global_undo:
        raise CommandError(f"Undo is switched off in Blender's preferences; {what} needs it")
    if bpy.context.mode != "OBJECT":  # the other modes have undo steps that hold only a part of the file
        raise CommandError(f"{what.capitalize()} needs Object Mode; Blender is in {bpy.context.mode}")
    return UndoCheckpoint("batch")


def take_back(checkpoint: UndoCheckpoint) -> None:
    def take_back() -> None:
        if bpy.context.mode != "OBJECT":
            with first_window():
                bpy.ops.object.mode_set(mode="OBJECT")
        checkpoint.restore()

    retry_on_cancel(take_back)
