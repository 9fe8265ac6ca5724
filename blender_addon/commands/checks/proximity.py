"""How two objects lie to each other: how near, whether they cross, whether one is in the other.

In: two objects as triangles in the world. Out: numbers and points. Main thread only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mathutils import Vector
from mathutils.kdtree import KDTree

from ...blender.numeric import numpy
from .geometry import WorldMesh, WorldMeshes

MAX_SEARCHED = 200_000  # vertices, or edges, of one object that are looked up in the other
MAX_EDGE_PAIRS = 4_000_000
BATCH = 400_000  # pairs of edges at once
MAX_SAMPLES = 500  # vertices that are asked whether they are inside
# Along none of the axes, for most objects have faces and edges there.
_DIRECTIONS = (
    Vector((0.5377, 0.2663, 0.8000)),
    Vector((-0.3819, 0.7937, 0.4735)),
    Vector((0.71, -0.61, 0.35)),
)


@dataclass(frozen=True)
class Nearest:
    """The shortest way between two surfaces; 0 where they meet."""

    distance: float
    first: Any  # points of the world
    second: Any
    exact: bool  # else the true distance may be shorter


def nearest(meshes: WorldMeshes, a: WorldMesh, b: WorldMesh) -> Nearest:
    """Between vertices and faces, and between edges: one of these is the shortest."""
    if a is b:
        return Nearest(0.0, a.center, a.center, True)
    search_a, search_b = _Search(meshes, a), _Search(meshes, b)
    crossing = _crossing_point(meshes, a, b)
    if crossing is not None:
        return Nearest(0.0, crossing, crossing, True)
    best, exact = _from_vertices(meshes, a, search_b, b, (numpy.inf, None, None))
    turned, exact_too = _from_vertices(meshes, b, search_a, a, (best[0], best[2], best[1]))
    best = (turned[0], turned[2], turned[1])
    best, edges_exact = _from_edges(meshes, a, b, search_a, search_b, best)
    distance, first, second = best
    return Nearest(
        float(distance), meshes.world(first), meshes.world(second), exact and exact_too and edges_exact
    )


def inexact_note(a: WorldMesh, b: WorldMesh) -> str:
    return f"'{a.name}' and '{b.name}' have many faces: their surfaces may be nearer than told"


def cross(meshes: WorldMeshes, a: WorldMesh, b: WorldMesh, tolerance: float) -> bool:
    """Whether the one goes through the surface of the other, by more than the tolerance."""
    trees = meshes.tree(a), meshes.tree(b)
    if a is b or None in trees or gap(a, b).max() > 0:
        return False
    pairs = numpy.array(trees[0].overlap(trees[1]), dtype=numpy.int64)
    if not len(pairs):
        return False
    first = meshes.near(a.vertices)[a.triangles[pairs[:, 0]]]
    second = meshes.near(b.vertices)[b.triangles[pairs[:, 1]]]
    return bool((_straddles(first, second, tolerance) & _straddles(second, first, tolerance)).any())


def inside(meshes: WorldMeshes, inner: WorldMesh, outer: WorldMesh, tolerance: float) -> bool | None:
    """Whether the one lies within the other; None: that is open, so it has no inside."""
    if not outer.closed:
        return None
    low, high = outer.bounds
    if (inner.bounds[0] < low - tolerance).any() or (inner.bounds[1] > high + tolerance).any():
        return False
    if cross(meshes, inner, outer, tolerance):
        return False
    tree = meshes.tree(outer)
    step = -(-len(inner.vertices) // MAX_SAMPLES)
    return all(_is_in(tree, Vector(each), tolerance) for each in meshes.near(inner.vertices[::step]).tolist())


def gap(a: WorldMesh, b: WorldMesh) -> Any:
    """Between the bounding boxes, along each axis; below 0 by how much they overlap."""
    return numpy.maximum(a.bounds[0] - b.bounds[1], b.bounds[0] - a.bounds[1])


class _Search:
    """The nearest point of an object's surface, or of its points where it has no faces."""

    def __init__(self, meshes: WorldMeshes, mesh: WorldMesh) -> None:
        self._tree = meshes.tree(mesh)
        if self._tree is None:
            self._points = KDTree(len(mesh.vertices))
            for at, point in enumerate(meshes.near(mesh.vertices).tolist()):
                self._points.insert(point, at)
            self._points.balance()

    def __call__(self, point: Any) -> tuple[Any, float]:
        if self._tree is None:
            found, _, distance = self._points.find(point)
        else:
            found, _, _, distance = self._tree.find_nearest(point)
        return found, distance


def _from_vertices(
    meshes: WorldMeshes, mesh: WorldMesh, search: _Search, other: WorldMesh, best: tuple[Any, Any, Any]
) -> tuple[tuple[Any, Any, Any], bool]:
    """The nearest of the mesh's vertices. In the order of their distance to the other's box: once that is
    longer than the best way, no later one can be shorter."""
    low, high = (meshes.near(each) for each in other.bounds)
    points = meshes.near(mesh.vertices)
    outside = numpy.linalg.norm(numpy.maximum(numpy.maximum(low - points, points - high), 0), axis=1)
    order = numpy.argsort(outside, kind="stable")
    for count, at in enumerate(order.tolist()):
        if outside[at] >= best[0]:
            break
        if count == MAX_SEARCHED:
            return best, False
        found, distance = search(points[at].tolist())
        if distance < best[0]:
            best = (distance, points[at], found)
    return best, True


def _from_edges(
    meshes: WorldMeshes,
    a: WorldMesh,
    b: WorldMesh,
    search_a: _Search,
    search_b: _Search,
    best: tuple[Any, Any, Any],
) -> tuple[tuple[Any, Any, Any], bool]:
    """The nearest of two edges, where that is nearer."""
    if best[0] == 0 or not len(a.edges) or not len(b.edges):
        return best, True
    first, exact = _edges_near(meshes, a, b, search_b, best[0])
    second, exact_too = _edges_near(meshes, b, a, search_a, best[0])
    if not len(first) or not len(second):
        return best, exact and exact_too
    if len(first) * len(second) > MAX_EDGE_PAIRS:
        return best, False
    rows = max(1, BATCH // len(second))
    for start in range(0, len(first), rows):
        distance, here, there = _segments(first[start : start + rows, None], second[None])
        at = numpy.unravel_index(numpy.argmin(distance), distance.shape)
        if distance[at] < best[0]:
            best = (float(distance[at]), here[at], there[at])
    return best, exact and exact_too


def _edges_near(
    meshes: WorldMeshes, mesh: WorldMesh, other: WorldMesh, search: _Search, within: float
) -> tuple[Any, bool]:
    """The ends of those edges that may come nearer to the other object than this."""
    ends = meshes.near(mesh.vertices)[mesh.edges]
    low, high = (meshes.near(each) for each in other.bounds)
    near = (ends.min(axis=1) <= high + within).all(axis=1) & (ends.max(axis=1) >= low - within).all(axis=1)
    ends = ends[near]
    exact = len(ends) <= MAX_SEARCHED
    ends = ends[:MAX_SEARCHED]
    middles = ends.mean(axis=1)
    halves = numpy.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) / 2
    reach = (halves + within).tolist()
    kept = [search(middle)[1] < far for middle, far in zip(middles.tolist(), reach, strict=True)]
    return ends[numpy.array(kept, dtype=bool)], exact


def _segments(first: Any, second: Any) -> tuple[Any, Any, Any]:
    """Distances and nearest points of each segment of the one array and each of the other (Ericson)."""
    start, other = first[..., 0, :], second[..., 0, :]
    way, way_too = first[..., 1, :] - start, second[..., 1, :] - other
    between = start - other
    a, e = (way * way).sum(-1), (way_too * way_too).sum(-1)
    b, c, f = (way * way_too).sum(-1), (way * between).sum(-1), (way_too * between).sum(-1)
    a, e = numpy.maximum(a, 1e-30), numpy.maximum(e, 1e-30)
    across = a * e - b * b
    parallel = across <= 1e-12 * a * e
    s = numpy.where(parallel, 0.0, numpy.clip((b * f - c * e) / numpy.where(parallel, 1.0, across), 0, 1))
    t = (b * s + f) / e
    within = numpy.clip(t, 0, 1)
    s = numpy.where(t == within, s, numpy.clip((b * within - c) / a, 0, 1))
    here, there = start + way * s[..., None], other + way_too * within[..., None]
    return numpy.linalg.norm(here - there, axis=-1), here, there


def _crossing_point(meshes: WorldMeshes, a: WorldMesh, b: WorldMesh) -> Any:
    """Some point near where the surfaces meet; None: they do not."""
    trees = meshes.tree(a), meshes.tree(b)
    if None in trees or gap(a, b).max() > 0:
        return None
    pairs = trees[0].overlap(trees[1])
    if not pairs:
        return None
    corners = a.vertices[a.triangles[pairs[0][0]]]
    found, _, _, _ = trees[1].find_nearest(meshes.near(corners.mean(axis=0)).tolist())
    return meshes.world(found)


def _straddles(triangles: Any, planes: Any, tolerance: float) -> Any:
    """Which of the triangles reach to both sides of the plane of the other triangle beside it."""
    normals = numpy.cross(planes[:, 1] - planes[:, 0], planes[:, 2] - planes[:, 0])
    lengths = numpy.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals / numpy.maximum(lengths, 1e-30)
    sides = ((triangles - planes[:, :1]) * normals[:, None]).sum(-1)
    return (sides.min(axis=1) < -tolerance) & (sides.max(axis=1) > tolerance)


def _is_in(tree: Any, point: Any, tolerance: float) -> bool:
    """By counting the faces on the way out; most of three ways decide, for one may pass along an edge."""
    if tree.find_nearest(point)[3] <= tolerance:
        return True
    return sum(_hits(tree, point, direction) % 2 for direction in _DIRECTIONS) >= 2


def _hits(tree: Any, point: Any, direction: Any) -> int:
    count, direction = 0, direction.normalized()
    while count < 10_000:
        found, _, _, distance = tree.ray_cast(point, direction)
        if found is None:
            break
        count += 1
        point = found + direction * max(1e-6, distance * 1e-6)
    return count


def rests_on(meshes: WorldMeshes, a: WorldMesh, b: WorldMesh, tolerance: float) -> bool:
    """Whether the lowest part of the one touches the other, which is below it and not beside it."""
    height = a.bounds[0][2] + tolerance
    # What is flat may be touched from above and from below.
    stands = a.bounds[1][2] > height or b.bounds[0][2] < height - 2 * tolerance or b.size[2] <= tolerance
    if not stands or gap(a, b)[:2].max() > -min(tolerance, 1e-6):
        return False
    found = nearest(meshes, a, b)
    if found.distance <= tolerance and found.first[2] <= height:
        return True
    return _touches_at(meshes, a, b, height, tolerance) or _touches_at(meshes, b, a, height, tolerance)


def _touches_at(
    meshes: WorldMeshes, mesh: WorldMesh, other: WorldMesh, height: float, tolerance: float
) -> bool:
    """Whether a vertex of the mesh, below this height, touches the other."""
    search = _Search(meshes, other)
    low, high = (each + sign * tolerance for each, sign in zip(other.bounds, (-1, 1), strict=True))
    points = mesh.vertices
    near = (points[:, 2] <= height) & (points >= low).all(axis=1) & (points <= high).all(axis=1)
    return any(search(point)[1] <= tolerance for point in meshes.near(points[near][:MAX_SEARCHED]).tolist())
