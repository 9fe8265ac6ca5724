"""The scene written in formats of other programs.

In: a path, a format and what to write. Out: the path, its size and the names of what was written. Main thread
only.

Blender's exporters are operators of many ages: each has its own name for "the selection only" and for "apply
modifiers", and some moved between versions. All of that is in `FORMATS`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import bpy

from ..progress import progress
from ..window import first_window
from .lookup import absolute_path, find_objects, leave_edit_mode, make_folder_of, reason, selected_objects
from .registry import CommandError, command


@dataclass(frozen=True)
class Exporter:
    """One operator, and what it calls the two choices that all of them have."""

    operator: str  # "group.name"
    selection: str
    modifiers: str | None
    settings: dict[str, Any] = field(default_factory=dict)


# The first operator that this Blender has is the one.
FORMATS: dict[str, tuple[Exporter, ...]] = {
    "glb": (Exporter("export_scene.gltf", "use_selection", "export_apply", {"export_format": "GLB"}),),
    "gltf": (
        Exporter("export_scene.gltf", "use_selection", "export_apply", {"export_format": "GLTF_SEPARATE"}),
    ),
    "fbx": (
        Exporter(
            "export_scene.fbx",
            "use_selection",
            "use_mesh_modifiers",
            {"path_mode": "COPY", "embed_textures": True},
        ),
    ),
    "obj": (Exporter("wm.obj_export", "export_selected_objects", "apply_modifiers"),),
    "stl": (
        Exporter("wm.stl_export", "export_selected_objects", "apply_modifiers"),
        Exporter("export_mesh.stl", "use_selection", "use_mesh_modifiers"),
    ),
    "ply": (
        Exporter("wm.ply_export", "export_selected_objects", "apply_modifiers"),
        Exporter("export_mesh.ply", "use_selection", "use_mesh_modifiers"),
    ),
    "usd": (Exporter("wm.usd_export", "selected_objects_only", None),),
    "abc": (Exporter("wm.alembic_export", "selected", None, {"as_background_job": False}),),
}


@command(title="Export file", destructive=True, undo=False, tool=True, aliases=("scene.export",))
def export_scene(
    filepath: str,
    format: Literal["glb", "gltf", "fbx", "obj", "stl", "ply", "usd", "abc"] | None = None,
    object_names: list[str] | None = None,
    selection_only: bool = False,
    apply_modifiers: bool = True,
) -> dict[str, Any]:
    """Write the scene, or some of it, for other programs; an older file is replaced.

    filepath: on Blender's machine; the extension tells the format
    format: without an extension; glb unless told
    object_names: only these, with all that hangs on them
    selection_only: only what is selected
    apply_modifiers: without, rigs and shape keys stay whole
    """
    if not filepath:
        raise CommandError("filepath is empty", code="invalid_params")
    chosen = format or _format_of(filepath)
    objects = _chosen(object_names or [], selection_only)
    exporter = _exporter(chosen)
    path = absolute_path(filepath, f".{chosen}")
    make_folder_of(path)
    partly = bool(object_names) or selection_only
    settings = {**exporter.settings, exporter.selection: partly}
    if exporter.modifiers:
        settings[exporter.modifiers] = apply_modifiers
    if active := bpy.context.view_layer.objects.active:
        leave_edit_mode(active)
    progress(message=f"writing {len(objects)} objects as {chosen}")  # an exporter holds the main thread
    with first_window(), _selected(objects) if partly else first_window():
        try:
            _operator(exporter)(filepath=path, **settings)
        except RuntimeError as error:
            raise CommandError(f"Cannot write {chosen}: {reason(error)}") from error
    return {
        "path": path,
        "bytes": os.path.getsize(path),
        "format": chosen,
        "selection_only": partly,
        "exported": [obj.name for obj in objects],
    }


def _format_of(filepath: str) -> str:
    extension = os.path.splitext(filepath)[1].lower().lstrip(".")
    known = "usd" if extension in ("usda", "usdc", "usdz") else extension
    if known and known not in FORMATS:
        raise CommandError(
            f"'.{extension}' tells no format; there are: {', '.join(FORMATS)}", code="invalid_params"
        )
    return known or "glb"


def _chosen(names: list[str], selection_only: bool) -> list[Any]:
    if names:
        roots = find_objects(names)
        found = dict.fromkeys(each for root in roots for each in (root, *root.children_recursive))
        return list(found)
    if selection_only:
        if not selected_objects():
            raise CommandError("Nothing is selected, and no object_names were given")
        return selected_objects()
    return list(bpy.context.scene.objects)


def _exporter(format: str) -> Exporter:
    for exporter in FORMATS[format]:
        try:
            _operator(exporter).get_rna_type()
        except (KeyError, AttributeError):
            continue
        return exporter
    raise CommandError(f"This Blender cannot write {format}: its exporter is missing or disabled")


def _operator(exporter: Exporter) -> Any:
    group, name = exporter.operator.split(".")
    return getattr(getattr(bpy.ops, group), name)


@contextmanager
def _selected(objects: list[Any]) -> Iterator[None]:
    """These and no others selected for the while: the only way to tell an exporter."""
    layer = bpy.context.view_layer
    before, active = selected_objects(), layer.objects.active
    outside = [obj.name for obj in objects if obj.name not in layer.objects]
    if outside:
        raise CommandError(f"Objects are not in the present view layer: {', '.join(outside)}")
    try:
        for obj in before:
            obj.select_set(False)
        for obj in objects:
            obj.select_set(True)
        layer.objects.active = objects[0]
        yield
    finally:
        for obj in objects:
            obj.select_set(False)
        for obj in before:
            obj.select_set(True)
        layer.objects.active = active
