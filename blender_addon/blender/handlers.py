"""Functions entered into Blender's lists of handlers, and taken out again.

In: tables of a list's name in `bpy.app.handlers` to a `@persistent` function. Main thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bpy


def append_handlers(table: Mapping[str, Callable[..., Any]]) -> None:
    for name, function in table.items():
        getattr(bpy.app.handlers, name).append(function)


def remove_handlers(table: Mapping[str, Callable[..., Any]]) -> None:
    """Does nothing where a function is not in its list."""
    for name, function in table.items():
        handlers = getattr(bpy.app.handlers, name)
        if function in handlers:
            handlers.remove(function)
