"""One picture of the scene as an array: `look` puts several together.

In: the name of a view, a shading, a frame, the size. Out: the picture and what it shows. With a window drawn
off screen, without one rendered. Main thread only.

Each picture leaves everything as it was before it is handed out: the user may act before the next one.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import Any

import bpy

from ..blender.data_access import find_objects
from ..errors import CommandError
from . import contact_sheet, image_io, viewport_offscreen, viewport_render, wireframe
from .camera_view import DIRECTIONS, SLANTED, CameraView, FramingTarget, rotation_facing, view_of_camera
from .frame_override import at_frame
from .render_engine import draws_progressively

ASPECT = 4 / 3  # of a picture that has no shape of its own


@dataclass(frozen=True)
class Tile:
    """One picture to be made."""

    view: str
    frame: int | None
    shading: str | None  # None: as the user has it, or solid
    focus: tuple[str, ...]
    width: int
    height: int


def shape_of(view: str) -> float:
    """The aspect of a view."""
    scene = bpy.context.scene
    user = _user_view()
    if view == "viewport" and user:
        width, height = viewport_offscreen.size_of(user[1], user[2])
        return width / height
    if view == "camera" or (view == "viewport" and scene.camera):
        width, height = viewport_render.camera_size(scene, 1000)
        return width / height
    return ASPECT


def capture(tile: Tile) -> tuple[Any, dict[str, Any]]:
    """The picture, and the facts about it."""
    scene = bpy.context.scene
    with at_frame(scene, tile.frame):
        bpy.context.view_layer.update()
        width, height = contact_sheet.within(tile.width, tile.height, _aspect(tile))
        facts: dict[str, Any] = {"view": tile.view, "frame": scene.frame_current}
        camera_view, subject = _camera_view(tile, width / height)
        if subject and subject.left_out:
            facts["too_large_to_frame"] = subject.left_out[:5]
        if camera_view and camera_view.camera:
            facts["camera"] = camera_view.camera.name
        picture, facts["shading"] = _picture(camera_view, tile.shading, width, height)
        if facts["shading"] in ("rendered", "material") and picture.max() <= image_io.DARK:
            facts["note"] = f"nothing but black in {facts['shading']} shading (no light?): shown in solid"
            picture, facts["shading"] = _picture(camera_view, "solid", width, height)
    return picture, facts


def _aspect(tile: Tile) -> float:
    framed = tile.focus and tile.view != "camera"
    return tile.width / tile.height if tile.view in DIRECTIONS or framed else shape_of(tile.view)


def _camera_view(tile: Tile, aspect: float) -> tuple[CameraView | None, FramingTarget | None]:
    """Where it is taken from; None: the user's own view."""
    scene = bpy.context.scene
    user = _user_view()
    if tile.view == "camera":
        if scene.camera is None:
            raise CommandError("The scene has no camera: create one, or look at another view, such as 'iso'")
        return view_of_camera(scene.camera), None
    if tile.view == "viewport" and not tile.focus:
        if user:
            return None, None
        if scene.camera:
            return view_of_camera(scene.camera), None
    subject = FramingTarget(find_objects(tile.focus))
    if tile.view in DIRECTIONS:
        return subject.view_from(rotation_facing(tile.view), tile.view in SLANTED, aspect), subject
    if user:
        region = user[1].spaces.active.region_3d
        rotation = region.view_matrix.inverted().to_quaternion()
        return subject.view_from(rotation, region.is_perspective, aspect), subject
    rotation = scene.camera.matrix_world.to_quaternion() if scene.camera else rotation_facing("iso")
    return subject.view_from(rotation, True, aspect), subject


def _picture(camera_view: CameraView | None, shading: str | None, width: int, height: int) -> tuple[Any, str]:
    scene = bpy.context.scene
    user = _user_view()
    if (
        user
        and shading != "wireframe"
        and not (shading == "rendered" and draws_progressively(scene.render.engine))
    ):
        return viewport_offscreen.picture(user, camera_view, shading, width, height)
    if camera_view is None:
        camera_view = viewport_offscreen.user_camera_view(user)
    if shading == "wireframe":  # Blender's own is black on dark gray, and there is none without a window
        return wireframe.draw(camera_view, scene, width, height), shading
    shading = shading or "solid"
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        path = os.path.join(folder, "view.png")
        viewport_render.write(path, "PNG", camera_view, width, height, shading)  # type: ignore[arg-type]
        return image_io.read(path), shading


def _user_view() -> Any:
    return None if bpy.app.background else viewport_offscreen.user_view()
