"""Materials made, changed, given to objects and listed.

In: names, colors and numbers. Out: what the material then is. Main thread only.

The look of a material lives in its Principled BSDF node, whose sockets have other names before Blender 4.0,
and again in the material itself, for the viewport's solid mode. A material may have several such nodes, or
outputs: what counts is the one that is seen.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import bpy

from ..blender.animation import overruled
from ..blender.data_access import find_material, find_object, name_notes, numbers, with_notes
from ..blender.grease_pencil import TYPES as GREASE_PENCIL_TYPES
from ..blender.grease_pencil import make_grease_pencil, set_color
from ..blender.libraries import lookup, origin, refuse_linked, refuse_unkept, told_name
from ..blender.paging import page
from ..errors import CommandError
from ..imaging.image_loading import load_image, remove_unused
from ..imaging.render_engine import is_eevee
from ..registry.schema import Color, Constraint, Fraction
from ..registry.table import command
from .objects.outcome import sharing_notes

GENERATED = "tenon_generated"  # the custom property of a material that a command made by itself

# Ours: the socket's name since Blender 4.0, and before.
SOCKETS = {
    "color": ("Base Color", "Base Color"),
    "metallic": ("Metallic", "Metallic"),
    "roughness": ("Roughness", "Roughness"),
    "alpha": ("Alpha", "Alpha"),
    "emission_color": ("Emission Color", "Emission"),
    "emission_strength": ("Emission Strength", "Emission Strength"),
    "transmission": ("Transmission Weight", "Transmission"),
    "ior": ("IOR", "IOR"),
    "specular": ("Specular IOR Level", "Specular"),
}


@command(title="List materials", reads_only=True, aliases=("material.list",))
def list_materials(
    name: str | None = None,
    limit: Annotated[int, Constraint(minimum=1)] = 1000,
    offset: Annotated[int, Constraint(minimum=0)] = 0,
) -> dict[str, Any]:
    """List the materials of the file, a page at a time, with their look and how often they are used.

    name: only the one of this name
    limit: how many at most; fewer come where they are too many for one answer
    offset: how many to pass over: the `next_offset` of the page before
    """
    materials = list(bpy.data.materials) if name is None else [find_material(name)]
    return page("materials", materials, material_info, limit=limit, offset=offset)


@command(title="Set material", tool=True, aliases=("material.set",))
def set_material(
    object_name: str | None = None,
    material_name: str | None = None,
    create_if_missing: bool = True,
    slot: Annotated[int, Constraint(minimum=0)] = 0,
    color: Color | None = None,
    metallic: Fraction | None = None,
    roughness: Fraction | None = None,
    alpha: Fraction | None = None,
    emission_color: Color | None = None,
    emission_strength: Annotated[float, Constraint(minimum=0)] | None = None,
    transmission: Fraction | None = None,
    ior: Annotated[float, Constraint(minimum=1, maximum=1000)] | None = None,
    specular: Fraction | None = None,
    texture: str | None = None,
) -> dict[str, Any]:
    """Give an object a material, change a material's look, or both; what is not given stays.

    object_name: to give it to
    material_name: else the object's own, or a new one
    create_if_missing: under that name
    slot: of the object
    color: base, linear RGB(A)
    metallic: 1 metal
    roughness: 0 mirror, 1 chalk
    alpha: 0 clear
    emission_color: light it gives off
    emission_strength: 1 unless told
    transmission: 1 glass
    ior: of refraction
    specular: reflections
    texture: image file for the base color
    """
    if object_name is None and material_name is None:
        raise CommandError("Give object_name, material_name or both", code="invalid_params")
    obj = find_object(object_name) if object_name is not None else None
    wanted = lookup(bpy.data.materials, material_name) if material_name is not None else None
    if obj:
        _check_slot(obj, slot)
        present = _material_in(obj, slot)
        if present is None or (material_name is not None and wanted != present):
            _refuse_unkept_slot(obj, slot)
    if material_name is not None and not create_if_missing:
        find_material(material_name)  # before anything is made
    look = {
        "color": color,
        "metallic": metallic,
        "roughness": roughness,
        "alpha": alpha,
        "emission_color": emission_color,
        "emission_strength": emission_strength,
        "transmission": transmission,
        "ior": ior,
        "specular": specular,
    }
    given = [name for name, value in look.items() if value is not None]
    target = wanted if material_name is not None else _material_in(obj, slot)
    _check_kind(obj, target, texture)
    if target and (given or texture is not None):
        refuse_unkept(target)  # before the image is loaded
    image = load_image(texture) if texture is not None else None
    material = _choose(obj, slot, material_name)
    notes = set_look(material, image=image, **look)
    answer = {"material": told_name(material), **material_info(material)}
    notes += _look_notes(material, given)
    if wanted is None and material_name != answer["material"]:
        notes += name_notes(material_name, material.name)
    if obj:
        if _material_in(obj, slot) != material and not _is_in_object(obj, slot):
            notes += sharing_notes(obj.data)
        assign(obj, material, slot)
        answer.update(object=told_name(obj), slot=slot, user_count=material.users)
        notes += _shared(obj, material) + _unseen(obj, slot)
    return with_notes(answer, notes)


def _look_notes(material: Any, given: list[str]) -> list[str]:
    """Where a driver or an animation sets again what was given."""
    tree = material.node_tree
    names = {name for ours in given for name in SOCKETS[ours]}
    paths = {
        socket.path_from_id("default_value")
        for node in (tree.nodes if tree and tree.animation_data else ())
        for socket in node.inputs
        if socket.name in names
    }
    return overruled(tree, paths) if paths else []


def material_info(material: Any) -> dict[str, Any]:
    """Name, users and look; the look only where a Principled BSDF makes it."""
    info = {
        "name": told_name(material),
        "use_nodes": _uses_nodes(material),
        "user_count": material.users,
        "color": numbers(material.diffuse_color),
        **origin(material),
    }
    if material.is_grease_pencil:
        return {**info, "color": numbers(material.grease_pencil.color)}
    shader = principled(material) if info["use_nodes"] else None
    if shader:
        for ours in SOCKETS:
            value = socket_of(shader, ours).default_value
            info[ours] = value if isinstance(value, float) else numbers(value)
    return info


def seen_color(material: Any) -> tuple[list[float] | None, str | None]:
    """Its base color; or None, and what makes the color instead."""
    if material.is_grease_pencil:
        return numbers(material.grease_pencil.color), None
    if not _uses_nodes(material):
        return numbers(material.diffuse_color), None
    shader = principled(material)
    if shader is None:
        return None, "no Principled BSDF makes it"
    socket = socket_of(shader, "color")
    if socket.is_linked:
        return None, f"the node '{socket.links[0].from_node.name}' makes it"
    return numbers(socket.default_value), None


def new_material(name: str, *, generated: bool = False) -> Any:
    """`generated`: nobody asked for it by name, so it goes with the object that it was made for."""
    material = bpy.data.materials.new(name)
    if generated:
        material[GENERATED] = True
    _make_principled(material, [])
    return material


def set_look(material: Any, image: Any = None, **look: float | Sequence[float] | None) -> list[str]:
    """Set what is not None: keys as in `SOCKETS`. Returns what else changed by it, in sentences."""
    given: dict[str, Any] = {ours: value for ours, value in look.items() if value is not None}
    if not given and image is None:
        return []
    refuse_unkept(material)
    notes: list[str] = []
    if material.is_grease_pencil:
        return _set_grease_pencil(material, given)
    if not _uses_nodes(material):  # its nodes do not know yet how it looks
        plain = _plain_look(material)
        if len(given.get("color", ())) == 4:
            del plain["alpha"]  # the color's own counts
        given = {**plain, **given}
    shader = _make_principled(material, notes)
    if "emission_color" in given and "emission_strength" not in given:
        # Blender 4 and later start at strength 0: a color alone would show nothing.
        given["emission_strength"] = socket_of(shader, "emission_strength").default_value or 1.0
    for ours, value in given.items():
        socket = socket_of(shader, ours)
        _unlink(socket, notes)  # a linked socket ignores its own value
        socket.default_value = value if isinstance(value, (int, float)) else _rgba(value)
    color = given.get("color")
    if isinstance(color, Sequence):
        if len(color) == 4 and "alpha" not in given:
            given["alpha"] = socket_of(shader, "alpha").default_value = color[3]
        material.diffuse_color = _rgba(color)
    for ours in ("metallic", "roughness"):
        if ours in given:
            setattr(material, ours, given[ours])
    if "alpha" in given:
        material.diffuse_color[3] = given["alpha"]
        material.blend_method = "BLEND" if given["alpha"] < 1 else "OPAQUE"
    if image:
        _put_texture(shader, image, notes)
    return notes


def assign(obj: Any, material: Any, slot: int) -> None:
    """Put the material into the object's slot; slots before it that are missing are made, empty."""
    _check_slot(obj, slot)
    while len(obj.material_slots) <= slot:
        obj.data.materials.append(None)
    if obj.material_slots[slot].material != material:
        try:
            obj.material_slots[slot].material = material
        except AttributeError as error:
            raise CommandError(
                f"Blender lets nobody change the materials of '{obj.name}': {error}"
            ) from error


def _check_slot(obj: Any, slot: int) -> None:
    if not hasattr(obj.data, "materials"):
        raise CommandError(f"An object of type {obj.type} has no materials: {obj.name}")
    if slot > 99:
        raise CommandError(f"Slot {slot} is out of reach: an object gets 100 here at most")


def _refuse_unkept_slot(obj: Any, slot: int) -> None:
    """CommandError where the object's slot is another file's to fill."""
    refuse_linked(obj)
    if not _is_in_object(obj, slot):
        refuse_linked(obj.data)


def _is_in_object(obj: Any, slot: int) -> bool:
    """Whether the slot's material is the object's own, not of the data that it may share."""
    return slot < len(obj.material_slots) and obj.material_slots[slot].link == "OBJECT"


def _material_in(obj: Any, slot: int) -> Any:
    return obj.material_slots[slot].material if slot < len(obj.material_slots) else None


def _choose(obj: Any, slot: int, name: str | None) -> Any:
    found = _material_in(obj, slot) if name is None else lookup(bpy.data.materials, name)
    if found:
        return found
    material = new_material(f"{obj.name} Material", generated=True) if name is None else new_material(name)
    if obj and obj.type in GREASE_PENCIL_TYPES:
        make_grease_pencil(material)
    return material


def _check_kind(obj: Any, material: Any, texture: str | None) -> None:
    """Grease pencil shows its own kind of materials, and nothing else does."""
    drawn = obj.type in GREASE_PENCIL_TYPES if obj else bool(material and material.is_grease_pencil)
    if obj and material and drawn != material.is_grease_pencil:
        what = "not " if drawn else ""
        raise CommandError(
            f"'{material.name}' is {what}a material for grease pencil, and '{obj.name}' is of type "
            f"{obj.type}: give another material_name"
        )
    if drawn and texture is not None:
        raise CommandError("A material for grease pencil takes no texture here: give a color")


def _set_grease_pencil(material: Any, given: dict[str, Any]) -> list[str]:
    """Its color and alpha; what it has no place for is told."""
    set_color(material, given.pop("color", None), given.pop("alpha", None))
    if not given:
        return []
    return [f"A material for grease pencil has color and alpha only, so not: {', '.join(given)}."]


def _unseen(obj: Any, slot: int) -> list[str]:
    """Whether no face of the object shows this slot."""
    count = len(obj.material_slots)
    if obj.type != "MESH" or count < 2 or obj.modifiers or obj.mode == "EDIT":
        return []
    faces = array("i", bytes(4 * len(obj.data.polygons)))
    obj.data.polygons.foreach_get("material_index", faces)
    # Blender shows the last slot where a face names one that is not there.
    used = {min(index, count - 1) for index in set(faces)}
    if slot in used or not used:
        return []
    slots = ", ".join(map(str, sorted(used)[:10]))
    return [f"No face of '{obj.name}' uses slot {slot}, so it is not seen; faces use: {slots}."]


def _shared(obj: Any, material: Any) -> list[str]:
    """Who else shows what the object was given."""
    notes = []
    others = [
        each
        for each in (bpy.data.objects if material.users > 1 else ())
        if each != obj and any(slot.material == material for slot in each.material_slots)
    ]
    if others:
        notes.append(f"The material '{material.name}' is also that of {_listed(others)}.")
    return notes


def _listed(blocks: Sequence[Any]) -> str:
    names = [f"'{each.name}'" for each in blocks[:5]]
    return ", ".join(names) + (f" and {len(blocks) - 5} more" if len(blocks) > 5 else "")


def _uses_nodes(material: Any) -> bool:
    # From Blender 5.0 on a material always has nodes, and to ask is deprecated.
    return material.node_tree is not None and (bpy.app.version >= (5, 0) or material.use_nodes)


def _plain_look(material: Any) -> dict[str, Any]:
    """How a material without nodes looks."""
    color = material.diffuse_color
    return {
        "color": numbers(color)[:3],
        "alpha": float(color[3]),
        "metallic": material.metallic,
        "roughness": material.roughness,
    }


def _make_principled(material: Any, notes: list[str]) -> Any:
    """The node that makes the look that is seen, made if it is missing."""
    if not _uses_nodes(material):
        material.use_nodes = True
    leading = list(_leading_to(_output(material)))
    if len(leading) > 1:
        others = ", ".join(f"'{node.name}'" for node in leading[1:])
        notes.append(f"Several shaders are mixed: '{leading[0].name}' was changed, and not {others}.")
    if leading:
        return leading[0]
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = (_output(material) or nodes.new("ShaderNodeOutputMaterial")).inputs["Surface"]
    spare = [node for node in nodes if node.type == "BSDF_PRINCIPLED"] if not surface.is_linked else []
    shader = spare[0] if spare else nodes.new("ShaderNodeBsdfPrincipled")
    for link in surface.links:
        notes.append(
            f"'{link.from_node.name}' made the look before, which a new Principled BSDF does now; it is "
            "still there, unconnected."
        )
    links.new(shader.outputs[0], surface)
    return shader


def principled(material: Any) -> Any:
    """The node that makes the look that is seen, if it is one."""
    return next(_leading_to(_output(material)), None)


def _output(material: Any) -> Any:
    """The output that is seen with the scene's engine; another one where that has none."""
    engine = bpy.context.scene.render.engine
    target = "EEVEE" if is_eevee(engine) else "CYCLES" if engine == "CYCLES" else "ALL"
    found = (material.node_tree.get_output_node(each) for each in (target, "ALL", "EEVEE", "CYCLES"))
    return next((node for node in found if node), None)


def _leading_to(output: Any) -> Iterator[Any]:
    """The Principled BSDFs that feed the output, the nearest first."""
    waiting = [output.inputs["Surface"]] if output else []
    seen = set()
    for socket in waiting:
        for link in socket.links:
            node = link.from_node
            if link.is_muted or node.mute or node in seen:
                continue
            seen.add(node)
            if node.type == "BSDF_PRINCIPLED":
                yield node
            else:
                waiting.extend(node.inputs)


def _put_texture(shader: Any, image: Any, notes: list[str]) -> None:
    """Have the image make the base color: in the node that does so already, if it serves this shader only."""
    socket, tree = socket_of(shader, "color"), shader.id_data
    node = next((link.from_node for link in socket.links), None)
    if node and node.type == "TEX_IMAGE" and all(link.to_node == shader for link in _links_of(node)):
        before, node.image = node.image, image
        remove_unused(before)
        return
    _unlink(socket, notes)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    node.location = (shader.location.x - 300, shader.location.y)
    tree.links.new(node.outputs["Color"], socket)


def _unlink(socket: Any, notes: list[str]) -> None:
    """Disconnect the socket; an image texture that nothing needs then goes, all else stays and is told."""
    tree = socket.id_data
    for link in list(socket.links):
        node = link.from_node
        tree.links.remove(link)
        if _links_of(node):
            continue
        if node.type == "TEX_IMAGE" and not any(each.is_linked for each in node.inputs):
            image = node.image
            tree.nodes.remove(node)
            remove_unused(image)
        else:
            notes.append(f"'{node.name}' made the {socket.name} before; it is still there, unconnected.")


def _links_of(node: Any) -> list[Any]:
    return [link for output in node.outputs for link in output.links]


def socket_of(shader: Any, ours: str) -> Any:
    now, before = SOCKETS[ours]
    return shader.inputs.get(now) or shader.inputs[before]


def _rgba(color: Sequence[float]) -> list[float]:
    return [*color[:3], color[3] if len(color) > 3 else 1.0]
