"""Objects made, changed, copied and deleted.

In: names and numbers. Out: what the object then is, as `get_object_info` tells it. Main thread only.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import bpy
from mathutils import Matrix

from .. import scene_state
from .lookup import find_material, find_object, leave_edit_mode, object_info, set_rotation, world_matrix
from .materials import assign, new_material, set_look
from .primitives import Shape, build
from .registry import Color, CommandError, Vector3, command
from .schema import Constraint

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
    """Add a mesh, empty, light, camera, text or curve; other shapes with execute_code. Metres, radians.

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
    shape = Shape(
        type=type,
        name=name or type.replace("_", " ").title(),
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
    obj = bpy.data.objects.new(shape.name, build(shape))
    if type == "EMPTY" and size is not None:
        obj.empty_display_size = size
    target.objects.link(obj)
    scene_state.came(obj, [target])
    obj.location, obj.rotation_euler, obj.scale = location, rotation, scale
    if given_parent:
        _set_parent(obj, given_parent, keep_transform=True)
    if type == "CAMERA" and bpy.context.scene.camera is None:
        bpy.context.scene.camera = obj  # as Blender's own "Add Camera" does
    if given_material:
        assign(obj, given_material, 0)
    elif color is not None:
        if type == "LIGHT":
            obj.data.color = color[:3]
        elif hasattr(obj.data, "materials"):
            made = new_material(f"{obj.name} Material")
            set_look(made, color=color)
            assign(obj, made, 0)
    # The outlines of text and curves are Blender's to work out; a mesh is as it was built.
    return object_info(obj, evaluate=bool(given_parent) or type in ("TEXT", "CURVE"))


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
    """Move, rotate, scale, rename, hide or re-parent an object; what is not given stays. Metres, radians.

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
    if parent is not None:
        _set_parent(obj, new_parent, keep_transform)
    if location is not None:
        obj.location = location
    if offset is not None:
        obj.location = [here + by for here, by in zip(obj.location, offset, strict=True)]
    if rotation is not None:
        set_rotation(obj, rotation)
    if scale is not None:
        obj.scale = scale
    if dimensions is not None:
        bpy.context.view_layer.update()
        obj.dimensions = dimensions
    if visible is not None:
        obj.hide_viewport = obj.hide_render = not visible
        if obj.name in bpy.context.view_layer.objects:
            obj.hide_set(not visible)
    if target:
        for other in obj.users_collection:
            other.objects.unlink(obj)
        target.objects.link(obj)
        scene_state.moved()
    if shade_smooth is not None and obj.type == "MESH":
        leave_edit_mode(obj)
        obj.data.polygons.foreach_set("use_smooth", [shade_smooth] * len(obj.data.polygons))
        obj.data.update()
    if new_name is not None:
        obj.name = new_name
        scene_state.renamed(name, obj)
    return object_info(obj)


@command(title="Duplicate object", aliases=("object.duplicate",))
def duplicate_object(
    name: str, new_name: str | None = None, offset: Vector3 = (0, 0, 0), linked: bool = False
) -> dict[str, Any]:
    """Copy an object, beside the original in the same collections.

    name: the object to copy
    new_name: the copy's name; Blender adds a number where the name is taken
    offset: metres from the original to the copy
    linked: share the mesh (or other data) with the original instead of copying it
    """
    original = find_object(name)
    leave_edit_mode(original)
    copy = original.copy()
    if original.data and not linked:
        copy.data = original.data.copy()
    collections = original.users_collection or [bpy.context.collection]
    for collection in collections:
        collection.objects.link(copy)
    copy.location = [here + by for here, by in zip(original.location, offset, strict=True)]
    if new_name is not None:
        copy.name = new_name
    scene_state.came(copy, collections)
    return {"original": original.name, **object_info(copy)}


@command(title="Delete object", destructive=True, tool=True, aliases=("object.delete",))
def delete_object(name: str, children: bool = False) -> dict[str, Any]:
    """Delete an object, and its data if nothing else uses that.

    name: of the object
    children: also all that hangs on it; otherwise that stays in place
    """
    obj = find_object(name)
    below = list(obj.children_recursive)
    if not children:
        for child in obj.children:
            _set_parent(child, None, keep_transform=True)
    doomed = [obj, *below] if children else [obj]
    names = [each.name for each in doomed]
    for each in doomed:
        leave_edit_mode(each)
        data = each.data
        left = each.name
        bpy.data.objects.remove(each, do_unlink=True)
        scene_state.went(left)
        if data and data.users == 0:
            bpy.data.batch_remove([data])
    return {"deleted": name, "objects": names}


def _find_collection(name: str | None) -> Any:
    if name is None:
        return bpy.context.collection or bpy.context.scene.collection
    scene = bpy.context.scene
    if name == scene.collection.name:
        return scene.collection
    if name not in bpy.data.collections:
        raise CommandError(f"Collection not found: {name}")
    return bpy.data.collections[name]


def _set_parent(obj: Any, parent: Any, keep_transform: bool) -> None:
    bpy.context.view_layer.update()
    world = world_matrix(obj)
    obj.parent = parent
    keep = keep_transform and parent is not None
    # As Blender's own "Keep Transform": the location that a client gave stays the one it reads.
    obj.matrix_parent_inverse = world_matrix(parent).inverted_safe() if keep else Matrix.Identity(4)
    if keep_transform:
        obj.matrix_basis = world
