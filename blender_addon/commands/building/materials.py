"""The materials of building elements: presets by name. Main thread only."""

from __future__ import annotations

from typing import Any

import bpy


def material_of(name: str) -> Any:
    """The preset of this name, made once in a file."""
    called = f"Tenon {name.title()}"
    return bpy.data.materials.get((called, None)) or bpy.data.materials.new(called)
