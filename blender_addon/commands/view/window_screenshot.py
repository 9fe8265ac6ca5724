"""Blender's window as the user sees it, or one editor of it.

In: which window, which editor. Out: a picture, and which editors there are to ask for. Only with a window;
main thread.
"""

from __future__ import annotations

import os
import tempfile
from typing import Annotated, Any

import bpy

from ...blender.data_access import reason, with_notes
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command


@command(title="Screenshot of the window", reads_only=True)
def screenshot(
    area: str | None = None,
    window: Annotated[int, Constraint(minimum=0)] = 0,
    size: Annotated[int, Constraint(minimum=64, maximum=2000)] = 1600,
) -> dict[str, Any]:
    """Take a picture of Blender's window with all its editors, or of one of them, as the user sees it; for
    the scene alone use look.

    area: an editor: VIEW_3D, NODE_EDITOR, OUTLINER, PROPERTIES ...; "VIEW_3D:1" is the second of them
    window: which of Blender's windows
    size: pixels of the longer side at most
    """
    if bpy.app.background:
        raise CommandError("This Blender has no window; look makes pictures of the scene")
    from ...imaging import image_io  # here: numpy would make every start of Blender slower

    windows = bpy.context.window_manager.windows
    if window >= len(windows):
        raise CommandError(f"There are {len(windows)} windows: 'window' counts from 0", code="invalid_params")
    chosen = windows[window]
    editor = _area(chosen, area) if area is not None else None
    whole = _taken(chosen)
    picture = _cut(whole, _rectangle(whole, editor)) if editor else whole
    image, width, height = image_io.as_image(image_io.scaled(picture, size), "screenshot")
    answer = {
        "images": [image],
        "width": width,
        "height": height,
        "area": editor.ui_type if editor else None,
        "workspace": chosen.workspace.name,
        "areas": [_told(whole, each) for each in chosen.screen.areas],
    }
    black = picture.max() <= image_io.DARK
    return with_notes(
        answer, ["The screenshot is black: is the window minimized or covered?"] if black else []
    )


def _area(window: Any, wanted: str) -> Any:
    kind, _, number = wanted.strip().upper().partition(":")
    # A node editor is of the type NODE_EDITOR, and of the type that its menu has: ShaderNodeTree.
    found = [each for each in window.screen.areas if kind in (each.type, each.ui_type.upper())]
    at = int(number) if number.isdecimal() else 0
    if (number and not number.isdecimal()) or at >= len(found):
        there = ", ".join(
            each.ui_type if each.type == "VIEW_3D" else each.type for each in window.screen.areas
        )
        raise CommandError(f"There is no editor '{wanted}' in the window; there are: {there}")
    return found[at]


def _taken(window: Any) -> Any:
    """The whole window; what is one editor is cut out of it."""
    from ...imaging import image_io

    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        path = os.path.join(folder, "screenshot.png")
        try:
            with bpy.context.temp_override(window=window, screen=window.screen):
                # What a command has just changed is not drawn yet.
                bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
                done = bpy.ops.screen.screenshot(filepath=path, check_existing=False)
        except RuntimeError as error:
            raise CommandError(f"Cannot take the screenshot: {reason(error)}") from error
        if done != {"FINISHED"} or not os.path.isfile(path):
            raise CommandError("Blender took no screenshot: is the window minimized?")
        return image_io.read(path)


def _rectangle(picture: Any, area: Any) -> list[float]:
    """Left, top, width and height of an editor as parts of the window's picture, whose pixels it counts."""
    down, across = picture.shape[:2]
    return [area.x / across, 1 - (area.y + area.height) / down, area.width / across, area.height / down]


def _cut(picture: Any, rectangle: list[float]) -> Any:
    height, width = picture.shape[:2]
    left, top = round(rectangle[0] * width), round(rectangle[1] * height)
    right, bottom = left + round(rectangle[2] * width), top + round(rectangle[3] * height)
    return picture[top : max(bottom, top + 1), left : max(right, left + 1)]


def _told(picture: Any, area: Any) -> dict[str, Any]:
    """Its type and, in a picture of the whole window, its place."""
    rectangle = [round(each, 4) for each in _rectangle(picture, area)]
    return {"type": area.type, "ui_type": area.ui_type, "rectangle": rectangle}
