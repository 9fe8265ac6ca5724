"""The window to act in, where Blender's own code asks for one.

In: nothing. Out: a context override for `with`. Main thread only.

After a file load in a timer the context has no window, and operators that want one fail; the user's first
window will do.
"""

from __future__ import annotations

from typing import Any

import bpy


def first_window() -> Any:
    """The present window, or the first there is, or what the context has without one."""
    windows: Any = bpy.context.window_manager.windows if bpy.context.window_manager else ()
    if bpy.context.window is None and len(windows):
        return bpy.context.temp_override(window=windows[0])
    return bpy.context.temp_override()
