"""UV maps of meshes made by unwrapping.

In: names of objects and a method. Out: each mesh's UV map as it is then. Main thread only.

Blender's operators work on what is selected in Edit Mode: it is entered in a scene made for the while, and
what the user has selected and hidden is as before.
"""

from __future__ import annotations

from array import array
from math import radians
from typing import Annotated, Any, Literal

import bpy

from ..blender.data_access import find_objects, leave_edit_mode, reason, with_notes
from ..blender.evaluation import hidden_notes, operating_on
from ..blender.libraries import refuse_linked, told_name
from ..errors import CommandError
from ..registry.schema import Constraint, Fraction
from ..registry.table import command
from .objects.outcome import sharing_notes

MAX_OVER = 1.02  # of the area of a whole map, from which on something must lie upon something else


@command(title="Unwrap UVs")
def unwrap_uv(
    object_names: Annotated[list[str], Constraint(minItems=1)],
    method: Literal["SMART", "CUBE", "ANGLE", "CONFORMAL"] = "SMART",
    uv_map: str | None = None,
    margin: Fraction = 0.01,
    angle_limit: Annotated[float, Constraint(minimum=0, maximum=1.5708)] = radians(66),
    cube_size: Annotated[float, Constraint(exclusiveMinimum=0)] | None = None,
) -> dict[str, Any]:
    """Lay the faces of meshes out on UV maps, all faces of each.

    object_names: the meshes
    method: SMART (any shape, no seams needed), CUBE (from six sides, may overlap), ANGLE or CONFORMAL (along
        seams that were marked)
    uv_map: the map to fill, made if it is missing; else the active one
    margin: between islands, as a part of the map
    angle_limit: of SMART: edges that are sharper split islands, in radians
    cube_size: of CUBE: the length that fills the map once; else all is made to fit
    """
    objects = find_objects(object_names)
    for obj in objects:
        _check(obj, uv_map)
    notes: list[str] = []
    rows, seen = [], set()
    for obj in objects:
        if obj.data not in seen:
            seen.add(obj.data)
            notes += leave_edit_mode(obj) + sharing_notes(obj.data) + hidden_notes(obj)
            layer = _layer(obj.data, uv_map)
            _unwrap(obj, method, margin, angle_limit, cube_size)
            row, said = _outcome(obj, layer, method)
            rows.append(row)
            notes += said
    return with_notes({"method": method, "objects": rows}, notes)


def coordinates(mesh: Any, name: str) -> array[float]:
    """The UV map's coordinates, two for each corner of a face."""
    flat = array("f", bytes(8 * len(mesh.loops)))
    mesh.uv_layers[name].data.foreach_get("uv", flat)
    return flat


def _check(obj: Any, uv_map: str | None) -> None:
    if obj.type != "MESH":
        raise CommandError(f"'{obj.name}' is of type {obj.type}, and only a MESH has UV maps")
    refuse_linked(obj)
    refuse_linked(obj.data)
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    if not len(obj.data.polygons):
        raise CommandError(f"The mesh of '{obj.name}' has no faces to unwrap")
    layers = obj.data.uv_layers
    if uv_map is not None and uv_map not in layers and len(layers) >= 8:
        raise CommandError(f"'{obj.name}' has 8 UV maps already, the most that Blender takes")


def _layer(mesh: Any, name: str | None) -> str:
    """The map to fill, active then; returns its name."""
    layers = mesh.uv_layers
    if name is not None and name in layers:
        layers.active = layers[name]
    elif name is not None or not layers:
        made = layers.new(name=name or "UVMap")
        if made is None:
            raise CommandError(f"Blender made no UV map for '{mesh.name}'")
        layers.active = made
    return str(layers.active.name)


def _unwrap(obj: Any, method: str, margin: float, angle_limit: float, cube_size: float | None) -> None:
    mesh = obj.data
    before = _flags(mesh)
    with operating_on(obj):
        try:
            bpy.ops.object.mode_set(mode="EDIT")
            if obj.mode != "EDIT":
                raise CommandError(f"Blender does not enter Edit Mode of '{obj.name}' now")
            with bpy.context.temp_override(edit_object=obj):
                bpy.ops.mesh.reveal(select=False)
                bpy.ops.mesh.select_all(action="SELECT")
                _run(method, margin, angle_limit, cube_size)
        except RuntimeError as error:
            raise CommandError(f"Cannot unwrap '{obj.name}': {reason(error)}") from error
        finally:
            if obj.mode == "EDIT":
                with bpy.context.temp_override(edit_object=obj):
                    bpy.ops.object.mode_set(mode="OBJECT")
    for parts, name, values in before:
        getattr(mesh, parts).foreach_set(name, values)
    mesh.update()


def _run(method: str, margin: float, angle_limit: float, cube_size: float | None) -> None:
    operators = bpy.ops.uv
    if method == "SMART":
        operators.smart_project(angle_limit=angle_limit, island_margin=margin)
    elif method == "CUBE":
        fit = cube_size is None
        operators.cube_project(cube_size=cube_size or 1.0, scale_to_bounds=fit)
    else:
        kind = "ANGLE_BASED" if method == "ANGLE" else "CONFORMAL"
        operators.unwrap(method=kind, margin=margin)


def _flags(mesh: Any) -> list[tuple[str, str, array[int]]]:
    """What is selected and hidden."""
    flags = []
    for parts in ("vertices", "edges", "polygons"):
        for name in ("hide", "select"):
            values = array("b", bytes(len(getattr(mesh, parts))))
            getattr(mesh, parts).foreach_get(name, values)
            flags.append((parts, name, values))
    return flags


def _outcome(obj: Any, layer: str, method: str) -> tuple[dict[str, Any], list[str]]:
    """The map as it is now, and what is not as one would wish."""
    mesh = obj.data
    flat = coordinates(mesh, layer)
    area = sum(_area(flat, each.loop_start, each.loop_total) for each in mesh.polygons)
    bounds = [min(flat[0::2]), min(flat[1::2]), max(flat[0::2]), max(flat[1::2])]
    notes = []
    if method in ("ANGLE", "CONFORMAL") and not any(each.use_seam for each in mesh.edges):
        notes.append(
            f"'{obj.name}' has no seams: a closed shape cannot be laid flat so, use SMART or mark seams"
        )
    if area <= 0:
        notes.append(f"The UV map of '{obj.name}' has no area: Blender could not unwrap it")
    elif area > MAX_OVER:
        notes.append(f"Faces of '{obj.name}' overlap in the UV map: not fit for baking")
    if any(abs(each - 1) > 1e-4 for each in obj.scale):
        notes.append(f"'{obj.name}' is scaled, which the UV map does not know of: it may look stretched")
    row = {"object": told_name(obj), "uv_map": layer, "bounds": [round(each, 5) for each in bounds]}
    return {**row, "faces": len(mesh.polygons), "covered_area": round(area, 5)}, notes


def _area(flat: array[float], start: int, count: int) -> float:
    points = [(flat[2 * at], flat[2 * at + 1]) for at in range(start, start + count)]
    turned = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in turned)) / 2
