"""Elements as objects: their meshes written, and what they were made of kept on them.

In: an element with its parameters. Out: an object whose mesh is that body, in the collection of its storey;
its `Record` is a custom property of it, so that it can be made anew with other parameters. Main thread only.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import bpy
from mathutils import Vector

from ...blender.data_access import leave_edit_mode, unconstrained_matrix
from ...blender.libraries import refuse_linked, refuse_unkept
from ...errors import CommandError
from ...tracking import scene_tracker
from ..material_presets import GRAIN
from ..material_presets import preset as material_of
from .element import ELEMENTS, Element, Value
from .meshes.plates import Opening
from .solid import Solid, grain
from .storeys import collection_of

PROPERTY = "tenon_element"  # the custom property; JSON, for people to read too


@dataclass
class Record:
    """What an object was made of."""

    kind: str
    parameters: dict[str, Value]
    storey: int = 1
    # Each of the mesh's slots by the preset that the shape has there, and what was chosen instead.
    slots: list[str] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)
    role: str = ""  # in the whole that it is a part of
    material: str | None = None  # of a whole: that of its walls
    openings: list[list[float]] = field(default_factory=list)  # of a wall: as they were cut

    @property
    def element(self) -> Element:
        return ELEMENTS[self.kind]


def record_of(obj: Any) -> Record | None:
    """None: it is no element, or a client has changed the property so that nobody can read it."""
    text = obj.get(PROPERTY)
    if not isinstance(text, str):
        return None
    try:
        members = json.loads(text)
        element = ELEMENTS[members["kind"]]
        known = {
            name: members["parameters"][name] for name in element.parameters if name in members["parameters"]
        }
        members["parameters"] = element.checked(known)
        return Record(**members)
    except (ValueError, TypeError, KeyError, CommandError):
        return None


def keep(obj: Any, record: Record) -> None:
    obj[PROPERTY] = json.dumps({name: value for name, value in asdict(record).items() if value})


def add(element: Element, record: Record, body: Solid | None, name: str | None) -> Any:
    """A new object with this body in the collection of its storey; without one an empty."""
    collection = collection_of(record.storey)
    data = bpy.data.meshes.new(name or element.name) if body else None
    obj = bpy.data.objects.new(name or element.name, data)
    collection.objects.link(obj)
    scene_tracker.object_added(obj, [collection])
    if body is None:
        obj.empty_display_type, obj.empty_display_size = "PLAIN_AXES", 0.5
        keep(obj, record)
    else:
        put_body(obj, record, body)
    return obj


def put_body(obj: Any, record: Record, body: Solid) -> list[str]:
    """Make the object's mesh that of the body, and keep the record. Slots that it has stay as they are.

    Returns notes.
    """
    check_changeable(obj)
    notes = leave_edit_mode(obj)
    if obj.data.users > 1:
        obj.data = obj.data.copy()
        notes.append(f"'{obj.name}' shared its mesh, and has one of its own now")
    mesh = obj.data
    places = []
    for preset in body.materials:
        if preset not in record.slots:
            record.slots.append(preset)
            if len(mesh.materials) < len(record.slots):
                mesh.materials.append(None)
                mesh.materials[len(record.slots) - 1] = material_of(record.chosen.get(preset, preset))
        places.append(record.slots.index(preset))
    mesh.clear_geometry()
    mesh.from_pydata(body.vertices, [], body.faces)
    mesh.polygons.foreach_set("material_index", [places[slot] for slot in body.slots])
    _lay_out(mesh, body)
    mesh.update()
    keep(obj, record)
    return notes


def choose_material(obj: Any, record: Record, preset: str, material: str) -> None:
    """Put the material into the slot that the shape has this preset in."""
    record.chosen[preset] = material
    if preset in record.slots and (slot := record.slots.index(preset)) < len(obj.material_slots):
        obj.material_slots[slot].material = material_of(material)


def check_changeable(obj: Any) -> None:
    """CommandError: its mesh is another file's, or has shape keys, which a new mesh would not fit."""
    refuse_unkept(obj, "data")
    refuse_linked(obj.data)
    if obj.data is not None and obj.data.shape_keys:
        raise CommandError(f"'{obj.name}' has shape keys, which would not fit a new mesh: remove them first")


def move_to_storey(obj: Any, record: Record, storey: int) -> None:
    """Into another storey's collection, where it is in that of its own; its place stays."""
    before, after = collection_of(record.storey), collection_of(storey)
    if obj in before.objects[:]:
        before.objects.unlink(obj)
        after.objects.link(obj)
        scene_tracker.collections_changed()
    record.storey = storey
    keep(obj, record)


def remove(objects: Sequence[Any]) -> None:
    """Objects that were parts of a whole, and their meshes."""
    names = [each.name for each in objects]
    meshes = list({each.data for each in objects if each.data})
    bpy.data.batch_remove(list(objects))
    if unused := [each for each in meshes if each.users == 0]:
        bpy.data.batch_remove(unused)
    for name in names:
        scene_tracker.object_removed(name)


def size_of(obj: Any) -> list[float]:
    """How long, wide and high its mesh is, by its own axes, in metres of the scene."""
    lowest, highest = _extent([obj.data], [None])
    return _short(
        abs(scale) * (high - low) for low, high, scale in zip(lowest, highest, obj.scale, strict=True)
    )


def size_together(objects: Sequence[Any]) -> list[float]:
    """How large the box around them is, by the axes of the world."""
    box = box_of(objects)
    return _short(high - low for low, high in zip(*box, strict=True)) if box else [0.0, 0.0, 0.0]


def box_of(objects: Sequence[Any]) -> tuple[Any, Any] | None:
    """The lowest and the highest corner of their meshes in the world; None: they have none."""
    with_mesh = [each for each in objects if each.type == "MESH" and len(each.data.vertices)]
    return (
        _extent([each.data for each in with_mesh], [matrix_of(each) for each in with_mesh])
        if with_mesh
        else None
    )


def matrix_of(obj: Any) -> Any:
    """Where it is in the world, also before Blender has evaluated it; constraints do not count."""
    if obj.parent is None:
        return obj.matrix_basis.copy()
    if obj.parent_type != "OBJECT":
        return unconstrained_matrix(obj)
    return matrix_of(obj.parent) @ obj.matrix_parent_inverse @ obj.matrix_basis


def _extent(meshes: Sequence[Any], matrices: Sequence[Any]) -> tuple[Any, Any]:
    lowest, highest = Vector((float("inf"),) * 3), Vector((float("-inf"),) * 3)
    for mesh, matrix in zip(meshes, matrices, strict=True):
        places = array("f", bytes(12 * len(mesh.vertices)))
        mesh.vertices.foreach_get("co", places)
        for at in range(0, len(places), 3):
            place = Vector(places[at : at + 3])
            place = matrix @ place if matrix else place
            for axis in range(3):
                lowest[axis] = min(lowest[axis], place[axis])
                highest[axis] = max(highest[axis], place[axis])
    return lowest, highest


def _short(numbers: Any) -> list[float]:
    """To a hundredth of a millimetre: a mesh counts with seven digits."""
    return [round(float(each), 5) for each in numbers]


def _lay_out(mesh: Any, body: Solid) -> None:
    """UVs in metres: each face seen along the axis that it faces most, so that textures have one size; and
    the axis of the grain, for wood."""
    layer = mesh.uv_layers.get("UVMap") or mesh.uv_layers.new(name="UVMap")
    flat: list[float] = []
    for polygon in mesh.polygons:
        x, y, z = (abs(each) for each in polygon.normal)
        across, up = (0, 1) if z >= max(x, y) else (0, 2) if y >= x else (1, 2)
        for index in polygon.vertices:
            flat += (body.vertices[index][across], body.vertices[index][up])
    layer.data.foreach_set("uv", flat)
    along = mesh.attributes.get(GRAIN) or mesh.attributes.new(GRAIN, "FLOAT", "FACE")
    along.data.foreach_set("value", [float(axis) for axis in grain(body)])


def openings_of(record: Record) -> list[Opening]:
    return [Opening(*each) for each in record.openings]


def told(parameters: Mapping[str, Value]) -> dict[str, Value]:
    return {name: round(each, 6) if isinstance(each, float) else each for name, each in parameters.items()}
