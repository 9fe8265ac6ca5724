"""A view of the scene without a window: a quick render that leaves no trace.

In: an eye, where to write, in which format, how large, in which shading. Out: a file, and the matrices it was
made with. Main thread only.

Workbench, the engine of the solid viewport, draws in a fraction of a second and needs no light. Everything
else is rendered by Cycles with a few samples: EEVEE takes ten times as long where the processor draws, as it
mostly does without a window. Where there is no OpenGL at all, Cycles stands in for Workbench too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Literal

import bpy
from mathutils import Quaternion

from ..window import first_window
from .eye import Eye, Subject, facing, through
from .lookup import is_visible, reason
from .registry import CommandError
from .render_engine import can_draw, choose, has_denoiser
from .render_settings import Borrowed, surely, write_as

Shading = Literal["solid", "material", "rendered"]

BUDGETS = {"solid": 2_000_000, "material": 2_000_000, "rendered": 3_000_000}  # samples of a picture
SAMPLES = 4, 32  # of a pixel at least and at most
TIME_LIMIT = 20.0  # seconds that one picture may take
BRIGHTER = 0.5  # stops: Workbench without a window is a little darker than the solid view
AMBIENT = 0.4  # light from everywhere, where the scene's own is not asked for or not there
SUN = 2.2  # with it, from behind the eye's left shoulder: white stays below white
OVER_THE_SHOULDER = Quaternion((0.0, 1.0, 0.0), -0.5) @ Quaternion((1.0, 0.0, 0.0), -0.6)


def scene_eye(scene: Any, aspect: float) -> Eye:
    """The scene's camera, or an eye that sees all there is."""
    return through(scene.camera) if scene.camera else Subject().seen_from(facing("iso"), True, aspect)


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
    eye = scene_eye(scene, width / height)
    write(path, file_format, eye, width, height, "solid")
    return {
        "width": width,
        "height": height,
        "view_matrix": eye.view_matrix,
        "window_matrix": eye.window_matrix(scene, width, height),
    }


def write(path: str, file_format: str, eye: Eye, width: int, height: int, shading: Shading) -> None:
    """Write what the eye sees of the scene as it is now."""
    scene = bpy.context.scene
    with Borrowed() as borrowed, _result_kept():
        write_as(borrowed, scene, file_format)
        borrowed.set(scene.render.image_settings, color_mode="RGBA" if file_format == "PNG" else "RGB")
        borrowed.set(
            scene.render, resolution_x=width, resolution_y=height, resolution_percentage=100,
            use_border=False, use_stamp=False, use_compositing=False, use_sequencer=False,
            film_transparent=False, use_multiview=False, use_lock_interface=False,
            filepath=path, use_file_extension=False,
        )  # fmt: skip
        with _camera(borrowed, scene, eye), _engine(borrowed, scene, eye, shading):
            try:
                with first_window():
                    done = bpy.ops.render.render(write_still=True)
            except RuntimeError as error:
                raise CommandError(f"Cannot render the view: {reason(error)}") from error
            if done != {"FINISHED"}:
                raise CommandError("Cannot render the view while another render runs")


@contextlib.contextmanager
def _result_kept() -> Iterator[None]:
    """Render into the last of Blender's slots, so that the user's own "Render Result" stays."""
    result = bpy.data.images.get("Render Result")
    with Borrowed() as borrowed:
        if result and len(result.render_slots) > 1:
            borrowed.set(result.render_slots, active_index=len(result.render_slots) - 1)
        yield


@contextlib.contextmanager
def _engine(borrowed: Borrowed, scene: Any, eye: Eye, shading: Shading) -> Iterator[None]:
    if shading == "solid" and can_draw():
        choose(borrowed, scene, "BLENDER_WORKBENCH")
        _plain_colors(borrowed, scene, BRIGHTER)
        borrowed.set(
            scene.display.shading,
            show_shadows=not eye.cuts,
            shadow_intensity=0.4,
            show_cavity=True,
            cavity_type="SCREEN",
        )
        yield
    elif shading == "rendered":
        if scene.render.engine != "BLENDER_WORKBENCH" or not can_draw():
            _cycles(borrowed, scene, shading)
        yield
    else:
        _cycles(borrowed, scene, shading)
        lights = [each for each in scene.objects if each.type == "LIGHT" and is_visible(each)]
        if shading == "material":
            _plain_colors(borrowed, scene)
            borrowed.set(scene.render, film_transparent=True)
            for each in lights:
                borrowed.set(each, hide_render=True)
        with _own_light(borrowed, scene, eye) if shading == "material" or not lights else first_window():
            yield


def _plain_colors(borrowed: Borrowed, scene: Any, exposure: float = 0.0) -> None:
    """As the solid viewport shows them: as they were chosen, without a film's contrast curve."""
    with contextlib.suppress(TypeError):  # a studio's own colour configuration may lack it
        borrowed.set(
            scene.view_settings, view_transform="Standard", look="None", exposure=exposure, gamma=1.0
        )


def _cycles(borrowed: Borrowed, scene: Any, shading: Shading) -> None:
    try:
        choose(borrowed, scene, "CYCLES")
    except CommandError:
        raise CommandError(
            "No picture can be made here: without a window there is no OpenGL, and Cycles is not enabled"
        ) from None
    pixels = scene.render.resolution_x * scene.render.resolution_y
    samples = min(max(BUDGETS[shading] // pixels, SAMPLES[0]), SAMPLES[1])
    denoise = shading != "solid" and has_denoiser()
    borrowed.set(scene.cycles, samples=samples, use_denoising=denoise, device="CPU", time_limit=TIME_LIMIT)


@contextlib.contextmanager
def _own_light(borrowed: Borrowed, scene: Any, eye: Eye) -> Iterator[None]:
    """A gray sky and a sun behind the eye, in place of the scene's world."""
    lamp = bpy.data.lights.new("Tenon light", "SUN")
    world = bpy.data.worlds.new("Tenon light")
    try:
        lamp.energy, lamp.angle = SUN, 0.1
        if eye.cuts:  # it shines in where what stood before is cut away
            lamp.use_shadow = False
            if hasattr(lamp.cycles, "cast_shadow"):  # older ones keep one for Cycles
                lamp.cycles.cast_shadow = False
        world.color = (AMBIENT,) * 3
        for node in world.node_tree.nodes if world.node_tree else ():
            if node.type == "BACKGROUND":
                node.inputs["Color"].default_value = (AMBIENT, AMBIENT, AMBIENT, 1.0)
        borrowed.set(scene, world=world)
        with _in_scene(scene, lamp) as light:
            light.rotation_mode = "QUATERNION"
            light.rotation_quaternion = eye.matrix.to_quaternion() @ OVER_THE_SHOULDER
            yield
    finally:
        borrowed.give_back()
        _remove(bpy.data.lights, lamp)
        _remove(bpy.data.worlds, world)


@contextlib.contextmanager
def _camera(borrowed: Borrowed, scene: Any, eye: Eye) -> Iterator[None]:
    """Look through the eye: a camera of the scene's, or one that is gone afterwards."""
    if eye.camera == scene.camera and eye.camera:
        yield
        return
    for marker in scene.timeline_markers:
        if marker.camera:  # a camera bound to a marker would win over the scene's
            borrowed.set(marker, camera=None)
    if eye.camera:
        borrowed.set(scene, camera=eye.camera)
        yield
        return
    data = bpy.data.cameras.new("Tenon view")
    try:
        with _in_scene(scene, data) as camera:
            eye.apply_to(camera)
            borrowed.set(scene, camera=camera)
            bpy.context.view_layer.update()
            yield
    finally:
        borrowed.give_back()
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
        surely(bpy.context.view_layer.update)  # till then the view layer lists a None in its place


def _remove(collection: Any, block: Any) -> None:
    def remove() -> None:
        with contextlib.suppress(ReferenceError):  # it is removed already
            collection.remove(block)

    surely(remove)
