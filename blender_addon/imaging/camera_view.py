"""Where a picture is taken from.

In: what is visible, a direction, the shape of the picture. Out: a `CameraView` that shows all of it, for both
ways of making pictures: matrices for drawing off screen, a camera for rendering. Main thread only.

`Object.camera_fit_coords` would not do in place of `_perspective_place`: it needs a camera in the scene and
reads the aspect from the render settings, which a picture drawn off screen has neither of. With it the drawn
and the rendered way would frame the same scene differently.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import bpy
from mathutils import Matrix, Quaternion, Vector

# From the target to the camera. The straight ones are orthographic, as Blender's own.
DIRECTIONS = {
    "front": (0.0, -1.0, 0.0),
    "back": (0.0, 1.0, 0.0),
    "left": (-1.0, 0.0, 0.0),
    "right": (1.0, 0.0, 0.0),
    "top": (0.0, 0.0, 1.0),
    "bottom": (0.0, 0.0, -1.0),
    "iso": (0.75, -1.0, 0.6),
    "iso_back": (-0.75, 1.0, 0.6),
}
SLANTED = ("iso", "iso_back")

ANGLE = math.radians(40)  # of the longer side of a picture with perspective
MARGIN = 1.08  # of the picture's size to that of what it frames
GIANT, FLOOR = 3.0, 1.2  # times as large as all the rest: a sky, or a flat ground; not framed
FLAT = 0.05  # of its width at most a ground is high
MAX_INSTANCES = 50_000
MAX_RAYS = 64
SOLID = {
    "MESH",
    "CURVE",
    "SURFACE",
    "META",
    "FONT",
    "CURVES",
    "POINTCLOUD",
    "VOLUME",
    "GPENCIL",
    "GREASEPENCIL",
}


@dataclass(frozen=True)
class CameraView:
    """A camera of the scene (`camera`), or a temporary one."""

    matrix: Matrix  # camera to world
    angle: float | None = None  # of view along the longer side; None: orthographic
    extent: float = 1.0  # metres along the longer side, where orthographic
    near: float = 0.01
    far: float = 1000.0
    camera: Any = None
    cuts: bool = False  # what hides the target is cut away

    @property
    def view_matrix(self) -> Matrix:
        return self.matrix.normalized().inverted()

    def window_matrix(self, scene: Any, width: int, height: int) -> Matrix:
        if self.camera:
            settings = scene.render
            return self.camera.calc_matrix_camera(
                bpy.context.evaluated_depsgraph_get(),
                x=width,
                y=height,
                scale_x=settings.pixel_aspect_x,
                scale_y=settings.pixel_aspect_y,
            )
        longer = max(width, height)
        depth = self.far - self.near
        if self.angle is None:
            across, up = (2 * longer / (self.extent * side) for side in (width, height))
            last = ((0, 0, -2 / depth, -(self.far + self.near) / depth), (0, 0, 0, 1))
        else:
            across, up = (longer / (math.tan(self.angle / 2) * side) for side in (width, height))
            last = (
                (0, 0, -(self.far + self.near) / depth, -2 * self.far * self.near / depth),
                (0, 0, -1, 0),
            )
        return Matrix(((across, 0, 0, 0), (0, up, 0, 0), *last))

    def apply_to(self, camera: Any) -> None:
        """Make the camera object see what this sees."""
        data = camera.data
        data.sensor_fit = "AUTO"
        if self.angle is None:
            data.type, data.ortho_scale = "ORTHO", self.extent
        else:
            data.type, data.angle = "PERSP", self.angle
        data.clip_start, data.clip_end = self.near, self.far
        camera.matrix_world = self.matrix


def view_of_camera(camera: Any) -> CameraView:
    """The view of a camera of the scene, from where that is now."""
    return CameraView(camera.matrix_world.copy(), camera=camera)


def rotation_facing(name: str) -> Quaternion:
    """The rotation of an upright camera on this side; from above and below as Blender's own."""
    back = Vector(DIRECTIONS[name]).normalized()
    across = Vector((0.0, 0.0, 1.0)).cross(back) if back.x or back.y else Vector((1.0, 0.0, 0.0))
    across.normalize()
    return Matrix((across, back.cross(across), back)).transposed().to_quaternion()


class FramingTarget:
    """What is visible, and what of it a picture frames."""

    def __init__(self, focus: Iterable[Any] = ()) -> None:
        self.focus = chosen = {each for root in focus for each in (root, *root.children_recursive)}
        boxes = _boxes()
        self.everything = [corner for box in boxes.values() for corner in box]
        self.left_out: list[str] = []  # too large to be framed with the rest
        if chosen:
            boxes = {obj: box for obj, box in boxes.items() if obj in chosen}
            for obj in chosen:
                if obj not in boxes:  # a lamp, an empty, a camera: the place where it is
                    boxes[obj] = [obj.matrix_world.translation.copy()]
        else:
            self._leave_out_giants(boxes)
        self.corners = [corner for box in boxes.values() for corner in box]
        self.corners = self.corners or [Vector((-3, -3, -3)), Vector((3, 3, 3))]
        self.focused = bool(chosen)

    def _leave_out_giants(self, boxes: dict[Any, list[Vector]]) -> None:
        for obj in sorted(boxes, key=lambda each: -_across(boxes[each])):
            rest = [corner for other, box in boxes.items() if other != obj for corner in box]
            limit = FLOOR if _is_flat(boxes[obj]) else GIANT
            if not rest or _across(boxes[obj]) < limit * _across(rest):
                return
            self.left_out.append(obj.name)
            del boxes[obj]

    def view_from(self, rotation: Quaternion, perspective: bool, aspect: float) -> CameraView:
        """The view, rotated so, that sees all of it in a picture of this aspect (width to height)."""
        turn = rotation.to_matrix()
        least, greatest = bounds(self.corners)
        center = (least + greatest) / 2
        back = turn.transposed()
        points = [back @ (corner - center) for corner in self.corners]
        radius = max(_across(self.corners) / 2, 0.05)
        shares = (min(1.0, aspect), min(1.0, 1 / aspect))  # of the longer side
        if perspective:
            slopes = [math.tan(ANGLE / 2) * share / MARGIN for share in shares]
            place = _perspective_place(points, slopes, radius)
        else:
            lows, highs = bounds(points)
            place = (lows + highs) / 2
            place.z = highs.z + radius
        extent = max(
            (max(each[axis] for each in points) - min(each[axis] for each in points)) / shares[axis]
            for axis in (0, 1)
        )
        depths = [place.z - point.z for point in points]
        others = [place.z - (back @ (corner - center)).z for corner in self.everything]
        far = max(*depths, *(others or depths)) + radius
        cuts = self.focused and self._is_hidden(center + turn @ place, turn.col[2], perspective)
        near = min(depths) - radius / 4 if cuts else 0.0
        if not perspective and not cuts:  # all that is before it too
            ahead = max(0.0, -min(others, default=0.0)) + radius
            place.z += ahead
            far += ahead
        return CameraView(
            Matrix.Translation(center + turn @ place) @ turn.to_4x4(),
            angle=ANGLE if perspective else None,
            extent=max(extent, radius / 2) * MARGIN,
            near=max(near, far / 10_000),
            far=far,
            cuts=cuts,
        )

    def _is_hidden(self, viewpoint: Vector, back: Vector, perspective: bool) -> bool:
        """Whether something else hides most of it."""
        least, greatest = bounds(self.corners)
        center = (least + greatest) / 2
        points = [center, *(center.lerp(corner, 0.8) for corner in self.corners[:MAX_RAYS])]
        depsgraph = bpy.context.evaluated_depsgraph_get()
        distance = (greatest - least).length
        reach = max((point - center).length for point in self.everything or points) + distance
        hidden = 0
        for point in points:
            start = viewpoint if perspective else point + back * reach
            way = point - start
            hit, _, _, _, found, _ = bpy.context.scene.ray_cast(
                depsgraph, start, way.normalized(), distance=way.length
            )
            hidden += bool(hit and found and found.original not in self.focus)
        return hidden * 2 > len(points)


def _perspective_place(points: list[Vector], slopes: list[float], radius: float) -> Vector:
    """Where, in its own axes, a camera sees all points within these slopes; found in a few steps."""
    place = Vector((0.0, 0.0, 0.0))
    for _ in range(4):
        place.z = max(
            point.z + max(abs(point[axis] - place[axis]) / slopes[axis] for axis in (0, 1))
            for point in points
        )
        place.z = max(place.z, max(point.z for point in points) + radius / 10)
        for axis in (0, 1):
            slants = [(point[axis] - place[axis]) / (place.z - point.z) for point in points]
            middle = (max(slants) + min(slants)) / 2
            nearest = place.z - max(point.z for point in points)
            place[axis] += middle * nearest
    place.z = max(
        point.z + max(abs(point[axis] - place[axis]) / slopes[axis] for axis in (0, 1)) for point in points
    )
    place.z = max(place.z, max(point.z for point in points) + radius / 10)
    return place


def _boxes() -> dict[Any, list[Vector]]:
    """The corners of every visible thing with a surface, those of its instances among them."""
    bpy.context.view_layer.update()
    boxes: dict[Any, list[Vector]] = {}
    instances = bpy.context.evaluated_depsgraph_get().object_instances
    for instance in islice(instances, MAX_INSTANCES):
        obj = instance.object
        if obj.type not in SOLID or not instance.show_self:
            continue
        owner = (instance.parent if instance.is_instance else obj).original
        matrix = instance.matrix_world
        corners = [matrix @ Vector(corner) for corner in obj.bound_box]
        if (obj.type == "MESH" and not obj.data.vertices) or all(each == corners[0] for each in corners):
            continue  # nothing is to be seen of it, and beside such ones everything else would be a giant
        boxes.setdefault(owner, []).extend(corners)
    return boxes


def bounds(points: Iterable[Vector]) -> tuple[Vector, Vector]:
    points = list(points)
    least, greatest = (
        Vector(choose(each[axis] for each in points) for axis in range(3)) for choose in (min, max)
    )
    return least, greatest


def _is_flat(points: Iterable[Vector]) -> bool:
    least, greatest = bounds(points)
    size = greatest - least
    return size.z <= FLAT * max(size.x, size.y)


def _across(points: Iterable[Vector]) -> float:
    least, greatest = bounds(points)
    return (greatest - least).length
