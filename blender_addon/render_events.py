"""How far a render is, from what Blender tells its render handlers.

In: the handlers, on the main thread, on the render job's or on the engine's. Out: the progress of the command
that renders, whether it is one of ours or a client's own code; and `so_far()` for the command that waits for
Blender's render job. What is told differs: every Blender tells of frames; samples and what is being prepared
are told from Blender 4.0 on.
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

from .progress import progress

INTERVAL = 0.1  # seconds between two reports of the same frame: an engine tells of each step it takes

_PART = re.compile(r"(?:Sample|Rendered) (\d+)/(\d+)")  # Cycles' samples, or its tiles
_MEMORY = re.compile(r"^(?:(?:Mem|Peak|Remaining|Time)\b[^|]*\|\s*)*")  # what the engine's words begin with


class Render:
    """One run of Blender's render, of one frame or more."""

    def __init__(self, scene: Any) -> None:
        self.began = time.monotonic()
        self.frames = max(1, (scene.frame_end - scene.frame_start) // max(1, scene.frame_step) + 1)
        self.frame = scene.frame_current
        self.entered = 0  # frames begun
        self.part: float | None = None  # of the present frame
        self.words = ""
        self.told_at = 0.0

    def fraction(self) -> float | None:
        """Unknown during the first frame of a run that may be an animation: Blender does not say."""
        if _one_picture:
            return self.part
        if self.entered < 2:
            return None
        return min(1.0, (self.entered - 1 + (self.part or 0.0)) / self.frames)

    def message(self) -> str:
        doing = self.words or f"rendering, {time.monotonic() - self.began:.0f} s"
        return doing if _one_picture else f"frame {self.frame}: {doing}"


_render: Render | None = None  # the one under way
_one_picture = False  # it is a command's, and of one frame


@contextmanager
def one_picture() -> Iterator[None]:
    """What is rendered meanwhile is a single frame."""
    global _one_picture
    _one_picture = True
    try:
        yield
    finally:
        _one_picture = False


def so_far() -> tuple[float | None, str]:
    """What a command yields while Blender's render job works for it."""
    return (_render.fraction(), _render.message()) if _render else (None, "rendering")


def _report() -> None:
    # With a window a render may be a job of the user's beside the command that runs; without one, only that
    # command can have started it, and the engine's threads speak for it.
    if _render and (bpy.app.background or threading.get_ident() == threading.main_thread().ident):
        _render.told_at = time.monotonic()
        progress(_render.fraction(), _render.message())


@persistent
def _began(scene: Any, *_: Any) -> None:
    global _render
    _render = Render(scene)


@persistent
def _frame_began(scene: Any, *_: Any) -> None:
    if _render:
        _render.entered += 1
        _render.frame, _render.part, _render.words = scene.frame_current, None, ""
        _report()


@persistent
def _working(words: Any, *_: Any) -> None:
    if not _render or not isinstance(words, str):
        return
    _render.words = _MEMORY.sub("", words)
    if part := _PART.search(words):
        _render.part = int(part[1]) / max(1, int(part[2]))
    if time.monotonic() - _render.told_at >= INTERVAL:
        _report()


@persistent
def _ended(*_: Any) -> None:
    global _render
    _render = None


_HANDLERS = {
    "render_init": _began,
    "render_pre": _frame_began,
    "render_stats": _working,
    "render_complete": _ended,
    "render_cancel": _ended,
}


def register() -> None:
    for name, function in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(function)


def unregister() -> None:
    global _render
    _render = None
    for name, function in _HANDLERS.items():
        handlers = getattr(bpy.app.handlers, name)
        if function in handlers:
            handlers.remove(function)
