"""Several pictures in one: a contact sheet with a label in the corner of each tile.

In: pictures as arrays of bytes (rows from the top, red green blue), labels, the sizes wanted. Out: such an
array. Pure: no bpy, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..blender.numeric import numpy
from . import bitmap_font

GAP = 4  # pixels between two tiles
BETWEEN = 245  # their gray, apart from any picture's
PAPER = 62  # beside a picture that does not fill its tile


def grid(views: int, frames: int) -> tuple[int, int]:
    """Columns and rows: one row a view where there are several views and frames."""
    if views > 1 and frames > 1:
        return frames, views
    count = views * frames
    columns = count if count <= 3 else math.ceil(math.sqrt(count))
    return columns, math.ceil(count / columns)


def tile_size(columns: int, rows: int, longest: int, aspect: float) -> tuple[int, int]:
    """Width and height of each tile, so that the sheet is `longest` pixels at its longer side."""
    width = (longest - GAP * (columns - 1)) / columns
    height = (longest - GAP * (rows - 1)) / rows
    width = min(width, height * aspect)
    return max(4, round(width)), max(4, round(width / aspect))


def within(width: int, height: int, aspect: float) -> tuple[int, int]:
    """The largest size of this aspect that a tile holds."""
    fitting = min(float(width), height * aspect)
    return max(4, round(fitting)), max(4, round(fitting / aspect))


def compose(pictures: Sequence[Any], labels: Sequence[str], columns: int, width: int, height: int) -> Any:
    rows = math.ceil(len(pictures) / columns)
    size = (rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3)
    sheet = numpy.full(size, BETWEEN, dtype=numpy.uint8)
    for at, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        left, top = (at % columns) * (width + GAP), (at // columns) * (height + GAP)
        tile = sheet[top : top + height, left : left + width]
        tile[:] = PAPER
        high, wide = picture.shape[:2]
        tile[(height - high) // 2 :, (width - wide) // 2 :][:high, :wide] = picture
        _write(tile, label)
    return sheet


def _write(tile: Any, label: str) -> None:
    """White letters on a dark ground, readable on any picture."""
    width = tile.shape[1]
    scale = 2 if width >= 200 else 1
    most = max(1, (width - 4 * scale) // ((bitmap_font.WIDTH + 1) * scale))
    mask = bitmap_font.mask(label[:most], scale)
    margin = 3 * scale
    ground = tile[: mask.shape[0] + 2 * margin, : mask.shape[1] + 2 * margin]
    ground[:] = ground // 4
    inner = ground[margin : margin + mask.shape[0], margin : margin + mask.shape[1]]
    inner[mask[: inner.shape[0], : inner.shape[1]]] = 255
