"""What is called around commands: undo tracking and scene tracking; and the table handed to the bridge.

In: a command that begins or has ended, an idle turn. Out: calls of the trackers, in the one right order. Main
thread only.
"""

from __future__ import annotations

from ..bridge import bridge
from ..commands.building import openings
from ..registry import table
from ..registry.native import offer
from ..registry.table import Command
from ..tracking import scene_tracker
from ..tracking.undo_tracker import tracker as undo_tracker
from . import background_timers, preferences_reset, tick


def before(row: Command) -> None:
    """A command begins that may change something. One that runs code says so to the trackers by itself."""
    if row.undo:
        undo_tracker.ensure_first_step()  # the first change needs a state that its undo leads back to
    if not row.reads_only:
        scene_tracker.before()


def after(command: str, acted: bool) -> None:
    """A command that may change data has ended; `acted`: it succeeded, or was stopped half-way."""
    reset = preferences_reset.settle()
    ran = undo_tracker.code_ran()  # asked first: pushing the step ends it
    row = table.find(command)
    if not (ran or reset) and row is not None and row.undo == "if_changed":
        return  # code that cannot change anything: common, and each microsecond of it counts
    undo_tracker.after(command, acted)
    scene_tracker.after(command, ran)


def on_idle() -> float | None:
    """No command runs; the seconds until this wants to be called again, if it does."""
    wanted = background_timers.run_due(), scene_tracker.on_idle()
    return min((seconds for seconds in wanted if seconds is not None), default=None)


def register() -> None:
    table.set_before(before)
    undo_tracker.set_before_step(openings.refresh_moved)
    openings.register()
    bridge.on_change(after)
    bridge.on_pause(on_idle)
    tick.set_on_idle(on_idle)
    for row in table.TABLE.values():
        offer(row)


def unregister() -> None:
    openings.unregister()
    for name in table.TABLE:
        bridge.unregister(name)
