"""The scene written in formats of other programs.

In: a path, a format and what to write. Out: the path, its size and the names of what was written. Main thread
only.

Blender's exporters were written at different times: each has its own name for "the selection only" and
for "apply modifiers", and some moved between versions. All of that is in `FORMATS`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import bpy

from ...blender.context_override import first_window
from ...blender.data_access import (
    find_objects,
    object_mode,
    reason,
    selected_objects,
    update_from_edit_mode,
    with_notes,
)
from ...blender.file_paths import absolute_path, output_path, state_on_disk, tells_type, written_size
from ...blender.libraries import told_name, told_names
from ...blender.missing_files import missing_files_notes
from ...blender.paging import names_told
from ...blender.units import length_unit
from ...blender.visibility import is_visible, shown_and_selected
from ...cancellation import retry_on_cancel
from ...errors import CommandError
from ...registry.table import command
from ...tracking.progress import progress


@dataclass(frozen=True)
class Exporter:
    """One operator, and what it calls the two choices that all of them have."""

    operator: str  # "group.name"
    selection: str
    modifiers: str | None
    settings: dict[str, Any] = field(default_factory=dict)
    types: frozenset[str] | None = None  # of objects that it writes; None: all
    without: frozenset[str] = frozenset()  # types that it does not
    keeps_unit: bool = False  # its files tell what their numbers mean where the scene has another unit


SURFACES = frozenset({"MESH", "CURVE", "SURFACE", "META", "FONT"})
GREASE_PENCIL = frozenset({"GPENCIL", "GREASEPENCIL"})


def _gltf(kind: str) -> Exporter:
    settings = {
        "export_format": kind,
        "export_cameras": True,
        "export_lights": True,
        "use_active_scene": True,
    }
    return Exporter("export_scene.gltf", "use_selection", "export_apply", settings)


# The first operator that this Blender has is the one.
FORMATS: dict[str, tuple[Exporter, ...]] = {
    "glb": (_gltf("GLB"),),
    "gltf": (_gltf("GLTF_SEPARATE"),),
    "fbx": (
        Exporter(
            "export_scene.fbx",
            "use_selection",
            "use_mesh_modifiers",
            {"path_mode": "COPY", "embed_textures": True},
            SURFACES | {"ARMATURE", "CAMERA", "LIGHT", "EMPTY"},
            keeps_unit=True,
        ),
    ),
    "obj": (Exporter("wm.obj_export", "export_selected_objects", "apply_modifiers", types=SURFACES),),
    "stl": (
        Exporter("wm.stl_export", "export_selected_objects", "apply_modifiers", types=SURFACES),
        Exporter("export_mesh.stl", "use_selection", "use_mesh_modifiers", types=SURFACES),
    ),
    "ply": (
        Exporter("wm.ply_export", "export_selected_objects", "apply_modifiers", types=SURFACES),
        Exporter("export_mesh.ply", "use_selection", "use_mesh_modifiers", types=SURFACES),
    ),
    "usd": (
        Exporter(
            "wm.usd_export",
            "selected_objects_only",
            None,
            without=GREASE_PENCIL | {"LATTICE", "LIGHT_PROBE", "SPEAKER", "SURFACE"},
        ),
    ),
    "abc": (Exporter("wm.alembic_export", "selected", None, {"as_background_job": False}),),
}
MAX_NAMES = 10  # in a note
# Those whose files may end in something else than their name.
ENDINGS = {"usd": (".usd", ".usda", ".usdc", ".usdz")}


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
    chosen = format or _format_of(absolute_path(filepath))
    exporter = _exporter(chosen)
    asked = object_names or []
    active = bpy.context.view_layer.objects.active
    if active:
        update_from_edit_mode(active)
    objects, left_out = _split(exporter, chosen, _chosen(asked, selection_only), find_objects(asked))
    if not objects:
        raise CommandError(
            f"There is nothing to write as {chosen}: {'; '.join(left_out) or 'the scene is empty'}"
        )
    path = output_path(filepath, ENDINGS.get(chosen, (f".{chosen}",)))
    before = state_on_disk(path)
    settings = {**exporter.settings, exporter.selection: True}
    if exporter.modifiers:
        settings[exporter.modifiers] = apply_modifiers
    progress(message=f"writing {len(objects)} objects as {chosen}")  # an exporter blocks the main thread
    with first_window(), object_mode(active) as notes, shown_and_selected(objects), _scene_kept(objects):
        try:
            done = _operator(exporter)(filepath=path, **settings)
        except RuntimeError as error:
            raise CommandError(f"Cannot write {chosen}: {reason(error)}") from error
    if done != {"FINISHED"}:
        raise CommandError(f"Cannot write '{path}' as {chosen}: Blender's exporter gave up")
    answer = {
        "path": path,
        "bytes": written_size(path, before),
        "format": chosen,
        "selection_only": bool(asked) or selection_only,
        **names_told("exported", told_names(objects)),
    }
    return with_notes(answer, notes + left_out + _unit_notes(exporter, chosen) + missing_files_notes())


@contextmanager
def _scene_kept(objects: list[Any]) -> Iterator[None]:
    """What Blender's exporters leave changed: FBX gives an animated object that has no material slot an empty
    one, and glTF stays on the last frame where it cannot write."""
    scene = bpy.context.scene
    frame, subframe = scene.frame_current, scene.frame_subframe
    without = [each for each in objects if hasattr(each.data, "materials") and not each.material_slots]

    def restore() -> None:
        for each in without:
            if each.material_slots:
                each.data.materials.clear()
        if scene.frame_current != frame:
            scene.frame_set(frame, subframe=subframe)

    try:
        yield
    finally:
        retry_on_cancel(restore)


def _format_of(filepath: str) -> str:
    extension = os.path.splitext(filepath)[1].lower()
    known = "usd" if extension in ENDINGS["usd"] else extension.lstrip(".")
    if known in FORMATS:
        return known
    if tells_type(extension):
        raise CommandError(
            f"'{extension}' tells no format; there are: {', '.join(FORMATS)}", code="invalid_params"
        )
    return "glb"  # `chair.v2` is a name without an ending


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


def _split(
    exporter: Exporter, format: str, objects: list[Any], named: list[Any]
) -> tuple[list[Any], list[str]]:
    """Those that will be in the file, and notes on the others: hidden ones that were not named, and what the
    format has no place for."""
    hidden = [each for each in objects if each not in named and not is_visible(each)]
    others = [each for each in objects if each not in hidden]
    unfit = [each for each in others if not _is_written(exporter, format, each)]
    notes = []
    if hidden:
        notes.append(f"Hidden, so not written unless named in object_names: {_some(hidden)}")
    if unfit:
        notes.append(f"{format} has no place for: {_some(unfit)}")
    return [each for each in others if each not in unfit], notes


def _is_written(exporter: Exporter, format: str, obj: Any) -> bool:
    if obj.type in exporter.without or (exporter.types and obj.type not in exporter.types):
        return obj.type == "EMPTY" and obj.instance_type != "NONE"
    if obj.type == "MESH" and not obj.modifiers and format in ("stl", "ply"):  # no place for a name alone
        return bool(len(obj.data.polygons if format == "stl" else obj.data.vertices))
    if obj.type == "POINTCLOUD" and not obj.modifiers:  # without a point it makes the USD exporter crash
        return bool(len(obj.data.points))
    return True


def _some(objects: list[Any]) -> str:
    names = [f"{told_name(each)} ({each.type})" for each in objects[:MAX_NAMES]]
    more = len(objects) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _unit_notes(exporter: Exporter, format: str) -> list[str]:
    unit = length_unit()
    if unit in ("metre", "none") or exporter.keeps_unit:
        return []
    meaning = "counts in metres" if format in ("glb", "gltf", "usd", "abc") else "names no unit"
    return [f"1 in the file is 1 {unit}, as in the scene; {format} {meaning}"]


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
