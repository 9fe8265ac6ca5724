"""A context with a window, for the operators that need one.

In: nothing, or what operators are to act on. Out: a context override for `with`. Main thread only.

After a file load in a timer the context has no window, and operators that want one fail; the user's first
window will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy


def first_window() -> Any:
    """The present window, or the first one, or the context as it is where there is none."""
    windows: Any = bpy.context.window_manager.windows if bpy.context.window_manager else ()
    if bpy.context.window is None and len(windows):
        return bpy.context.temp_override(window=windows[0])
    return bpy.context.temp_override()


@contextmanager
def acting_on(obj: Any, scene: Any, layer: Any, **more: Any) -> Iterator[None]:
    """Operators find this object active and selected, and no other."""
    with (
        first_window(),
        bpy.context.temp_override(
            scene=scene,
            view_layer=layer,
            object=obj,
            active_object=obj,
            selected_objects=[obj],
            selected_editable_objects=[obj],
            **more,
        ),
    ):
        yield
