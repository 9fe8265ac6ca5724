"""Stairs and ramps.

In: the height to climb, steps as steep as wished. Out: a solid that ends at that height exactly, and
for stairs what was made of the wish. Pure Python; any thread.

They begin at x = 0 and climb towards +X, their middle at y = 0, from z = 0.
"""

import math
from dataclasses import dataclass
from typing import Literal

from ..solid import Solid, join, moved
from .parts import EMBED, along_y, block, clipped, counted, one_of, quarter_turned, spaced, within
from .railings import MOST_CLEAR, OVER, POST, railing_parts

TREAD, RISER = 0.036, 0.018  # boards: how thick
STRINGER = 0.045
NOSING = 0.025  # how far a tread stands out before its riser
MAX_RISERS = 200
_RAIL = (0.045, 0.05)  # width, height of the handrail
_RAIL_HEIGHT = 0.9  # of its upper edge above the nosings
_BALUSTER = 0.025


@dataclass(frozen=True)
class StairFacts:
    """What the steps have become."""

    risers: int
    riser: float
    going: float
    run: float  # of the whole along X, landing included
    landing: float | None = None  # how high it lies


Side = Literal["LEFT", "RIGHT"]


def riser_count(height: float, riser: float) -> int:
    """As many risers as keep each no higher than wished, the last at the height itself."""
    return max(1, math.ceil(height / riser - 1e-9))


def straight_stairs(
    width: float = 1.0, height: float = 2.7, riser: float = 0.18, tread: float = 0.28, railing: bool = False
) -> tuple[Solid, StairFacts]:
    """One flight between two stringers. The last tread lies flush with the floor that it leads to."""
    count, rise = _measured(width, height, riser, tread)
    body = join(_flight(width, count, rise, tread, treads=count, railing=railing))
    return body, StairFacts(count, rise, tread, count * tread)


def l_shaped_stairs(
    width: float = 1.0,
    height: float = 2.7,
    riser: float = 0.18,
    tread: float = 0.28,
    turn: Side = "LEFT",
    railing: bool = False,
) -> tuple[Solid, StairFacts]:
    """Two flights with a square landing between them, at half the risers."""
    one_of("The turn", turn, ("LEFT", "RIGHT"))
    count, rise = _measured(width, height, riser, tread)
    if count < 2:
        raise ValueError(f"Stairs of {height:g} m have a single step: a landing needs two risers at least")
    first = count // 2
    edge, level = (first - 1) * tread, first * rise
    depth = _below_nosings(rise, tread)
    parts = _flight(width, first, rise, tread, treads=first - 1, railing=railing)
    half = width / 2
    foot = max(0.0, level - depth - 0.002)
    parts.append(block((edge, -half, foot), (edge + width, half, level)))
    if foot > 0.02:
        parts += _landing_posts(edge, width, foot)
    upper = _flight(width, count - first, rise, tread, treads=count - first, base=level, railing=railing)
    turned = moved(quarter_turned(join(upper)), (edge + half, half, 0.0))
    parts.append(turned)
    if railing:
        parts += _landing_railing(edge, width, level)
    body = join(parts)
    if turn == "RIGHT":
        body = _mirrored(body)
    return body, StairFacts(count, rise, tread, edge + width, level)


def ramp(length: float, width: float, height: float) -> Solid:
    """A solid ramp, with a kerb on either side where it is wide enough to leave a way between them."""
    within("The ramp's length", length, 0.2, 200)
    within("The ramp's width", width, 0.3, 50)
    within("The ramp's height", height, 0.02, 20)
    if height > length:
        raise ValueError(
            f"A ramp that climbs {height:g} m over {length:g} m is steeper than 45 degrees:"
            f" make it {height:g} m long at least, or 1:12, {12 * height:g} m"
        )
    half = width / 2
    if width < 0.9:
        return along_y([(0.0, 0.0), (length, 0.0), (length, height)], -half, half, "CONCRETE")
    return _ramp_with_kerbs(length, half, height, half - 0.1, 0.1)


def _ramp_with_kerbs(length: float, outer: float, height: float, inner: float, kerb: float) -> Solid:
    """One shell: the way from y = -inner to y = inner, the kerbs beside it."""
    ys = (-outer, -inner, inner, outer)
    foot = [(0.0, y, 0.0) for y in ys]
    front = [(0.0, y, kerb) for y in ys]
    back = [(length, y, height + kerb) for y in ys]
    rest = [(length, -outer, 0.0), (length, outer, 0.0), (length, -inner, height), (length, inner, height)]
    faces: list[tuple[int, ...]] = [(0, 1, 2, 3, 13, 12), (12, 13, 11, 10, 15, 14, 9, 8), (1, 14, 15, 2)]
    faces += [(4, 8, 9, 5), (1, 5, 9, 14), (0, 12, 8, 4), (0, 4, 5, 1)]
    faces += [(6, 10, 11, 7), (2, 15, 10, 6), (3, 7, 11, 13), (2, 6, 7, 3)]
    return Solid([*foot, *front, *back, *rest], faces, [0] * len(faces), ["CONCRETE"])


def _measured(width: float, height: float, riser: float, tread: float) -> tuple[int, float]:
    """How many risers, and how high each is."""
    within("The stairs' width", width, 0.4, 20)
    within("The height to climb", height, 0.1, 50)
    within("The riser", riser, 0.08, 0.3)
    within("The tread", tread, 0.15, 1)
    count = riser_count(height, riser)
    counted("The number of steps", count, 1, MAX_RISERS)
    return count, height / count


def _below_nosings(rise: float, going: float) -> float:
    """How far below the line through the nosings the lower edge of a stringer runs: below all boards."""
    return rise + TREAD + RISER * rise / going + 0.035


def _flight(
    width: float,
    risers: int,
    rise: float,
    going: float,
    treads: int,
    base: float = 0.0,
    railing: bool = False,
) -> list[Solid]:
    """Steps between stringers, from a floor at z = `base`. With a tread less than risers, a landing follows.

    The boards are let into each other a little, and meet the stringers face to face.
    """
    if not treads:
        return []
    half = width / 2 - STRINGER
    parts = []
    for number in range(treads):
        front, below = number * going, base + number * rise
        top = below + rise
        foot = 0.0 if below == 0 else below - TREAD - 0.004
        parts.append(block((front, -half, foot), (front + RISER, half, top - TREAD)))
        reach = 0.0 if number == treads - 1 else EMBED
        parts.append(block((front - NOSING, -half, top - TREAD), (front + going + reach, half, top)))
    # A hair below the last tread or the landing, that no corner lies on another.
    slope, end, top = rise / going, treads * going, base + risers * rise - 0.001
    start = 0.0 if base else -NOSING - 0.03
    upper, lower = base + rise + 0.04, base + rise - _below_nosings(rise, going)
    outline = [(start, 0.0), (end, 0.0), (end, top), (start, top)]
    outline = clipped(clipped(outline, -slope, 1.0, upper), slope, -1.0, -lower)
    for y in (-width / 2, half):
        parts.append(along_y(outline, y, y + STRINGER))
        if railing:
            ends = (start + 0.01, end - 0.01)
            parts += _sloping_railing(y + STRINGER / 2, ends, slope, base + rise, upper, top)
    return parts


def _sloping_railing(
    y: float, ends: tuple[float, float], slope: float, nosings: float, stringer: float, floor: float
) -> list[Solid]:
    """A handrail over a stringer, on balusters. The lines' heights are those at x = 0."""
    broad, high = _RAIL[0] / 2, _RAIL[1] * math.hypot(1.0, slope)
    over = nosings + _RAIL_HEIGHT

    def foot(x: float) -> float:
        return min(stringer + slope * x, floor) - EMBED

    def head(x: float) -> float:
        return over - high + slope * x + EMBED

    first, last = ends
    rail = [(first, over - high + slope * first), (last, over - high + slope * last)]
    rail += [(last, over + slope * last), (first, over + slope * first)]
    parts = [along_y(rail, y - broad, y + broad)]
    post = 0.04
    columns = [(first + 0.005, post), (last - 0.005 - post, post)]
    clear = last - first - 0.01 - 2 * post
    columns += [(first + 0.005 + post + at, _BALUSTER) for at in spaced(clear, _BALUSTER, MOST_CLEAR)[0]]
    for left, size in columns:
        right, thick = left + size, size / 2
        outline = [(left, foot(left)), (right, foot(right)), (right, head(right)), (left, head(left))]
        parts.append(along_y(outline, y - thick, y + thick))
    return parts


def _landing_posts(edge: float, width: float, foot: float) -> list[Solid]:
    size, inset = 0.09, 0.02
    near, far = edge + inset, edge + width - inset - size
    half = width / 2 - inset - size
    return [
        block((x, y, 0.0), (x + size, y + size, foot + EMBED))
        for x in (near, far)
        for y in (-half - size, half)
    ]


def _landing_railing(edge: float, width: float, level: float) -> list[Solid]:
    """On the two sides of the landing from which no flight leaves: they meet in its far corner."""
    inset = STRINGER / 2 + 0.01
    side = join(railing_parts(width - inset - POST / 2, _RAIL_HEIGHT, last=False))
    far = join(railing_parts(width - inset + POST / 2 - 0.01 + OVER, _RAIL_HEIGHT))
    wood = [Solid(each.vertices, each.faces, each.slots, ["WOOD"]) for each in (side, far)]
    return [
        moved(wood[0], (edge, inset - width / 2, level)),
        moved(quarter_turned(wood[1]), (edge + width - inset, inset - POST / 2 - OVER - width / 2, level)),
    ]


def _mirrored(solid: Solid) -> Solid:
    """The other way round across the X axis; the faces too, or they would look inward."""
    vertices = [(x, -y, z) for x, y, z in solid.vertices]
    faces = [tuple(reversed(face)) for face in solid.faces]
    return Solid(vertices, faces, list(solid.slots), list(solid.materials))
