"""How many objects of a kind there are.

In: a kind. Out: a number and names. Main thread only.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import bpy

from ...blender.data_access import with_notes
from ...blender.libraries import told_names
from ...blender.paging import names_told
from ...blender.visibility import is_visible
from ...registry.table import command
from .editing import Type

# What Blender names a shape, and its mesh, in English, Japanese, and simplified and traditional Chinese; and
# what `create_object` does.
_NAMES = {
    "CUBE": ("Cube", "立方体", "立方體", "立方", "キューブ"),
    "PLANE": ("Plane", "平面"),
    "CIRCLE": ("Circle", "円", "圆环", "圆形", "圓形", "圓"),
    "UV_SPHERE": ("Sphere", "UV Sphere", "Uv Sphere", "球", "UV球", "球体", "经纬球", "球體", "UV 球體"),
    "ICO_SPHERE": ("Icosphere", "Ico Sphere", "ICO球", "棱角球", "Ico 球體"),
    "CYLINDER": ("Cylinder", "円柱", "柱体", "圓柱體"),
    "CONE": ("Cone", "円錐", "锥体", "圓錐體"),
    "TORUS": ("Torus", "トーラス", "环体", "環體"),
    "MONKEY": ("Suzanne", "Monkey", "モンキー", "スザンヌ", "猴头", "猴頭", "蘇珊猴"),
    "GRID": ("Grid", "グリッド", "栅格", "格線"),
}
_NAMES["SPHERE"] = _NAMES["UV_SPHERE"] + _NAMES["ICO_SPHERE"]
_TYPES = {"TEXT": ("FONT",), "CURVE": ("CURVE", "CURVES")}
_NUMBERED = re.compile(r"\.\d{3,}$")

Kind = Literal["ANY", "MESH", Type]


@command(title="Count objects", reads_only=True)
def count_objects(kind: Kind = "ANY") -> dict[str, Any]:
    """Count the objects of the present scene, hidden ones too. Those of a shape are told by their name or
    their mesh's, which keeps the shape's when the object is renamed.

    kind: a type of object, or a shape; SPHERE: both kinds of it
    """
    found = [each for each in bpy.context.scene.objects if _is(each, kind)]
    hidden = sum(not is_visible(each) for each in found)
    notes = [f"{hidden} of them are not visible"] if hidden else []
    return with_notes({"kind": kind, "count": len(found), **names_told("names", told_names(found))}, notes)


def _is(obj: Any, kind: str) -> bool:
    if kind == "ANY":
        return True
    if kind in _NAMES:
        names = (_NUMBERED.sub("", obj.name), _NUMBERED.sub("", obj.data.name) if obj.data else "")
        return obj.type == "MESH" and any(name in _NAMES[kind] for name in names)
    return obj.type in _TYPES.get(kind, (kind,))
