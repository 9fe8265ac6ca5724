"""The state of the scene in one reply, for clients that compare it before and after.

In: how many objects at most. Out: plain data about objects, selection, cameras, lights and frames. Main
thread only.
"""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import bpy

from ...blender.data_access import (
    materials_of,
    numbers,
    rotation_of,
    selected_objects,
    update_from_edit_mode,
    world_bounding_box,
    world_matrix,
)
from ...blender.libraries import told_name, told_names
from ...blender.paging import fitting
from ...blender.units import unit_if_unusual
from ...blender.visibility import is_visible
from ...registry.schema import Constraint
from ...registry.table import command

# Characters of the answer that go to the objects; and to the selection, and to the lights.
MAX_OBJECTS, MAX_OTHERS = 38_000, 8_000


@command(title="Snapshot of the scene's state", reads_only=True)
def get_world_state_snapshot(limit: Annotated[int, Constraint(minimum=1)] = 200) -> dict[str, Any]:
    """Tell the state of the scene: objects in the order of their names, selection, camera, lights, frames.

    limit: how many objects to list at most; fewer come where they are too many for one answer
    """
    scene = bpy.context.scene
    bpy.context.view_layer.update()  # a change that is not yet evaluated has neither matrix nor bounds
    objects = sorted(scene.objects, key=lambda each: each.name)
    selected = sorted(told_names(selected_objects()))
    listed = fitting((_object(each) for each in objects[:limit]), MAX_OBJECTS)
    shown = fitting(selected[:limit], MAX_OTHERS)
    lights = (_light(each) for each in objects if each.type == "LIGHT")
    return {
        "name": scene.name,
        "object_count": len(objects),
        "objects_listed": len(listed),
        "objects_truncated": len(objects) > len(listed),
        "objects": listed,
        "selected": shown,
        "selected_count": len(selected),
        "selected_truncated": len(selected) > len(shown),
        "frame_current": scene.frame_current,
        "frame_start": scene.frame_start,
        "frame_end": scene.frame_end,
        "fps": scene.render.fps / scene.render.fps_base,
        "active_camera": told_name(scene.camera) if scene.camera else None,
        "camera": _camera(scene.camera),
        "lights": fitting(islice(lights, limit), MAX_OTHERS),
        "materials_count": len(bpy.data.materials),
        "blender_version": bpy.app.version_string,
        "snapshot_source": "native",
        **unit_if_unusual(),
    }


def _object(obj: Any) -> dict[str, Any]:
    facts = {
        **_place(obj),
        "type": obj.type,
        "scale": numbers(obj.scale),
        "visible": is_visible(obj),
        "materials": told_names(materials_of(obj)),
        "parent": told_name(obj.parent) if obj.parent else None,
        "world_bounding_box": world_bounding_box(obj, world_matrix(obj)),
    }
    update_from_edit_mode(obj)
    if obj.type == "MESH":
        facts["mesh"] = {"vertices": len(obj.data.vertices), "polygons": len(obj.data.polygons)}
    return facts


def _camera(camera: Any) -> dict[str, Any] | None:
    if camera is None:
        return None
    facts = _place(camera)
    if camera.type == "CAMERA":  # any object may serve as one
        facts.update(lens=camera.data.lens, sensor_width=camera.data.sensor_width)
    return facts


def _light(light: Any) -> dict[str, Any]:
    return {**_place(light), "light_type": light.data.type, "energy": light.data.energy}


def _place(obj: Any) -> dict[str, Any]:
    return {"name": told_name(obj), "location": numbers(obj.location), "rotation": rotation_of(obj)}
