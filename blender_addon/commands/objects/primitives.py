"""The shapes that `create_object` can add: one builder for each type, from numbers to object data.

In: a `Shape`. Out: new data (mesh, curve, light ...) that no object uses yet; None for an empty. Main thread.

Meshes are built by `bmesh` and not by the `primitive_*_add` operators, which want a window and object mode,
and change the selection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import bmesh
import bpy
from mathutils import Matrix


@dataclass(frozen=True)
class Shape:
    """What was asked for; None means the type's own measure."""

    type: str
    name: str
    size: float | None = None
    height: float | None = None
    thickness: float | None = None
    segments: int = 32
    rings: int = 16
    smooth: bool = False
    text: str = "Text"
    points: Sequence[Sequence[float]] | None = None
    cyclic: bool = False
    light_type: str = "POINT"
    energy: float | None = None
    lens: float = 50.0

    @property
    def across(self) -> float:
        """The size of a mesh; Blender's own primitives are 2 m across."""
        return 2.0 if self.size is None else self.size

    @property
    def tall(self) -> float:
        return self.across if self.height is None else self.height


def _cube(mesh: Any, shape: Shape) -> None:
    bmesh.ops.create_cube(mesh, size=shape.across, calc_uvs=True)


def _plane(mesh: Any, shape: Shape) -> None:
    bmesh.ops.create_grid(mesh, x_segments=1, y_segments=1, size=shape.across / 2, calc_uvs=True)


def _grid(mesh: Any, shape: Shape) -> None:
    count = shape.segments
    bmesh.ops.create_grid(mesh, x_segments=count, y_segments=count, size=shape.across / 2, calc_uvs=True)


def _circle(mesh: Any, shape: Shape) -> None:
    bmesh.ops.create_circle(mesh, segments=shape.segments, radius=shape.across / 2, calc_uvs=True)


def _sphere(mesh: Any, shape: Shape) -> None:
    bmesh.ops.create_uvsphere(
        mesh, u_segments=shape.segments, v_segments=shape.rings, radius=shape.across / 2, calc_uvs=True
    )


def _ico_sphere(mesh: Any, shape: Shape) -> None:
    bmesh.ops.create_icosphere(mesh, subdivisions=2, radius=shape.across / 2, calc_uvs=True)


def _cylinder(mesh: Any, shape: Shape) -> None:
    _pillar(mesh, shape, top=shape.across / 2)


def _cone(mesh: Any, shape: Shape) -> None:
    _pillar(mesh, shape, top=0)


def _pillar(mesh: Any, shape: Shape, top: float) -> None:
    bmesh.ops.create_cone(
        mesh,
        cap_ends=True,
        segments=shape.segments,
        radius1=shape.across / 2,
        radius2=top,
        depth=shape.tall,
        calc_uvs=True,
    )


def _monkey(mesh: Any, shape: Shape) -> None:
    bmesh.ops.create_monkey(mesh, matrix=Matrix.Scale(shape.across / 2, 4), calc_uvs=True)


def _torus(mesh: Any, shape: Shape) -> None:
    """A ring of `across` between the middles of its tube; `bmesh` has no operator for it."""
    major, minor = shape.across / 2, (shape.thickness or shape.across / 4) / 2
    around, about = shape.segments, max(3, shape.rings)
    circles = []
    for i in range(around):
        turn = 2 * math.pi * i / around
        circle = []
        for j in range(about):
            tilt = 2 * math.pi * j / about
            out = major + minor * math.cos(tilt)
            place = (out * math.cos(turn), out * math.sin(turn), minor * math.sin(tilt))
            circle.append(mesh.verts.new(place))
        circles.append(circle)
    uv = mesh.loops.layers.uv.verify()
    for i in range(around):
        here, there = circles[i], circles[(i + 1) % around]
        for j in range(about):
            k = (j + 1) % about
            face = mesh.faces.new((here[j], there[j], there[k], here[k]))
            corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
            for loop, (u, v) in zip(face.loops, corners, strict=True):
                loop[uv].uv = (u / around, v / about)


MESHES: dict[str, Callable[[Any, Shape], None]] = {
    "CUBE": _cube,
    "PLANE": _plane,
    "CIRCLE": _circle,
    "SPHERE": _sphere,
    "UV_SPHERE": _sphere,
    "ICO_SPHERE": _ico_sphere,
    "CYLINDER": _cylinder,
    "CONE": _cone,
    "TORUS": _torus,
    "GRID": _grid,
    "MONKEY": _monkey,
}


def default_name(type: str) -> str:
    return type.replace("_", " ").title()


def _mesh(shape: Shape) -> Any:
    mesh = bmesh.new()
    try:
        mesh.loops.layers.uv.new("UVMap")
        MESHES[shape.type](mesh, shape)
        for face in mesh.faces:
            face.smooth = shape.smooth
        data = bpy.data.meshes.new(default_name(shape.type))  # as Blender's own operators do
        mesh.to_mesh(data)
    finally:
        mesh.free()
    return data


def _light(shape: Shape) -> Any:
    data = bpy.data.lights.new(shape.name, shape.light_type)
    if shape.energy is not None:
        data.energy = shape.energy
    elif shape.light_type != "SUN":  # a sun's 1.0 is bright; a lamp's unit is the watt, and its 10 W are dark
        data.energy = 1000.0
    if shape.size is not None:
        if shape.light_type == "AREA":
            data.size = shape.size
        elif shape.light_type != "SUN":
            data.shadow_soft_size = shape.size / 2
    return data


def _camera(shape: Shape) -> Any:
    data = bpy.data.cameras.new(shape.name)
    data.lens = shape.lens
    if shape.size is not None:
        data.display_size = shape.size
    return data


def _text(shape: Shape) -> Any:
    data = bpy.data.curves.new(shape.name, "FONT")
    data.body = shape.text
    data.size = 1.0 if shape.size is None else shape.size
    data.extrude = (shape.thickness or 0.0) / 2
    return data


def _curve(shape: Shape) -> Any:
    """A Bézier curve through the points, with handles that make it smooth."""
    half = shape.across / 2
    points = shape.points or [(-half, 0, 0), (half, 0, 0)]
    data = bpy.data.curves.new(shape.name, "CURVE")
    data.dimensions = "3D"
    data.bevel_depth = (shape.thickness or 0.0) / 2
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(len(points) - 1)
    for knot, point in zip(spline.bezier_points, points, strict=True):
        knot.co = point
        knot.handle_left_type = knot.handle_right_type = "AUTO"
    spline.use_cyclic_u = shape.cyclic
    return data


OTHERS: dict[str, Callable[[Shape], Any]] = {
    "EMPTY": lambda shape: None,
    "LIGHT": _light,
    "CAMERA": _camera,
    "TEXT": _text,
    "CURVE": _curve,
}


def build(shape: Shape) -> Any:
    """The data of the shape."""
    return _mesh(shape) if shape.type in MESHES else OTHERS[shape.type](shape)
