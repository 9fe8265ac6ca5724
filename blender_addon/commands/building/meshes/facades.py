"""Curtain walls, and eaves that stand out from a wall.

In: dimensions in metres. Out: a `Solid`; ValueError for dimensions that make none. Pure Python; any thread.
"""

import math

from ..solid import Solid, join, moved
from .parts import (
    along_x,
    between_bars,
    block,
    counted,
    grid_lines,
    is_bar,
    plate,
    upright,
    within,
    within_degrees,
)


def curtain_wall(length: float, height: float, columns: int, rows: int, depth: float = 0.15) -> Solid:
    """Mullions and transoms with panes, from x = 0 along X, its middle at y = 0.

    Each mullion has a cap outside, in front of the glass, as the pressure plates of such walls have.
    """
    within("The curtain wall's length", length, 0.3, 300)
    within("The curtain wall's height", height, 0.3, 300)
    within("The curtain wall's depth", depth, 0.08, 0.6)
    counted("The number of columns", columns, 1, 200)
    counted("The number of rows", rows, 1, 200)
    counted("The number of panes", columns * rows, 1, 4000)
    bar_width = 0.06
    within("The width of a pane", length / columns - bar_width, 0.1, 20)
    within("The height of a pane", height / rows - bar_width, 0.1, 20)
    xs = grid_lines(0.0, length, bar_width, bar_width, columns)
    zs = grid_lines(0.0, height, bar_width, bar_width, rows)
    # Glass near the outside (-Y), the bars deep behind it, and a cap before each mullion.
    outside, inside, cap = -depth / 2, depth / 2, 0.03
    parts = [upright(plate(xs, zs, is_bar, -inside, -outside - cap, "METAL"))]
    face, glass, reach = outside + cap + 0.012, 0.024, 0.012
    for left, right in between_bars(xs):
        for low, high in between_bars(zs):
            near = (left - reach, face, low - reach)
            parts.append(block(near, (right + reach, face + glass, high + reach), "GLASS"))
    for left, right in zip(xs[::2], xs[1::2], strict=True):
        parts.append(block((left + 0.008, outside, 0.0), (right - 0.008, outside + cap, height), "METAL"))
    return join(parts)


def eaves(length: float, depth: float, pitch: float = 0.174533, thickness: float = 0.03) -> Solid:
    """A pent roof over an opening: boards on rafters, out from the wall at y = 0 to the front (-Y),
    from x = 0 along X. z = 0 is the lowest edge."""
    within("The length of the eaves", length, 0.3, 200)
    within("The depth of the eaves", depth, 0.2, 3)
    within_degrees("The pitch of the eaves", pitch, 1, 45)
    within("The thickness of the eaves", thickness, 0.015, 0.3)
    slope = math.tan(pitch)
    rafter, high = 0.045, 0.06 / math.cos(pitch)
    board, cover = thickness / math.cos(pitch), 0.012 / math.cos(pitch)
    drip, fascia = 0.03, 0.02
    front = depth - drip - fascia  # where rafters end
    foot = 0.02  # how far the fascia hangs below the rafters

    def under(y: float) -> float:
        """The underside of the boards."""
        return foot + high + (front + y) * slope

    def slab(far: float, low: float, thick: float) -> list[tuple[float, float]]:
        return [
            (-far, under(-far) + low),
            (0.0, under(0.0) + low),
            (0.0, under(0.0) + low + thick),
            (-far, under(-far) + low + thick),
        ]

    # The lowest point: the fascia's edge, or the boards' where they go down steeply beyond it.
    lift = -min(0.0, under(-depth) - 0.0)
    parts = [
        along_x(slab(depth, 0.0, board), 0.0, length, "WOOD"),
        along_x(slab(depth + 0.01, board, cover), -0.01, length + 0.01, "METAL"),
    ]
    edge = front + fascia
    parts.append(
        along_x([(-edge, 0.0), (-front, 0.0), (-front, under(-front)), (-edge, under(-edge))], 0.0, length)
    )
    inset = 0.03
    gaps = max(1, math.ceil((length - 2 * inset - rafter) / 0.455 - 1e-9))
    for number in range(gaps + 1):
        x = inset + number * (length - 2 * inset - rafter) / gaps
        parts.append(along_x(slab(front, -high, high), x, x + rafter))
    # A batten on the wall carries the rafters.
    top = under(0.0) - high
    parts.append(block((0.0, -0.03, top - 0.09), (length, 0.0, top - 0.03 * slope)))
    return moved(join(parts), (0.0, 0.0, lift))
