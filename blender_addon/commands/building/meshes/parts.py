"""What the shapes of building elements are put together from: plates with holes, sweeps, lofts, limits.

In: outlines and measures in metres. Out: closed solids; ValueError beyond a limit. Pure Python without
bpy; any thread.

Outlines are counter-clockwise: (x, y) seen from above, (x, z) seen from the front (-Y), (y, z) seen from +X.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from ..solid import Point, Solid, box, moved, prism

Outline = Sequence[tuple[float, float]]

# How far a part reaches into its neighbour where their surfaces would else lie in one plane.
EMBED = 0.005


def within(what: str, value: float, least: float, most: float) -> None:
    """Refuses a measure that no building has, NaN among them."""
    if not least <= value <= most:
        raise ValueError(f"{what} is {value:g} m: give it between {least:g} and {most:g} m")


def within_degrees(what: str, angle: float, least: float, most: float) -> None:
    if not math.radians(least) - 1e-6 <= angle <= math.radians(most) + 1e-6:
        told = f"{math.degrees(angle):g} degrees ({angle:g} radians)"
        raise ValueError(f"{what} is {told}: give it between {least:g} and {most:g} degrees")


def counted(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{what} is {value}: give it between {least} and {most}")


def one_of(what: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} is '{value}': give one of {', '.join(allowed)}")


def spaced(length: float, size: float, most_clear: float) -> tuple[list[float], float]:
    """Where as few things of `size` as will do begin, that no gap exceeds `most_clear`; and the gap."""
    count = max(0, math.ceil((length - most_clear) / (most_clear + size) - 1e-9))
    gap = (length - count * size) / (count + 1)
    return [gap + number * (size + gap) for number in range(count)], gap


def upright(solid: Solid) -> Solid:
    """Turned up about the X axis: Y becomes Z, and what was up looks to the front."""
    return mapped(solid, lambda point: (point[0], -point[2], point[1]))


def mapped(solid: Solid, place: Callable[[Point], Point]) -> Solid:
    """Each vertex elsewhere, by what keeps right hands right."""
    vertices = [place(vertex) for vertex in solid.vertices]
    return Solid(vertices, list(solid.faces), list(solid.slots), list(solid.materials))


def quarter_turned(solid: Solid, turns: int = 1) -> Solid:
    """Turned left about Z by right angles, without what a sine of one rounds away."""
    for _ in range(turns % 4):
        solid = mapped(solid, lambda point: (-point[1], point[0], point[2]))
    return solid


def along_x(outline: Outline, start: float, end: float, material: str = "WOOD") -> Solid:
    """The outline (y, z) drawn out from x = `start` to x = `end`."""
    body = prism(outline, end - start, start, material)
    return mapped(body, lambda point: (point[2], point[0], point[1]))


def along_y(outline: Outline, start: float, end: float, material: str = "WOOD") -> Solid:
    """The outline (x, z) drawn out from y = `start` to y = `end`."""
    return upright(prism(outline, end - start, -end, material))


def block(low: Point, high: Point, material: str = "WOOD") -> Solid:
    """The box between two corners."""
    size = (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    return box(size, low, material)


def clipped(outline: Outline, a: float, b: float, most: float) -> list[tuple[float, float]]:
    """The part of a convex outline where a*x + b*y <= most."""
    kept: list[tuple[float, float]] = []
    for index, (x, y) in enumerate(outline):
        before_x, before_y = outline[index - 1]
        here, before = a * x + b * y - most, a * before_x + b * before_y - most
        if (here < 0 < before) or (before < 0 < here):
            share = before / (before - here)
            kept.append((before_x + share * (x - before_x), before_y + share * (y - before_y)))
        if here <= 0:
            kept.append((x, y))
    return [point for index, point in enumerate(kept) if math.dist(point, kept[index - 1]) > 1e-6]


def swept(outline: Outline, start: Point, end: Point, material: str = "WOOD") -> Solid:
    """The outline (to the right, upward, seen along the way) carried between points, never straight up."""
    length = math.dist(start, end)
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length, (end[2] - start[2]) / length)
    flat = math.hypot(along[0], along[1])
    right = (along[1] / flat, -along[0] / flat, 0.0)
    up = (-along[2] * along[0] / flat, -along[2] * along[1] / flat, flat)

    def place(point: Point) -> Point:
        across, high, back = point
        x, y, z = (end[i] + right[i] * across + up[i] * high - along[i] * back for i in range(3))
        return (x, y, z)

    return mapped(prism(outline, length, 0.0, material), place)


def bar(width: float, height: float) -> list[tuple[float, float]]:
    """A rectangle about the middle, to be swept."""
    x, y = width / 2, height / 2
    return [(-x, -y), (x, -y), (x, y), (-x, y)]


def loft(rings: Sequence[Sequence[Point]], material: str) -> Solid:
    """A body between rings of as many points each, counter-clockwise seen from above, from the lowest up."""
    count = len(rings[0])
    faces: list[tuple[int, ...]] = [tuple(reversed(range(count)))]
    for level in range(len(rings) - 1):
        low = level * count
        for corner in range(count):
            after = (corner + 1) % count
            faces.append((low + corner, low + after, low + count + after, low + count + corner))
    top = (len(rings) - 1) * count
    faces.append(tuple(range(top, top + count)))
    return Solid([point for ring in rings for point in ring], faces, [0] * len(faces), [material])


def rectangles(levels: Sequence[tuple[float, float, float]]) -> list[list[Point]]:
    """Rings (width, depth, z) about the Z axis."""
    return [
        [(-w / 2, -d / 2, z), (w / 2, -d / 2, z), (w / 2, d / 2, z), (-w / 2, d / 2, z)] for w, d, z in levels
    ]


def stepped(levels: Sequence[tuple[float, float, float]], material: str) -> Solid:
    """Rectangles (width, depth, z) about the Z axis, from the lowest up, as one body."""
    return loft(rectangles(levels), material)


def turned_on_lathe(profile: Sequence[tuple[float, float]], material: str, segments: int = 32) -> Solid:
    """Circles (radius, z) about the Z axis, from the lowest up, as one body."""
    return loft(_circles(profile, segments), material)


def _circles(profile: Sequence[tuple[float, float]], segments: int) -> list[list[Point]]:
    return [[(radius * x, radius * y, z) for x, y in circle(1.0, segments)] for radius, z in profile]


def circle(radius: float, segments: int = 32) -> list[tuple[float, float]]:
    """An outline whose sides lie even to the axes."""
    step = 2 * math.pi / segments
    return [
        (radius * math.cos(step * (corner + 0.5)), radius * math.sin(step * (corner + 0.5)))
        for corner in range(segments)
    ]


def loop_loft(rings: Sequence[Sequence[Point]], material: str) -> Solid:
    """A body with a hole through it: from ring to ring up the outside, and down the inside to the first."""
    count = len(rings[0])
    faces: list[tuple[int, ...]] = []
    for ring in range(len(rings)):
        low, high = ring * count, (ring + 1) % len(rings) * count
        for corner in range(count):
            after = (corner + 1) % count
            faces.append((low + corner, low + after, high + after, high + corner))
    return Solid([point for ring in rings for point in ring], faces, [0] * len(faces), [material])


def tube(radius: float, wall: float, foot: float, top: float, material: str, segments: int = 32) -> Solid:
    """A pipe about the Z axis."""
    profile = ((radius, foot), (radius, top), (radius - wall, top), (radius - wall, foot))
    return loop_loft(_circles(profile, segments), material)


def plate(
    xs: Sequence[float],
    ys: Sequence[float],
    filled: Callable[[int, int], bool],
    low: float,
    high: float,
    material: str = "WOOD",
) -> Solid:
    """A flat body with holes from z = `low` to `high`: the filled cells (column, row) between the lines.

    One closed shell without a face inside, so its bars cross without overlapping. Two filled cells may not
    touch by a corner alone.
    """
    if any(after <= before for lines in (xs, ys) for before, after in pairwise(lines)):
        raise ValueError("There is no room between the bars: make it larger")
    columns, rows = len(xs) - 1, len(ys) - 1
    vertices: list[Point] = []
    known: dict[tuple[int, int, bool], int] = {}
    faces: list[tuple[int, ...]] = []

    def solid_at(column: int, row: int) -> bool:
        return 0 <= column < columns and 0 <= row < rows and filled(column, row)

    def corner(column: int, row: int, top: bool) -> int:
        key = (column, row, top)
        if key not in known:
            known[key] = len(vertices)
            vertices.append((xs[column], ys[row], high if top else low))
        return known[key]

    for row in range(rows):
        for column in range(columns):
            if not solid_at(column, row):
                continue
            right, back = column + 1, row + 1
            around = [(column, row), (right, row), (right, back), (column, back)]
            faces.append(tuple(corner(*place, True) for place in around))
            faces.append(tuple(corner(*place, False) for place in reversed(around)))
            beyond = [(column, row - 1), (right, row), (column, back), (column - 1, row)]
            for side, neighbour in enumerate(beyond):
                if not solid_at(*neighbour):
                    start, end = around[side], around[(side + 1) % 4]
                    faces.append(
                        (corner(*start, False), corner(*end, False), corner(*end, True), corner(*start, True))
                    )
    return Solid(vertices, faces, [0] * len(faces), [material])


def frame(
    low: tuple[float, float],
    high: tuple[float, float],
    face: float,
    foot: float,
    top: float,
    material: str = "WOOD",
) -> Solid:
    """A rectangular ring lying flat, `face` broad."""
    xs = (low[0], low[0] + face, high[0] - face, high[0])
    ys = (low[1], low[1] + face, high[1] - face, high[1])
    return plate(xs, ys, lambda column, row: (column, row) != (1, 1), foot, top, material)


def grid_lines(low: float, high: float, edge: float, bar_width: float, cells: int) -> list[float]:
    """Lines for a plate: an edge, then cells parted by bars, then an edge; odd spaces are the openings."""
    clear = (high - low - 2 * edge - (cells - 1) * bar_width) / cells
    lines = [low]
    at = low + edge
    for _ in range(cells):
        lines += [at, at + clear]
        at += clear + bar_width
    return [*lines, high]


def between_bars(lines: Sequence[float]) -> list[tuple[float, float]]:
    """The openings between lines of `grid_lines`."""
    return list(zip(lines[1:-1:2], lines[2:-1:2], strict=True))


def is_bar(column: int, row: int) -> bool:
    """What is filled between lines of `grid_lines` in both directions."""
    return column % 2 == 0 or row % 2 == 0


def standing(solid: Solid, y: float = 0.0) -> Solid:
    """A plate set upright, its middle at that y if it was made about z = 0."""
    return moved(upright(solid), (0.0, y, 0.0))


def sheet(
    points: Sequence[Point], faces: Sequence[tuple[int, ...]], depth: float, materials: tuple[str, str, str]
) -> Solid:
    """A surface given depth straight down. Materials: above, below, at the edges."""
    count = len(points)
    vertices = [*points, *((x, y, z - depth) for x, y, z in points)]
    walked = {edge for face in faces for edge in zip(face, face[1:] + face[:1], strict=True)}
    edges = [(start, end) for start, end in walked if (end, start) not in walked]
    whole = [*faces, *(tuple(count + index for index in reversed(face)) for face in faces)]
    whole += [(count + start, count + end, end, start) for start, end in sorted(edges)]
    names = list(dict.fromkeys(materials))
    above, below, side = (names.index(name) for name in materials)
    slots = [above] * len(faces) + [below] * len(faces) + [side] * len(edges)
    return Solid(vertices, whole, slots, names)
