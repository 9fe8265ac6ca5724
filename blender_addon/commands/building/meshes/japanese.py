"""Shoji and fusuma, lattices, and rooms' floors of tatami mats.

In: dimensions in metres. Out: a `Solid`; ValueError for dimensions that make none. Pure Python; any thread.
"""

from dataclasses import dataclass
from itertools import pairwise

from ..solid import Solid, join, moved
from .parts import (
    EMBED,
    along_x,
    along_y,
    block,
    circle,
    counted,
    frame,
    grid_lines,
    is_bar,
    plate,
    quarter_turned,
    spaced,
    standing,
    upright,
    within,
)

STILE = 0.03  # the frame of a sliding panel, seen from the front
_THICK = 0.03  # of a sliding panel
_TRACKS = 0.018  # from the middle of the opening to that of either track
_SILL, _HEAD = 0.03, 0.04
_GROOVE = 0.008  # how deep panels stand in sill and head

# How mats lie, each a letter, a character being half a mat: no four meet in a point, as luck wants it.
LAYOUTS = {
    3.0: ("ABB", "ACC"),
    4.5: ("AAB", "CDB", "CEE"),
    6.0: ("AABB", "CDDE", "CFFE"),
    8.0: ("AABB", "CDDE", "CFFE", "GGHH"),
    10.0: ("AABBC", "DEEFC", "DGGFH", "IIJJH"),
}
_MAT_THICK, _HEM = 0.055, 0.03  # the hem is the cloth along the long sides
_RELIEF = 0.0015  # how far the hem stands out of the straw
_JOINT = 0.0005  # from a mat's edge to the line between it and the next


@dataclass(frozen=True)
class MatFacts:
    """What the mats cover."""

    width: float
    depth: float
    mats: float


def shoji(width: float = 0.9, height: float = 1.8, panels: int = 2) -> Solid:
    """Sliding screens of paper on a lattice, between sill and head; `width` and `height` are one screen's.

    The middle of the opening is at x = 0, y = 0; the lattice looks to the front (-Y).
    """
    return _sliding("shoji", width, height, panels)


def fusuma(width: float = 0.9, height: float = 1.8, panels: int = 2) -> Solid:
    """Sliding doors with paper on both sides and a round pull, set as `shoji` are."""
    return _sliding("fusuma", width, height, panels)


def _sliding(kind: str, width: float, height: float, panels: int) -> Solid:
    within(f"The width of a {kind} panel", width, 0.3, 3)
    within(f"The height of a {kind} panel", height, 0.4, 5)
    counted(f"The number of {kind} panels", panels, 1, 12)
    make = _shoji_panel if kind == "shoji" else _fusuma_panel
    # Four stand so that the two in the middle meet; else neighbours take the two tracks in turn.
    tracks = [0, 1, 1, 0] if panels == 4 else [number % 2 for number in range(panels)]
    lefts = [0.0]
    for before, after in pairwise(tracks):
        lefts.append(lefts[-1] + width - (STILE if before != after else -0.001))
    length = lefts[-1] + width
    half, reach = _TRACKS + _THICK / 2 + 0.012, length / 2 + 0.02
    parts = [
        block((-reach, -half, 0.0), (reach, half, _SILL)),
        block((-reach, -half, _SILL + height), (reach, half, _SILL + height + _HEAD)),
    ]
    for track, left in zip(tracks, lefts, strict=True):
        y = _TRACKS if track == 0 else -_TRACKS
        pull = 1 if left + width / 2 <= length / 2 else -1
        panel = join(make(width, height + 2 * _GROOVE, pull))
        parts.append(moved(panel, (left - length / 2, y, _SILL - _GROOVE)))
    return join(parts)


def _shoji_panel(width: float, height: float, pull: int) -> list[Solid]:
    """From x = 0, z = 0, its middle at y = 0: a frame, the lattice in front, paper behind it."""
    bottom = 0.05
    outer = plate(
        (0.0, STILE, width - STILE, width),
        (0.0, bottom, height - STILE, height),
        lambda column, row: (column, row) != (1, 1),
        -_THICK / 2,
        _THICK / 2,
    )
    reach = 0.004
    wide, tall = width - 2 * STILE, height - bottom - STILE
    columns, rows = max(2, round(wide / 0.21)), max(2, round(tall / 0.27))
    xs = grid_lines(STILE - reach, width - STILE + reach, 2 * reach, 0.008, columns)
    zs = grid_lines(bottom - reach, height - STILE + reach, 2 * reach, 0.008, rows)
    lattice = plate(xs, zs, is_bar, 0.002, 0.012)
    into = reach - 0.001  # not as far as the lattice: no corner lies on another
    near, far = (STILE - into, -0.002, bottom - into), (width - STILE + into, -0.001, height - STILE + into)
    paper = block(near, far, "PAPER")
    return [upright(outer), upright(lattice), paper]


def _fusuma_panel(width: float, height: float, pull: int) -> list[Solid]:
    """The same of a thin frame and a papered board. `pull`: on which side the pull is, 1 the left."""
    rim = 0.02
    outer = frame((0.0, 0.0), (width, height), rim, -_THICK / 2, _THICK / 2)
    board = block(
        (rim - 0.004, -0.011, rim - 0.004), (width - rim + 0.004, 0.011, height - rim + 0.004), "PAPER"
    )
    x = 0.09 if pull > 0 else width - 0.09
    ring = [(x + a, min(0.95, height / 2) + b) for a, b in circle(0.028)]
    cup = [(x + a, min(0.95, height / 2) + b) for a, b in circle(0.02)]
    parts = [upright(outer), board]
    for y in (-0.0125, 0.0095):
        parts.append(along_y(ring, y, y + 0.003, "METAL"))
    for y in (-0.0135, 0.0105):
        parts.append(along_y(cup, y, y + 0.003, "WOOD"))
    return parts


def lattice(width: float = 0.9, height: float = 1.8, spacing: float = 0.06, bar: float = 0.024) -> Solid:
    """Upright bars in a frame, as before windows of old town houses: the foot's middle at the origin.

    `spacing` is the clear width between two bars, or a little less.
    """
    within("The lattice's width", width, 0.2, 20)
    within("The lattice's height", height, 0.2, 10)
    within("The lattice's spacing", spacing, 0.01, 1)
    within("The width of a bar", bar, 0.005, 0.2)
    rim = 0.04
    parts = [standing(frame((-width / 2, 0.0), (width / 2, height), rim, -0.025, 0.025))]
    inner = width - 2 * rim
    reach = EMBED
    for at in spaced(inner, bar, spacing)[0]:
        left = rim - width / 2 + at
        parts.append(block((left, -0.02, rim - reach), (left + bar, 0.01, height - rim + reach)))
    # Rails behind the bars hold them, no further apart than a bar may be free.
    count = max(1, round(height / 0.6) - 1)
    for number in range(count):
        z = rim + (number + 1) * (height - 2 * rim) / (count + 1) - 0.012
        parts.append(block((rim - width / 2 - reach, 0.01, z), (width / 2 - rim + reach, 0.022, z + 0.024)))
    return join(parts)


def tatami(mats: float = 6.0, mat_length: float = 1.82, border: float = 0.06) -> tuple[Solid, MatFacts]:
    """A floor of 3, 4.5, 6, 8 or 10 mats, within a wooden border of that breadth: none if it is 0.

    The middle of the floor is at the origin, z = 0 the underside.
    """
    if mats not in LAYOUTS:
        known = ", ".join(f"{each:g}" for each in LAYOUTS)
        raise ValueError(f"No layout has {mats:g} mats: give one of {known}")
    within("The length of a mat", mat_length, 1.5, 2.2)
    if border:
        within("The border", border, 0.02, 1)
    rows = LAYOUTS[mats]
    half = mat_length / 2
    width, depth = len(rows[0]) * half, len(rows) * half
    parts = []
    for letter in sorted(set("".join(rows))):
        cells = [(x, y) for y, row in enumerate(rows) for x, each in enumerate(row) if each == letter]
        (left, back), (right, front) = cells[0], cells[-1]
        wide, deep = (right - left + 1) * half, (front - back + 1) * half
        middle = ((left + right + 1) / 2 * half - width / 2, depth / 2 - (back + front + 1) / 2 * half, 0.0)
        along = wide >= deep
        mat = _mat(wide if along else deep, half)
        parts.append(moved(mat if along else quarter_turned(mat), middle))
    if border:
        low, high = (-width / 2 - border, -depth / 2 - border), (width / 2 + border, depth / 2 + border)
        parts.append(frame(low, high, border, 0.0, _MAT_THICK + 0.003))
    return join(parts), MatFacts(width, depth, mats)


def _mat(length: float, width: float) -> Solid:
    """Along X about the origin: straw, and a raised hem along both long sides."""
    x, y, top = length / 2 - _JOINT, width / 2 - _JOINT, _MAT_THICK
    inner = y - _HEM
    profile = [(-y, 0.0), (y, 0.0), (y, top + _RELIEF), (inner, top + _RELIEF), (inner, top)]
    profile += [(-inner, top), (-inner, top + _RELIEF), (-y, top + _RELIEF)]
    mat = along_x(profile, -x, x)
    # Faces: the two ends, then one for each side of the profile in its order.
    hem = {3, 4, 5, 7, 8, 9}
    mat.slots = [1 if face in hem else 0 for face in range(len(mat.faces))]
    mat.materials = ["TATAMI", "CLOTH"]
    return mat
