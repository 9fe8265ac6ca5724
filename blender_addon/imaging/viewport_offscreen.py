"""The user's 3D view as a picture, drawn off screen.

In: the largest size wanted, or a camera view and a size. Out: pixels and the matrices that they were drawn
with. Only with a window (without one Blender has no GPU functions); main thread.

Drawn off screen because the window's own pixels are black where another window lies over it. Never black by
itself: what shows nothing that way (Cycles draws progressively, a scene without light) is drawn in solid
shading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import bpy

from ..blender.temporary_settings import TemporarySettings
from .camera_view import CameraView, view_of_camera
from .render_engine import draws_progressively


@dataclass(frozen=True)
class Picture:
    """A view of the scene."""

    width: int
    height: int
    pixels: Any  # gpu.types.Buffer of floats, RGBA, the lowest row first, display colours
    view_matrix: Any  # world to camera
    window_matrix: Any  # camera to picture


def user_view() -> tuple[Any, Any, Any] | None:
    """Window, area and region of the largest 3D view to be seen, or else of one that another editor hides."""
    windows = bpy.context.window_manager.windows
    shown = [(window, area) for window in windows for area in window.screen.areas if area.type == "VIEW_3D"]
    shown.sort(key=lambda each: each[1].width * each[1].height)
    hidden = [
        (windows[0], area) for screen in bpy.data.screens for area in screen.areas if area.type == "VIEW_3D"
    ]
    for window, area in (*reversed(shown), *hidden):
        region = next((each for each in area.regions if each.type == "WINDOW"), None)
        # A view that was never drawn has no matrices yet.
        if region and area.spaces.active.region_3d and any(area.spaces.active.region_3d.window_matrix[0]):
            return window, area, region
    return None


def size_of(area: Any, region: Any) -> tuple[int, int]:
    """A view that another editor hides has no region to measure."""
    return (region.width, region.height) if region.width > 1 else (area.width, area.height)


def user_camera_view(view: tuple[Any, Any, Any]) -> CameraView:
    """The user's own view."""
    _, area, _ = view
    space = area.spaces.active
    region_3d = space.region_3d
    if region_3d.view_perspective == "CAMERA" and bpy.context.scene.camera:
        return view_of_camera(bpy.context.scene.camera)
    matrix = region_3d.view_matrix.inverted()
    across = region_3d.window_matrix[0][0], region_3d.window_matrix[1][1]
    if region_3d.is_perspective:
        return CameraView(
            matrix, angle=2 * math.atan(1 / min(across)), near=space.clip_start, far=space.clip_end
        )
    return CameraView(matrix, extent=2 / min(across), near=-space.clip_end, far=space.clip_end)


def draw(window: Any, area: Any, region: Any, max_size: int) -> Picture:
    space = area.spaces.active
    window.view_layer.update()  # what a script has just changed is not evaluated yet
    size = size_of(area, region)
    scale = min(1.0, max_size / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    view_matrix = space.region_3d.view_matrix.copy()
    window_matrix = space.region_3d.window_matrix.copy()
    engine = window.scene.render.engine
    with TemporarySettings() as temporary:
        if space.shading.type == "RENDERED" and draws_progressively(engine):
            temporary.set(space.shading, type="SOLID")
        pixels = _pixels(window, space, region, view_matrix, window_matrix, width, height)
        if space.shading.type in ("MATERIAL", "RENDERED") and _is_black(pixels):
            temporary.set(space.shading, type="SOLID")
            pixels = _pixels(window, space, region, view_matrix, window_matrix, width, height)
    return Picture(width, height, pixels, view_matrix, window_matrix)


def picture(
    view: tuple[Any, Any, Any], camera_view: CameraView | None, shading: str | None, width: int, height: int
) -> tuple[Any, str]:
    """What the camera view shows as an array of bytes, and the shading; without one, what the user sees,
    overlays included."""
    from ..blender.numeric import numpy  # not at the top, as gpu below

    window, area, region = view
    space = area.spaces.active
    window.view_layer.update()
    engine = window.scene.render.engine
    with TemporarySettings() as temporary:
        if camera_view is None:
            matrices = space.region_3d.view_matrix.copy(), space.region_3d.window_matrix.copy()
        else:
            matrices = camera_view.view_matrix, camera_view.window_matrix(window.scene, width, height)
            temporary.set(space.overlay, show_overlays=False)
        if shading:
            temporary.set(space.shading, type=shading.upper())
        elif space.shading.type == "RENDERED" and draws_progressively(engine):
            temporary.set(space.shading, type="SOLID")  # it would draw bit by bit
        pixels = _pixels(window, space, region, *matrices, width, height)
        shown = space.shading.type.lower()
    rows = numpy.array(memoryview(pixels), dtype=numpy.float32).reshape(height, width, 4)[::-1, :, :3]
    return numpy.clip(rows * 255.0 + 0.5, 0, 255).astype(numpy.uint8), shown


def _pixels(
    window: Any, space: Any, region: Any, view_matrix: Any, window_matrix: Any, width: int, height: int
) -> Any:
    import gpu  # not at the top: it is of no use without a window

    offscreen = gpu.types.GPUOffScreen(width, height)
    try:
        offscreen.draw_view3d(
            window.scene,
            window.view_layer,
            space,
            region,
            view_matrix,
            window_matrix,
            do_color_management=True,
        )
        with offscreen.bind():
            pixels = gpu.state.active_framebuffer_get().read_color(0, 0, width, height, 4, 0, "FLOAT")
    finally:
        offscreen.free()
    pixels.dimensions = width * height * 4
    return pixels


def _is_black(pixels: Any) -> bool:
    values = memoryview(pixels)
    return not any(max(values[channel::4]) for channel in range(3))
