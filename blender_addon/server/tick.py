"""One turn of Blender's main loop for clients: the timer that runs what they asked for.

In: `bridge`, and what `set_on_idle` is given. Out: commands run, the sidebar drawn again when it is due.
Main thread only. Without a window timers never fire; `headless.serve` runs commands there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import bpy

from .._native import Cancelled
from ..bridge import bridge
from .redraw import redraw_when_due

logger = logging.getLogger(__name__)

RETRY_INTERVAL = 0.05  # seconds until the next tick after one that raised

error: str | None = None  # what broke the last tick; None: nothing
_on_idle: Callable[[], float | None] | None = None


def set_on_idle(on_idle: Callable[[], float | None]) -> None:
    """Have `on_idle()` called after each turn."""
    global _on_idle
    _on_idle = on_idle


def start() -> None:
    """Make sure that the timer runs."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def stop() -> None:
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def _tick() -> float | None:
    """Run what clients asked for; returns the seconds until the next turn is wanted."""
    global error
    # Blender removes a timer that raises, and clients would wait for ever.
    try:
        wait = bridge.tick()
        redraw_when_due()
        if _on_idle:
            _on_idle()
    except Cancelled:  # the watchdog's, a moment after its command has ended
        return RETRY_INTERVAL
    except Exception as raised:
        text = f"{type(raised).__name__}: {raised}"
        if text != error:  # once, not twenty times a second
            error = text
            logger.exception("The tick raised")
        return RETRY_INTERVAL
    except BaseException:  # Ctrl-C or sys.exit: for Blender to act on. If it goes on, so does the timer
        bpy.app.timers.register(_tick, first_interval=RETRY_INTERVAL, persistent=True)
        raise
    return wait
