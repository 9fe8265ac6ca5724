"""Objects lit and shown from all around: rigs of lights, and turntables.

In: the names of objects, which tell where to aim and how large all has to be. Out: the objects that were
made. Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, radians, sin, sqrt
from typing import Annotated, Any, Literal

import bpy
from mathutils import Vector

from ..blender.animation import curves_of, ensured_curves
from ..blender.data_access import find_objects, numbers, with_notes
from ..blender.evaluation import WITH_MESH, evaluated, hidden_notes
from ..blender.libraries import refuse_linked, takes_objects, told_names
from ..blender.units import unit_if_unusual
from ..errors import CommandError
from ..registry.schema import Color, Constraint
from ..registry.table import command
from ..tracking import scene_tracker

Names = Annotated[list[str], Constraint(minItems=1)]
Positive = Annotated[float, Constraint(exclusiveMinimum=0)]

# Of each light: around Z from the front, up, distance in radii, its share of the power, its size in radii.
_RIGS = {
    "THREE_POINT": (
        ("Key", "AREA", -45, 35, 3.5, 1.0, 1.0),
        ("Fill", "AREA", 50, 15, 3.5, 0.35, 2.0),
        ("Rim", "AREA", 160, 45, 3.5, 0.8, 0.7),
    ),
    "STUDIO": (
        ("Top", "AREA", 0, 89, 3.0, 1.0, 3.0),
        ("Left", "AREA", -75, 20, 3.5, 0.6, 2.5),
        ("Right", "AREA", 75, 20, 3.5, 0.6, 2.5),
        ("Front", "AREA", 0, 30, 4.5, 0.4, 2.5),
    ),
    "SUN": (("Sun", "SUN", -40, 50, 4.0, 1.0, 0.0),),
}
WATTS = 60.0  # of a key light, for each square unit of the distance that it has
SUN_STRENGTH = 3.0


@command(title="Add a light rig")
def add_light_rig(
    object_names: Names,
    rig: Literal["THREE_POINT", "STUDIO", "SUN"] = "THREE_POINT",
    strength: Positive = 1.0,
    color: Color = (1, 1, 1),
    rotation: float = 0.0,
) -> dict[str, Any]:
    """Add lights that are aimed at objects and placed and powered by how large those are. The front is -Y.

    object_names: what to light
    rig: THREE_POINT (key, fill and rim), STUDIO (soft, from all sides), SUN
    strength: factor of all their power
    color: linear RGB
    rotation: of the whole rig around Z, in radians
    """
    objects = find_objects(object_names)
    center, radius, notes = _sphere(objects)
    collection, above = _new_collection("Light Rig")
    lights = []
    for name, kind, around, up, distance, share, size in _RIGS[rig]:
        data = bpy.data.lights.new(name, kind)
        data.color = color[:3]
        data.energy = strength * share * (SUN_STRENGTH if kind == "SUN" else WATTS * (distance * radius) ** 2)
        if kind == "AREA":
            data.shape, data.size = "SQUARE", size * radius
        obj = _add(bpy.data.objects.new(name, data), collection)
        angle, height = radians(around) + rotation, radians(up)
        way = Vector((sin(angle) * cos(height), -cos(angle) * cos(height), sin(height)))
        obj.location = center + way * distance * radius
        obj.rotation_euler = (-way).to_track_quat("-Z", "Y").to_euler()
        lights.append(obj)
    bpy.context.view_layer.update()
    others = [
        each
        for each in bpy.context.scene.objects
        if each.type == "LIGHT" and each not in lights and not each.hide_render
    ]
    if others:
        notes.append(f"Other lights of the scene shine too: {', '.join(told_names(others[:5]))}")
    rows = [
        {
            "name": each.name,
            "type": each.data.type,
            "location": numbers(each.location),
            "energy": each.data.energy,
        }
        for each in lights
    ]
    answer = {"collection": collection.name, "lights": rows, **_aim(center, radius)}
    return with_notes(answer, notes + _unseen(above, lights))


@command(title="Add a turntable")
def add_turntable(
    object_names: Names,
    frames: Annotated[int, Constraint(minimum=2, maximum=100_000)] = 120,
    camera: bool = True,
    elevation: float = radians(20),
    distance: Positive | None = None,
    turns: float = 1.0,
) -> dict[str, Any]:
    """Make a camera go around objects, keyed evenly so that it repeats without a jump, and set the scene's
    frames to it. Nothing is rendered.

    object_names: what to go around
    frames: of the whole way
    camera: make a camera and the scene's active one; otherwise the scene's own goes around
    elevation: of the camera over the middle, in radians
    distance: of the camera from the middle; else so that all is seen
    turns: how often around; negative the other way
    """
    objects = find_objects(object_names)
    scene = bpy.context.scene
    own = scene.camera
    if not camera:
        _check_camera(own)
    center, radius, notes = _sphere(objects)
    collection, above = _new_collection("Turntable")
    pivot = _add(bpy.data.objects.new("Turntable", None), collection)
    pivot.location, pivot.empty_display_size = center, radius
    eye = own
    if camera:
        eye = _add(
            bpy.data.objects.new("Turntable Camera", bpy.data.cameras.new("Turntable Camera")), collection
        )
        scene.camera = eye
    else:
        above_it = f", no longer on '{eye.parent.name}'" if eye.parent else ""
        notes.append(f"'{eye.name}' was moved, and hangs on '{pivot.name}' now{above_it}")
    away = distance if distance is not None else _distance(eye, scene, radius)
    eye.parent = pivot
    eye.matrix_parent_inverse.identity()
    eye.location = (0.0, -away * cos(elevation), away * sin(elevation))
    eye.rotation_mode = "XYZ"
    eye.rotation_euler = (-eye.location).to_track_quat("-Z", "Y").to_euler()
    eye.data.clip_end = max(eye.data.clip_end, away + 4 * radius)
    eye.data.clip_start = min(eye.data.clip_start, max(away - radius, away * 0.01) / 2)
    first = scene.frame_start
    _key_turn(pivot, first, frames, turns)
    last = first + frames - 1
    if (scene.frame_end, scene.frame_start) != (last, first):
        notes.append(f"The scene's last frame is {last} now, before {scene.frame_end}")
    scene.frame_end = last
    notes += _camera_markers(scene, eye)
    bpy.context.view_layer.update()
    answer = {
        "collection": collection.name,
        "pivot": pivot.name,
        "camera": eye.name,
        "frame_start": first,
        "frame_end": last,
        "distance": away,
        "key_count": sum(len(each.keyframe_points) for each in curves_of(pivot.animation_data)),
        **_aim(center, radius),
    }
    return with_notes(answer, notes + _unseen(above, [pivot, eye]))


def _sphere(objects: Sequence[Any]) -> tuple[Any, float, list[str]]:
    """The middle of their bounds and the distance to its corners; of what has no size a radius of 1."""
    points = []
    for obj in objects:
        with evaluated(obj) as depsgraph:
            copy = obj.evaluated_get(depsgraph)
            corners = copy.bound_box if obj.type in WITH_MESH or any(copy.dimensions) else [(0, 0, 0)]
            points += [copy.matrix_world @ Vector(each) for each in corners]
    least, most = (Vector(map(choose, zip(*points, strict=True))) for choose in (min, max))
    notes = [note for obj in objects for note in hidden_notes(obj)]
    radius = (most - least).length / 2
    if radius <= 1e-9:
        notes.append("What was named has no size: 1 is taken for it")
        radius = 1.0
    return (least + most) / 2, radius, notes


def _new_collection(name: str) -> tuple[Any, Any]:
    """A collection in the active one, or where that is another file's in the scene's own."""
    active = bpy.context.collection
    above = active if active and takes_objects(active) else bpy.context.scene.collection
    made = bpy.data.collections.new(name)
    above.children.link(made)
    return made, above


def _add(obj: Any, collection: Any) -> Any:
    collection.objects.link(obj)
    scene_tracker.object_added(obj, [collection])
    return obj


def _aim(center: Any, radius: float) -> dict[str, Any]:
    return {"aimed_at": numbers(center), "radius": radius, **unit_if_unusual()}


def _unseen(above: Any, made: list[Any]) -> list[str]:
    if hidden := hidden_notes(made[0]):
        return [*hidden, f"New objects were put into the active collection '{above.name}'"]
    return []


def _check_camera(camera: Any) -> None:
    if camera is None:
        raise CommandError("The scene has no camera: leave out 'camera', and one is made")
    refuse_linked(camera)
    refuse_linked(camera.data)
    if (camera.animation_data and camera.animation_data.action) or camera.constraints:
        raise CommandError(
            f"'{camera.name}' is animated or has constraints: leave out 'camera' for another one"
        )


def _distance(camera: Any, scene: Any, radius: float) -> float:
    """So far away that a sphere of this radius is seen whole."""
    data, render = camera.data, scene.render
    if data.type == "ORTHO":
        data.ortho_scale = 2.2 * radius
        return 4 * radius
    wide = render.resolution_x * render.pixel_aspect_x
    high = render.resolution_y * render.pixel_aspect_y
    narrow = min(wide, high) / max(wide, high)
    half = data.sensor_width / data.lens / 2 * narrow  # the tangent of half the lesser angle of view
    return 1.1 * radius * sqrt(1 + 1 / half**2)


def _key_turn(pivot: Any, first: int, frames: int, turns: float) -> None:
    """From the first frame to the one after the last, which looks as the first."""
    curve = ensured_curves(pivot).new("rotation_euler", index=2)
    for frame, angle in ((first, 0.0), (first + frames, turns * 2 * pi)):
        curve.keyframe_points.insert(frame, angle).interpolation = "LINEAR"
    curve.update()


def _camera_markers(scene: Any, camera: Any) -> list[str]:
    others = [each.name for each in scene.timeline_markers if each.camera and each.camera != camera]
    return [f"Markers choose other cameras on their frames: {', '.join(others[:5])}"] if others else []
