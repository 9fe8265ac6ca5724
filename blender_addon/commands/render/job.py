"""Blender's own render job, which leaves the window usable.

In: a scene set up for the render. Out: a generator that yields how far it is while the job runs and ends
when the picture is there. Only with a window; main thread, except that Blender calls its render handlers on
the job's thread: those here only note what they are given.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any

import bpy

from ...blender.context_override import first_window
from ...blender.data_access import reason
from ...errors import CommandError
from ...tracking.render_progress import current_progress


def is_running() -> bool:
    return bool(bpy.app.is_job_running("RENDER"))


def run(scene: Any) -> Generator[tuple[float | None, str], None, None]:
    """Render the scene. Whoever does not run this to its end calls `stop`."""
    cancelled = False

    def note_cancel(*_: Any) -> None:
        nonlocal cancelled
        cancelled = True

    handlers = bpy.app.handlers.render_cancel
    handlers.append(note_cancel)
    try:
        _start(scene)
        while is_running():
            yield current_progress()
    finally:
        handlers.remove(note_cancel)
    if cancelled:
        raise CommandError("The render was cancelled in Blender's window", code="cancelled")


def stop() -> bool:
    """Stop the running render; False if it must run on, unseen.

    Python has no call for it. But undo stops every job first, because it must not run beside one: so the
    present state is put on the undo stack twice, and one of the two is taken back, which changes nothing
    else. Not done in modes with undo stacks of their own, nor while other jobs run that someone may want.
    """
    others = any(bpy.app.is_job_running(kind) for kind in ("OBJECT_BAKE", "COMPOSITE"))
    if not is_running() or others or bpy.context.mode != "OBJECT":
        return not is_running()
    with first_window():
        for _ in range(2):
            bpy.ops.ed.undo_push(message="Stop render")
        if bpy.ops.ed.undo.poll():
            bpy.ops.ed.undo()
    return not is_running()


def _start(scene: Any) -> None:
    """Start the job without a window of its own popping up."""
    view = bpy.context.preferences.view
    display = view.render_display_type
    windows = bpy.context.window_manager.windows
    window = next((each for each in windows if each.scene == scene), windows[0])
    view.render_display_type = "NONE"  # read once, at the start
    try:
        with bpy.context.temp_override(window=window, scene=scene):
            started = bpy.ops.render.render("INVOKE_DEFAULT")
    except RuntimeError as error:
        raise CommandError(f"Cannot render: {reason(error)}") from error
    finally:
        with contextlib.suppress(ReferenceError):
            view.render_display_type = display
    if started != {"RUNNING_MODAL"}:
        raise CommandError("Blender did not start the render; does another one run?")
