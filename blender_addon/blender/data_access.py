"""Names to Blender's data, and Blender's values to plain ones; what every area of commands shares.

In: names that a client sent, or objects. Out: data blocks (or a CommandError that says what is missing),
lists and numbers. Main thread only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import bpy
from mathutils import Euler, Matrix, Quaternion, Vector

from ..cancellation import retry_on_cancel
from ..errors import CommandError
from .context_override import first_window
from .libraries import find, lookup, origin, told_name, told_names
from .paging import names_told
from .temporary_settings import TemporarySettings
from .units import unit_if_unusual
from .visibility import hidden_by, in_view_layer, is_visible

# These have no extent of their own; `bound_box` means nothing there.
_WITHOUT_BOUNDS = {"EMPTY", "LIGHT", "CAMERA", "SPEAKER", "LIGHT_PROBE"}


def find_object(name: str) -> Any:
    return find(bpy.data.objects, "Object", name)


def find_objects(names: Iterable[str]) -> list[Any]:
    """All of them, or an error that names every one that is missing."""
    found = {name: lookup(bpy.data.objects, name) for name in names}
    if missing := [name for name, obj in found.items() if obj is None]:
        raise CommandError(f"Objects not found: {', '.join(missing)}")
    return list(dict.fromkeys(found.values()))


def find_material(name: str) -> Any:
    return find(bpy.data.materials, "Material", name)


def reason(error: Exception) -> str:
    """What an operator's RuntimeError says, in one line; of a traceback its last line."""
    lines = [line.strip().removeprefix("Error: ") for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Location: ")] or ["no reason given"]
    return lines[-1] if any("Traceback" in line for line in lines) else " ".join(lines)


def numbers(vector: Iterable[float]) -> list[float]:
    return [float(each) for each in vector]


def rounded(vector: Iterable[float]) -> list[float]:
    """To the seven digits that Blender counts with, so that tiny objects are not at zero."""
    return [float(f"{each:.7g}") for each in vector]


def rotation_of(obj: Any) -> list[float]:
    """Euler angles in radians, whatever way of rotating the object uses."""
    if obj.rotation_mode == "QUATERNION":
        return numbers(obj.rotation_quaternion.to_euler())
    if obj.rotation_mode == "AXIS_ANGLE":
        angle, *axis = obj.rotation_axis_angle
        return numbers(Quaternion(axis, angle).to_euler())
    return numbers(obj.rotation_euler)


def rotation_property(obj: Any) -> str:
    """The property that holds its rotation."""
    own = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return own.get(obj.rotation_mode, "rotation_euler")


def set_rotation(obj: Any, rotation: Sequence[float]) -> None:
    """Rotate by Euler angles in radians, keeping the object's way of rotating."""
    if obj.rotation_mode == "QUATERNION":
        obj.rotation_quaternion = Euler(rotation).to_quaternion()
    elif obj.rotation_mode == "AXIS_ANGLE":
        axis, angle = Euler(rotation).to_quaternion().to_axis_angle()
        obj.rotation_axis_angle = (angle, *axis)
    else:
        obj.rotation_euler = rotation


def object_info(obj: Any, *, evaluate: bool = True) -> dict[str, Any]:
    """What `get_object_info` answers.

    evaluate: let Blender evaluate the scene first, without which a change has neither matrix nor bounds. It
        takes time with the size of the scene, and is not needed for a plain new object without a parent. For
        an object that is not visible it is done all the same: a new scene shows nothing until evaluated.
    """
    update_from_edit_mode(obj)
    if evaluate := evaluate or not is_visible(obj):
        bpy.context.view_layer.update()
    hidden = hidden_by(obj)
    info = {
        "name": told_name(obj),
        "type": obj.type,
        "location": numbers(obj.location),
        "rotation": rotation_of(obj),
        "scale": numbers(obj.scale),
        "visible": hidden is None,
        **names_told("materials", told_names(materials_of(obj))),
        "world_bounding_box": world_bounding_box(obj, world_matrix(obj) if evaluate else obj.matrix_basis),
        **unit_if_unusual(),
        **origin(obj),
    }
    if hidden:
        info["hidden_by"] = hidden
    if obj.mode != "OBJECT":
        info["mode"] = obj.mode
    if obj.type == "MESH":
        mesh = obj.data
        info["mesh"] = {
            "vertices": len(mesh.vertices),
            "edges": len(mesh.edges),
            "polygons": len(mesh.polygons),
        }
    return info


def materials_of(obj: Any) -> list[Any]:
    return [slot.material for slot in obj.material_slots if slot.material]


def world_bounding_box(obj: Any, matrix: Any) -> list[list[float]]:
    """The least and the greatest corner, modifiers included; for a lamp or an empty its position, twice."""
    corners = [(0.0, 0.0, 0.0)] if obj.type in _WITHOUT_BOUNDS else obj.bound_box
    points = [matrix @ Vector(corner) for corner in corners]
    return [[float(choose(point[axis] for point in points)) for axis in range(3)] for choose in (min, max)]


def world_matrix(obj: Any) -> Any:
    """Where the object is in the world; after `view_layer.update()` also of one that was just changed.

    Blender does not evaluate what is hidden, so its `matrix_world` is out of date; here it is computed from
    the parents, without constraints.
    """
    return obj.matrix_world.copy() if is_visible(obj) else unconstrained_matrix(obj)


def unconstrained_matrix(obj: Any) -> Any:
    """Where the object would be in the world if it had no constraints."""
    return matrix_above(obj) @ obj.matrix_basis


def matrix_above(obj: Any) -> Any:
    """What the object's own location, rotation and scale are counted from, in the world; after
    `view_layer.update()`."""
    if not obj.parent:
        return Matrix.Identity(4)
    if obj.parent_type not in ("OBJECT", "BONE") and not obj.constraints and is_visible(obj):
        # Points of a mesh, a lattice, a path: only Blender knows where those are.
        return obj.matrix_world @ obj.matrix_basis.inverted_safe()
    return _parent_matrix(obj) @ obj.matrix_parent_inverse


def _parent_matrix(obj: Any) -> Any:
    """What the object hangs on: its parent, or a bone of it, at the tail as Blender has it."""
    parent = world_matrix(obj.parent)
    bone = obj.parent_type == "BONE" and obj.parent.pose and obj.parent.pose.bones.get(obj.parent_bone)
    if not bone:
        return parent
    if bone.bone.use_relative_parent:
        return parent @ bone.matrix_channel
    return parent @ bone.matrix @ Matrix.Translation((0.0, bone.length, 0.0))


def renamed(block: Any, name: str | None) -> list[str]:
    """Give it this name, unless None. Returns notes: Blender cuts long names, and numbers taken ones."""
    if name is None:
        return []
    block.name = name
    return name_notes(name, block.name)


def with_notes(answer: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """The answer, with `notes` if there are any: what is not as was asked, in short sentences."""
    return {**answer, "notes": list(dict.fromkeys(notes))} if notes else answer


def name_notes(asked: str | None, actual: str) -> list[str]:
    """Blender cuts names that are too long, and numbers those that are taken."""
    if asked is None or asked == actual:
        return []
    if asked.startswith(actual) and asked:
        return [f"The name was too long: it is '{actual}'"]
    return [f"The name '{asked}' was not free: it is '{actual}'"]


def selected_objects() -> list[Any]:
    return list(bpy.context.view_layer.objects.selected)


def update_from_edit_mode(obj: Any) -> None:
    """Write what Edit Mode holds back to the object's data, as Blender does before it saves."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()


def leave_edit_mode(obj: Any) -> list[str]:
    """Put the object into object mode: what an edit mode holds back is written to its data.

    Returns notes for the answer: the user sees that the mode was left. The active object stays.
    """
    mode = obj.mode
    if mode == "OBJECT":
        return []
    layer = bpy.context.view_layer
    active = layer.objects.active
    if not in_view_layer(obj):
        raise CommandError(
            f"'{obj.name}' is in {mode} mode in another scene or view layer: leave it there first"
        )
    try:
        with first_window():
            layer.objects.active = obj
            bpy.ops.object.mode_set(mode="OBJECT")
            layer.objects.active = active
    except RuntimeError as error:
        raise CommandError(f"Cannot leave {mode} mode of '{obj.name}': {reason(error)}") from error
    return [f"'{obj.name}' was in {mode} mode, which was left"]


@contextmanager
def object_mode(obj: Any) -> Iterator[list[str]]:
    """Put the object, if there is one, into object mode, and those that left with it back at the end.

    Yields notes for the answer, complete afterwards: one, where Blender does not let them back.
    """
    mode = obj.mode if obj else "OBJECT"
    notes: list[str] = []
    if mode == "OBJECT":
        yield notes
        return
    layer = bpy.context.view_layer
    together = [each for each in layer.objects if each.mode == mode]
    selected, active = list(layer.objects.selected), layer.objects.active

    def enter() -> None:  # it takes all that is selected along
        for each in {*together, *selected}:
            each.select_set(each in together)
        layer.objects.active = obj
        try:
            with first_window():
                bpy.ops.object.mode_set(mode=mode)
        except RuntimeError:  # hidden meanwhile, as a whole
            notes[:] = left
        for each in {*together, *selected}:
            each.select_set(each in selected)
        layer.objects.active = active

    with TemporarySettings():
        left = leave_edit_mode(obj)
        try:
            yield notes
        finally:
            retry_on_cancel(enter)
