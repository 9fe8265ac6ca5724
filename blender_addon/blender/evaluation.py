"""What Blender makes of an object, its modifiers and constraints included, wherever the object is.

In: an object. Out: how many vertices its result has, a mark that tells one result from another, its place;
and a scene to run operators on it in. Main thread only.

Blender evaluates only what a view layer shows. An object that is hidden, excluded or in another scene is put
into a scene of its own for the while, so that nothing of the user's view, selection or mode changes.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..cancellation import retry_on_cancel
from .context_override import acting_on, first_window
from .temporary_settings import TemporarySettings
from .visibility import hidden_by, is_visible

WITH_MESH = ("MESH", "CURVE", "SURFACE", "FONT", "META")  # Blender can tell their result as a mesh
MAX_INSTANCES = 100_000


@contextmanager
def shown_alone(obj: Any) -> Iterator[tuple[Any, Any]]:
    """A scene made for the while that shows this object only, and its view layer."""
    present = bpy.context.scene
    with TemporarySettings() as settings:
        scene = bpy.data.scenes.new("Shown for a while")
        name = scene.name

        def remove() -> None:
            settings.restore()
            if name in bpy.data.scenes:
                with first_window():  # without one, as after a file load in a timer, Blender 3.4 crashes here
                    bpy.data.scenes.remove(scene)

        try:
            scene.frame_current = present.frame_current
            scene.unit_settings.scale_length = present.unit_settings.scale_length
            settings.set(obj, hide_viewport=False, hide_select=False)
            scene.collection.objects.link(obj)
            layer = scene.view_layers[0]
            layer.update()
            yield scene, layer
        finally:
            retry_on_cancel(remove)


@contextmanager
def evaluated(obj: Any) -> Iterator[Any]:
    """A depsgraph that has evaluated the object."""
    layer = bpy.context.view_layer
    layer.update()
    if is_visible(obj):
        yield bpy.context.evaluated_depsgraph_get()
        return
    with shown_alone(obj) as (_, alone):
        yield alone.depsgraph


@contextmanager
def operating_on(obj: Any) -> Iterator[None]:
    """A context for operators in which this object alone is visible, selected and active."""
    with shown_alone(obj) as (scene, layer):
        layer.objects.active = obj
        obj.select_set(True, view_layer=layer)
        # Else the window's own scene would give the object in Edit Mode, and its mode be left.
        with acting_on(obj, scene, layer, edit_object=None):
            yield


def result_of(obj: Any) -> dict[str, Any]:
    """How large the object's result is; empty for what has no geometry. Its member `mark` is the same only
    for the same result: see `without_mark`."""
    with evaluated(obj) as depsgraph:
        return _result(obj, depsgraph)


def without_mark(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "mark"}


def evaluated_matrix(obj: Any) -> Any:
    """Where it is in the world, constraints included, also of an object that is hidden."""
    with evaluated(obj) as depsgraph:
        return obj.evaluated_get(depsgraph).matrix_world.copy()


def hidden_notes(obj: Any) -> list[str]:
    """A sentence for an object that the user does not see."""
    hidden = hidden_by(obj)
    return [f"'{obj.name}' is not seen: {hidden}"] if hidden else []


def _result(obj: Any, depsgraph: Any) -> dict[str, Any]:
    copy = obj.evaluated_get(depsgraph)
    told: dict[str, Any] = {}
    if obj.type in WITH_MESH:
        mesh = copy.to_mesh()
        if mesh is not None:
            told = {"vertices": len(mesh.vertices), "faces": len(mesh.polygons), "mark": _mark(mesh)}
            copy.to_mesh_clear()
    elif points := getattr(copy.data, "points", None):
        told = {"points": len(points)}
    if any(each.type == "NODES" for each in obj.modifiers):
        told["instances"] = _instances(copy, depsgraph)
    return told


def _instances(copy: Any, depsgraph: Any) -> int:
    count = 0
    for each in depsgraph.object_instances:
        count += bool(each.is_instance and each.parent == copy)
        if count >= MAX_INSTANCES:
            break
    return count


def _mark(mesh: Any) -> str:
    """The places of its vertices, and what its faces are made of, in short."""
    places = array("f", bytes(12 * len(mesh.vertices)))
    mesh.vertices.foreach_get("co", places)
    corners = array("i", bytes(4 * len(mesh.loops)))
    mesh.loops.foreach_get("vertex_index", corners)
    digest = hashlib.blake2b(places.tobytes(), digest_size=16)
    digest.update(corners.tobytes())
    return digest.hexdigest()
