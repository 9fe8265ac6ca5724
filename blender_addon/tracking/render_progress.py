"""How far a render is, from what Blender's render handlers are given.

In: the handlers, on the main thread, on the render job's or on the engine's. Out: the progress of the command
that renders, whether it is one of ours or a client's own code; and `current_progress()` for the command that
waits for Blender's render job. Every Blender reports frames; only Blender 4.0 and later report samples and
what is being prepared.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..blender.handlers import append_handlers, remove_handlers
from .progress import progress

INTERVAL = 0.1  # seconds between two reports of the same frame: an engine tells of each step it takes

_PART = re.compile(r"(?:Sample|Rendered) (\d+)/(\d+)")  # Cycles' samples, or its tiles
_MEMORY = re.compile(r"^(?:(?:Mem|Peak|Remaining|Time)\b[^|]*\|\s*)*")  # what the engine's status begins with


class Render:
    """One run of Blender's render, of one frame or more."""

    def __init__(self, scene: Any) -> None:
        self.began = time.monotonic()
        self.frames = max(1, (scene.frame_end - scene.frame_start) // max(1, scene.frame_step) + 1)
        self.frame = scene.frame_current
        self.entered = 0  # frames begun
        self.part: float | None = None  # of the present frame
        self.status = ""
        self.reported_at = 0.0

    def fraction(self) -> float | None:
        """Unknown during the first frame of a run that may be an animation: Blender does not say."""
        if _single_frame:
            return self.part
        if self.entered < 2:
            return None
        return min(1.0, (self.entered - 1 + (self.part or 0.0)) / self.frames)

    def message(self) -> str:
        status = self.status or f"rendering, {time.monotonic() - self.began:.0f} s"
        return status if _single_frame else f"frame {self.frame}: {status}"


_render: Render | None = None  # the one under way
_single_frame = False  # it is a command's, and of one frame


@contextmanager
def single_frame() -> Iterator[None]:
    """What is rendered meanwhile is a single frame."""
    global _single_frame
    _single_frame = True
    try:
        yield
    finally:
        _single_frame = False


def current_progress() -> tuple[float | None, str]:
    """What a command yields while Blender's render job works for it."""
    return (_render.fraction(), _render.message()) if _render else (None, "rendering")


def _report() -> None:
    # With a window a render may be a job of the user's beside the command that runs; without one, only that
    # command can have started it, and the engine's threads speak for it.
    if _render and (bpy.app.background or threading.get_ident() == threading.main_thread().ident):
        _render.reported_at = time.monotonic()
        progress(_render.fraction(), _render.message())


@persistent
def _began(scene: Any, *_: Any) -> None:
    global _render
    _render = Render(scene)


@persistent
def _frame_began(scene: Any, *_: Any) -> None:
    if _render:
        _render.entered += 1
        _render.frame, _render.part, _render.status = scene.frame_current, None, ""
        _report()


@persistent
def _status_changed(status: Any, *_: Any) -> None:
    if not _render or not isinstance(status, str):
        return
    _render.status = _MEMORY.sub("", status)
    if part := _PART.search(status):
        _render.part = int(part[1]) / max(1, int(part[2]))
    if time.monotonic() - _render.reported_at >= INTERVAL:
        _report()


@persistent
def _ended(*_: Any) -> None:
    global _render
    _render = None


_HANDLERS = {
    "render_init": _began,
    "render_pre": _frame_began,
    "render_stats": _status_changed,
    "render_complete": _ended,
    "render_cancel": _ended,
}


def register() -> None:
    append_handlers(_HANDLERS)


def unregister() -> None:
    global _render
    _render = None
    remove_handlers(_HANDLERS)
