"""The unit that lengths are counted in.

In: the scene. Out: its name. Main thread only.

Blender's numbers are not metres where the scene has another unit scale: 25.4 in a scene of scale 0.001 are
25.4 millimetres. Commands take and tell Blender's own numbers, as a client's code does, and say the unit.
"""

from __future__ import annotations

from typing import Any

import bpy

_NAMES = {
    1000.0: "kilometre",
    1.0: "metre",
    0.01: "centimetre",
    0.001: "millimetre",
    0.000001: "micrometre",
    1609.344: "mile",
    0.9144: "yard",
    0.3048: "foot",
    0.0254: "inch",
    0.0000254: "thou",
}


def length_unit() -> str:
    """What 1.0 is in the present scene."""
    settings = bpy.context.scene.unit_settings
    if settings.system == "NONE":
        return "none"
    scale = settings.scale_length
    near = (name for metres, name in _NAMES.items() if abs(scale - metres) <= 1e-5 * metres)
    return next(near, f"{scale:.6g} metres")


def unit_if_unusual() -> dict[str, Any]:
    """The member `unit` of an answer that holds lengths; none where they are metres."""
    unit = length_unit()
    return {} if unit == "metre" else {"unit": unit}
