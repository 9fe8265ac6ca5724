"""Sentences in a panel: Blender cuts a long label off, so it is broken at the sidebar's width.

In: a layout and text. Out: labels, one a line. Main thread only, while a panel is drawn.
"""

from __future__ import annotations

import textwrap

import bpy

CHARACTER = 7  # pixels at the usual interface scale, about
MARGINS = 4  # characters


def draw(layout: bpy.types.UILayout, text: str, context: bpy.types.Context, max_lines: int = 8) -> None:
    """`max_lines`: how many lines; what is left out is in the log."""
    width = int(context.region.width / (CHARACTER * context.preferences.system.ui_scale)) - MARGINS
    lines = textwrap.wrap(text, width=max(20, width))
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in lines[:max_lines]:
        column.label(text=line)
    if len(lines) > max_lines:
        column.label(text="… the log has it all")
