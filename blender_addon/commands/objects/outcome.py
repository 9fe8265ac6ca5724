"""What became of a change: where Blender has, or soon will have, something else than was asked for.

In: an object that was just changed and evaluated, and what was asked. Out: notes, short sentences for the
answer. Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...blender.animation import overruled
from ...blender.data_access import numbers, unconstrained_matrix
from ...blender.visibility import is_visible, outside_local_view

TOLERANCE = 1e-4  # of the greatest number; Blender counts with about seven digits
MAX_NAMES = 5


def transform_notes(obj: Any, asked: dict[str, Sequence[float] | None]) -> list[str]:
    """`asked`: location, rotation_euler, scale, dimensions; None for what was not."""
    given = {name: value for name, value in asked.items() if value is not None}
    if not given:
        return []
    notes = [
        f"{name} is {_short(getattr(obj, name))}, not what was asked"
        for name, value in given.items()
        if (name != "rotation_euler") and not _near(getattr(obj, name), value)
    ]
    properties = {{"dimensions": "scale"}.get(name, name) for name in given}
    if "rotation_euler" in properties:
        properties |= {"rotation_quaternion", "rotation_axis_angle"}
    notes += overruled(obj, properties)
    notes += _constraint_notes(obj)
    if obj.rigid_body and obj.rigid_body.type == "ACTIVE" and not obj.rigid_body.kinematic:
        notes.append(f"Physics move '{obj.name}' when the animation plays")
    return notes


def _constraint_notes(obj: Any) -> list[str]:
    active = [each.name for each in obj.constraints if not each.mute and each.influence > 0]
    if not active or not is_visible(obj):  # what is hidden is not evaluated
        return []
    free, real = unconstrained_matrix(obj), obj.matrix_world
    if all(_near(here, there) for here, there in zip(free, real, strict=True)):
        return []
    where = _short(real.translation)
    return [f"Constraints ({', '.join(active[:MAX_NAMES])}) overrule this: in the world it stands at {where}"]


def visibility_notes(obj: Any, visible: bool | None) -> list[str]:
    """Why it is not as `visible` asks; None: nothing was asked, but new objects should be seen."""
    notes = [] if visible is None else overruled(obj, {"hide_viewport", "hide_render"})
    if visible is not False and is_visible(obj) and outside_local_view(obj):
        notes.append("A 3D view shows other objects alone (Local View), and not this one")
    return notes


def sharing_notes(data: Any) -> list[str]:
    others = data.users - data.use_fake_user - 1
    return [f"{others} other users of '{data.name}' change with it"] if others > 0 else []


def _near(here: Sequence[float], there: Sequence[float]) -> bool:
    greatest = max(*map(abs, there), 1e-30)
    return all(abs(a - b) <= TOLERANCE * greatest for a, b in zip(here, there, strict=True))


def _short(vector: Sequence[float]) -> str:
    return ", ".join(f"{each:.5g}" for each in numbers(vector))
