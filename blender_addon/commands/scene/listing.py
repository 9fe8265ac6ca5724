"""What is in the scene: questions that change nothing.

In: names and limits. Out: plain dictionaries, in the shapes that existing clients read. Main thread only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import bpy

from ...blender.data_access import find_object, object_info, rounded
from ...blender.libraries import told_name
from ...blender.paging import fitting
from ...blender.units import unit_if_unusual
from ...registry.schema import Constraint
from ...registry.table import TABLE, command
from ...tracking.search_events import notify_search

# The level of the `type`/`params` dialect that these commands speak, as clients of that dialect count it:
# from 12 on they ask `list_scene_items` and expect it to find materials and collections too.
PROTOCOL_VERSION = 15
VERSION = (0, 1, 0)  # the add-on's; a test holds it to `bl_info`

Limit = Annotated[int, Constraint(minimum=0)]


@command(title="Scene overview", reads_only=True, aliases=("scene.info",))
def get_scene_info(limit: Limit = 10, offset: Limit = 0) -> dict[str, Any]:
    """List the objects of the scene, a page at a time, and count them.

    limit: how many objects to list; fewer come where their names are too long for one answer
    offset: how many objects to pass over first
    """
    scene = bpy.context.scene
    objects = scene.objects
    return {
        "name": scene.name,
        "object_count": len(objects),
        "objects": fitting(_brief(obj) for obj in objects[offset : offset + limit]),
        "materials_count": len(bpy.data.materials),
        **unit_if_unusual(),
    }


@command(title="Object details", reads_only=True, aliases=("object.info", "object.get_info"))
def get_object_info(name: str) -> dict[str, Any]:
    """Tell an object's transform, visibility, materials, bounding box in the world and size of its mesh.

    name: the object's name
    """
    return object_info(find_object(name))


@command(title="Find objects, materials and collections", reads_only=True)
@notify_search("query")
def list_scene_items(query: str = "", limit: Annotated[int, Constraint(minimum=1)] = 30) -> dict[str, Any]:
    """Find objects, materials and collections by a part of their name; names that begin with it come first.

    query: the part of the name, in upper or lower case; empty finds everything
    limit: how many to list at most; fewer come where they are too many for one answer
    """
    part = query.strip().lower()
    found = [item for item in _items() if part in item["name"].lower()]
    found.sort(key=lambda item: not item["name"].lower().startswith(part))
    return {"items": fitting(found[:limit]), "total": len(found)}


@command(title="About this add-on", reads_only=True)
def get_addon_info() -> dict[str, Any]:
    """Tell the add-on's version, what it can do and Blender's version."""
    return {
        "name": "Tenon",
        "addon_version": list(VERSION),
        "protocol_version": PROTOCOL_VERSION,
        "capabilities": sorted(TABLE),
        "blender_version": bpy.app.version_string,
    }


@command(title="Telemetry consent", reads_only=True)
def get_telemetry_consent() -> dict[str, Any]:
    """Answer that nothing may be collected: Tenon has no telemetry."""
    return {"consent": False}


def _brief(obj: Any) -> dict[str, Any]:
    return {"name": told_name(obj), "type": obj.type, "location": rounded(obj.location)}


def _items() -> Iterator[dict[str, str]]:
    for obj in bpy.context.scene.objects:
        yield {
            "kind": "object",
            "name": told_name(obj),
            "detail": f"{obj.type.replace('_', ' ').title()} object",
        }
    for material in bpy.data.materials:
        users = material.users - material.use_fake_user
        detail = f"Material with {users} user{'' if users == 1 else 's'}"
        yield {"kind": "material", "name": told_name(material), "detail": detail}
    for collection in bpy.data.collections:
        count = len(collection.all_objects)
        detail = f"Collection of {count} object{'' if count == 1 else 's'}"
        yield {"kind": "collection", "name": told_name(collection), "detail": detail}
