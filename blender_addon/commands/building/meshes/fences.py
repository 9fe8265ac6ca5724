"""Fences and gates.

In: dimensions in metres. Out: a `Solid`; ValueError for dimensions that make none. Pure Python; any thread.
"""

import math

from ..solid import Solid, join, moved
from .parts import (
    along_y,
    bar,
    block,
    frame,
    one_of,
    spaced,
    standing,
    stepped,
    swept,
    within,
)

FENCES = ("PICKET", "BOARD", "RAIL")
POST = 0.1
_BAY = 2.0  # between the middles of two posts at most


def fence(length: float = 4.0, height: float = 1.2, kind: str = "PICKET") -> Solid:
    """From x = 0 along X, its middle at y = 0; the front (-Y) has the pickets.

    PICKET has pointed ones with gaps, BOARD a closed front, RAIL only rails.
    """
    one_of("The kind of fence", kind, FENCES)
    within("The fence's length", length, 0.3, 500)
    within("The fence's height", height, 0.4, 4)
    bays = max(1, math.ceil((length - POST) / _BAY - 1e-9))
    step = (length - POST) / bays
    parts = []
    for number in range(bays + 1):
        parts += _post(number * step + POST / 2, POST, height)
    body = height - 0.06  # the caps of the posts stand higher than all else
    count = 3 if (kind == "RAIL" and body > 0.8) or height > 1.5 else 2
    rail = min(0.08, body / 5)
    low = min(0.18, body / 5)
    high = body - min(0.14 if kind == "PICKET" else 0.1, body / 4) - rail
    for number in range(bays):
        start, end = number * step + POST, (number + 1) * step
        for each in range(count):
            z = low + each * (high - low) / (count - 1)
            parts.append(block((start, -0.02, z), (end, 0.02, z + rail)))
        parts += _pickets(kind, start, end, body)
    return join(parts)


def _pickets(kind: str, start: float, end: float, top: float) -> list[Solid]:
    if kind == "RAIL":
        return []
    parts = []
    foot, front, thick = 0.05, -0.04, 0.02
    size = 0.08
    if kind == "BOARD":
        count = max(1, round((end - start) / 0.14))
        size = (end - start - 0.004 * (count + 1)) / count
        lefts = [0.004 + number * (size + 0.004) for number in range(count)]
    else:
        lefts = spaced(end - start, size, 0.05)[0]
    for at in lefts:
        left, right = start + at, start + at + size
        if kind == "BOARD":
            parts.append(block((left, front, foot), (right, front + thick, top)))
        else:
            tip = 0.05
            outline = [
                (left, foot),
                (right, foot),
                (right, top - tip),
                ((left + right) / 2, top),
                (left, top - tip),
            ]
            parts.append(along_y(outline, front, front + thick))
    return parts


def _post(x: float, size: float, height: float, material: str = "WOOD") -> list[Solid]:
    """With a pyramid on top that throws its drips clear of the post."""
    cap = min(0.05, height / 8)
    over = size + 0.03
    post = block((x - size / 2, -size / 2, 0.0), (x + size / 2, size / 2, height - cap), material)
    top = stepped(
        [(over, over, height - cap), (over, over, height - cap * 0.6), (0.02, 0.02, height)], material
    )
    return [post, moved(top, (x, 0.0, 0.0))]


def gate(width: float = 2.4, height: float = 1.4, depth: float = 0.18) -> Solid:
    """Two posts and between them one leaf, or two where it is wider than 1.3 m. `width` is that of all, about
    x = 0; `depth` is the posts'. The braces rise from the hinges' foot, on the back."""
    within("The gate's width", width, 0.8, 10)
    within("The gate's height", height, 0.6, 4)
    within("The gate's posts", depth, 0.08, min(0.5, width / 4))
    parts = []
    for side in (-1, 1):
        parts += _post(side * (width - depth) / 2, depth, height)
    clear = width - 2 * depth
    gap = 0.012
    count = 2 if clear > 1.3 else 1
    leaf = (clear - gap * (count + 1)) / count
    foot, top = 0.06, height - 0.12
    for number in range(count):
        left = -clear / 2 + gap + number * (leaf + gap)
        hinges_left = number == 0
        parts.append(moved(join(_leaf(leaf, top - foot, hinges_left)), (left, 0.0, foot)))
        hinge = left - gap if hinges_left else left + leaf
        for z in (foot + 0.14, top - 0.14):
            near, far = hinge - 0.02, hinge + gap + 0.02
            parts.append(block((near, -0.012, z - 0.03), (far, 0.012, z + 0.03), "METAL"))
            parts.append(_strap(hinge + gap if hinges_left else hinge, leaf * 0.35, z, hinges_left))
    # A latch on the free edge, at the height of a hand.
    x = -clear / 2 + gap + leaf
    if count == 2:
        x += gap / 2
    z = min(top - 0.2, max(foot + 0.2, 0.95))
    parts.append(block((x - 0.09, -0.052, z), (x + 0.09, -0.0275, z + 0.03), "METAL"))
    return join(parts)


def _strap(x: float, length: float, z: float, right: bool) -> Solid:
    """The flat iron of a hinge, on the front of the frame."""
    low, high = (x + 0.005, x + length) if right else (x - length, x - 0.005)
    return block((low, -0.0485, z - 0.02), (high, -0.0425, z + 0.02), "METAL")


def _leaf(width: float, height: float, hinges_left: bool) -> list[Solid]:
    """From x = 0, z = 0: a frame, boards in front of it, a brace behind."""
    face, thick = 0.08, 0.045
    half = thick / 2
    parts = [standing(frame((0.0, 0.0), (width, height), face, -half, half))]
    size, front = 0.09, 0.02
    count = max(2, round(width / (size + 0.02)))
    edge = 0.002  # the frame shows beyond them
    size = (width - 2 * edge - 0.01 * (count - 1)) / count
    for number in range(count):
        left = edge + number * (size + 0.01)
        parts.append(block((left, -half - front, edge), (left + size, -half, height - edge)))
    inner = 0.055
    low, high = (inner, 0.0, inner), (width - inner, 0.0, height - inner)
    if not hinges_left:
        low, high = (width - inner, 0.0, inner), (inner, 0.0, height - inner)
    parts.append(swept(bar(0.03, 0.07), low, high))
    return parts
