"""Plates with rectangular openings: walls, slabs, the frames of windows and doors.

In: dimensions in metres. Out: a `Solid` of one shell; ValueError for openings that cannot be cut. Pure Python
without bpy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..solid import Point, Solid

# What has to be left of a plate between two openings, and between an opening and an edge (m): less would
# leave a sliver, or a corner that two shells share.
LEAST_LEFT = 0.02
# Within this (m) an edge of an opening lies on the edge of the plate.
TOUCHING = 1e-4


@dataclass(frozen=True)
class Opening:
    """A rectangle in a plate, from its lower left corner."""

    left: float
    foot: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.foot + self.height


def misfit(opening: Opening, length: float, height: float, others: Sequence[Opening] = ()) -> str | None:
    """Why it cannot be cut out of a plate of that size, beside the others; None: it can.

    It may stand on the lower edge, as a door does, but reach no other one.
    """
    if opening.left < LEAST_LEFT - TOUCHING or opening.right > length - LEAST_LEFT + TOUCHING:
        return (
            f"an opening from {opening.left:.3f} to {opening.right:.3f} m does not fit into a length of "
            f"{length:.3f} m"
        )
    stands = abs(opening.foot) <= TOUCHING
    if (opening.foot < LEAST_LEFT - TOUCHING and not stands) or opening.top > height - LEAST_LEFT + TOUCHING:
        return (
            f"an opening from {opening.foot:.3f} to {opening.top:.3f} m above its foot does not fit into a "
            f"height of {height:.3f} m"
        )
    for other in others:
        gap_x = max(other.left - opening.right, opening.left - other.right)
        gap_z = max(other.foot - opening.top, opening.foot - other.top)
        if max(gap_x, gap_z) < LEAST_LEFT - TOUCHING:
            return (
                f"an opening from {opening.left:.3f} to {opening.right:.3f} m meets another one, from "
                f"{other.left:.3f} to {other.right:.3f} m"
            )
    return None


def upright(
    length: float,
    height: float,
    thickness: float,
    openings: Sequence[Opening] = (),
    material: str = "PLASTER",
) -> Solid:
    """A plate that stands on the X axis from 0 to `length`, its thickness on both sides of Y = 0."""
    half = thickness / 2
    return _plate(length, height, openings, material, lambda x, z, back: (x, half if back else -half, z))


def lying(
    length: float,
    width: float,
    thickness: float,
    openings: Sequence[Opening] = (),
    material: str = "CONCRETE",
) -> Solid:
    """A plate that lies with its middle over the origin, its underside at z = 0. Its openings are measured
    from its corner with the lowest X and Y."""

    def place(x: float, y: float, back: bool) -> Point:
        return (x - length / 2, y - width / 2, 0.0 if back else thickness)

    return _plate(length, width, openings, material, place)


def _plate(
    length: float,
    height: float,
    openings: Sequence[Opening],
    material: str,
    place: Callable[[float, float, bool], Point],
) -> Solid:
    """`place(across, up, back)` puts a corner into space: seen from its front, `across` goes to the right."""
    for at, opening in enumerate(openings):
        if problem := misfit(opening, length, height, openings[:at]):
            raise ValueError(problem[0].upper() + problem[1:])
    columns = _lines(length, [edge for each in openings for edge in (each.left, each.right)])
    rows = _lines(height, [edge for each in openings for edge in (each.foot, each.top)])
    filled = {
        (column, row)
        for column in range(len(columns) - 1)
        for row in range(len(rows) - 1)
        if not any(
            each.left < (columns[column] + columns[column + 1]) / 2 < each.right
            and each.foot < (rows[row] + rows[row + 1]) / 2 < each.top
            for each in openings
        )
    }
    solid = Solid(materials=[material])
    numbers: dict[tuple[int, int, bool], int] = {}

    def corner(column: int, row: int, back: bool) -> int:
        key = (column, row, back)
        if key not in numbers:
            numbers[key] = len(solid.vertices)
            solid.vertices.append(place(columns[column], rows[row], back))
        return numbers[key]

    for column, row in sorted(filled):
        around = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
        beside = [(column, row - 1), (column + 1, row), (column, row + 1), (column - 1, row)]
        solid.faces.append(tuple(corner(*each, False) for each in around))
        solid.faces.append(tuple(corner(*each, True) for each in reversed(around)))
        for side, neighbour in enumerate(beside):
            if neighbour not in filled:
                start, end = around[side], around[(side + 1) % 4]
                face = (corner(*end, False), corner(*start, False), corner(*start, True), corner(*end, True))
                solid.faces.append(face)
    solid.slots = [0] * len(solid.faces)
    return solid


def _lines(length: float, edges: Sequence[float]) -> list[float]:
    """Where the plate is divided: its ends and the edges of its openings, those that touch taken for one."""
    lines = [0.0]
    for edge in sorted(edges):
        if edge - lines[-1] > TOUCHING and length - edge > TOUCHING:
            lines.append(edge)
    return [*lines, length]
