"""Undo and redo.

In: a number of steps. Out: the names of the steps undone or redone, where Blender tells them. Main thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from ..blender import undo_stack
from ..blender.data_access import reason
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command
from ..tracking.undo_tracker import tracker

Steps = Annotated[int, Constraint(minimum=1)]


@command(title="Undo", undo=False, tool=True, aliases=("history.undo",))
def undo(steps: Steps = 1) -> dict[str, Any]:
    """Take back the last changes, the user's own too; each command is one step. Kept references go stale.

    steps: how many
    """
    return _answer("undo", tracker.undo(steps))


@command(title="Redo", undo=False, aliases=("history.redo",))
def redo(steps: Steps = 1) -> dict[str, Any]:
    """Redo the last change that was undone, or several.

    steps: how many steps to go forward; fewer if there are fewer
    """
    return _answer("redo", tracker.redo(steps))


def _answer(action: str, taken: Iterator[str | None]) -> dict[str, Any]:
    try:
        names = list(taken)
    except RuntimeError as error:
        raise CommandError(f"Blender cannot {action} now: {reason(error)}") from error
    if not names:
        raise CommandError(f"There is nothing to {action}")
    return {
        "action": action,
        "steps": names,
        "can_undo": undo_stack.can_undo(),
        "can_redo": undo_stack.can_redo(),
    }
