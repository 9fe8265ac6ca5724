"""Files of other programs, and other blend files, brought into the scene.

In: a path. Out: the names of what came. Main thread only.

Blender's importers are operators of many ages, as its exporters (`export.py`); the extension tells which.
"""

from __future__ import annotations

import os
from typing import Any

import bpy
from mathutils import Vector

from ..progress import progress
from ..window import first_window
from .eye import bounds
from .lookup import absolute_path, leave_edit_mode, reason
from .registry import CommandError, command

# The first operator that this Blender has is the one.
OPERATORS: dict[str, tuple[str, ...]] = {
    "glb": ("import_scene.gltf",),
    "gltf": ("import_scene.gltf",),
    "fbx": ("import_scene.fbx", "wm.fbx_import"),
    "obj": ("wm.obj_import", "import_scene.obj"),
    "stl": ("wm.stl_import", "import_mesh.stl"),
    "ply": ("wm.ply_import", "import_mesh.ply"),
    "usd": ("wm.usd_import",),
    "usda": ("wm.usd_import",),
    "usdc": ("wm.usd_import",),
    "usdz": ("wm.usd_import",),
    "abc": ("wm.alembic_import",),
    "dae": ("wm.collada_import",),
    "svg": ("import_curve.svg",),
    "bvh": ("import_anim.bvh",),
}
MOST = 50  # names in the answer


@command(title="Import file", tool=True)
def import_file(filepath: str) -> dict[str, Any]:
    """Bring a file into the scene: glb, fbx, obj, stl, ply, usd, abc, dae, svg, bvh, or blend (its objects).
    Check the size that is answered: units differ.

    filepath: on Blender's machine
    """
    path = absolute_path(filepath)
    if not os.path.isfile(path):
        raise CommandError(f"No such file: {path}")
    extension = os.path.splitext(path)[1].lower().lstrip(".")
    if extension != "blend" and extension not in OPERATORS:
        raise CommandError(f"'.{extension}' cannot be imported; known: blend, {', '.join(OPERATORS)}")
    if active := bpy.context.view_layer.objects.active:
        leave_edit_mode(active)
    progress(message=f"reading {os.path.basename(path)}")  # an importer holds the main thread
    before = set(bpy.data.objects)
    if extension == "blend":
        _append(path)
    else:
        _run(extension, path)
    came = [each for each in bpy.context.scene.objects if each not in before]
    if not came:
        raise CommandError(f"Nothing came of '{path}': is it empty?")
    for each in bpy.context.view_layer.objects:
        each.select_set(each not in before)
    return {
        "objects": [each.name for each in came[:MOST]],
        "count": len(came),
        "size": _size(came),
    }


def _run(extension: str, path: str) -> None:
    for name in OPERATORS[extension]:
        group, _, verb = name.partition(".")
        operator = getattr(getattr(bpy.ops, group), verb)
        try:
            operator.get_rna_type()
        except (KeyError, AttributeError):
            continue
        settings = {"as_background_job": False} if extension == "abc" else {}
        try:
            with first_window():
                operator(filepath=path, **settings)
        except RuntimeError as error:
            raise CommandError(f"Cannot read '{path}': {reason(error)}") from error
        return
    raise CommandError(f"This Blender cannot read .{extension}: its importer is missing or disabled")


def _append(path: str) -> None:
    """All objects of the file, with what they need, as the scene's own."""
    try:
        with bpy.data.libraries.load(path, link=False) as (there, here):
            here.objects = there.objects
    except OSError as error:
        raise CommandError(f"Cannot read '{path}': {error}") from error
    for each in here.objects:
        if each:
            bpy.context.collection.objects.link(each)


def _size(objects: list[Any]) -> list[float]:
    """Metres along each axis, of all of them together."""
    bpy.context.view_layer.update()
    corners = [each.matrix_world @ Vector(corner) for each in objects for corner in each.bound_box]
    least, greatest = bounds(corners)
    return [round(each, 4) for each in greatest - least]
