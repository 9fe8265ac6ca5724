"""Railings and balconies.

In: how long, how high. Out: a solid of posts, rails and balusters that a child's head does not pass between.
Pure Python; any thread.
"""

import math
from itertools import pairwise

from ..solid import Solid, join, moved
from .parts import block, quarter_turned, spaced, within

MOST_CLEAR = 0.11  # between balusters
POST = 0.05  # square, with the handrail that covers it
OVER = 0.003  # how far the handrail stands out over a post, on each side
_RAIL_HIGH = 0.04
_BALUSTER = 0.018
_LOWER_RAIL = (0.07, 0.1)  # from, to
_BAY = 1.6  # between the middles of two posts at most


def railing(length: float, height: float = 1.1) -> Solid:
    """From x = 0 along X, its middle at y = 0; the handrail's upper edge at the height."""
    within("The railing's length", length, 0.2, 200)
    within("The railing's height", height, 0.3, 3)
    return join(railing_parts(length, height))


def railing_parts(length: float, height: float, first: bool = True, last: bool = True) -> list[Solid]:
    """The parts, without the first or the last post where another railing's stands.

    Parts meet face to face: posts under the handrail, the lower rail and balusters between them.
    """
    under = height - _RAIL_HIGH
    half, thin, post = POST / 2, _BALUSTER / 2, POST / 2 - OVER
    posts = _posts(length)
    parts = [block((0.0, -half, under), (length, half, height), "METAL")]
    stops = []
    for number, at in enumerate(posts):
        if (number == 0 and not first) or (number == len(posts) - 1 and not last):
            continue
        near, far = at + OVER, at + POST - OVER
        parts.append(block((near, -post, 0.0), (far, post, under), "METAL"))
        stops.append((near, far))
    # Another railing's post stands as far behind its own handrail.
    stops = [*([] if first else [(-OVER, -OVER)]), *stops, *([] if last else [(length + OVER,) * 2])]
    low, high = _LOWER_RAIL
    for (_, start), (end, _) in pairwise(stops):
        if end - start < 0.02:
            continue
        parts.append(block((start, -thin - 0.006, low), (end, thin + 0.006, high), "METAL"))
        for at in spaced(end - start, _BALUSTER, MOST_CLEAR)[0]:
            left = start + at
            parts.append(block((left, -thin, high), (left + _BALUSTER, thin, under), "METAL"))
    return parts


def _posts(length: float) -> list[float]:
    """Where the posts begin: at both ends, and evenly between."""
    bays = max(1, math.ceil((length - POST) / _BAY - 1e-9))
    return [number * (length - POST) / bays for number in range(bays + 1)]


def balcony(width: float, depth: float = 1.2, railing: float = 1.1, thickness: float = 0.15) -> Solid:
    """A slab that stands out to the front (-Y) from the wall at y = 0, its middle at x = 0.

    z = 0 is the underside, as a slab's; the railing, so high above the floor, is on the three free sides.
    """
    within("The balcony's width", width, 0.6, 100)
    within("The balcony's depth", depth, 0.4, 10)
    within("The balcony's railing", railing, 0.3, 3)
    within("The balcony's thickness", thickness, 0.05, 1)
    slab = block((-width / 2, -depth, 0.0), (width / 2, 0.0, thickness), "CONCRETE")
    edge = 0.05 + POST / 2  # from the slab's edge to the middle of the railing
    reach = width / 2 - edge
    front = join(railing_parts(2 * (reach + POST / 2 + OVER), railing))
    side = quarter_turned(join(railing_parts(depth - edge - POST / 2, railing, last=False)), 3)
    sides = [moved(side, (x, 0.0, thickness)) for x in (-reach, reach)]
    return join([slab, moved(front, (-reach - POST / 2 - OVER, edge - depth, thickness)), *sides])
