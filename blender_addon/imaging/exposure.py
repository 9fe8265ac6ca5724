"""Whether a picture is black, of one color, or too bright, by numbers.

In: a picture as an array of bytes. Out: its brightness and how much of it is nearly black or white, and what
is wrong with it in sentences. Pure: no bpy, any thread.
"""

from __future__ import annotations

from typing import Any

from ..blender.numeric import numpy
from .image_io import DARK, content_notes

BRIGHT = 250  # of 255, in all three colors: there is no detail left
MUCH = 0.25  # of the picture: more that is so bright is hardly on purpose
NEARLY_ALL = 0.98


def measure(picture: Any) -> tuple[dict[str, Any], list[str]]:
    """The numbers, and the problems."""
    light = picture @ numpy.array((0.2126, 0.7152, 0.0722), dtype=numpy.float32)
    dark = float((picture.max(axis=2) <= DARK).mean())
    bright = float((picture.min(axis=2) >= BRIGHT).mean())
    numbers = {
        "mean_brightness": round(float(light.mean()) / 255, 4),
        "black_part": round(dark, 4),
        "white_part": round(bright, 4),
    }
    problems = content_notes(picture)
    if not problems and dark >= NEARLY_ALL:
        problems.append(f"{dark:.1%} of the picture is black: there is hardly any light")
    if bright >= MUCH:
        problems.append(
            f"{bright:.0%} of the picture is white without detail: it is over-exposed, or meant so"
        )
    return numbers, problems
