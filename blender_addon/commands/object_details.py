"""One object in full: where it is, what it is made of, what hangs on it, what moves it.

In: its name. Out: members for what it has; none for what is empty. Main thread only.
"""

from __future__ import annotations

from typing import Any

from .lookup import find_object, numbers, object_info
from .registry import command

MOST = 20  # children, modifiers, custom properties ...


@command(title="Inspect object", reads_only=True, tool=True)
def get_object(name: str) -> dict[str, Any]:
    """Read all about one object: transform (metres, radians), bounding box, materials, modifiers, parent,
    children, mesh, light or camera, animation.

    name: of the object
    """
    obj = find_object(name)
    return {**object_info(obj), **_details(obj)}


def _details(obj: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "parent": obj.parent and obj.parent.name,
        "children": [each.name for each in obj.children[:MOST]],
        "collections": [each.name for each in obj.users_collection],
        "dimensions": numbers(obj.dimensions) if any(obj.dimensions) else None,
        "modifiers": [{"name": each.name, "type": each.type} for each in obj.modifiers[:MOST]],
        "constraints": [{"name": each.name, "type": each.type} for each in obj.constraints[:MOST]],
        "custom_properties": {
            name: value
            for name, value in list(obj.items())[:MOST]
            if isinstance(value, (bool, int, float, str)) and not name.startswith("_")
        },
        "animation": _animation(obj),
    }
    if len(obj.children) > MOST:
        told["children_count"] = len(obj.children)
    if kind := _KINDS.get(obj.type):
        told[obj.type.lower()] = kind(obj.data)
    if keys := getattr(getattr(obj.data, "shape_keys", None), "key_blocks", None):
        told["shape_keys"] = [key.name for key in keys[:MOST]]
    return {name: value for name, value in told.items() if value}


def _animation(obj: Any) -> dict[str, Any] | None:
    action = obj.animation_data and obj.animation_data.action
    return {"action": action.name, "frames": numbers(action.frame_range)} if action else None


def _light(data: Any) -> dict[str, Any]:
    return {"type": data.type, "energy": data.energy, "color": numbers(data.color)}


def _camera(data: Any) -> dict[str, Any]:
    if data.type == "ORTHO":
        return {"type": data.type, "scale": data.ortho_scale}
    return {"type": data.type, "lens": data.lens, "sensor_width": data.sensor_width}


def _text(data: Any) -> dict[str, Any]:
    return {"text": data.body[:1000], "size": data.size}


_KINDS = {"LIGHT": _light, "CAMERA": _camera, "FONT": _text}
