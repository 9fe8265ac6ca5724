"""Pictures of the scene as arrays, one at a time: what the views of `look` are made of.

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

from . import picture_file, sheet, viewport_offscreen, viewport_render, wireframe
from .eye import DIRECTIONS, SLANTED, Eye, Subject, facing, through
from .lookup import find_objects
from .moment import at_frame
from .registry import CommandError

DARK = 10  # of 255: a rendered picture that is nowhere lighter shows nothing
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


def take(tile: Tile) -> tuple[Any, dict[str, Any]]:
    """The picture, and the facts about it."""
    scene = bpy.context.scene
    with at_frame(scene, tile.frame):
        bpy.context.view_layer.update()
        width, height = sheet.within(tile.width, tile.height, _aspect(tile))
        told: dict[str, Any] = {"view": tile.view, "frame": scene.frame_current}
        eye, subject = _eye(tile, width / height)
        if subject and subject.left_out:
            told["too_large_to_frame"] = subject.left_out[:5]
        if eye and eye.camera:
            told["camera"] = eye.camera.name
        picture, told["shading"] = _picture(eye, tile.shading, width, height)
        if told["shading"] in ("rendered", "material") and picture.max() <= DARK:
            told["note"] = f"nothing but black in {told['shading']} shading (no light?): shown in solid"
            picture, told["shading"] = _picture(eye, "solid", width, height)
    return picture, told


def _aspect(tile: Tile) -> float:
    framed = tile.focus and tile.view != "camera"
    return tile.width / tile.height if tile.view in DIRECTIONS or framed else shape_of(tile.view)


def _eye(tile: Tile, aspect: float) -> tuple[Eye | None, Subject | None]:
    """Where it is taken from; None: the user's own view."""
    scene = bpy.context.scene
    user = _user_view()
    if tile.view == "camera":
        if scene.camera is None:
            raise CommandError("The scene has no camera: create one, or look at another view, such as 'iso'")
        return through(scene.camera), None
    if tile.view == "viewport" and not tile.focus:
        if user:
            return None, None
        if scene.camera:
            return through(scene.camera), None
    subject = Subject(find_objects(tile.focus))
    if tile.view in DIRECTIONS:
        return subject.seen_from(facing(tile.view), tile.view in SLANTED, aspect), subject
    if user:
        region = user[1].spaces.active.region_3d
        rotation = region.view_matrix.inverted().to_quaternion()
        return subject.seen_from(rotation, region.is_perspective, aspect), subject
    rotation = scene.camera.matrix_world.to_quaternion() if scene.camera else facing("iso")
    return subject.seen_from(rotation, True, aspect), subject


def _picture(eye: Eye | None, shading: str | None, width: int, height: int) -> tuple[Any, str]:
    scene = bpy.context.scene
    user = _user_view()
    if user and shading != "wireframe" and not (shading == "rendered" and _draws_slowly(scene)):
        return viewport_offscreen.picture(user, eye, shading, width, height)
    if eye is None:
        eye = viewport_offscreen.user_eye(user)
    if shading == "wireframe":  # Blender's own is black on dark gray, and there is none without a window
        return wireframe.draw(eye, scene, width, height), shading
    shading = shading or "solid"
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        path = os.path.join(folder, "view.png")
        viewport_render.write(path, "PNG", eye, width, height, shading)  # type: ignore[arg-type]
        return picture_file.read(path), shading


def _draws_slowly(scene: Any) -> bool:
    """Whether the scene's engine fills a view only bit by bit, as Cycles does."""
    engine = scene.render.engine
    return "EEVEE" not in engine and engine != "BLENDER_WORKBENCH"


def _user_view() -> Any:
    return None if bpy.app.background else viewport_offscreen.user_view()
