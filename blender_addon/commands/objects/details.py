"""One object in full: where it is, what it is made of, its children, what moves it.

In: its name. Out: members for what it has; none for what is empty. Main thread only.
"""

from __future__ import annotations

from typing import Any

from ...blender.data_access import find_object, numbers, object_info
from ...blender.libraries import told_name, told_names
from ...registry.table import command

MAX_NAMES = 20  # children, modifiers, custom properties ...
MAX_TEXT = 1000  # characters of a text


@command(title="Inspect object", reads_only=True, tool=True)
def get_object(name: str) -> dict[str, Any]:
    """Read all about one object: transform (scene units, radians), bounding box, materials, modifiers,
    parent, children, mesh, light or camera, animation.

    name: of the object
    """
    obj = find_object(name)
    return {**object_info(obj), **_details(obj)}


def _details(obj: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "parent": obj.parent and told_name(obj.parent),
        "parent_bone": obj.parent_bone if obj.parent_type == "BONE" else None,
        "children": told_names(obj.children[:MAX_NAMES]),
        "collections": told_names(obj.users_collection[:MAX_NAMES]),
        "dimensions": numbers(obj.dimensions) if any(obj.dimensions) else None,
        "modifiers": [{"name": each.name, "type": each.type} for each in obj.modifiers[:MAX_NAMES]],
        "constraints": [{"name": each.name, "type": each.type} for each in obj.constraints[:MAX_NAMES]],
        "custom_properties": {
            name: value[:MAX_TEXT] if isinstance(value, str) else value
            for name, value in list(obj.items())[:MAX_NAMES]
            if isinstance(value, (bool, int, float, str)) and not name.startswith("_")
        },
        "animation": _animation(obj),
    }
    if len(obj.children) > MAX_NAMES:
        facts["children_count"] = len(obj.children)
    if kind := _KINDS.get(obj.type):
        facts[obj.type.lower()] = kind(obj.data)
    if keys := getattr(getattr(obj.data, "shape_keys", None), "key_blocks", None):
        facts["shape_keys"] = [key.name for key in keys[:MAX_NAMES]]
    return {name: value for name, value in facts.items() if value}


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
    return {"text": data.body[:MAX_TEXT], "size": data.size}


_KINDS = {"LIGHT": _light, "CAMERA": _camera, "FONT": _text}
