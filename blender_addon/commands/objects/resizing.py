"""Objects made larger or smaller along the axes of the world.

In: names, with factors or sizes. Out: how large the objects then are. Main thread only.

What is scaled is the object, along its own axes. Where those lie along the world's, each side of its bounds
is set by itself; of an object that is turned, the own axis that is nearest to the world's is scaled.
"""

from __future__ import annotations

from itertools import permutations
from typing import Annotated, Any

from mathutils import Matrix

from ...blender.data_access import find_objects, rounded, world_matrix
from ...blender.libraries import told_name
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command
from .world_transform import (
    AXES,
    Names,
    Point,
    Shapes,
    change_notes,
    displace,
    going_along_notes,
    refuse_unmovable,
    standing,
    told,
    topmost,
)

Positive = Annotated[float, Constraint(exclusiveMinimum=0)]
Factors = Annotated[list[Positive], Constraint(minItems=3, maxItems=3)]

SIDES = ("width", "depth", "height")  # along X, Y and Z
FLAT = 1e-7  # of its greatest side; what is thinner has no side there
STEPS = 50
CLOSE = 1e-5  # of a size to what it should be


@command(title="Resize objects")
def resize_objects(
    names: Names,
    factor: Positive | None = None,
    factors: Factors | None = None,
    width: Positive | None = None,
    depth: Positive | None = None,
    height: Positive | None = None,
) -> dict[str, Any]:
    """Make objects larger or smaller along the world's axes, with what hangs on them. Their feet, the lowest
    point, stay at their height. Give factor, factors, or any of width, depth and height.

    names: of the objects
    factor: of all sides
    factors: of the sides along X, Y and Z
    width: along X, in the scene's unit; sides that are not given stay
    depth: along Y
    height: along Z
    """
    sizes = (width, depth, height)
    if sum((factor is not None, factors is not None, sizes != (None, None, None))) != 1:
        raise CommandError("Give factor, factors, or any of width, depth and height", code="invalid_params")
    objects = find_objects(names)
    resized = topmost(objects)
    refuse_unmovable(resized, scaled=True)
    shapes = Shapes()
    boxes = {each: shapes.box(each) for each in resized}
    scales = {}
    for each in resized:
        by = (factor, factor, factor) if factor else _factors(each, shapes, factors, sizes)
        scales[each] = tuple(a * b for a, b in zip(each.scale, by, strict=True))
    for each, scale in scales.items():
        each.scale = scale
    sized = Shapes()
    feet = {each: Point(z=boxes[each].low.z - sized.box(each).low.z) for each in resized}
    notes = displace(feet)
    after = Shapes()
    notes += change_notes({each: {"scale": scales[each]} for each in resized})
    for each in resized:
        asked = _asked(boxes[each].size, factor, factors, sizes)
        notes += _size_notes(each, boxes[each].size, after.box(each).size, asked)
    notes += after.notes + going_along_notes(objects, resized)
    return told(objects, notes, lambda obj: {**standing(obj), "size": rounded(after.box(obj).size)})


def _asked(
    size: Point,
    factor: float | None,
    factors: list[float] | None,
    sizes: tuple[float | None, ...],
) -> tuple[float | None, ...]:
    """The size that is wanted along each axis of the world; None: as it is."""
    if factor is not None:
        factors = [factor] * 3
    if factors is None:
        return sizes
    return tuple(a * by if by != 1 else None for a, by in zip(size, factors, strict=True))


def _factors(
    obj: Any, shapes: Shapes, factors: list[float] | None, sizes: tuple[float | None, ...]
) -> list[float]:
    """Of the object's own three axes. CommandError where no factors give it the size."""
    from ...blender.numeric import numpy

    matrix = world_matrix(obj)
    linear = matrix.to_3x3()
    if abs(linear.determinant()) <= 1e-30:
        raise CommandError(
            f"'{told_name(obj)}' is scaled to nothing: give it another scale first (modify_object)"
        )
    inverse = numpy.array(matrix.inverted(), dtype=numpy.float64)
    world = numpy.concatenate([each.vertices for each in shapes.of(obj)])
    points = world @ inverse[:3, :3].T + inverse[:3, 3]
    columns = numpy.array(linear, dtype=numpy.float64)
    own = _own_axes(linear)
    size = world.max(axis=0) - world.min(axis=0)
    asked = _asked(Point.of(size), None, factors, sizes)
    by = numpy.ones(3)
    wanted: dict[int, float] = {}
    for axis, target in enumerate(asked):
        if target is None:
            continue
        if size[axis] > FLAT * max(*size, 1e-30):
            wanted[axis] = target
        elif factors is not None:
            by[own[axis]] = factors[axis]
        else:
            raise CommandError(
                f"'{told_name(obj)}' has no {SIDES[axis]} that could be scaled: it is flat along {AXES[axis]}"
                if max(size) > 0
                else f"'{told_name(obj)}' has no size of its own: give factor"
            )
    return _solved(obj, points, columns, own, by, wanted) if wanted else list(by)


def _solved(
    obj: Any, points: Any, columns: Any, own: tuple[int, ...], by: Any, wanted: dict[int, float]
) -> list[float]:
    """Factors with which the points have these sizes. The farthest points are others for other factors, so
    they are looked for again until nothing changes: at once where the axes lie along the world's."""
    from ...blender.numeric import numpy

    axes = list(wanted)
    free = [own[axis] for axis in axes]
    fixed = [each for each in range(3) if each not in free]
    for _ in range(STEPS):
        placed = (points * by) @ columns.T
        low, high = placed.argmin(axis=0), placed.argmax(axis=0)
        reach = numpy.array([(points[high[axis]] - points[low[axis]]) * columns[axis] for axis in axes])
        goal = numpy.array([wanted[axis] for axis in axes])
        if (abs(reach @ by - goal) <= CLOSE * goal / 10).all():
            return [float(each) for each in by]
        try:
            by[free] = numpy.linalg.solve(reach[:, free], goal - reach[:, fixed] @ by[fixed])
        except numpy.linalg.LinAlgError:
            break
        if (by <= 0).any() or not numpy.isfinite(by).all():
            break
    asked = ", ".join(f"{SIDES[axis]} {size:.5g}" for axis, size in wanted.items())
    raise CommandError(
        f"'{told_name(obj)}' is turned, and no scale along its own axes gives it {asked}: turn it upright "
        "first, or give factor"
    )


def _own_axes(linear: Matrix) -> tuple[int, int, int]:
    """For each axis of the world that of the object which lies nearest to it, each once."""
    turned = linear.normalized()
    best = max(
        permutations(range(3)),
        key=lambda order: sum(abs(turned[axis][own]) for axis, own in enumerate(order)),
    )
    return best[0], best[1], best[2]


def _size_notes(obj: Any, before: Point, now: Point, asked: tuple[float | None, ...]) -> list[str]:
    """What its sides are, where they are not as asked, or changed though nobody asked."""
    notes = []
    for side, was, is_now, wanted in zip(SIDES, before, now, asked, strict=True):
        goal = was if wanted is None else wanted
        if abs(is_now - goal) <= CLOSE * 10 * max(goal, was):
            continue
        if wanted is None:
            notes.append(f"'{told_name(obj)}' is turned: its {side} changed too, to {is_now:.5g}")
        else:
            notes.append(f"The {side} of '{told_name(obj)}' is {is_now:.5g}, and not {wanted:.5g}")
    if max(now) == 0:
        notes.append(f"'{told_name(obj)}' has no size of its own: its scale changed")
    return notes
