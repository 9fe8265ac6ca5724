"""Commands whose names and parameters are dialect C's (`id`/`command`), where an alias would not do.

In: that dialect's parameters. Out: its results. Main thread only.

Source: the add-on of djeada/blender-mcp-server. Each command here translates and calls ours; the names that
mean just what one of ours means are aliases there.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import bpy

from ..blender.data_access import find_material, find_object, name_notes, numbers, rotation_of, with_notes
from ..blender.libraries import told_name
from ..blender.paging import page
from ..blender.units import unit_if_unusual
from ..blender.visibility import is_visible
from ..commands.files.exporting import export_scene
from ..commands.materials import new_material, set_look, set_material
from ..commands.objects.editing import create_object, modify_object
from ..registry.schema import Color, Constraint, Vector3
from ..registry.table import command
from . import object_tree

PAGE = 1000  # objects of an answer, if their names are short enough
Limit = Annotated[int, Constraint(minimum=1)]
Offset = Annotated[int, Constraint(minimum=0)]


@command(name="scene.get_info", title="Scene settings", reads_only=True)
def scene_get_info() -> dict[str, Any]:
    """Tell the scene's frame range, render engine, resolution and number of objects."""
    scene = bpy.context.scene
    return {
        "name": scene.name,
        "frame_current": scene.frame_current,
        "frame_start": scene.frame_start,
        "frame_end": scene.frame_end,
        "render_engine": scene.render.engine,
        "resolution_x": scene.render.resolution_x,
        "resolution_y": scene.render.resolution_y,
        "object_count": len(scene.objects),
    }


@command(name="scene.list_objects", title="List objects", reads_only=True)
def scene_list_objects(type: str | None = None, limit: Limit = PAGE, offset: Offset = 0) -> dict[str, Any]:
    """List the objects of the scene, or those of one type, a page at a time.

    type: for instance MESH, LIGHT, CAMERA, EMPTY, CURVE; in upper or lower case
    limit: how many at most
    offset: how many to pass over: the `next_offset` of the page before
    """
    objects = [each for each in bpy.context.scene.objects if not type or each.type == type.upper()]
    return {**page("objects", objects, _brief, limit=limit, offset=offset), **unit_if_unusual()}


@command(name="object.get_transform", title="Object transform", reads_only=True)
def object_get_transform(name: str) -> dict[str, Any]:
    """Tell where an object is, how it is rotated, in radians, and scaled.

    name: the object's name
    """
    obj = find_object(name)
    return {
        "name": told_name(obj),
        "location": numbers(obj.location),
        "rotation_euler": rotation_of(obj),
        "scale": numbers(obj.scale),
        **unit_if_unusual(),
    }


@command(name="object.get_hierarchy", title="Object hierarchy", reads_only=True)
def object_get_hierarchy(name: str | None = None, limit: Limit = PAGE, offset: Offset = 0) -> dict[str, Any]:
    """Tell what hangs on an object, level by level, or on each object that hangs on nothing; a page at
    a time.

    name: the object to begin with; without it the whole scene
    limit: how many objects at most, counted from the top down each branch
    offset: how many to pass over: the `next_offset` of the page before; what they hang on comes again
    """
    if name is None:
        return object_tree.page([obj for obj in bpy.context.scene.objects if not obj.parent], limit, offset)
    told = object_tree.page([find_object(name)], limit, offset)
    (root,) = told.pop("roots") or [{}]
    return root if offset == 0 and len(told) == 1 else {**root, **told}


@command(name="object.create_mesh", title="Create mesh")
def object_create_mesh(
    type: Literal["cube", "sphere", "cylinder", "plane", "cone", "torus"] = "cube",
    name: str | None = None,
    location: Vector3 = (0, 0, 0),
    size: Annotated[float, Constraint(exclusiveMinimum=0)] = 2.0,
) -> dict[str, Any]:
    """Add a mesh to the scene.

    type: its shape
    name: its name
    location: in the world, in the scene's unit
    size: edge or diameter
    """
    return create_object(type.upper(), name=name, location=location, size=size)


@command(name="object.translate", title="Move object")
def object_translate(
    name: str, location: Vector3 | None = None, offset: Vector3 | None = None
) -> dict[str, Any]:
    """Move an object to a place or by an offset.

    name: the object's name
    location: its new place in the scene's unit; goes before `offset`
    offset: to move it by
    """
    return modify_object(name, location=location, offset=None if location is not None else offset)


@command(name="object.rotate", title="Rotate object")
def object_rotate(name: str, rotation: Vector3 = (0, 0, 0), degrees: bool = True) -> dict[str, Any]:
    """Set an object's rotation.

    name: the object's name
    rotation: Euler angles
    degrees: whether the angles are degrees, not radians
    """
    angles = [math.radians(angle) for angle in rotation] if degrees else rotation
    notes = modify_object(name, rotation=angles).get("notes", [])
    return with_notes(object_get_transform(name), notes)


@command(name="material.create", title="Create material")
def material_create(name: str = "Material", color: Color | None = None) -> dict[str, Any]:
    """Make a new material.

    name: its name; Blender adds a number where the name is taken
    color: base color: red, green, blue and perhaps alpha, 0 to 1
    """
    material = new_material(name)
    set_look(material, color=color)
    return with_notes({"name": material.name, "use_nodes": True}, name_notes(name, material.name))


@command(name="material.assign", title="Assign material")
def material_assign(object: str, material: str) -> dict[str, Any]:
    """Put a material into an object's first slot.

    object: the object's name
    material: the material's name
    """
    return set_material(object_name=object, material_name=material, create_if_missing=False)


@command(name="material.set_color", title="Set material color")
def material_set_color(name: str, color: Color) -> dict[str, Any]:
    """Set a material's base color.

    name: the material's name
    color: red, green, blue and perhaps alpha, 0 to 1
    """
    return set_material(material_name=name, color=color, create_if_missing=False)


@command(name="material.set_texture", title="Set material texture")
def material_set_texture(name: str, filepath: str) -> dict[str, Any]:
    """Put an image on a material as its base color.

    name: the material's name
    filepath: the image file
    """
    find_material(name)
    return {**set_material(material_name=name, texture=filepath), "texture": filepath}


@command(name="export.gltf", title="Export glTF", destructive=True, undo=False)
def export_gltf(filepath: str) -> dict[str, Any]:
    """Write the scene as glTF.

    filepath: the file to write; one that ends in .gltf is text with its data beside it, any other .glb
    """
    kind = "gltf" if filepath.endswith(".gltf") else "glb"
    return _exported(filepath, kind, "glTF")


@command(name="export.obj", title="Export OBJ", destructive=True, undo=False)
def export_obj(filepath: str) -> dict[str, Any]:
    """Write the scene as Wavefront OBJ.

    filepath: the file to write
    """
    return _exported(filepath, "obj", "OBJ")


@command(name="export.fbx", title="Export FBX", destructive=True, undo=False)
def export_fbx(filepath: str) -> dict[str, Any]:
    """Write the scene as FBX.

    filepath: the file to write
    """
    return _exported(filepath, "fbx", "FBX")


def _exported(filepath: str, kind: Any, label: str) -> dict[str, Any]:
    done = export_scene(filepath, format=kind)
    return with_notes({"filepath": done["path"], "format": label}, done.get("notes", []))


def _brief(obj: Any) -> dict[str, Any]:
    return {
        "name": told_name(obj),
        "type": obj.type,
        "location": numbers(obj.location),
        "visible": is_visible(obj),
    }
