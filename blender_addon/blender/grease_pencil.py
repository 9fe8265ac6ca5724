"""The look of grease pencil materials, which their nodes have no part in.

In: a material, a color. Out: the material changed. Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

TYPES = ("GPENCIL", "GREASEPENCIL")  # of objects, before Blender 4.3 and since


def make_grease_pencil(material: Any) -> None:
    bpy.data.materials.create_gpencil_data(material)


def set_color(material: Any, color: Sequence[float] | None, alpha: float | None) -> None:
    """Of its lines and fills; None stays."""
    style = material.grease_pencil
    for name in ("color", "fill_color"):
        red, green, blue, opacity = getattr(style, name)
        if color is not None:
            red, green, blue = color[:3]
            opacity = color[3] if len(color) == 4 else opacity
        setattr(style, name, (red, green, blue, opacity if alpha is None else alpha))
