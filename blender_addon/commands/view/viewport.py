"""A picture of the user's view, and the object under a point of it.

In: a size, perhaps a path; a picture's matrices and a point. Out: a picture file (or its bytes as base64)
with what is needed to point at things in it; the object pointed at. Main thread only.
"""

from __future__ import annotations

import base64
import math
import os
import shutil
import tempfile
from typing import Annotated, Any, Literal

import bpy
from mathutils import Matrix, Vector

from ...blender.data_access import numbers, reason
from ...blender.file_paths import output_path, written_size
from ...blender.libraries import told_name
from ...blender.temporary_settings import TemporarySettings
from ...blender.units import unit_if_unusual
from ...blender.visibility import is_visible
from ...errors import CommandError
from ...imaging.viewport_offscreen import Picture, draw, user_view
from ...imaging.viewport_render import render
from ...registry.schema import Constraint, Fraction
from ...registry.table import command

PICK_DISTANCE = 12.0  # pixels within which something without a surface is hit

Size = Annotated[int, Constraint(minimum=16, maximum=8192)]
Row = Annotated[list[float], Constraint(minItems=4, maxItems=4)]
Matrix4 = Annotated[list[Row], Constraint(minItems=4, maxItems=4)]


@command(title="Picture of the view", reads_only=True)
def get_viewport_screenshot(
    max_size: Size = 800,
    filepath: str | None = None,
    format: Literal["png", "jpeg", "jpg", "PNG", "JPEG", "JPG"] = "png",
) -> dict[str, Any]:
    """Make a picture of the user's 3D view; without a window, of what the scene's camera sees, in solid
    shading.

    max_size: pixels of the longer side at most
    filepath: where to write it; without one the picture comes in the reply as base64 in `image`
    format: of the picture
    """
    file_format = "PNG" if format.upper() == "PNG" else "JPEG"
    # Its name stays as it is: whoever asked reads the file by that name.
    target = output_path(filepath) if filepath else None
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        path = os.path.join(folder, "view")  # Blender replaces braces and # in the names of renders
        result = _capture(path, file_format, max_size)
        if target:
            _copy(path, target)
            return {**result, "filepath": target}
        with open(path, "rb") as file:
            image = base64.b64encode(file.read()).decode("ascii")
    return {**result, "image": image, "mime_type": f"image/{file_format.lower()}"}


@command(title="Object in the picture", reads_only=True)
def pick_viewport_object(
    view_matrix: Matrix4,
    window_matrix: Matrix4,
    width: float,
    height: float,
    x: Fraction,
    y: Fraction,
    file: str | None = None,
    scene: str | None = None,
) -> dict[str, Any]:
    """Find the object at a point of a picture that `get_viewport_screenshot` made; all parameters but x and y
    are the `view` of its reply. The scene is looked at as it is now.

    view_matrix: of the picture
    window_matrix: of the picture
    width: of the picture, in pixels
    height: of the picture, in pixels
    x: 0 at the left, 1 at the right
    y: 0 at the top, 1 at the bottom
    file: the blend file of the picture; another one being open is a mismatch
    scene: the scene of the picture; another one being shown is a mismatch
    """
    shown = bpy.context.scene
    for what, wanted, current in (("file", file, bpy.data.filepath), ("scene", scene, shown.name)):
        if wanted is not None and wanted != current:
            return {"object": None, "mismatch": what, "current": current}
    to_picture = Matrix(window_matrix) @ Matrix(view_matrix)
    try:
        from_picture = to_picture.inverted()
    except ValueError:
        raise CommandError("The matrices are not those of a picture", code="invalid_params") from None
    point = (2 * x - 1, 1 - 2 * y)
    near, far = (_divided(from_picture @ Vector((*point, depth, 1))) for depth in (-1, 1))
    depsgraph = (
        bpy.context.evaluated_depsgraph_get()
    )  # first: what has just moved has its old matrix till then
    found = _origin_at(to_picture, point, width, height) or _surface_at(shown, depsgraph, near, far)
    if found is None:
        return {"object": None}
    return {
        "object": {
            "name": told_name(found),
            "type": found.type,
            "detail": f"{found.type.replace('_', ' ').title()} object",
            "location": numbers(found.matrix_world.translation),
            **unit_if_unusual(),
        }
    }


def _capture(path: str, file_format: str, max_size: int) -> dict[str, Any]:
    view = None if bpy.app.background else user_view()
    if view:
        picture = draw(*view, max_size)
        _save(picture, path, file_format)
        scene, method = view[0].scene, "offscreen"
        taken = {name: getattr(picture, name) for name in ("width", "height", "view_matrix", "window_matrix")}
    else:
        scene, method = bpy.context.scene, "render"
        taken = render(path, file_format, max_size)
    size = {"width": taken["width"], "height": taken["height"]}
    origin = {"file": bpy.data.filepath, "scene": scene.name}
    matrices = {name: [numbers(row) for row in taken[name]] for name in ("view_matrix", "window_matrix")}
    return {
        "success": True,
        **size,
        "method": method,
        **origin,
        "scene_count": len(bpy.data.scenes),
        "view": {**origin, **matrices, **size},
    }


def _copy(path: str, target: str) -> None:
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        raise CommandError(f"Cannot write the picture to '{target}': {error.strerror}") from error
    written_size(target)


def _save(picture: Picture, path: str, file_format: str) -> None:
    with TemporarySettings():  # the image needs no undo step
        image = bpy.data.images.new("Tenon view", picture.width, picture.height, alpha=False)
        try:
            image.pixels.foreach_set(picture.pixels)
            image.filepath_raw = path
            image.file_format = file_format
            image.save()
        except RuntimeError as error:
            raise CommandError(f"Cannot write the picture to '{path}': {reason(error)}") from error
        finally:
            bpy.data.images.remove(image)


def _surface_at(scene: Any, depsgraph: Any, near: Vector, far: Vector) -> Any:
    hit, _, _, _, found, _ = scene.ray_cast(depsgraph, near, (far - near).normalized())
    return found.original if hit and found else None


def _origin_at(to_picture: Matrix, point: tuple[float, float], width: float, height: float) -> Any:
    """Lamps, cameras and empties have no surface: the nearest whose origin lies close to the point.

    Blender draws them over everything else, so they are asked first."""
    best, best_distance = None, PICK_DISTANCE
    for obj in bpy.context.view_layer.objects:
        if obj.type not in ("LIGHT", "CAMERA", "EMPTY", "SPEAKER", "LIGHT_PROBE") or not is_visible(obj):
            continue
        place = to_picture @ obj.matrix_world.translation.to_4d()
        if place.w <= 0:  # behind the camera
            continue
        across, down = place.x / place.w - point[0], place.y / place.w - point[1]
        distance = math.hypot(across * width / 2, down * height / 2)
        if distance <= best_distance:
            best, best_distance = obj, distance
    return best


def _divided(place: Vector) -> Vector:
    return place.xyz / place.w
