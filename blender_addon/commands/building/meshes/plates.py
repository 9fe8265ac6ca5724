"""Plates with rectangular openings: walls, slabs, the frames of windows and doors.

In: dimensions in metres. Out: a `Solid` of one shell; ValueError for openings that cannot be cut. Pure Python
without bpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..solid import Solid, moved
from .parts import plate
from .parts import upright as set_upright

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
    return set_upright(_cut(length, height, openings, (-half, half), material))


def lying(
    length: float,
    width: float,
    thickness: float,
    openings: Sequence[Opening] = (),
    material: str = "CONCRETE",
) -> Solid:
    """A plate that lies with its middle over the origin, its underside at z = 0. Its openings are measured
    from its corner with the lowest X and Y."""
    body = _cut(length, width, openings, (0.0, thickness), material)
    return moved(body, (-length / 2, -width / 2, 0.0))


def _cut(
    length: float, height: float, openings: Sequence[Opening], faces: tuple[float, float], material: str
) -> Solid:
    """The plate lying with its corner at the origin, between the two heights."""
    for at, opening in enumerate(openings):
        if problem := misfit(opening, length, height, openings[:at]):
            raise ValueError(problem[0].upper() + problem[1:])
    columns = _lines(length, [edge for each in openings for edge in (each.left, each.right)])
    rows = _lines(height, [edge for each in openings for edge in (each.foot, each.top)])
    cut = {
        (column, row)
        for each in openings
        for column in range(len(columns) - 1)
        if each.left < (columns[column] + columns[column + 1]) / 2 < each.right
        for row in range(len(rows) - 1)
        if each.foot < (rows[row] + rows[row + 1]) / 2 < each.top
    }
    return plate(columns, rows, lambda column, row: (column, row) not in cut, *faces, material)


def _lines(length: float, edges: Sequence[float]) -> list[float]:
    """Where the plate is divided: its ends and the edges of its openings, those that touch taken for one."""
    lines = [0.0]
    for edge in sorted(edges):
        if edge - lines[-1] > TOUCHING and length - edge > TOUCHING:
            lines.append(edge)
    return [*lines, length]
