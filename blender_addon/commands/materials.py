"""Materials made, changed, given to objects and listed.

In: names, colors and numbers. Out: what the material then is. Main thread only.

The look of a material lives in its Principled BSDF node, whose sockets have other names before Blender 4.0,
and again in the material itself, for the viewport's solid mode.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated, Any

import bpy

from .lookup import absolute_path, find_material, find_object, numbers
from .registry import Color, CommandError, Fraction, command
from .schema import Constraint

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
def list_materials() -> dict[str, Any]:
    """List all materials of the file with their look and how often they are used."""
    return {"materials": [material_info(material) for material in bpy.data.materials]}


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
    if obj:
        _check_slot(obj, slot)
    image = load_image(texture) if texture is not None else None
    material = _choose(obj, slot, material_name, create_if_missing)
    set_look(
        material,
        image=image,
        color=color,
        metallic=metallic,
        roughness=roughness,
        alpha=alpha,
        emission_color=emission_color,
        emission_strength=emission_strength,
        transmission=transmission,
        ior=ior,
        specular=specular,
    )
    answer = {"material": material.name, **material_info(material)}
    if obj:
        assign(obj, material, slot)
        answer.update(object=obj.name, slot=slot)
    return answer


def material_info(material: Any) -> dict[str, Any]:
    """Name, users and look; the look only where a Principled BSDF makes it."""
    info = {
        "name": material.name,
        "use_nodes": _uses_nodes(material),
        "user_count": material.users,
        "color": numbers(material.diffuse_color),
    }
    shader = _principled(material) if info["use_nodes"] else None
    if shader:
        for ours in SOCKETS:
            value = _socket(shader, ours).default_value
            info[ours] = value if isinstance(value, float) else numbers(value)
    return info


def new_material(name: str) -> Any:
    material = bpy.data.materials.new(name)
    _make_principled(material)
    return material


def set_look(material: Any, image: Any = None, **look: float | Sequence[float] | None) -> None:
    """Set what is not None: keys as in `SOCKETS`."""
    given: dict[str, Any] = {ours: value for ours, value in look.items() if value is not None}
    if not given and image is None:
        return
    shader = _make_principled(material)
    if "emission_color" in given and "emission_strength" not in given:
        # Blender 4 and later start at strength 0: a color alone would show nothing.
        given["emission_strength"] = _socket(shader, "emission_strength").default_value or 1.0
    for ours, value in given.items():
        socket = _socket(shader, ours)
        for link in socket.links:  # a linked socket ignores its own value
            material.node_tree.links.remove(link)
        socket.default_value = value if isinstance(value, (int, float)) else _rgba(value)
    color = given.get("color")
    if isinstance(color, Sequence):
        if len(color) == 4 and "alpha" not in given:
            given["alpha"] = _socket(shader, "alpha").default_value = color[3]
        material.diffuse_color = _rgba(color)
    for ours in ("metallic", "roughness"):
        if ours in given:
            setattr(material, ours, given[ours])
    if "alpha" in given:
        material.diffuse_color[3] = given["alpha"]
        material.blend_method = "BLEND" if given["alpha"] < 1 else "OPAQUE"
    if image:
        node = material.node_tree.nodes.new("ShaderNodeTexImage")
        node.image = image
        node.location = (shader.location.x - 300, shader.location.y)
        material.node_tree.links.new(node.outputs["Color"], _socket(shader, "color"))


def assign(obj: Any, material: Any, slot: int) -> None:
    """Put the material into the object's slot; slots before it that are missing are made, empty."""
    _check_slot(obj, slot)
    while len(obj.material_slots) <= slot:
        obj.data.materials.append(None)
    obj.material_slots[slot].material = material


def load_image(filepath: str) -> Any:
    path = absolute_path(filepath)
    if not os.path.isfile(path):
        raise CommandError(f"No such image file: {path}")
    try:
        return bpy.data.images.load(path, check_existing=True)
    except RuntimeError as error:
        raise CommandError(f"Cannot read the image: {path}") from error


def _check_slot(obj: Any, slot: int) -> None:
    if not hasattr(obj.data, "materials"):
        raise CommandError(f"An object of type {obj.type} has no materials: {obj.name}")
    if slot > 99:
        raise CommandError(f"Slot {slot} is out of reach: an object gets 100 here at most")


def _choose(obj: Any, slot: int, name: str | None, create: bool) -> Any:
    if name is None:
        present = obj.material_slots[slot].material if slot < len(obj.material_slots) else None
        return present or new_material(f"{obj.name} Material")
    if name in bpy.data.materials or not create:
        return find_material(name)
    return new_material(name)


def _uses_nodes(material: Any) -> bool:
    # From Blender 5.0 on a material always has nodes, and to ask is deprecated.
    return material.node_tree is not None and (bpy.app.version >= (5, 0) or material.use_nodes)


def _make_principled(material: Any) -> Any:
    """The node that makes the look, made if it is missing."""
    if not _uses_nodes(material):
        material.use_nodes = True
    shader = _principled(material)
    if shader is None:
        nodes, links = material.node_tree.nodes, material.node_tree.links
        output = material.node_tree.get_output_node("ALL") or nodes.new("ShaderNodeOutputMaterial")
        shader = nodes.new("ShaderNodeBsdfPrincipled")
        links.new(shader.outputs[0], output.inputs["Surface"])
    return shader


def _principled(material: Any) -> Any:
    return next((node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"), None)


def _socket(shader: Any, ours: str) -> Any:
    now, before = SOCKETS[ours]
    return shader.inputs.get(now) or shader.inputs[before]


def _rgba(color: Sequence[float]) -> list[float]:
    return [*color[:3], color[3] if len(color) > 3 else 1.0]
