"""The scene in as few tokens as possible, for an assistant: a short answer for small and for large scenes.

In: how much to list, a part of a name. Out: counts, what matters for the picture, and a line for each object
or each row of objects that are alike. Main thread only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

import bpy

from ...blender.data_access import selected_objects
from ...blender.libraries import library_of, told_name, told_names
from ...blender.paging import fitting
from ...blender.units import length_unit
from ...blender.visibility import is_visible
from ...registry.schema import Constraint
from ...registry.table import command
from ...tracking.undo_tracker import tracker

ALIKE = 4  # objects of one name but for their numbers, and of one type, share a line from here on
NAMES = 10  # of collections, materials and selected objects
NOISE = 1e-7

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
    """Read the scene in few words: counts, camera, frames, and the largest objects with place and size.
    Call it first.

    query: list only objects with this in their name
    limit: lines
    offset: lines to pass over
    """
    scene, layer = bpy.context.scene, bpy.context.view_layer
    layer.update()
    objects = list(scene.objects)
    part = query.strip().lower()
    lines = _lines([each for each in objects if part in each.name.lower()], apart=bool(part))
    shown = fitting(lines[offset : offset + limit])
    answer = {
        "scene": scene.name,
        "blender": bpy.app.version_string,
        "file": bpy.data.filepath or "(not saved)",
        "unsaved_changes": tracker.has_unsaved_changes(),
        "unit": length_unit(),
        "mode": bpy.context.mode,
        "engine": scene.render.engine,
        "camera": told_name(scene.camera) if scene.camera else None,
        "frame": scene.frame_current,
        "frames": [scene.frame_start, scene.frame_end],
        "counts": dict(Counter(each.type for each in objects).most_common()),
        "active": told_name(layer.objects.active) if layer.objects.active else None,
        "selected": _some(told_names(selected_objects())),
        "collections": _some(f"{each.name} ({len(each.all_objects)})" for each in scene.collection.children),
        "materials": _some(told_names(bpy.data.materials)),
        "objects": shown,
    }
    left = len(lines) - offset - len(shown)
    if left > 0 and shown:
        answer["more"] = f"{left} more lines: offset={offset + len(shown)}, or query=part of a name"
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
    line = f"{told_name(obj)} {obj.type} at {_numbers(obj.matrix_world.translation)}"
    if any(obj.dimensions):
        line += f" size {_numbers(obj.dimensions)}"
    if obj.parent:
        line += f" in {told_name(obj.parent)}"
    if path := library_of(obj):
        line += f" {'linked from' if obj.library else 'overrides'} {path}"
    return line if is_visible(obj) else f"{line} hidden"


def _numbers(vector: Iterable[float]) -> str:
    return ",".join(map(_number, vector))


def _number(value: float) -> str:
    """Four digits at least; what is next to nothing is the rounding of a rotation."""
    if abs(value) < NOISE:
        return "0"
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.7g}"


def _some(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return listed if len(listed) <= NAMES else [*listed[:NAMES], f"… {len(listed) - NAMES} more"]
