"""What may be wrong with a mesh, counted.

In: an object. Out: how many there are of each fault and the first of them by index, with what the mesh is
made of. Main thread only.
"""

from __future__ import annotations

from typing import Annotated, Any

import bmesh
import bpy

from ...blender.data_access import find_object, rounded, update_from_edit_mode, with_notes, world_matrix
from ...blender.libraries import told_name
from ...blender.visibility import hidden_by
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command

MAX_FACES = 500_000  # of a mesh that is looked into; more would keep Blender busy for long
SURFACES = ("MESH", "CURVE", "SURFACE", "FONT", "META")
MAX_NAMES = 20

_UNAPPLIED = 1e-5


@command(title="Check a mesh", reads_only=True)
def check_mesh(
    name: str,
    evaluated: bool = True,
    max_triangles: Annotated[int, Constraint(minimum=1)] | None = None,
    merge_distance: Annotated[float, Constraint(minimum=0)] = 0.0001,
    limit: Annotated[int, Constraint(minimum=0, maximum=100)] = 5,
) -> dict[str, Any]:
    """Look for faults of an object's mesh: edges that are open or shared by three faces, loose parts, normals
    that point the wrong way, doubles, faces without area, n-gons, a scale that is not applied, missing UV
    maps, unused material slots. Answers a count and the first indices of each; `problems` names those that
    mostly matter.

    name: of the object
    evaluated: with modifiers; otherwise the mesh as it is edited
    max_triangles: a budget; more is a problem
    merge_distance: vertices nearer than this are doubles, in the mesh's own unit
    limit: how many indices of each
    """
    obj = find_object(name)
    if obj.type not in SURFACES:
        raise CommandError(f"'{name}' is of type {obj.type} and has no mesh")
    update_from_edit_mode(obj)
    bpy.context.view_layer.update()
    source, notes = _source(obj, evaluated)
    try:
        mesh = source.to_mesh()
    except RuntimeError as error:
        raise CommandError(f"'{name}' makes no mesh: {error}") from error
    try:
        answer, problems = _look(obj, mesh, max_triangles, merge_distance, limit, notes)
    finally:
        source.to_mesh_clear()
    if evaluated and any(each.type == "NODES" for each in obj.modifiers):
        notes.append("Instances that geometry nodes make are not looked into")
    facts = {"name": told_name(obj), "evaluated": source is not obj}
    return with_notes({**facts, **answer, "ok": not problems, "problems": problems}, notes)


def _source(obj: Any, evaluated: bool) -> tuple[Any, list[str]]:
    """What to take the mesh of, and notes."""
    if not evaluated:
        return obj, []
    found = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    if found.is_evaluated:
        return found, []
    why = hidden_by(obj) or "nothing shows it"
    return obj, [f"The mesh is without modifiers here: {why}"] if obj.modifiers else []


def _look(
    obj: Any, mesh: Any, budget: int | None, distance: float, limit: int, notes: list[str]
) -> tuple[dict[str, Any], list[str]]:
    triangles = len(mesh.loops) - 2 * len(mesh.polygons)
    answer: dict[str, Any] = {
        "vertices": len(mesh.vertices),
        "edges": len(mesh.edges),
        "faces": len(mesh.polygons),
        "triangles": triangles,
    }
    problems = []
    if not len(mesh.polygons):
        problems.append("There are no faces")
    if budget is not None:
        answer["max_triangles"] = budget
        if triangles > budget:
            problems.append(f"{triangles} triangles are {triangles - budget} over the budget of {budget}")
    if len(mesh.polygons) > MAX_FACES or len(mesh.vertices) > 2 * MAX_FACES:
        notes.append(f"The mesh has over {MAX_FACES:,} faces: only its numbers, scale and slots are told")
        faults: dict[str, Any] = {}
    else:
        facts, faults = _geometry(mesh, distance)
        answer.update(facts)
    answer["faults"] = {
        kind: {"count": len(found), "first": found[:limit]} for kind, found in faults.items() if found
    }
    problems += [f"{len(faults[kind])} {words}" for kind, words in _PROBLEMS.items() if faults.get(kind)]
    for look in (_scale, _uv_maps, _slots):
        facts, found = look(obj, mesh)
        answer.update(facts)
        problems += found
    return answer, problems


# What mostly matters. A surface that is open on purpose has open edges, and n-gons may be wanted.
_PROBLEMS = {
    "edges_of_several_faces": "edges have three or more faces",
    "bow_tie_vertices": "vertices join surfaces that share no edge there",
    "inconsistent_edges": "edges lie between faces whose normals point to different sides",
    "inward_faces": "faces of closed parts have normals that point inward",
    "loose_vertices": "vertices belong to no edge",
    "loose_edges": "edges belong to no face",
    "double_vertices": "vertices lie at the place of another one",
    "zero_area_faces": "faces have no area",
}


def _geometry(mesh: Any, distance: float) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Facts about the mesh, and the indices of each kind of fault."""
    from ...blender.numeric import numpy  # here: it would make every start of Blender slower

    edges = _read(mesh.edges, "vertices", 2, numpy.int32)
    loop_edges = _read(mesh.loops, "edge_index", 1, numpy.int32)
    loop_vertices = _read(mesh.loops, "vertex_index", 1, numpy.int32)
    sides = _read(mesh.polygons, "loop_total", 1, numpy.int32)
    areas = _read(mesh.polygons, "area", 1, numpy.float32)
    points = _read(mesh.vertices, "co", 3, numpy.float32)
    uses = numpy.bincount(loop_edges, minlength=len(edges))
    forward = numpy.bincount(loop_edges[loop_vertices == edges[loop_edges, 0]], minlength=len(edges))
    used = numpy.zeros(len(points), dtype=bool)
    used[edges.ravel()] = True
    size = float(numpy.ptp(points, axis=0).max()) if len(points) else 0.0
    part_of = _parts(edges, len(points))
    odd = used.copy()  # vertices that only their edges are to blame for
    odd[:] = False
    odd[edges[uses != 2].ravel()] = True
    open_parts = numpy.unique(part_of[edges[uses != 2].ravel()])
    bow_ties, doubles, inward = _by_bmesh(mesh, distance, ~used | odd, part_of, open_parts, points)
    faults = {
        "open_edges": numpy.flatnonzero(uses == 1).tolist(),
        "edges_of_several_faces": numpy.flatnonzero(uses > 2).tolist(),
        "bow_tie_vertices": bow_ties,
        "inconsistent_edges": numpy.flatnonzero((uses == 2) & (forward != 1)).tolist(),
        "inward_faces": inward,
        "loose_vertices": numpy.flatnonzero(~used).tolist(),
        "loose_edges": numpy.flatnonzero(uses == 0).tolist(),
        "double_vertices": doubles,
        "zero_area_faces": numpy.flatnonzero(areas <= (size * 1e-6) ** 2).tolist(),
        "n_gons": numpy.flatnonzero(sides > 4).tolist(),
    }
    facts = {
        "quads": int((sides == 4).sum()),
        "parts": len(numpy.unique(part_of)),
        "closed": bool(len(sides)) and bool((uses == 2).all()) and bool(used.all()),
    }
    return facts, faults


def _read(rows: Any, name: str, width: int, kind: Any) -> Any:
    from ...blender.numeric import numpy

    values = numpy.empty(len(rows) * width, dtype=kind)
    rows.foreach_get(name, values)
    return values.reshape(-1, width) if width > 1 else values


def _parts(edges: Any, count: int) -> Any:
    """For each vertex the least vertex of its part: what edges connect."""
    from ...blender.numeric import numpy

    labels = numpy.arange(count)
    while len(edges):
        least = numpy.minimum(labels[edges[:, 0]], labels[edges[:, 1]])
        before = labels.copy()
        for end in (0, 1):
            numpy.minimum.at(labels, edges[:, end], least)
        labels = labels[labels]
        if (labels == before).all():
            break
    return labels


def _by_bmesh(
    mesh: Any, distance: float, excused: Any, part_of: Any, open_parts: Any, points: Any
) -> tuple[list[int], list[int], list[int]]:
    """Bow-tie vertices, doubles, and faces that Blender would turn around to make normals point outward."""
    shut = set(part_of.tolist()) - set(open_parts.tolist()) - _hollows(part_of, points)
    found = bmesh.new()
    try:
        found.from_mesh(mesh)
        bow_ties = [v.index for v in found.verts if not v.is_manifold and not excused[v.index]]
        targets = bmesh.ops.find_doubles(found, verts=found.verts, dist=distance)["targetmap"]
        doubles = sorted(each.index for each in targets)
        before = [(face, face.normal.copy()) for face in found.faces]
        bmesh.ops.recalc_face_normals(found, faces=found.faces)
        inward = [
            face.index
            for face, normal in before
            if part_of[face.verts[0].index] in shut and face.normal.dot(normal) < 0
        ]
    finally:
        found.free()
    return bow_ties, doubles, inward


def _hollows(part_of: Any, points: Any) -> set[int]:
    """Parts inside the bounding box of another one: their normals may point inward, round a hollow."""
    from ...blender.numeric import numpy

    names = numpy.unique(part_of)
    if not 1 < len(names) <= 1000:
        return set()
    order = numpy.argsort(part_of, kind="stable")
    starts = numpy.searchsorted(part_of[order], names)
    low = numpy.minimum.reduceat(points[order], starts)
    high = numpy.maximum.reduceat(points[order], starts)
    within = (low[:, None] > low[None]).all(-1) & (high[:, None] < high[None]).all(-1)
    return set(names[within.any(axis=1)].tolist())


def _scale(obj: Any, mesh: Any) -> tuple[dict[str, Any], list[str]]:
    scale = rounded(obj.scale)
    applied = all(abs(each - 1) <= _UNAPPLIED for each in scale)
    problems = [] if applied else [f"The scale is not applied: {', '.join(f'{each:.5g}' for each in scale)}"]
    if world_matrix(obj).determinant() < 0:
        problems.append("The object is mirrored by its scale, so its normals are turned around in the world")
    return {"scale": scale, "scale_applied": applied}, problems


def _uv_maps(obj: Any, mesh: Any) -> tuple[dict[str, Any], list[str]]:
    names = [each.name for each in mesh.uv_layers]
    problems = [] if names or not len(mesh.polygons) else ["There is no UV map"]
    if names and len(mesh.polygons) and _is_collapsed(mesh):
        problems.append(f"The UV map '{mesh.uv_layers.active.name}' is one point: it was never unwrapped")
    return {"uv_maps": names[:MAX_NAMES]}, problems


def _is_collapsed(mesh: Any) -> bool:
    from ...blender.numeric import numpy

    layer = mesh.uv_layers.active or mesh.uv_layers[0]
    places = _read(layer.data, "uv", 2, numpy.float32)
    return bool((numpy.ptp(places, axis=0) <= 1e-7).all()) if len(places) else False


def _slots(obj: Any, mesh: Any) -> tuple[dict[str, Any], list[str]]:
    from ...blender.numeric import numpy

    used = set(numpy.unique(_read(mesh.polygons, "material_index", 1, numpy.int32)).tolist())
    slots = list(obj.material_slots)
    unused = [at for at in range(len(slots)) if at not in used]
    empty = [at for at in used if at < len(slots) and slots[at].material is None]
    beyond = [at for at in used if at >= max(1, len(slots))]
    problems = []
    if not slots and used:
        problems.append("There is no material")
    if unused:
        told = ", ".join(
            f"{at} ({slots[at].material.name if slots[at].material else 'empty'})"
            for at in unused[:MAX_NAMES]
        )
        problems.append(f"{len(unused)} material slots are used by no face: {told}")
    if empty:
        problems.append(f"Faces use material slots that are empty: {', '.join(map(str, empty[:MAX_NAMES]))}")
    if beyond:
        problems.append(
            f"Faces use material slots that are not there: {', '.join(map(str, beyond[:MAX_NAMES]))}"
        )
    return {"material_slots": len(slots), "unused_slots": unused[:MAX_NAMES]}, problems
