"""Objects given a color, or a material of what things are built of.

In: names, and a color or a preset. Out: the material that each then has. Main thread only.

Only what is named changes: a material or a mesh that others use too is not recolored for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import bpy

from ...blender.animation import overruled
from ...blender.data_access import find_objects, materials_of, numbers
from ...blender.grease_pencil import TYPES as GREASE_PENCIL_TYPES
from ...blender.grease_pencil import make_grease_pencil
from ...blender.libraries import refuse_linked, refuse_unkept, told_name
from ...errors import CommandError
from ...registry.schema import Color
from ...registry.table import command
from ..material_presets import Preset, is_preset, preset
from ..materials import assign, new_material, seen_color, set_look
from .world_transform import Names, children_by_parent, told


@command(title="Color objects")
def color_objects(names: Names, color: Color | None = None, material: Preset | None = None) -> dict[str, Any]:
    """Give objects, with all their faces, a color or a material. Give either; nothing else that shares their
    mesh or their material changes.

    names: of the objects; of a light the color of its light, of an empty what hangs on it
    color: linear RGB(A)
    material: what it is made of, with a pattern of the size that it has in the world
    """
    if (color is None) == (material is None):
        raise CommandError("Give either color or material", code="invalid_params")
    objects = find_objects(names)
    colored = _with_colors(objects)
    able = [each for each in colored if _takes(each, material)]
    if not able:
        what = "color" if material is None else f"material {material}"
        kinds = ", ".join(f"'{told_name(each)}' ({each.type})" for each in objects[:5])
        raise CommandError(f"None of these can have a {what}: {kinds}")
    for each in able:
        refuse_linked(each)
        refuse_unkept(each.data, *(("color",) if each.type == "LIGHT" else ()))
    notes = [
        f"'{told_name(each)}' is a {each.type}, which has no such look: it stays as it is"
        for each in colored
        if each not in able
    ]
    surfaces = [each for each in able if each.type != "LIGHT"]
    if material is not None:
        made = preset(material)
        for each in surfaces:
            notes += _cover(each, made)
    elif color is not None:
        for light in (each for each in able if each.type == "LIGHT"):
            light.data.color = color[:3]
            notes += overruled(light.data, {"color"})
        notes += _paint(surfaces, color)
    return told(objects, notes, _look)


def _with_colors(objects: Sequence[Any]) -> list[Any]:
    """In place of an empty all that hangs on it."""
    children = children_by_parent()
    found: dict[Any, None] = {}
    waiting = list(objects)
    for each in waiting:
        below = children.get(each, ()) if each.type == "EMPTY" else ()
        waiting += below
        if not below:
            found[each] = None
    return list(found)


def _takes(obj: Any, material: str | None) -> bool:
    if obj.type == "LIGHT":
        return material is None
    if obj.type in GREASE_PENCIL_TYPES:
        return material is None
    return hasattr(obj.data, "materials")


def _paint(objects: Sequence[Any], color: Sequence[float]) -> list[str]:
    """The material that they have where it is theirs alone and of one color; else a new one for all."""
    notes: list[str] = []
    named = set(objects)
    uses = Counter(material for each in objects for material in materials_of(each))
    kept = {material for each in bpy.data.objects if each not in named for material in materials_of(each)}
    made: dict[bool, Any] = {}  # whether for grease pencil -> material
    for obj in objects:
        own = obj.material_slots[0].material if obj.material_slots else None
        if own is None or own in kept or not _may_change(own, uses[own]):
            drawn = obj.type in GREASE_PENCIL_TYPES
            if drawn not in made:
                made[drawn] = new_material(f"{obj.name} Material", generated=True)
                if drawn:
                    make_grease_pencil(made[drawn])
            own = made[drawn]
        notes += set_look(own, color=color)
        notes += _cover(obj, own)
    return notes


def _may_change(material: Any, uses: int) -> bool:
    """`uses`: by the objects that are to have the color."""
    if material.library or material.override_library or is_preset(material):
        return False
    return material.users - material.use_fake_user <= uses and seen_color(material)[0] is not None


def _cover(obj: Any, material: Any) -> list[str]:
    """Put it into each slot of the object, and of no other that shares its mesh."""
    data, notes = obj.data, []
    others = data.users - data.use_fake_user - 1
    if not obj.material_slots:
        data.materials.append(None)
    for number, slot in enumerate(obj.material_slots):
        if slot.material == material:
            continue
        if others > 0 and slot.link != "OBJECT":
            slot.link = "OBJECT"
            notes.append(f"'{told_name(obj)}' shares '{data.name}' with others, which keep their look")
        assign(obj, material, number)
    return notes


def _look(obj: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"name": told_name(obj)}
    if obj.type == "LIGHT":
        return {**row, "color": numbers(obj.data.color)}
    materials = materials_of(obj)
    if materials:
        row["material"] = told_name(materials[0])
        if not is_preset(materials[0]) and (seen := seen_color(materials[0])[0]):
            row["color"] = seen
    return row
