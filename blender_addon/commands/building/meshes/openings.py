"""Windows and doors in several kinds: frames, sashes, panes and leaves.

In: the size of the opening in metres. Out: a `Solid` that fills it, the middle of its foot at the origin, its
front, outside, to -Y; ValueError for dimensions that make none. Pure Python; any thread.
"""

from ..solid import Solid, join, moved
from .parts import (
    along_x,
    along_y,
    between_bars,
    block,
    circle,
    frame,
    is_bar,
    one_of,
    plate,
    standing,
    upright,
    within,
)

WINDOWS = ("FIXED", "SINGLE", "DOUBLE", "SLIDING")
DOORS = ("FLUSH", "PANEL", "GLAZED", "SLIDING")

_FRAME = 0.045  # seen from the front
_SASH, _SASH_THICK = 0.05, 0.045
_REBATE = 0.008  # how far a sash reaches into the frame, and glass into a sash
_GLASS = 0.02  # of two panes
LEAF_THICK = 0.04


def window_frame(width: float, height: float, depth: float = 0.12, kind: str = "SINGLE") -> Solid:
    """A window: FIXED glass, a SINGLE casement, a DOUBLE one that opens in the middle, or a SLIDING one of
    two sashes. `depth` is the frame's; the sill stands out before it."""
    one_of("The kind of window", kind, WINDOWS)
    within("The window's width", width, 0.3, 10)
    within("The window's height", height, 0.3, 10)
    within("The depth of the frame", depth, 0.1, 1)
    half = depth / 2
    low, high = (-width / 2, 0.0), (width / 2, height)
    parts = [standing(frame(low, high, _FRAME, -half, half))]
    left, right = _FRAME - width / 2 - _REBATE, width / 2 - _FRAME + _REBATE
    foot, top = _FRAME - _REBATE, height - _FRAME + _REBATE
    if kind == "FIXED":
        parts.append(block((left, -_GLASS / 2, foot), (right, _GLASS / 2, top), "GLASS"))
    elif kind == "SINGLE":
        parts += _sash(left, right, foot, top, 0.0)
        parts += _casement_handle(right - _REBATE - _SASH / 2, (foot + top) / 2)
    elif kind == "DOUBLE":
        parts += _sash(left, -0.0015, foot, top, 0.0) + _sash(0.0015, right, foot, top, 0.0)
        # The strip over the joint, on the sash that opens first.
        front = -_SASH_THICK / 2
        parts.append(block((-0.02, front - 0.008, _FRAME + 0.002), (0.02, front, height - _FRAME - 0.002)))
        parts += _casement_handle(_SASH / 2, (foot + top) / 2)
    else:
        track = _SASH_THICK / 2 + 0.001
        middle = _SASH / 2
        parts += _sash(left, middle, foot, top, -track) + _sash(-middle, right, foot, top, track)
    parts.append(_sill(width, half))
    return join(parts)


def _sash(left: float, right: float, foot: float, top: float, y: float) -> list[Solid]:
    half = _SASH_THICK / 2
    rim = _SASH - _REBATE
    pane = block((left + rim, y - _GLASS / 2, foot + rim), (right - rim, y + _GLASS / 2, top - rim), "GLASS")
    return [moved(standing(frame((left, foot), (right, top), _SASH, -half, half)), (0.0, y, 0.0)), pane]


def _casement_handle(x: float, z: float) -> list[Solid]:
    """Inside: a plate, and a lever that hangs down."""
    back = _SASH_THICK / 2
    return [
        block((x - 0.013, back, z - 0.04), (x + 0.013, back + 0.006, z + 0.04), "METAL"),
        block((x - 0.007, back + 0.006, z - 0.007), (x + 0.007, back + 0.04, z + 0.007), "METAL"),
        block((x - 0.01, back + 0.04, z - 0.11), (x + 0.01, back + 0.052, z + 0.012), "METAL"),
    ]


def _sill(width: float, half: float) -> Solid:
    """A weathered board outside, at the foot: it falls to the front."""
    over, out = 0.04, 0.06
    profile = [(-half - out, -0.005), (-half, -0.005), (-half, 0.03), (-half - out, 0.018)]
    body = along_x(profile, -width / 2 - over, width / 2 + over)
    return moved(body, (0.0, 0.0, 0.005))


def door_frame(width: float, height: float, depth: float = 0.12) -> Solid:
    """Jambs and a head, open below, with a stop for the leaf all round."""
    _door_measures(width, height)
    within("The depth of the frame", depth, 0.06, 1)
    face = 0.04
    half = depth / 2
    xs = (-width / 2, face - width / 2, width / 2 - face, width / 2)
    parts = [
        standing(
            plate(xs, (0.0, height - face, height), lambda column, row: (column, row) != (1, 0), -half, half)
        )
    ]
    stop, reach = 0.012, 0.004
    xs = (xs[1] - reach, xs[1] + stop, xs[2] - stop, xs[2] + reach)
    zs = (0.002, height - face - stop, height - face + reach)
    front = min(half - 0.005, LEAF_THICK / 2 + 0.02)
    ring = plate(xs, zs, lambda column, row: (column, row) != (1, 0), -front, -LEAF_THICK / 2)
    parts.append(upright(ring))
    return join(parts)


def door_leaf(width: float, height: float, thickness: float = LEAF_THICK, kind: str = "PANEL") -> Solid:
    """A leaf: FLUSH, with sunk PANELs, GLAZED above, or SLIDING, which is flush and has pulls."""
    one_of("The kind of door", kind, DOORS)
    within("The leaf's width", width, 0.4, 5)
    within("The leaf's height", height, 1.0, 6)
    within("The leaf's thickness", thickness, 0.025, 0.15)
    half = thickness / 2
    if kind in ("FLUSH", "SLIDING"):
        parts = [block((-width / 2, -half, 0.0), (width / 2, half, height))]
    else:
        parts = _framed_leaf(width, height, half, kind)
    x, hand = width / 2 - 0.06, _hand(height)
    for side in (-1, 1):
        parts += _pull(x, half, side, hand) if kind == "SLIDING" else _lever(x, half, side, hand)
    return join(parts)


def _hand(height: float) -> float:
    """Where a hand takes hold of a leaf."""
    return min(1.0, height / 2)


def _framed_leaf(width: float, height: float, half: float, kind: str) -> list[Solid]:
    """Stiles and rails as one shell, and what they hold, let into them."""
    stile, bottom = min(0.12, width / 5), 0.22
    lock = _hand(height)
    xs = [-width / 2, stile - width / 2]
    if kind == "PANEL" and width > 0.7:
        xs += [-0.05, 0.05]
    xs += [width / 2 - stile, width / 2]
    zs = [0.0, bottom, lock - 0.07, lock + 0.07, height - 0.12, height]
    body = plate(xs, zs, is_bar, -half, half)
    parts = [upright(body)]
    reach = 0.008
    for left, right in between_bars(xs):
        for row, (foot, top) in enumerate(between_bars(zs)):
            glass = kind == "GLAZED" and row == 1
            thin = 0.006 if glass else half * 0.5
            near, far = (left - reach, -thin, foot - reach), (right + reach, thin, top + reach)
            parts.append(block(near, far, "GLASS" if glass else "WOOD"))
            if not glass:
                parts += _field(left, right, foot, top, thin)
    return parts


def _field(left: float, right: float, foot: float, top: float, thin: float) -> list[Solid]:
    """The raised middle of a panel, on both faces."""
    edge = 0.035
    if min(right - left, top - foot) < 3 * edge:
        return []
    rise = thin * 0.4
    return [
        block((left + edge, y, foot + edge), (right - edge, y + rise, top - edge))
        for y in (-thin - rise, thin)
    ]


def _lever(x: float, half: float, side: int, z: float) -> list[Solid]:
    """A rose, a neck and a lever that points to the hinges."""

    def drawn(outline: list[tuple[float, float]], near: float, far: float) -> Solid:
        low, high = sorted((side * (half + near), side * (half + far)))
        return along_y(outline, low, high, "METAL")

    rose = [(x + a, z + b) for a, b in circle(0.026)]
    neck = [(x + a, z + b) for a, b in circle(0.009, 16)]
    lever = [(x - 0.115, z - 0.009), (x + 0.01, z - 0.009), (x + 0.01, z + 0.009), (x - 0.115, z + 0.009)]
    return [drawn(rose, 0.0, 0.008), drawn(neck, 0.008, 0.045), drawn(lever, 0.045, 0.06)]


def _pull(x: float, half: float, side: int, hand: float) -> list[Solid]:
    """An upright bar on two feet."""
    parts = []
    for z in (hand - 0.15, hand + 0.15):
        low, high = sorted((side * half, side * (half + 0.04)))
        parts.append(block((x - 0.008, low, z - 0.008), (x + 0.008, high, z + 0.008), "METAL"))
    low, high = sorted((side * (half + 0.04), side * (half + 0.058)))
    parts.append(block((x - 0.01, low, hand - 0.2), (x + 0.01, high, hand + 0.2), "METAL"))
    return parts


def door(width: float = 0.9, height: float = 2.0, depth: float = 0.12, kind: str = "PANEL") -> Solid:
    """A frame with its closed leaf."""
    _door_measures(width, height)
    gap, face = 0.003, 0.04
    leaf = door_leaf(width - 2 * (face + gap), height - face - 0.01 - gap, kind=kind)
    return join([door_frame(width, height, depth), moved(leaf, (0.0, 0.0, 0.01))])


def _door_measures(width: float, height: float) -> None:
    within("The door's width", width, 0.5, 5)
    within("The door's height", height, 1.2, 6)
