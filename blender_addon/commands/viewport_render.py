"""A view of the scene without a window: a quick render that leaves no trace.

In: where to write, in which format, how large. Out: a file, and the matrices of its camera. Main thread only.

Workbench, the engine of the solid viewport, draws in a fraction of a second and needs no light. Where there
is no OpenGL at all, Cycles renders a few samples instead. The scene's own camera looks, or else one made for
the occasion that frames what there is.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import bpy
from mathutils import Vector

from .lookup import is_visible, reason, world_bounding_box, world_matrix
from .registry import CommandError
from .render_engine import can_draw, choose
from .render_settings import Borrowed, write_as

CYCLES_SAMPLES = 8
AMBIENT = (0.15, 0.15, 0.15)  # light from everywhere, where the scene has no lamp
DIRECTION = Vector((0.75, -1.0, 0.6)).normalized()  # from what is framed to the camera made for it
_WITHOUT_SURFACE = {"EMPTY", "LIGHT", "CAMERA", "SPEAKER", "LIGHT_PROBE", "ARMATURE", "LATTICE"}


def render(path: str, file_format: str, max_size: int) -> dict[str, Any]:
    """Write the picture; returns `width`, `height`, `view_matrix`, `window_matrix` and `camera` (None: made
    here)."""
    scene = bpy.context.scene
    settings = scene.render
    longest = max(settings.resolution_x, settings.resolution_y)
    width, height = (
        max(4, round(side * max_size / longest)) for side in (settings.resolution_x, settings.resolution_y)
    )
    with Borrowed() as borrowed, _result_kept(), _camera(borrowed, scene, width / height) as camera:
        write_as(borrowed, scene, file_format)
        borrowed.set(scene.render.image_settings, color_mode="RGB")
        borrowed.set(
            settings, resolution_x=width, resolution_y=height, resolution_percentage=100, use_border=False,
            use_stamp=False, use_compositing=False, use_sequencer=False, film_transparent=False,
            use_multiview=False, filepath=path, use_file_extension=False, use_lock_interface=False,
        )  # fmt: skip
        with _workbench(borrowed, scene) if can_draw() else _cycles(borrowed, scene):
            try:
                done = bpy.ops.render.render(write_still=True)
            except RuntimeError as error:
                raise CommandError(f"Cannot render the view: {reason(error)}") from error
        if done != {"FINISHED"}:
            raise CommandError("Cannot render the view while another render runs")
        depsgraph = bpy.context.evaluated_depsgraph_get()
        return {
            "width": width,
            "height": height,
            "view_matrix": camera.matrix_world.normalized().inverted(),
            "window_matrix": camera.calc_matrix_camera(
                depsgraph, x=width, y=height, scale_x=settings.pixel_aspect_x, scale_y=settings.pixel_aspect_y
            ),
        }


@contextlib.contextmanager
def _result_kept() -> Iterator[None]:
    """Render into the last of Blender's slots, so that the user's own "Render Result" stays."""
    result = bpy.data.images.get("Render Result")
    with Borrowed() as borrowed:
        if result and len(result.render_slots) > 1:
            borrowed.set(result.render_slots, active_index=len(result.render_slots) - 1)
        yield


@contextlib.contextmanager
def _workbench(borrowed: Borrowed, scene: Any) -> Iterator[None]:
    choose(borrowed, scene, "BLENDER_WORKBENCH")
    with contextlib.suppress(TypeError):  # a studio's own colour configuration may lack it
        # As the solid viewport does: colours as they were chosen, without a film's contrast curve.
        borrowed.set(scene.view_settings, view_transform="Standard", look="None", exposure=0.0, gamma=1.0)
    yield


@contextlib.contextmanager
def _cycles(borrowed: Borrowed, scene: Any) -> Iterator[None]:
    try:
        choose(borrowed, scene, "CYCLES")
    except CommandError:
        raise CommandError(
            "No picture can be made here: without a window there is no OpenGL, and Cycles is not enabled"
        ) from None
    borrowed.set(scene.cycles, samples=CYCLES_SAMPLES, use_denoising=False, device="CPU")
    if any(each.type == "LIGHT" and is_visible(each) for each in scene.objects):
        yield
        return
    lamp = bpy.data.lights.new("Tenon light", "SUN")
    world = bpy.data.worlds.new("Tenon light")
    try:
        lamp.energy = 3.0
        world.color = AMBIENT
        for node in world.node_tree.nodes if world.node_tree else ():
            if node.type == "BACKGROUND":
                node.inputs["Color"].default_value = (*AMBIENT, 1.0)
        borrowed.set(scene, world=world)
        with _in_scene(scene, lamp) as light:
            light.rotation_euler = (0.6, 0.3, 0.4)
            yield
    finally:
        borrowed.give_back()
        bpy.data.lights.remove(lamp)
        bpy.data.worlds.remove(world)


@contextlib.contextmanager
def _camera(borrowed: Borrowed, scene: Any, aspect: float) -> Iterator[Any]:
    """The scene's camera, or one that frames everything and is gone afterwards."""
    if scene.camera:
        yield scene.camera
        return
    data = bpy.data.cameras.new("Tenon view")
    try:
        with _in_scene(scene, data) as camera:
            _frame(camera, scene, aspect)
            borrowed.set(scene, camera=camera)
            bpy.context.view_layer.update()
            yield camera
    finally:
        borrowed.give_back()
        bpy.data.cameras.remove(data)


@contextlib.contextmanager
def _in_scene(scene: Any, data: Any) -> Iterator[Any]:
    """An object with this data, for a while."""
    made = bpy.data.objects.new(data.name, data)
    try:
        scene.collection.objects.link(made)
        yield made
    finally:
        bpy.data.objects.remove(made)
        bpy.context.view_layer.update()  # till then the view layer lists a None in its place


def _frame(camera: Any, scene: Any, aspect: float) -> None:
    """Put the camera where it sees the sphere round all that is visible."""
    bpy.context.view_layer.update()
    solid = [each for each in scene.objects if each.type not in _WITHOUT_SURFACE and is_visible(each)]
    corners = [Vector(corner) for each in solid for corner in world_bounding_box(each, world_matrix(each))]
    corners = corners or [Vector((-3, -3, -3)), Vector((3, 3, 3))]
    least, greatest = (
        Vector(choose(each[axis] for each in corners) for axis in range(3)) for choose in (min, max)
    )
    center, radius = (least + greatest) / 2, max((greatest - least).length / 2, 0.01)
    half_angle = math.atan(math.tan(camera.data.angle / 2) * min(aspect, 1 / aspect))
    distance = 1.1 * radius / math.sin(half_angle)
    camera.location = center + DIRECTION * distance
    camera.rotation_euler = DIRECTION.to_track_quat("Z", "Y").to_euler()
    camera.data.clip_start = max((distance - radius) / 2, distance / 10000)
    camera.data.clip_end = distance + radius * 2
