"""Sentences in a panel: Blender cuts a long label off, so it is broken at the sidebar's width.

In: a layout and text. Out: labels, one a line. Main thread only, while a panel is drawn.
"""

from __future__ import annotations

import textwrap
import unicodedata

import bpy

CHARACTER = 7  # pixels at the usual interface scale, about
MARGINS = 4  # characters
ICON = 3  # characters


def draw(
    layout: bpy.types.UILayout,
    text: str,
    context: bpy.types.Context,
    max_lines: int = 8,
    icon: str = "NONE",
) -> None:
    """`max_lines`: how many lines; what is left out is in the log. `icon`: before the first."""
    width = _width(context) - (ICON if icon != "NONE" else 0)
    _draw(layout, _wrapped(text, width), max_lines, "… the log has it all", icon)


def _wrapped(text: str, width: int) -> list[str]:
    """Broken between words; where there are none, as in Japanese, between letters, which take two places."""
    places = [2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text]
    if 2 not in places:
        return textwrap.wrap(text, width=width)
    lines, room = [""], width
    for letter, taken in zip(text, places, strict=True):
        if taken > room:
            lines.append("")
            room = width
        lines[-1] += letter
        room -= taken
    return lines


def draw_lines(layout: bpy.types.UILayout, text: str, context: bpy.types.Context, max_lines: int = 8) -> None:
    """The same of code: its own lines, cut at the sidebar's width where they are longer."""
    width = _width(context)
    # A line that is cut must not hide what stands behind it: it goes on in the next.
    lines = [line[at : at + width] for line in text.splitlines() for at in range(0, max(1, len(line)), width)]
    _draw(layout, lines, max_lines, f"… and {len(lines) - max_lines} more lines")


def _width(context: bpy.types.Context) -> int:
    """Characters of a line."""
    return max(20, int(context.region.width / (CHARACTER * context.preferences.system.ui_scale)) - MARGINS)


def _draw(
    layout: bpy.types.UILayout, lines: list[str], max_lines: int, rest: str, icon: str = "NONE"
) -> None:
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in lines[:max_lines]:
        column.label(text=line, icon=icon)
        icon = "BLANK1" if icon != "NONE" else icon
    if len(lines) > max_lines:
        column.label(text=rest)
