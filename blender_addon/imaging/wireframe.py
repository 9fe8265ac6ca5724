"""The edges of the scene drawn as lines: Blender's own are black on dark gray, and none without a window.

In: a camera view and a size. Out: a picture as an array of bytes: dark lines on light paper, everything seen
through. Main thread only.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import bpy

from ..blender.numeric import numpy
from .camera_view import MAX_INSTANCES, SOLID, CameraView

MAX_EDGES = 1_000_000  # what is beyond is left out
PAPER, INK = 236.0, 30.0
FINE = 2  # times as many pixels each way, averaged: smooth lines
BATCH = 2_000_000  # pixels set at once


def draw(camera_view: CameraView, scene: Any, width: int, height: int) -> Any:
    to_picture = numpy.array(
        camera_view.window_matrix(scene, width, height) @ camera_view.view_matrix, dtype=numpy.float64
    )
    wide, high = width * FINE, height * FINE
    drawn = numpy.zeros((high, wide), dtype=bool)
    left = MAX_EDGES
    meshes: dict[int, tuple[Any, Any]] = {}
    for instance in islice(bpy.context.evaluated_depsgraph_get().object_instances, MAX_INSTANCES):
        obj = instance.object
        if obj.type not in SOLID or not instance.show_self or left <= 0:
            continue
        key = obj.data.as_pointer() if obj.data else 0
        if key not in meshes:
            meshes[key] = _edges(obj)
        points, edges = meshes[key]
        edges = edges[:left]
        left -= len(edges)
        if len(edges):
            matrix = to_picture @ numpy.array(instance.matrix_world, dtype=numpy.float64)
            clip = numpy.column_stack([points, numpy.ones(len(points))]) @ matrix.T
            _lines(drawn, clip[edges[:, 0]], clip[edges[:, 1]])
    share = drawn.reshape(height, FINE, width, FINE).mean(axis=(1, 3), dtype=numpy.float32)
    gray = (PAPER + (INK - PAPER) * numpy.minimum(share * 1.5, 1.0)).astype(numpy.uint8)
    return numpy.repeat(gray[:, :, None], 3, axis=2)


def _edges(obj: Any) -> tuple[Any, Any]:
    """The places of the points, and pairs of their numbers."""
    try:
        mesh = obj.to_mesh()
    except RuntimeError:  # a volume, points without edges
        mesh = None
    if mesh is None:
        return numpy.empty((0, 3)), numpy.empty((0, 2), dtype=numpy.int32)
    try:
        points = numpy.empty(len(mesh.vertices) * 3, dtype=numpy.float32)
        edges = numpy.empty(len(mesh.edges) * 2, dtype=numpy.int32)
        mesh.vertices.foreach_get("co", points)
        mesh.edges.foreach_get("vertices", edges)
    finally:
        obj.to_mesh_clear()
    return points.reshape(-1, 3), edges.reshape(-1, 2)


def _lines(drawn: Any, starts: Any, ends: Any) -> None:
    """Set the pixels between each start and end, both in the homogeneous space of the picture."""
    starts, ends = _clipped(starts, ends)
    if not len(starts):
        return
    high, wide = drawn.shape
    size = numpy.array([wide - 1, high - 1], dtype=numpy.float64)
    flip = numpy.array([1.0, -1.0])
    first = (starts[:, :2] / starts[:, 3:] * flip + 1) / 2 * size
    last = (ends[:, :2] / ends[:, 3:] * flip + 1) / 2 * size
    counts = numpy.ceil(numpy.abs(last - first).max(axis=1)).astype(numpy.int64) + 1
    cuts = numpy.searchsorted(numpy.cumsum(counts), numpy.arange(BATCH, counts.sum(), BATCH))
    for chosen in numpy.split(numpy.arange(len(counts)), numpy.unique(cuts)):
        if not len(chosen):
            continue
        some = counts[chosen]
        which = numpy.repeat(chosen, some)
        steps = numpy.arange(len(which)) - numpy.repeat(numpy.cumsum(some) - some, some)
        part = (steps / numpy.maximum(counts[which] - 1, 1))[:, None]
        places = numpy.rint(first[which] + (last[which] - first[which]) * part).astype(numpy.int64)
        numpy.clip(places, 0, (wide - 1, high - 1), out=places)
        drawn[places[:, 1], places[:, 0]] = True


def _clipped(starts: Any, ends: Any) -> tuple[Any, Any]:
    """The part of each line inside the picture and before the camera (Liang-Barsky, for all at once)."""
    low, high = numpy.zeros(len(starts)), numpy.ones(len(starts))
    for axis, sign in ((2, 1), (0, 1), (0, -1), (1, 1), (1, -1)):
        here = starts[:, 3] + sign * starts[:, axis]
        there = ends[:, 3] + sign * ends[:, axis]
        with numpy.errstate(divide="ignore", invalid="ignore"):
            crossing = here / (here - there)
        low = numpy.where((here < 0) & (there >= 0), numpy.maximum(low, crossing), low)
        high = numpy.where((there < 0) & (here >= 0), numpy.minimum(high, crossing), high)
        low = numpy.where((here < 0) & (there < 0), 2.0, low)
    seen = low < high
    starts, ends, low, high = starts[seen], ends[seen], low[seen, None], high[seen, None]
    way = ends - starts
    starts, ends = starts + way * low, starts + way * high
    before = (starts[:, 3] > 1e-9) & (ends[:, 3] > 1e-9)
    return starts[before], ends[before]
