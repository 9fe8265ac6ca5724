"""Names to Blender's data, and Blender's values to plain ones; what every area of commands shares.

In: names that a client sent, or objects. Out: data blocks (or a CommandError that says what is missing),
lists and numbers. Main thread only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import bpy
from mathutils import Euler, Matrix, Quaternion, Vector

from ..window import first_window
from .registry import CommandError

# These have no extent of their own; `bound_box` means nothing there.
_WITHOUT_BOUNDS = {"EMPTY", "LIGHT", "CAMERA", "SPEAKER", "LIGHT_PROBE"}


def find_object(name: str) -> Any:
    found = bpy.data.objects.get(name)
    if found is None:
        raise CommandError(f"Object not found: {name}")
    return found


def find_objects(names: Iterable[str]) -> list[Any]:
    """All of them, or an error that names every one that is missing."""
    names = list(dict.fromkeys(names))
    missing = [name for name in names if name not in bpy.data.objects]
    if missing:
        raise CommandError(f"Objects not found: {', '.join(missing)}")
    return [bpy.data.objects[name] for name in names]


def find_material(name: str) -> Any:
    found = bpy.data.materials.get(name)
    if found is None:
        raise CommandError(f"Material not found: {name}")
    return found


def absolute_path(filepath: str, extension: str = "") -> str:
    """The path with `//` and `~` resolved and the extension added where there is none."""
    path = os.path.abspath(bpy.path.abspath(os.path.expanduser(filepath)))
    return path if not extension or os.path.splitext(path)[1] else path + extension


def make_folder_of(path: str) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        raise CommandError(f"Cannot make the folder of '{path}': {error.strerror}") from error


def reason(error: Exception) -> str:
    """What an operator's RuntimeError says, in one line; of a traceback its last line."""
    lines = [line.strip() for line in str(error).removeprefix("Error: ").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Location: ")] or ["no reason given"]
    return lines[-1] if any("Traceback" in line for line in lines) else " ".join(lines)


def numbers(vector: Iterable[float]) -> list[float]:
    return [float(each) for each in vector]


def rotation_of(obj: Any) -> list[float]:
    """Euler angles in radians, whatever way of rotating the object uses."""
    if obj.rotation_mode == "QUATERNION":
        return numbers(obj.rotation_quaternion.to_euler())
    if obj.rotation_mode == "AXIS_ANGLE":
        angle, *axis = obj.rotation_axis_angle
        return numbers(Quaternion(axis, angle).to_euler())
    return numbers(obj.rotation_euler)


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
        takes time with the size of the scene, so who has just made a plain object without a parent leaves it.
        What is not seen is evaluated all the same: in a new scene nothing is, before Blender has looked once.
    """
    if evaluate := evaluate or not is_visible(obj):
        bpy.context.view_layer.update()
    info = {
        "name": obj.name,
        "type": obj.type,
        "location": numbers(obj.location),
        "rotation": rotation_of(obj),
        "scale": numbers(obj.scale),
        "visible": is_visible(obj),
        "materials": [slot.material.name for slot in obj.material_slots if slot.material],
        "world_bounding_box": world_bounding_box(obj, world_matrix(obj) if evaluate else obj.matrix_basis),
    }
    if obj.type == "MESH":
        mesh = obj.data
        info["mesh"] = {
            "vertices": len(mesh.vertices),
            "edges": len(mesh.edges),
            "polygons": len(mesh.polygons),
        }
    return info


def is_visible(obj: Any) -> bool:
    """Whether the present view layer shows the object; False for one that is not in it."""
    # In this order: the question whether it is seen makes Blender look at what was linked just now.
    return bool(obj.visible_get()) and obj.name in bpy.context.view_layer.objects


def world_bounding_box(obj: Any, matrix: Any) -> list[list[float]]:
    """The least and the greatest corner, modifiers included; for a lamp or an empty its position, twice."""
    corners = [(0.0, 0.0, 0.0)] if obj.type in _WITHOUT_BOUNDS else obj.bound_box
    points = [matrix @ Vector(corner) for corner in corners]
    return [[float(choose(point[axis] for point in points)) for axis in range(3)] for choose in (min, max)]


def world_matrix(obj: Any) -> Any:
    """Where the object is in the world; after `view_layer.update()` also of one that was just changed.

    Blender does not evaluate what is hidden: its `matrix_world` is a former one, so it is put together here,
    without constraints.
    """
    if is_visible(obj):
        return obj.matrix_world.copy()
    above = world_matrix(obj.parent) @ obj.matrix_parent_inverse if obj.parent else Matrix.Identity(4)
    return above @ obj.matrix_basis


def selected_objects() -> list[Any]:
    return list(bpy.context.view_layer.objects.selected)


def leave_edit_mode(obj: Any) -> None:
    """Put the object into object mode: what an edit mode holds back is written to its data."""
    if obj.mode == "OBJECT":
        return
    with first_window():
        bpy.context.view_layer.objects.active = obj
        bpy.ops.object.mode_set(mode="OBJECT")
