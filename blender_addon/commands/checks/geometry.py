"""Objects as triangles in the world, and what is measured of one of them.

In: an object. Out: its vertices and triangles as arrays, modifiers and instances included, with notes on what
could not be. Main thread only.

Coordinates are told from a point near the objects that are measured together, because Blender's search
trees count with seven digits only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import bpy
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ...blender.data_access import update_from_edit_mode, world_matrix
from ...blender.libraries import told_name
from ...blender.numeric import numpy
from ...blender.visibility import hidden_by
from ...errors import CommandError

MAX_TRIANGLES = 1_000_000  # of an object; more would keep Blender busy for long
MAX_INSTANCES = 10_000

WITHOUT_EXTENT = ("EMPTY", "LIGHT", "CAMERA", "SPEAKER", "LIGHT_PROBE")


class WorldMesh:
    """An object as triangles. One without a surface is the point where it stands."""

    def __init__(self, name: str, vertices: Any, triangles: Any, origin: Any, notes: list[str]) -> None:
        self.name = name
        self.origin = origin  # the object's own, in the world
        self.vertices = vertices  # in the world
        self.triangles = triangles
        self.notes = notes

    @cached_property
    def bounds(self) -> tuple[Any, Any]:
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    @property
    def center(self) -> Any:
        return (self.bounds[0] + self.bounds[1]) / 2

    @property
    def size(self) -> Any:
        return self.bounds[1] - self.bounds[0]

    @cached_property
    def closed(self) -> bool:
        """Whether it encloses a volume: each edge has two triangles, which wind the same way."""
        if not len(self.triangles):
            return False
        starts = self.triangles.astype(numpy.int64)
        ends = numpy.roll(starts, -1, axis=1)
        count = len(self.vertices)
        there, back = (starts * count + ends).ravel(), (ends * count + starts).ravel()
        there.sort()
        back.sort()
        return bool((there[1:] != there[:-1]).all() and (there == back).all())

    @cached_property
    def area(self) -> float:
        first, second, third = self._corners()
        return float(numpy.linalg.norm(numpy.cross(second - first, third - first), axis=1).sum() / 2)

    @cached_property
    def volume(self) -> float | None:
        """What it encloses, below 0 where its normals point inward; None: it is open."""
        if not self.closed:
            return None
        first, second, third = self._corners()
        return float((first * numpy.cross(second, third)).sum() / 6)

    def _corners(self) -> tuple[Any, ...]:
        near = self.vertices - self.center
        return tuple(near[self.triangles[:, corner]] for corner in range(3))

    @cached_property
    def edges(self) -> Any:
        """Pairs of vertices, each once."""
        if not len(self.triangles):
            return numpy.empty((0, 2), dtype=numpy.int64)
        pairs = numpy.concatenate([self.triangles[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
        pairs.sort(axis=1)
        return numpy.unique(pairs, axis=0)


class WorldMeshes:
    """Objects as they are now, each looked at once."""

    def __init__(self) -> None:
        self._known: dict[Any, WorldMesh] = {}
        self._trees: dict[str, Any] = {}
        self._depsgraph: Any = None
        self._zero: Any = None

    def of(self, obj: Any) -> WorldMesh:
        """CommandError: it has too many triangles."""
        if obj not in self._known:
            update_from_edit_mode(obj)
            if self._depsgraph is None or obj.mode == "EDIT":
                bpy.context.view_layer.update()
                self._depsgraph = bpy.context.evaluated_depsgraph_get()
            self._known[obj] = _world_mesh(obj, self._depsgraph)
            if self._zero is None:
                self._zero = self._known[obj].center
        return self._known[obj]

    def near(self, points: Any) -> Any:
        """Points of the world as the trees have them."""
        return points - self._zero

    def world(self, point: Any) -> Any:
        return numpy.array(point, dtype=numpy.float64) + self._zero

    def tree(self, mesh: WorldMesh) -> Any:
        """The triangles to search in; None: there are none."""
        if mesh.name not in self._trees:
            points = self.near(mesh.vertices).tolist()
            faces = mesh.triangles.tolist()
            self._trees[mesh.name] = (
                BVHTree.FromPolygons(points, faces, all_triangles=True) if faces else None
            )
        return self._trees[mesh.name]


def is_evaluated(obj: Any, depsgraph: Any) -> bool:
    """Whether Blender has computed its modifiers and its place; it does not of what is hidden."""
    return bool(obj.evaluated_get(depsgraph).is_evaluated)


def unevaluated_notes(obj: Any) -> list[str]:
    if not obj.modifiers and not obj.constraints:
        return []
    why = hidden_by(obj) or "nothing shows it"
    return [f"'{told_name(obj)}' is without its modifiers and constraints here: {why}"]


def _world_mesh(obj: Any, depsgraph: Any) -> WorldMesh:
    notes: list[str] = []
    name = told_name(obj)
    evaluated = obj.evaluated_get(depsgraph)
    if evaluated.is_evaluated:
        matrix = evaluated.matrix_world
    else:
        evaluated, matrix = obj, world_matrix(obj)
        notes += unevaluated_notes(obj)
    origin = numpy.array(matrix.translation, dtype=numpy.float64)
    points, triangles, count = [], [], 0
    for vertices, faces in _parts(obj, evaluated, matrix, depsgraph, notes):
        triangles.append(faces + count)
        points.append(vertices)
        count += len(vertices)
        if sum(map(len, triangles)) > MAX_TRIANGLES:
            raise CommandError(f"'{name}' has over {MAX_TRIANGLES:,} triangles, too many to be measured")
    if not count:
        points = [origin[None, :]]
        if obj.type not in WITHOUT_EXTENT:
            notes.append(f"'{name}' has no geometry: it is measured as the point where it stands")
    elif not sum(map(len, triangles)):
        notes.append(f"'{name}' has no faces: it is measured by its points")
    faces = numpy.concatenate(triangles) if triangles else numpy.empty((0, 3), dtype=numpy.int64)
    return WorldMesh(name, numpy.concatenate(points), faces, origin, notes)


def _parts(
    obj: Any, evaluated: Any, matrix: Any, depsgraph: Any, notes: list[str]
) -> Iterator[tuple[Any, Any]]:
    """Vertices in the world and triangles: of the object, and of each instance that it makes."""
    if obj.type not in WITHOUT_EXTENT and (local := _triangles(evaluated, notes)):
        yield _placed(local[0], matrix), local[1]
    if not _may_instance(obj):
        return
    known: dict[int, tuple[Any, Any] | None] = {}
    count = 0
    for instance in depsgraph.object_instances:
        if not instance.is_instance or instance.parent is None or instance.parent.original != obj:
            continue
        count += 1
        if count > MAX_INSTANCES:
            notes.append(f"Only the first {MAX_INSTANCES:,} instances of '{obj.name}' are measured")
            return
        source = instance.object
        key = source.data.as_pointer() if source.data else 0
        if key not in known:
            known[key] = _triangles(source, notes) if source.type not in WITHOUT_EXTENT else None
        if local := known[key]:
            yield _placed(local[0], instance.matrix_world), local[1]


def _may_instance(obj: Any) -> bool:
    nodes = any(each.type == "NODES" for each in obj.modifiers)
    return nodes or obj.instance_type != "NONE" or bool(len(obj.particle_systems))


def _placed(points: Any, matrix: Any) -> Any:
    rows = numpy.array(matrix, dtype=numpy.float64)
    return points @ rows[:3, :3].T + rows[:3, 3]


def _triangles(source: Any, notes: list[str]) -> tuple[Any, Any] | None:
    """Vertices and triangles of an object's own surface; None: it has none."""
    try:
        mesh = source.to_mesh()
    except RuntimeError:
        mesh = None
    if mesh is None:
        corners = numpy.array([Vector(each) for each in source.bound_box], dtype=numpy.float64)
        notes.append(f"'{source.name}' has no mesh: its bounding box is measured")
        return corners, numpy.empty((0, 3), dtype=numpy.int64)
    try:
        if not len(mesh.vertices):
            return None
        mesh.calc_loop_triangles()
        points = numpy.empty(len(mesh.vertices) * 3, dtype=numpy.float32)
        mesh.vertices.foreach_get("co", points)
        faces = numpy.empty(len(mesh.loop_triangles) * 3, dtype=numpy.int32)
        mesh.loop_triangles.foreach_get("vertices", faces)
    finally:
        source.to_mesh_clear()
    return points.reshape(-1, 3).astype(numpy.float64), faces.reshape(-1, 3).astype(numpy.int64)
