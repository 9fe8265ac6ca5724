"""Undo and redo.

In: a number of steps. Out: the names of the steps undone or redone, where Blender tells them. Main thread.
"""

from __future__ import annotations

from typing import Annotated, Any

import bpy

from ..undo import active_step
from ..window import first_window
from .lookup import reason
from .registry import CommandError, command
from .schema import Constraint

Steps = Annotated[int, Constraint(minimum=1)]


@command(title="Undo", undo=False, tool=True, aliases=("history.undo",))
def undo(steps: Steps = 1) -> dict[str, Any]:
    """Take back the last changes, the user's own too; each command is one step. Kept references go stale.

    steps: how many
    """
    undone: list[str | None] = []
    while len(undone) < steps and _can("undo"):
        name = active_step()
        _run("undo")
        undone.append(name)
    return _answer("undo", undone)


@command(title="Redo", undo=False, aliases=("history.redo",))
def redo(steps: Steps = 1) -> dict[str, Any]:
    """Redo the last change that was undone, or several.

    steps: how many steps to go forward; fewer if there are fewer
    """
    redone: list[str | None] = []
    while len(redone) < steps and _can("redo"):
        _run("redo")
        redone.append(active_step())
    return _answer("redo", redone)


def _can(action: str) -> bool:
    with first_window():
        return bool(getattr(bpy.ops.ed, action).poll())


def _run(action: str) -> None:
    with first_window():
        try:
            getattr(bpy.ops.ed, action)()
        except RuntimeError as error:
            raise CommandError(f"Blender cannot {action} now: {reason(error)}") from error


def _answer(action: str, names: list[str | None]) -> dict[str, Any]:
    if not names:
        raise CommandError(f"There is nothing to {action}")
    return {"action": action, "steps": names, "can_undo": _can("undo"), "can_redo": _can("redo")}
