"""The scene in few words, for an assistant that pays for each: small for small scenes and for large ones.

In: how much to list, a part of a name. Out: counts, what matters for the picture, and a line for each object
or each row of objects that are alike. Main thread only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

import bpy

from .lookup import is_visible, selected_objects
from .registry import command
from .schema import Constraint

ALIKE = 4  # objects of one name but for their numbers, and of one type, share a line from here on
NAMES = 10  # of collections, materials and selected objects

_NUMBER = re.compile(r"[._ -]?\d+$")
_ANSWER = {
    "type": "object",
    "properties": {
        "counts": {"type": "object"},
        "objects": {"type": "array", "items": {"type": "string"}},
        "more": {"type": "string"},
    },
    "required": ["counts", "objects"],
}


@command(title="Scene at a glance", reads_only=True, tool=True, output_schema=_ANSWER)
def get_scene(
    query: str = "",
    limit: Annotated[int, Constraint(minimum=1, maximum=500)] = 25,
    offset: Annotated[int, Constraint(minimum=0)] = 0,
) -> dict[str, Any]:
    """Read the scene in few words: counts, camera, frames, and the largest objects with place and size in
    metres. Call it first.

    query: list only objects with this in their name
    limit: lines
    offset: lines to pass over
    """
    scene, layer = bpy.context.scene, bpy.context.view_layer
    layer.update()
    objects = list(scene.objects)
    part = query.strip().lower()
    lines = _lines([each for each in objects if part in each.name.lower()], apart=bool(part))
    answer = {
        "scene": scene.name,
        "file": bpy.data.filepath or "(not saved)",
        "mode": bpy.context.mode,
        "engine": scene.render.engine,
        "camera": scene.camera.name if scene.camera else None,
        "frame": scene.frame_current,
        "frames": [scene.frame_start, scene.frame_end],
        "counts": dict(Counter(each.type for each in objects).most_common()),
        "active": layer.objects.active.name if layer.objects.active else None,
        "selected": _some(each.name for each in selected_objects()),
        "collections": _some(f"{each.name} ({len(each.all_objects)})" for each in scene.collection.children),
        "materials": _some(each.name for each in bpy.data.materials),
        "objects": lines[offset : offset + limit],
    }
    left = len(lines) - offset - limit
    if left > 0:
        answer["more"] = f"{left} more lines: offset={offset + limit}, or query=part of a name"
    return answer


def _lines(objects: Iterable[Any], apart: bool) -> list[str]:
    """Cameras and lights first, then what there is many of, in one line unless `apart`, then the largest."""
    rows: dict[tuple[str, str], list[Any]] = {}
    for each in objects:
        stem = each.name if apart else _NUMBER.sub("", each.name)
        rows.setdefault((stem, each.type), []).append(each)
    alone = [[each] for row in rows.values() if len(row) < ALIKE for each in row]
    groups = [row for row in rows.values() if len(row) >= ALIKE]
    return [_line(row) for row in sorted([*alone, *groups], key=_rank)]


def _rank(row: list[Any]) -> tuple[int, float]:
    kind = 0 if row[0].type in ("CAMERA", "LIGHT") else 1 if len(row) > 1 else 2
    return kind, -max(max(each.dimensions) for each in row)


def _line(row: list[Any]) -> str:
    obj = row[0]
    if len(row) > 1:
        names = sorted(each.name for each in row)
        return f"{len(row)} {obj.type}: {names[0]} … {names[-1]}"
    told = f"{obj.name} {obj.type} at {_numbers(obj.matrix_world.translation)}"
    if any(obj.dimensions):
        told += f" size {_numbers(obj.dimensions)}"
    if obj.parent:
        told += f" in {obj.parent.name}"
    return told if is_visible(obj) else f"{told} hidden"


def _numbers(vector: Iterable[float]) -> str:
    return ",".join(f"{round(each, 4) or 0.0:.4g}" for each in vector)


def _some(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return listed if len(listed) <= NAMES else [*listed[:NAMES], f"… {len(listed) - NAMES} more"]
