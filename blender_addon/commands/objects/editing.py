"""Objects made, changed, copied and deleted.

In: names and numbers. Out: what the object then is, as `get_object_info` tells it. Main thread only.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import bpy

from ...blender.data_access import (
    find_material,
    find_object,
    leave_edit_mode,
    name_notes,
    object_info,
    rotation_property,
    set_rotation,
    with_notes,
)
from ...blender.libraries import find, refuse_fixed, refuse_linked, refuse_unkept, told_name
from ...blender.paging import names_told
from ...blender.visibility import show
from ...errors import CommandError
from ...registry.schema import Color, Constraint, Vector3
from ...registry.table import command
from ...tracking import scene_tracker
from ..materials import assign, new_material, set_look
from .copying import active_collection, copy_object
from .deletion import delete
from .outcome import sharing_notes, transform_notes, visibility_notes
from .parenting import set_parent
from .primitives import MESHES, Shape, build, default_name

Type = Literal[
    "CUBE",
    "PLANE",
    "CIRCLE",
    "SPHERE",
    "UV_SPHERE",
    "ICO_SPHERE",
    "CYLINDER",
    "CONE",
    "TORUS",
    "GRID",
    "MONKEY",
    "EMPTY",
    "LIGHT",
    "CAMERA",
    "TEXT",
    "CURVE",
]
Length = Annotated[float, Constraint(exclusiveMinimum=0)]

_WITHOUT_MATERIALS = ("EMPTY", "LIGHT", "CAMERA")
# Parameters that only some types have a use for.
_USED_BY: dict[str, tuple[str, ...]] = {
    "height": ("CYLINDER", "CONE"),
    "thickness": ("TORUS", "CURVE", "TEXT"),
    "segments": ("CIRCLE", "SPHERE", "UV_SPHERE", "CYLINDER", "CONE", "TORUS", "GRID"),
    "rings": ("SPHERE", "UV_SPHERE", "TORUS"),
    "text": ("TEXT",),
    "points": ("CURVE",),
    "cyclic": ("CURVE",),
    "light_type": ("LIGHT",),
    "energy": ("LIGHT",),
    "lens": ("CAMERA",),
}


@command(title="Create object", tool=True, aliases=("object.create",))
def create_object(
    type: Type,
    name: str | None = None,
    location: Vector3 = (0, 0, 0),
    rotation: Vector3 = (0, 0, 0),
    scale: Vector3 = (1, 1, 1),
    size: Length | None = None,
    height: Length | None = None,
    thickness: Length | None = None,
    segments: Annotated[int, Constraint(minimum=3, maximum=1000)] = 32,
    rings: Annotated[int, Constraint(minimum=3, maximum=1000)] = 16,
    shade_smooth: bool = False,
    color: Color | None = None,
    material: str | None = None,
    collection: str | None = None,
    parent: str | None = None,
    text: str = "Text",
    points: Annotated[list[Vector3], Constraint(minItems=2)] | None = None,
    cyclic: bool = False,
    light_type: Literal["POINT", "SUN", "SPOT", "AREA"] = "POINT",
    energy: float | None = None,
    lens: Annotated[float, Constraint(minimum=1, maximum=5000)] = 50.0,
) -> dict[str, Any]:
    """Add a mesh, empty, light, camera, text or curve; other shapes with execute_code. Scene units, radians.

    type: of object
    name: taken ones get .001
    location: of its middle, in the world
    rotation: Euler XYZ
    scale: factors
    size: edge or diameter (meshes 2), height of letters (1)
    height: CYLINDER, CONE
    thickness: tube of TORUS, CURVE; depth of TEXT
    segments: around
    rings: of a sphere, a TORUS's tube
    shade_smooth: round look
    color: linear RGB(A); makes a material
    material: existing one
    collection: else the active
    parent: object
    text: of TEXT
    points: of CURVE
    cyclic: closed CURVE
    light_type: of LIGHT
    energy: LIGHT: watts (1000); SUN: strength (1)
    lens: CAMERA: millimetres
    """
    # All that can fail comes first: an error leaves nothing behind.
    given_material = find_material(material) if material is not None else None
    target = _find_collection(collection)
    given_parent = find_object(parent) if parent is not None else None
    if given_material and type in _WITHOUT_MATERIALS:
        raise CommandError(f"A {type} has no materials")
    unused = _unused(locals())
    shape = Shape(
        type=type,
        name=name or default_name(type),
        size=size,
        height=height,
        thickness=thickness,
        segments=segments,
        rings=rings,
        smooth=shade_smooth,
        text=text,
        points=points,
        cyclic=cyclic,
        light_type=light_type,
        energy=energy,
        lens=lens,
    )
    obj = _add(shape, target)
    obj.location, obj.rotation_euler, obj.scale = location, rotation, scale
    if given_parent:
        bpy.context.view_layer.update()
        set_parent(obj, given_parent, keep_transform=True)
    if given_material:
        assign(obj, given_material, 0)
    elif color is not None:
        _set_color(obj, color)
    # The outlines of text and curves are Blender's to work out; a mesh is as it was built.
    info = object_info(obj, evaluate=bool(given_parent) or type in ("TEXT", "CURVE"))
    notes = name_notes(name, obj.name) + unused + visibility_notes(obj, None)
    if info["scale"] != list(scale) or info["location"] != list(location):
        notes += transform_notes(obj, {"location": location, "scale": scale})
    return with_notes(info, notes)


@command(title="Change object", tool=True, aliases=("object.modify", "object.transform", "object.scale"))
def modify_object(
    name: str,
    location: Vector3 | None = None,
    offset: Vector3 | None = None,
    rotation: Vector3 | None = None,
    scale: Vector3 | None = None,
    dimensions: Vector3 | None = None,
    new_name: str | None = None,
    visible: bool | None = None,
    parent: str | None = None,
    keep_transform: bool = True,
    collection: str | None = None,
    shade_smooth: bool | None = None,
) -> dict[str, Any]:
    """Move, rotate, scale, rename, hide or re-parent an object; what is not given stays. Scene units,
    radians.

    name: of the object
    location: relative to its parent
    offset: to move it by
    rotation: Euler
    scale: factors
    dimensions: size, by scaling
    new_name: taken ones get .001
    visible: in viewport and renders
    parent: object; "" for none
    keep_transform: stay in place under the new parent
    collection: to move it to
    shade_smooth: round look
    """
    obj = find_object(name)
    new_parent = find_object(parent) if parent else None
    if new_parent and (new_parent == obj or new_parent in obj.children_recursive):
        raise CommandError(f"'{parent}' cannot be the parent of '{name}': it is the same object or below it")
    target = _find_collection(collection) if collection is not None else None
    for other in obj.users_collection if target else ():
        refuse_fixed(other)
    changed = {
        "location": location is not None or offset is not None,
        rotation_property(obj): rotation is not None,
        "scale": scale is not None or dimensions is not None,
        "hide_viewport": visible is not None,
        "hide_render": visible is not None,
        "parent": parent is not None,
    }
    properties = [each for each, is_changed in changed.items() if is_changed]
    if properties or new_name is not None or shade_smooth is not None:
        refuse_unkept(obj, *properties)
    notes: list[str] = []
    if shade_smooth is not None:
        notes += _set_smooth(obj, shade_smooth)
    if parent is not None:
        bpy.context.view_layer.update()
        set_parent(obj, new_parent, keep_transform)
    if location is not None:
        obj.location = location
    if offset is not None:
        obj.location = [here + by for here, by in zip(obj.location, offset, strict=True)]
    asked_location = None if location is None and offset is None else list(obj.location)
    if location is not None and offset is None:
        asked_location = list(location)
    if rotation is not None:
        set_rotation(obj, rotation)
    if scale is not None:
        obj.scale = scale
    if dimensions is not None:
        bpy.context.view_layer.update()
        obj.dimensions = dimensions
    if visible is not None:
        show(obj, visible)
    if target:
        _move_to_collection(obj, target)
    if new_name is not None:
        obj.name = new_name
        scene_tracker.object_renamed(name, obj)
        notes += name_notes(new_name, obj.name)
    info = object_info(obj)
    asked = {
        "location": asked_location,
        "rotation_euler": rotation,
        "scale": scale if dimensions is None else None,
        "dimensions": dimensions,
    }
    notes += transform_notes(obj, asked) + visibility_notes(obj, visible)
    if visible and (hidden := info.get("hidden_by")):
        notes.append(f"It is still not visible: {hidden}")
    return with_notes(info, notes)


@command(title="Duplicate object", aliases=("object.duplicate",))
def duplicate_object(
    name: str, new_name: str | None = None, offset: Vector3 = (0, 0, 0), linked: bool = False
) -> dict[str, Any]:
    """Copy an object, beside the original in the same collections.

    name: the object to copy
    new_name: the copy's name; Blender adds a number where the name is taken
    offset: from the original to the copy, in the scene's unit
    linked: share the mesh (or other data) with the original instead of copying it
    """
    original = find_object(name)
    notes = leave_edit_mode(original)
    copy = copy_object(original, linked=linked)
    location = [here + by for here, by in zip(original.location, offset, strict=True)]
    copy.location = location
    if new_name is not None:
        copy.name = new_name
        notes += name_notes(new_name, copy.name)
    scene_tracker.object_added(copy, copy.users_collection)
    info = object_info(copy)
    notes += transform_notes(copy, {"location": location}) + visibility_notes(copy, None)
    return with_notes({"original": told_name(original), **info}, notes)


@command(title="Delete object", destructive=True, tool=True, aliases=("object.delete",))
def delete_object(name: str, children: bool = False) -> dict[str, Any]:
    """Delete an object, and its data if nothing else uses that.

    name: of the object
    children: also all that hangs on it; otherwise that stays in place
    """
    obj = find_object(name)
    doomed = [obj, *obj.children_recursive] if children else [obj]
    names, notes = delete(doomed)
    return with_notes({"deleted": name, **names_told("objects", names)}, notes)


def _unused(given: dict[str, Any]) -> list[str]:
    """A note where parameters were given, and not as they are by default, that mean nothing for the type."""
    kind = given["type"]
    defaults = inspect.signature(create_object).parameters
    unused = [
        name
        for name, types in _USED_BY.items()
        if kind not in types and given[name] != defaults[name].default
    ]
    if given["shade_smooth"] and kind not in MESHES:
        unused.append("shade_smooth")
    if given["color"] is not None and kind in ("EMPTY", "CAMERA"):
        unused.append("color")
    return [f"A {kind} has no use for {', '.join(unused)}"] if unused else []


def _add(shape: Shape, collection: Any) -> Any:
    """A new object of this shape, in the collection."""
    obj = bpy.data.objects.new(shape.name, build(shape))
    if shape.type == "EMPTY" and shape.size is not None:
        obj.empty_display_size = shape.size
    collection.objects.link(obj)
    scene_tracker.object_added(obj, [collection])
    if shape.type == "CAMERA" and bpy.context.scene.camera is None:
        bpy.context.scene.camera = obj  # as Blender's own "Add Camera" does
    return obj


def _set_color(obj: Any, color: Sequence[float]) -> None:
    """Set a light's color; give anything else that has materials a new one."""
    if obj.type == "LIGHT":
        obj.data.color = color[:3]
    elif hasattr(obj.data, "materials"):
        made = new_material(f"{obj.name} Material", generated=True)
        set_look(made, color=color)
        assign(obj, made, 0)


def _find_collection(name: str | None) -> Any:
    """CommandError: there is none, or it is another file's."""
    scene = bpy.context.scene
    if name is None:
        return active_collection()
    if name == scene.collection.name:
        return scene.collection
    found = find(bpy.data.collections, "Collection", name)
    refuse_fixed(found)
    return found


def _move_to_collection(obj: Any, target: Any) -> None:
    for other in obj.users_collection:
        other.objects.unlink(obj)
    target.objects.link(obj)
    scene_tracker.collections_changed()


def _set_smooth(obj: Any, smooth: bool) -> list[str]:
    """Returns notes."""
    if obj.type != "MESH":
        return [f"shade_smooth means nothing for a {obj.type}"]
    refuse_linked(obj.data)
    notes = leave_edit_mode(obj)
    obj.data.polygons.foreach_set("use_smooth", [smooth] * len(obj.data.polygons))
    obj.data.update()
    return notes + sharing_notes(obj.data)
