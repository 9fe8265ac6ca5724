"""A view of the scene without a window: a quick render that leaves no trace.

In: a camera view, where to write, in which format, how large, in which shading. Out: a file, and the matrices
it was made with. Main thread only.

Workbench, the engine of the solid viewport, draws in a fraction of a second and needs no light. Everything
else is rendered by Cycles with a few samples: EEVEE takes ten times as long where the processor draws, as it
mostly does without a window. Where there is no OpenGL at all, Cycles is used instead of Workbench too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Literal

import bpy
from mathutils import Quaternion

from ..blender.context_override import first_window
from ..blender.data_access import reason
from ..blender.temporary_settings import TemporarySettings
from ..blender.visibility import is_visible
from ..cancellation import retry_on_cancel
from ..errors import CommandError
from .camera_view import CameraView, FramingTarget, rotation_facing, view_of_camera
from .image_formats import write_as
from .render_engine import can_draw, choose, has_denoiser

Shading = Literal["solid", "material", "rendered"]

BUDGETS = {"solid": 2_000_000, "material": 2_000_000, "rendered": 3_000_000}  # samples of a picture
SAMPLES = 4, 32  # of a pixel at least and at most
TIME_LIMIT = 20.0  # seconds that one picture may take
BRIGHTER = 0.5  # stops: Workbench without a window is a little darker than the solid view
AMBIENT = 0.4  # light from everywhere, where the scene's own is not asked for or not there
SUN = 2.2  # with it, from behind the camera's left side: white stays below white
OVER_THE_SHOULDER = Quaternion((0.0, 1.0, 0.0), -0.5) @ Quaternion((1.0, 0.0, 0.0), -0.6)


def scene_camera_view(scene: Any, aspect: float) -> CameraView:
    """The scene's camera, or a view of all there is."""
    return (
        view_of_camera(scene.camera)
        if scene.camera
        else FramingTarget().view_from(rotation_facing("iso"), True, aspect)
    )


def camera_size(scene: Any, longest: int) -> tuple[int, int]:
    """Width and height of a picture in the shape of the scene's renders."""
    settings = scene.render
    width = settings.resolution_x * settings.pixel_aspect_x
    height = settings.resolution_y * settings.pixel_aspect_y
    scale = longest / max(width, height)
    return max(4, round(width * scale)), max(4, round(height * scale))


def render(path: str, file_format: str, max_size: int) -> dict[str, Any]:
    """Write the picture of the scene's camera; returns `width`, `height`, `view_matrix`, `window_matrix`."""
    scene = bpy.context.scene
    settings = scene.render
    longest = max(settings.resolution_x, settings.resolution_y)
    width, height = (
        max(4, round(side * max_size / longest)) for side in (settings.resolution_x, settings.resolution_y)
    )
    camera_view = scene_camera_view(scene, width / height)
    write(path, file_format, camera_view, width, height, "solid")
    return {
        "width": width,
        "height": height,
        "view_matrix": camera_view.view_matrix,
        "window_matrix": camera_view.window_matrix(scene, width, height),
    }


def write(
    path: str, file_format: str, camera_view: CameraView, width: int, height: int, shading: Shading
) -> None:
    """Write what the camera view shows of the scene as it is now."""
    scene = bpy.context.scene
    with TemporarySettings() as temporary, _result_kept():
        write_as(temporary, scene, file_format)
        temporary.set(scene.render.image_settings, color_mode="RGBA" if file_format == "PNG" else "RGB")
        temporary.set(
            scene.render, resolution_x=width, resolution_y=height, resolution_percentage=100,
            use_border=False, use_stamp=False, use_compositing=False, use_sequencer=False,
            film_transparent=False, use_multiview=False, use_lock_interface=False,
            filepath=path, use_file_extension=False,
        )  # fmt: skip
        with _camera(temporary, scene, camera_view), _engine(temporary, scene, camera_view, shading):
            try:
                with first_window():
                    done = bpy.ops.render.render(write_still=True)
            except RuntimeError as error:
                raise CommandError(f"Cannot render the view: {reason(error)}") from error
            if done != {"FINISHED"}:
                raise CommandError("Cannot render the view while another render runs")


@contextlib.contextmanager
def _result_kept() -> Iterator[None]:
    """Render into the last of Blender's slots, so that the user's own "Render Result" stays.

    Where there is none, the one that Blender makes goes.
    """
    result = bpy.data.images.get("Render Result")

    def remove() -> None:
        if made := bpy.data.images.get("Render Result"):
            bpy.data.images.remove(made)

    with TemporarySettings() as temporary:
        if result and len(result.render_slots) > 1:
            temporary.set(result.render_slots, active_index=len(result.render_slots) - 1)
        try:
            yield
        finally:
            if result is None:
                retry_on_cancel(remove)


@contextlib.contextmanager
def _engine(
    temporary: TemporarySettings, scene: Any, camera_view: CameraView, shading: Shading
) -> Iterator[None]:
    if shading == "solid" and can_draw():
        choose(temporary, scene, "BLENDER_WORKBENCH")
        _plain_colors(temporary, scene, BRIGHTER)
        temporary.set(
            scene.display.shading,
            show_shadows=not camera_view.cuts,
            shadow_intensity=0.4,
            show_cavity=True,
            cavity_type="SCREEN",
        )
        yield
    elif shading == "rendered":
        if scene.render.engine != "BLENDER_WORKBENCH" or not can_draw():
            _cycles(temporary, scene, shading)
        yield
    else:
        _cycles(temporary, scene, shading)
        lights = [each for each in scene.objects if each.type == "LIGHT" and is_visible(each)]
        if shading == "material":
            _plain_colors(temporary, scene)
            temporary.set(scene.render, film_transparent=True)
            for each in lights:
                temporary.set(each, hide_render=True)
        with (
            _own_light(temporary, scene, camera_view)
            if shading == "material" or not lights
            else first_window()
        ):
            yield


def _plain_colors(temporary: TemporarySettings, scene: Any, exposure: float = 0.0) -> None:
    """As the solid viewport shows them: as they were chosen, without a film's contrast curve."""
    with contextlib.suppress(TypeError):  # a studio's own colour configuration may lack it
        temporary.set(
            scene.view_settings, view_transform="Standard", look="None", exposure=exposure, gamma=1.0
        )


def _cycles(temporary: TemporarySettings, scene: Any, shading: Shading) -> None:
    try:
        choose(temporary, scene, "CYCLES")
    except CommandError:
        raise CommandError(
            "No picture can be made here: without a window there is no OpenGL, and Cycles is not enabled"
        ) from None
    pixels = scene.render.resolution_x * scene.render.resolution_y
    samples = min(max(BUDGETS[shading] // pixels, SAMPLES[0]), SAMPLES[1])
    denoise = shading != "solid" and has_denoiser()
    temporary.set(scene.cycles, samples=samples, use_denoising=denoise, device="CPU", time_limit=TIME_LIMIT)


@contextlib.contextmanager
def _own_light(temporary: TemporarySettings, scene: Any, camera_view: CameraView) -> Iterator[None]:
    """A gray sky and a sun behind the camera, in place of the scene's world."""
    lamp = bpy.data.lights.new("Tenon light", "SUN")
    world = bpy.data.worlds.new("Tenon light")
    try:
        lamp.energy, lamp.angle = SUN, 0.1
        if camera_view.cuts:  # it shines in where what stood before is cut away
            lamp.use_shadow = False
            if hasattr(lamp.cycles, "cast_shadow"):  # older ones keep one for Cycles
                lamp.cycles.cast_shadow = False
        world.color = (AMBIENT,) * 3
        for node in world.node_tree.nodes if world.node_tree else ():
            if node.type == "BACKGROUND":
                node.inputs["Color"].default_value = (AMBIENT, AMBIENT, AMBIENT, 1.0)
        temporary.set(scene, world=world)
        with _in_scene(scene, lamp) as light:
            light.rotation_mode = "QUATERNION"
            light.rotation_quaternion = camera_view.matrix.to_quaternion() @ OVER_THE_SHOULDER
            yield
    finally:
        temporary.restore()
        _remove(bpy.data.lights, lamp)
        _remove(bpy.data.worlds, world)


@contextlib.contextmanager
def _camera(temporary: TemporarySettings, scene: Any, camera_view: CameraView) -> Iterator[None]:
    """Render from this view: with a camera of the scene's, or one that is removed afterwards."""
    if camera_view.camera == scene.camera and camera_view.camera:
        yield
        return
    for marker in scene.timeline_markers:
        if marker.camera:  # a camera bound to a marker would win over the scene's
            temporary.set(marker, camera=None)
    if camera_view.camera:
        temporary.set(scene, camera=camera_view.camera)
        yield
        return
    data = bpy.data.cameras.new("Tenon view")
    try:
        with _in_scene(scene, data) as camera:
            camera_view.apply_to(camera)
            temporary.set(scene, camera=camera)
            bpy.context.view_layer.update()
            yield
    finally:
        temporary.restore()
        _remove(bpy.data.cameras, data)


@contextlib.contextmanager
def _in_scene(scene: Any, data: Any) -> Iterator[Any]:
    """An object with this data, for a while."""
    made = bpy.data.objects.new(data.name, data)
    try:
        scene.collection.objects.link(made)
        yield made
    finally:
        _remove(bpy.data.objects, made)
        retry_on_cancel(bpy.context.view_layer.update)  # till then the view layer lists a None in its place


def _remove(collection: Any, block: Any) -> None:
    def remove() -> None:
        with contextlib.suppress(ReferenceError):  # it is removed already
            collection.remove(block)

    retry_on_cancel(remove)
