"""The state of the scene in one reply, for clients that compare it before and after.

In: how many objects at most. Out: plain data about objects, selection, cameras, lights and frames. Main
thread only.
"""

from __future__ import annotations

from typing import Annotated, Any

import bpy

from .lookup import is_visible, numbers, rotation_of, selected_objects, world_bounding_box, world_matrix
from .registry import command
from .schema import Constraint


@command(title="Snapshot of the scene's state", reads_only=True)
def get_world_state_snapshot(limit: Annotated[int, Constraint(minimum=1)] = 200) -> dict[str, Any]:
    """Tell the state of the scene: objects in the order of their names, selection, camera, lights, frames.

    limit: how many objects to list at most
    """
    scene = bpy.context.scene
    bpy.context.view_layer.update()  # a change that is not yet evaluated has neither matrix nor bounds
    objects = sorted(scene.objects, key=lambda each: each.name)
    selected = sorted(each.name for each in selected_objects())
    return {
        "name": scene.name,
        "object_count": len(objects),
        "objects_listed": min(len(objects), limit),
        "objects_truncated": len(objects) > limit,
        "objects": [_object(each) for each in objects[:limit]],
        "selected": selected[:limit],
        "selected_count": len(selected),
        "selected_truncated": len(selected) > limit,
        "frame_current": scene.frame_current,
        "frame_start": scene.frame_start,
        "frame_end": scene.frame_end,
        "fps": scene.render.fps / scene.render.fps_base,
        "active_camera": scene.camera.name if scene.camera else None,
        "camera": _camera(scene.camera),
        "lights": [_light(each) for each in objects if each.type == "LIGHT"][:limit],
        "materials_count": len(bpy.data.materials),
        "blender_version": bpy.app.version_string,
        "snapshot_source": "native",
    }


def _object(obj: Any) -> dict[str, Any]:
    told = {
        **_place(obj),
        "type": obj.type,
        "scale": numbers(obj.scale),
        "visible": is_visible(obj),
        "materials": [slot.material.name for slot in obj.material_slots if slot.material],
        "parent": obj.parent.name if obj.parent else None,
        "world_bounding_box": world_bounding_box(obj, world_matrix(obj)),
    }
    if obj.type == "MESH":
        told["mesh"] = {"vertices": len(obj.data.vertices), "polygons": len(obj.data.polygons)}
    return told


def _camera(camera: Any) -> dict[str, Any] | None:
    if camera is None:
        return None
    told = _place(camera)
    if camera.type == "CAMERA":  # any object may serve as one
        told.update(lens=camera.data.lens, sensor_width=camera.data.sensor_width)
    return told


def _light(light: Any) -> dict[str, Any]:
    return {**_place(light), "light_type": light.data.type, "energy": light.data.energy}


def _place(obj: Any) -> dict[str, Any]:
    return {"name": obj.name, "location": numbers(obj.location), "rotation": rotation_of(obj)}
