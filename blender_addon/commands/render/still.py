"""Final renders that a client asked for.

In: what to render with, and where to. Out: a picture file. Main thread; with a window Blender's own render
job does the work while the command yields, so the window stays usable; without one the render blocks the main
thread.

One render at a time: a second one waits its turn. The scene's settings are changed while the render runs and
restored however it ends. The file is written at the end from Blender's "Render Result", so a cancelled
render writes none.
"""

from __future__ import annotations

import base64
import os
import tempfile
import time
import uuid
from collections.abc import Generator
from typing import Annotated, Any, Literal

import bpy

from ...blender.data_access import find_object, reason, with_notes
from ...blender.file_paths import absolute_path, output_path, tells_type, written_size
from ...blender.missing_files import missing_files_notes
from ...blender.temporary_settings import TemporarySettings
from ...errors import CommandError
from ...imaging.image_formats import FORMAT_OF_EXTENSION, FORMATS, endings_of, write_as
from ...imaging.render_engine import choose, make_ready, set_samples
from ...registry.schema import Constraint
from ...registry.table import command
from ...tracking.render_progress import single_frame
from . import job

Pixels = Annotated[int, Constraint(minimum=4, maximum=65536)]
Progress = tuple[float | None, str]

MAX_CHECKED = 1 << 24  # pixels; larger pictures are not read again to see whether they show anything

_in_turn = False  # a render of ours runs, its settings not yet restored


@command(title="Render an image", undo=False)
def render_image(
    filepath: str | None = None,
    resolution_x: Pixels | None = None,
    resolution_y: Pixels | None = None,
    samples: Annotated[int, Constraint(minimum=1, maximum=1 << 24)] | None = None,
    engine: str | None = None,
    camera: str | None = None,
    frame: Annotated[int, Constraint(minimum=-1048574, maximum=1048574)] | None = None,
    format: Literal["PNG", "JPEG", "WEBP", "BMP", "TARGA", "TIFF", "OPEN_EXR", "HDR"] | None = None,
    transparent: bool | None = None,
    inline: bool = False,
) -> Generator[Progress, None, dict[str, Any]]:
    """Render the scene to an image file. What is not given is as set in the scene, which stays as it is.

    filepath: where to write it, `//` being the folder of the blend file; without one a file for temporary use
    resolution_x: width in pixels; if only one side is given, the other follows
    resolution_y: height in pixels
    samples: per pixel, for CYCLES and EEVEE
    engine: CYCLES, EEVEE, WORKBENCH or any other that is installed
    camera: name of the camera to look through
    frame: number of the frame
    format: of the file; without it the file's extension tells, else PNG
    transparent: whether the background is transparent
    inline: put the file into the reply as well, as base64 in `image`
    """
    global _in_turn
    start = time.monotonic()
    while _in_turn or job.is_running():
        yield 0.0, "waiting for another render to end"
    scene = bpy.context.scene
    path, file_format = _target(filepath, format)
    _in_turn = True
    with TemporarySettings() as temporary, single_frame():
        try:
            _set_size(temporary, scene, resolution_x, resolution_y)
            if engine:
                choose(temporary, scene, engine)
            if samples:
                set_samples(temporary, scene, samples)
            if camera:
                _look_through(temporary, scene, camera)
            if transparent is not None:
                temporary.set(scene.render, film_transparent=transparent)
            if scene.camera is None:
                raise CommandError("The scene has no camera: make one, or name one in 'camera'")
            make_ready(temporary, scene)
            write_as(temporary, scene, file_format)
            if frame is not None and frame != scene.frame_current:
                temporary.set(scene, frame_current=frame)
                scene.frame_set(frame)
            settings = scene.render
            result = {
                "filepath": path,
                "width": settings.resolution_x * settings.resolution_percentage // 100,
                "height": settings.resolution_y * settings.resolution_percentage // 100,
                "format": file_format,
                "engine": settings.engine,
                "camera": scene.camera.name,
                "frame": scene.frame_current,
            }
            yield 0.0, "rendering"
            if bpy.app.background:
                _render_here()
            else:
                yield from job.run(scene)
            _write(scene, path)
        except BaseException:
            temporary.restore()  # first: `stop` puts the present state on the undo stack
            if not bpy.app.background:
                job.stop()
            raise
        finally:
            _in_turn = False
    if frame is not None:
        bpy.context.view_layer.update()  # back to the present frame
    if inline:
        with open(path, "rb") as file:
            result["image"] = base64.b64encode(file.read()).decode("ascii")
    result["seconds"] = round(time.monotonic() - start, 3)
    return with_notes(result, _content_notes(result) + missing_files_notes())


@command(title="Render", undo=False, tool=True)
def render(
    filepath: str | None = None,
    resolution: Annotated[list[Pixels], Constraint(minItems=2, maxItems=2)] | None = None,
    samples: Annotated[int, Constraint(minimum=1, maximum=1 << 24)] | None = None,
    engine: str | None = None,
    camera: str | None = None,
    frame: int | None = None,
    preview: Annotated[int, Constraint(minimum=0, maximum=2048)] = 800,
) -> Generator[Progress, None, dict[str, Any]]:
    """Make the final picture and show it. Slow: begin small, with few samples; for a quick look use look.
    What is not given is as the scene says.

    filepath: png, jpg, exr ...; else a temporary file
    resolution: pixels
    samples: per pixel
    engine: CYCLES, EEVEE or WORKBENCH
    camera: name
    frame: number
    preview: longer side of the picture shown
    """
    wide, high = resolution or (None, None)
    answer = yield from render_image(
        filepath=filepath,
        resolution_x=wide,
        resolution_y=high,
        samples=samples,
        engine=engine,
        camera=camera,
        frame=frame,
    )
    if preview:
        from ...imaging import image_io  # here: numpy would make every start of Blender slower

        picture = image_io.scaled(image_io.read(answer["filepath"]), preview)
        name = os.path.splitext(os.path.basename(answer["filepath"]))[0]
        image, wide, high = image_io.as_image(picture, name)
        answer["images"] = [image]
        if notes := image_io.size_note(max(picture.shape[:2]), wide, high):
            answer["notes"] = answer.get("notes", []) + notes
    return answer


def _content_notes(result: dict[str, Any]) -> list[str]:
    """Whether the picture shows anything, if it is small enough to be read again."""
    if result["width"] * result["height"] > MAX_CHECKED:
        return []
    from ...imaging import image_io  # here: numpy would make every start of Blender slower

    return image_io.content_notes(image_io.read(result["filepath"]))


def _target(filepath: str | None, format: str | None) -> tuple[str, str]:
    """The path to write to, and the format."""
    if filepath is None:
        file_format = format or "PNG"
        name = f"tenon-render-{uuid.uuid4().hex[:12]}{FORMATS[file_format][0]}"
        return os.path.join(tempfile.gettempdir(), name), file_format
    extension = os.path.splitext(absolute_path(filepath))[1].lower()
    if format is None and extension not in FORMAT_OF_EXTENSION and tells_type(extension):
        known = ", ".join(FORMAT_OF_EXTENSION)
        raise CommandError(
            f"'{filepath}' does not tell the format: end it in one of {known}, or give 'format'"
        )
    file_format = format or FORMAT_OF_EXTENSION.get(extension, "PNG")
    return output_path(filepath, endings_of(file_format)), file_format


def _set_size(temporary: TemporarySettings, scene: Any, x: int | None, y: int | None) -> None:
    if x is None and y is None:
        return
    old_x, old_y = scene.render.resolution_x, scene.render.resolution_y
    if x is None:
        x = max(4, round((y or 0) * old_x / old_y))
    elif y is None:
        y = max(4, round(x * old_y / old_x))
    temporary.set(scene.render, resolution_x=x, resolution_y=y, resolution_percentage=100)


def _look_through(temporary: TemporarySettings, scene: Any, name: str) -> None:
    camera = find_object(name)
    if camera.type != "CAMERA":
        cameras = ", ".join(each.name for each in scene.objects if each.type == "CAMERA") or "none"
        raise CommandError(f"'{name}' is no camera; cameras in the scene: {cameras}")
    if camera.name not in scene.objects:
        raise CommandError(f"The camera '{name}' is not in the scene '{scene.name}'")
    temporary.set(scene, camera=camera)
    for marker in scene.timeline_markers:
        if marker.camera:  # a camera bound to a marker would win over the scene's
            temporary.set(marker, camera=None)


def _render_here() -> None:
    try:
        done = bpy.ops.render.render()
    except RuntimeError as error:
        raise CommandError(f"Cannot render: {reason(error)}") from error
    if done != {"FINISHED"}:
        raise CommandError("The render was cancelled", code="cancelled")


def _write(scene: Any, path: str) -> None:
    """Write the result of the render that has just ended."""
    try:
        bpy.data.images["Render Result"].save_render(path, scene=scene)
    except (RuntimeError, KeyError) as error:
        raise CommandError(
            f"The render made no picture that could be written to '{path}': {reason(error)}"
        ) from error
    written_size(path)
