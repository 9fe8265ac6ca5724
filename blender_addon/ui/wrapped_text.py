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
    _draw(layout, textwrap.wrap(text, width=_width(context)), max_lines, "… the log has it all")


def draw_lines(layout: bpy.types.UILayout, text: str, context: bpy.types.Context, max_lines: int = 8) -> None:
    """The same of code: its own lines, cut at the sidebar's width where they are longer."""
    width = _width(context)
    # A line that is cut must not hide what stands behind it: it goes on in the next.
    lines = [line[at : at + width] for line in text.splitlines() for at in range(0, max(1, len(line)), width)]
    _draw(layout, lines, max_lines, f"… and {len(lines) - max_lines} more lines")


def _width(context: bpy.types.Context) -> int:
    """Characters of a line."""
    return max(20, int(context.region.width / (CHARACTER * context.preferences.system.ui_scale)) - MARGINS)


def _draw(layout: bpy.types.UILayout, lines: list[str], max_lines: int, rest: str) -> None:
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in lines[:max_lines]:
        column.label(text=line)
    if len(lines) > max_lines:
        column.label(text=rest)
