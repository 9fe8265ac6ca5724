"""The scene's world: its color or surrounding picture, and its strength.

In: a color, an image file, numbers. Out: the world as it is then. Main thread only.
"""

from __future__ import annotations

from typing import Annotated, Any

import bpy

from ..blender.animation import overruled
from ..blender.data_access import numbers, with_notes
from ..blender.libraries import origin, refuse_unkept
from ..errors import CommandError
from ..imaging.image_loading import load_image, remove_unused
from ..registry.schema import Color, Constraint
from ..registry.table import command


@command(title="Set the world")
def set_world(
    color: Color | None = None,
    strength: Annotated[float, Constraint(minimum=0)] | None = None,
    image: str | None = None,
    rotation: float | None = None,
) -> dict[str, Any]:
    """Light the scene by its world: a color, or a surrounding picture (HDRI). What is not given stays.

    color: linear RGB; a picture that was there goes
    strength: factor of the light; 0 is dark
    image: file of an equirectangular picture, as .hdr or .exr
    rotation: of the picture around Z, in radians
    """
    if color is not None and image is not None:
        raise CommandError("Give a color or an image, not both", code="invalid_params")
    scene = bpy.context.scene
    if scene.world:
        refuse_unkept(scene.world)
    present = _picture(_background(scene.world)) if scene.world else None
    if rotation is not None and image is None and (present is None or color is not None):
        raise CommandError("There is no picture to rotate: give an image", code="invalid_params")
    loaded = load_image(image) if image is not None else None
    world = scene.world or _new_world(scene)
    notes: list[str] = []
    background = _background(world) or _make_background(world, notes)
    if color is not None:
        _drop_picture(background, notes)
        background.inputs["Color"].default_value = [*color[:3], 1.0]
        world.color = color[:3]
    if loaded:
        _drop_picture(background, notes, kept=loaded)
        _add_picture(background, loaded)
        if loaded.size[0] != 2 * loaded.size[1]:
            wide, high = loaded.size
            notes.append(f"The picture is {wide} x {high}, not twice as wide as high: it is stretched")
    if strength is not None:
        _unlink(background.inputs["Strength"], notes)
        background.inputs["Strength"].default_value = strength
    if rotation is not None:
        _turn(_picture(background), rotation, notes)
    paths = {background.inputs[each].path_from_id("default_value") for each in ("Color", "Strength")}
    notes += overruled(world.node_tree, paths)
    if world.users - world.use_fake_user > 1:
        notes.append(f"The world '{world.name}' lights {world.users - 1} other scenes too")
    return with_notes(_told(world, background), notes)


def _new_world(scene: Any) -> Any:
    scene.world = bpy.data.worlds.new("World")
    return scene.world


def _background(world: Any) -> Any:
    """The node that is seen, if it is a plain background."""
    if not world.node_tree or not (bpy.app.version >= (5, 0) or world.use_nodes):
        return None
    output = world.node_tree.get_output_node("ALL")
    links = output.inputs["Surface"].links if output else ()
    node = links[0].from_node if links else None
    return node if node and node.type == "BACKGROUND" else None


def _make_background(world: Any, notes: list[str]) -> Any:
    if bpy.app.version < (5, 0):
        world.use_nodes = True
    if found := _background(world):
        found.inputs["Color"].default_value = [*world.color, 1.0]
        return found
    nodes, links = world.node_tree.nodes, world.node_tree.links
    output = world.node_tree.get_output_node("ALL") or nodes.new("ShaderNodeOutputWorld")
    for link in output.inputs["Surface"].links:
        notes.append(f"'{link.from_node.name}' made the world before; it is still there, unconnected")
    background = nodes.new("ShaderNodeBackground")
    links.new(background.outputs["Background"], output.inputs["Surface"])
    return background


def _picture(background: Any) -> Any:
    links = background.inputs["Color"].links if background else ()
    node = links[0].from_node if links else None
    return node if node and node.type == "TEX_ENVIRONMENT" else None


def _drop_picture(background: Any, notes: list[str], kept: Any = None) -> None:
    """Disconnect what makes the color; a picture with the nodes that place it goes. `kept`: an image that
    comes again."""
    tree, picture = background.id_data, _picture(background)
    if not picture:
        _unlink(background.inputs["Color"], notes)
        return
    image, doomed = picture.image, [picture]
    for node in doomed:
        doomed += [
            link.from_node
            for socket in node.inputs
            for link in socket.links
            if link.from_node not in doomed and all(out.to_node in doomed for out in _links(link.from_node))
        ]
    for node in doomed:
        tree.nodes.remove(node)
    if image != kept:
        remove_unused(image)


def _links(node: Any) -> list[Any]:
    return [link for output in node.outputs for link in output.links]


def _unlink(socket: Any, notes: list[str]) -> None:
    for link in list(socket.links):
        notes.append(f"'{link.from_node.name}' made the {socket.name} before; it is still there, unconnected")
        socket.id_data.links.remove(link)


def _add_picture(background: Any, image: Any) -> None:
    tree = background.id_data
    node = tree.nodes.new("ShaderNodeTexEnvironment")
    node.image = image
    node.location = (background.location.x - 300, background.location.y)
    tree.links.new(node.outputs["Color"], background.inputs["Color"])
    mapping, place = tree.nodes.new("ShaderNodeMapping"), tree.nodes.new("ShaderNodeTexCoord")
    mapping.location = (node.location.x - 200, node.location.y)
    place.location = (mapping.location.x - 200, node.location.y)
    tree.links.new(place.outputs["Generated"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])


def _mapping(picture: Any) -> Any:
    links = picture.inputs["Vector"].links if picture else ()
    node = links[0].from_node if links else None
    return node if node and node.type == "MAPPING" else None


def _turn(picture: Any, angle: float, notes: list[str]) -> None:
    mapping = _mapping(picture)
    if not mapping:
        notes.append("The picture was not rotated: other nodes place it")
        return
    _unlink(mapping.inputs["Rotation"], notes)
    mapping.inputs["Rotation"].default_value[2] = angle


def _told(world: Any, background: Any) -> dict[str, Any]:
    picture = _picture(background)
    told = {
        "world": world.name,
        "color": numbers(background.inputs["Color"].default_value)[:3],
        "strength": background.inputs["Strength"].default_value,
        **origin(world),
    }
    if picture and picture.image:
        del told["color"]
        told |= {"image": picture.image.name, "filepath": picture.image.filepath}
        if mapping := _mapping(picture):
            told["rotation"] = mapping.inputs["Rotation"].default_value[2]
    return told
