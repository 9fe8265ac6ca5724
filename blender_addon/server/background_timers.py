"""`bpy.app.timers` in a Blender without a window, whose main loop does not run.

In: functions that a client's code or an add-on registers while this serves. Out: they are called when they
are due and no command runs, by the rules of the real ones. Main thread only.

The real ones would take such a function and never call it.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..blender.handlers import append_handlers, remove_handlers

_NAMES = ("register", "unregister", "is_registered")


@dataclass(eq=False)
class _Timer:
    function: Callable[[], float | None]
    due: float  # by time.monotonic()
    persistent: bool


_timers: list[_Timer] = []
_blenders: dict[str, Any] = {}  # Blender's own functions, while ours stand in their place


def register(
    function: Callable[[], float | None], *, first_interval: float = 0, persistent: bool = False
) -> None:
    if not callable(function):
        raise TypeError("function is not callable")
    _timers.append(_Timer(function, time.monotonic() + max(float(first_interval), 0.0), persistent))


def unregister(function: Callable[[], float | None]) -> None:
    timer = _find(function)
    if timer is None:
        raise ValueError("Error: function is not registered")
    _timers.remove(timer)


def is_registered(function: Callable[[], float | None]) -> bool:
    return _find(function) is not None


def _find(function: Callable[[], float | None]) -> _Timer | None:
    return next((timer for timer in _timers if timer.function == function), None)


def run_due() -> float | None:
    """Call those that are due, once each; the seconds until the next is, if there is one."""
    if not _timers:
        return None
    now = time.monotonic()
    for timer in [timer for timer in _timers if timer.due <= now]:
        if timer in _timers:  # not taken out by the one before it
            _call(timer)
    if not _timers:
        return None
    return max(0.0, min(timer.due for timer in _timers) - time.monotonic())


def _call(timer: _Timer) -> None:
    try:
        interval = timer.function()
        again = None if interval is None else max(float(interval), 0.0)
    except BaseException:  # the next ones and the server go on, whatever it was
        traceback.print_exc()
        again = None
    if again is not None:
        timer.due = time.monotonic() + again
    elif timer in _timers:
        _timers.remove(timer)


@persistent
def _before_load(*_: Any) -> None:
    _timers[:] = [timer for timer in _timers if timer.persistent]


def install() -> None:
    """From now on these are `bpy.app.timers`."""
    if _blenders or not bpy.app.background:
        return
    for name in _NAMES:
        _blenders[name] = getattr(bpy.app.timers, name)
        setattr(bpy.app.timers, name, globals()[name])
    append_handlers({"load_pre": _before_load})


def uninstall() -> None:
    remove_handlers({"load_pre": _before_load})
    for name, function in _blenders.items():
        setattr(bpy.app.timers, name, function)
    _blenders.clear()
    _timers.clear()
