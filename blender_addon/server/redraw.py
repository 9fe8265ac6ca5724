"""When the sidebars are drawn again. What they show is read when they are drawn.

Main thread only, but for `want`.
"""

from __future__ import annotations

import time

import bpy

from ..bridge import bridge

INTERVAL = 0.5  # seconds between two redraws at least, doubled up to the next while changes go on:
MAX_INTERVAL = 2.0  # a flood of commands must not cost frames, and a redraw costs as much as one
AGE_INTERVAL = 60.0  # seconds: the panel says how many minutes ago something was
RUNNING_INTERVAL = 1.0  # seconds, while something runs: its seconds count up in the panel

_drawn_generation = -1
_drawn_at = 0.0
_interval = INTERVAL  # the one in force
_asked_at = 0.0  # when it was last asked whether something runs
_wanted = False
_status_text: str | None = None  # what the status bar says for us; None: nothing


def redraw() -> None:
    """Ask Blender to draw the sidebars again."""
    global _drawn_generation, _drawn_at, _wanted
    _wanted = False
    _drawn_generation, _drawn_at = bridge.generation, time.monotonic()
    # During registration, and while Blender quits, the context has no windows to offer.
    manager = getattr(bpy.context, "window_manager", None)
    _show_questions(manager)
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type == "VIEW_3D" and area.spaces.active.show_region_ui:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


def want() -> None:
    """Have the sidebars drawn soon. From any thread."""
    global _wanted
    _wanted = True


def _show_questions(manager: bpy.types.WindowManager | None) -> None:
    """Say in the status bar that code waits for an answer: the sidebar may be closed."""
    global _status_text
    waiting = len(bridge.questions())
    many = f"{waiting} clients ask" if waiting > 1 else "A client asks"
    text = (
        f"Tenon: {many} to run code. Answer in the sidebar of the 3D View (N), tab Tenon" if waiting else None
    )
    if text == _status_text or manager is None:
        return
    _status_text = text
    for window in manager.windows:
        window.workspace.status_text_set(text)


def redraw_when_due() -> None:
    """Redraw when what the sidebars show has changed, but not too often."""
    global _asked_at, _interval
    now = time.monotonic()
    if not bridge.running or now - _drawn_at < _interval:  # stopped: by the command that just ran
        return
    if now - _drawn_at >= AGE_INTERVAL:
        redraw()
        return
    if _wanted or bridge.generation != _drawn_generation:
        _interval = min(2 * _interval, MAX_INTERVAL)
        redraw()
        return
    _interval = INTERVAL
    if now - _asked_at >= RUNNING_INTERVAL:
        _asked_at = now
        queue = bridge.status()["queue"]
        if queue["running"] or queue["suspended"]:
            redraw()
