"""Files of other programs, and other blend files, brought into the scene.

In: a path. Out: the names of the new objects; of a file that cannot be read nothing stays. Main thread only.

Blender's importers, as its exporters (`exporting.py`), differ between versions; the extension selects one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import bpy
from mathutils import Vector

from ...blender.context_override import first_window
from ...blender.data_access import leave_edit_mode, reason, rounded, with_notes
from ...blender.file_paths import absolute_path
from ...blender.leftovers import nothing_left_on_failure
from ...blender.libraries import takes_objects
from ...blender.missing_files import missing_files_notes
from ...blender.units import unit_if_unusual
from ...cancellation import retry_on_cancel
from ...errors import CommandError
from ...imaging.camera_view import bounds
from ...registry.table import command
from ...tracking.progress import progress

# Tried in this order, as far as this Blender has them.
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
MAX_NAMES = 50  # names in the answer


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
    progress(message=f"reading {os.path.basename(path)}")  # an importer blocks the main thread
    before = set(bpy.data.objects)
    with nothing_left_on_failure(), _into_own_collection():
        if extension == "blend":
            _append(path)
        else:
            _run(extension, path)
        imported = [each for each in bpy.context.scene.objects if each not in before]
        if not imported:
            raise CommandError(f"Nothing came of '{path}': is it empty?")
    for each in bpy.context.view_layer.objects:
        each.select_set(each not in before)
    answer = {
        "filepath": path,
        "objects": [each.name for each in imported[:MAX_NAMES]],
        "count": len(imported),
        "size": _size(imported),
        **unit_if_unusual(),
    }
    return with_notes(answer, missing_files_notes())


@contextmanager
def _into_own_collection() -> Iterator[None]:
    """Importers put objects into the active collection; where another file's is active, into the scene's."""
    layer, collection = bpy.context.view_layer, bpy.context.collection
    if takes_objects(collection):
        yield
        return
    layer.active_layer_collection = layer.layer_collection
    try:
        yield
    finally:
        retry_on_cancel(lambda: _make_active(layer, collection))


def _make_active(layer: Any, collection: Any) -> None:
    left = [layer.layer_collection]  # looked up anew: Blender may have made others of them meanwhile
    while left:
        each = left.pop()
        if each.collection == collection:
            layer.active_layer_collection = each
            return
        left += each.children


def _run(extension: str, path: str) -> None:
    if extension == "abc":
        _check_alembic(path)
    settings = {"as_background_job": False} if extension == "abc" else {}
    errors = []
    for operator in _operators(extension):
        try:
            with nothing_left_on_failure(), first_window():
                operator(filepath=path, **settings)
            return
        except RuntimeError as error:  # another importer may know what this one does not
            errors.append(reason(error))
    if errors:
        raise CommandError(f"Cannot read '{path}': {errors[0]}")
    raise CommandError(f"This Blender cannot read .{extension}: its importer is missing or disabled")


def _operators(extension: str) -> Iterator[Any]:
    """Those that this Blender has."""
    for name in OPERATORS[extension]:
        group, _, verb = name.partition(".")
        operator = getattr(getattr(bpy.ops, group), verb)
        with suppress(KeyError, AttributeError):
            operator.get_rna_type()
            yield operator


def _check_alembic(path: str) -> None:
    """Refuse a file that was cut off: reading one ends Blender's process."""
    with open(path, "rb") as file:
        start = file.read(16)
        if not start.startswith(b"Ogawa"):
            return  # Blender refuses others by itself
        # Whether it was ended, and where its first group begins, the last thing written.
        ended, root = start[5:6] == b"\xff", int.from_bytes(start[8:], "little")
        file.seek(min(root, os.path.getsize(path)))
        count = file.read(8)
        whole = len(count) == 8 and root + 8 + 8 * int.from_bytes(count, "little") <= os.path.getsize(path)
    if not (ended and whole):
        raise CommandError(f"The file is incomplete, its end is missing: {path}")


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
    """Along each axis, of all of them together."""
    bpy.context.view_layer.update()
    corners = [each.matrix_world @ Vector(corner) for each in objects for corner in each.bound_box]
    least, greatest = bounds(corners)
    return rounded(greatest - least)
