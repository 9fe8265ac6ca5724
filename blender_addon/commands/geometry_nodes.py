"""The inputs of a geometry nodes modifier, by the names that people see.

In: names and values. Out: the inputs as they are then, and how large the object's result is. Main thread
only.

Blender keeps a value under the socket's identifier: `Socket_2` since Blender 4.0, `Input_2` before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ..blender.data_access import find_object, with_notes
from ..blender.evaluation import hidden_notes, result_of, without_mark
from ..blender.libraries import find, refuse_linked, told_name
from ..blender.rna_settings import one_of, plain
from ..blender.visibility import is_visible
from ..errors import CommandError
from ..registry.table import command

_BLOCKS = {
    "Object": "objects",
    "Collection": "collections",
    "Material": "materials",
    "Image": "images",
    "Texture": "textures",
}
_LENGTHS = {"Vector": 3, "Rotation": 3, "Color": 4}


@command(title="List geometry nodes inputs", reads_only=True)
def list_geometry_inputs(object_name: str, modifier: str | None = None) -> dict[str, Any]:
    """List the inputs of an object's geometry nodes modifier by their shown names, with types and values.

    object_name: whose
    modifier: its name, where the object has several
    """
    obj = find_object(object_name)
    found = _modifier(obj, modifier)
    answer = _named(obj, found) | {"inputs": [_told(found, each) for each in _sockets(found.node_group)]}
    if is_visible(obj):
        answer["result"] = without_mark(result_of(obj))
    return with_notes(answer, _idle(found) + hidden_notes(obj))


@command(title="Set geometry nodes inputs")
def set_geometry_inputs(
    object_name: str, inputs: dict[str, Any], modifier: str | None = None
) -> dict[str, Any]:
    """Set inputs of an object's geometry nodes modifier; tells how large the result was and is.

    object_name: whose
    inputs: shown names and values, as {"Density": 5.0, "Instance": "Tree"}; objects, collections, materials
        and images by name or null; {"attribute": "name"} to read a named attribute instead
    modifier: its name, where the object has several
    """
    obj = find_object(object_name)
    refuse_linked(obj)
    found = _modifier(obj, modifier)
    sockets = _sockets(found.node_group)
    wanted = [(_socket(sockets, name), value) for name, value in inputs.items()]
    ready = [(socket, _attribute(value) or _converted(socket, value)) for socket, value in wanted]
    before = result_of(obj)
    for socket, value in ready:
        _put(found, socket, value)
    obj.update_tag()
    after = result_of(obj)
    notes = _idle(found) + [note for socket, value in ready for note in _range(socket, value)]
    if after == before and not notes:
        notes.append("The result is the same as before")
    answer = _named(obj, found) | {"inputs": [_told(found, socket) for socket, _ in ready]}
    sizes = {"result_before": without_mark(before), "result": without_mark(after)} if after else {}
    return with_notes({**answer, **sizes}, notes + hidden_notes(obj))


def _modifier(obj: Any, name: str | None) -> Any:
    all_of = {each.name: each for each in obj.modifiers if each.type == "NODES"}
    if not all_of:
        raise CommandError(f"'{obj.name}' has no geometry nodes modifier: add_modifier of type NODES")
    if name is None and len(all_of) > 1:
        raise CommandError(f"'{obj.name}' has several: say in 'modifier' which of {', '.join(all_of)}")
    chosen = name if name is not None else next(iter(all_of))
    found = all_of[one_of(chosen, all_of, f"geometry nodes modifier of '{obj.name}'")]
    if found.node_group is None:
        raise CommandError(
            f"'{found.name}' has no node group: modify_modifier with settings node_group, one of "
            + (", ".join(each.name for each in bpy.data.node_groups if each.type == "GEOMETRY") or "none")
        )
    return found


def _sockets(group: Any) -> list[Any]:
    """The inputs that have a value."""
    if hasattr(group, "interface"):
        items = group.interface.items_tree
        all_of = [each for each in items if each.item_type == "SOCKET" and each.in_out == "INPUT"]
    else:  # before Blender 4.0
        all_of = list(group.inputs)
    return [each for each in all_of if _kind(each) != "Geometry"]


def _kind(socket: Any) -> str:
    """Its type in short: Float, Int, Bool, Vector, ..."""
    name = getattr(socket, "socket_type", "") or socket.bl_socket_idname
    short = name.removeprefix("NodeSocket")
    return next((kind for kind in ("Float", "Int", "Vector") if short.startswith(kind)), short)


def _socket(sockets: list[Any], name: str) -> Any:
    same = [each for each in sockets if name in (each.name, each.identifier)]
    if len(same) > 1:
        several = ", ".join(each.identifier for each in same)
        raise CommandError(f"Several inputs are named '{name}': give one of their identifiers, {several}")
    if same:
        return same[0]
    name = one_of(name, [each.name for each in sockets], "input")
    return next(each for each in sockets if each.name == name)


def _attribute(value: Any) -> dict[str, str] | None:
    if isinstance(value, dict) and set(value) == {"attribute"} and isinstance(value["attribute"], str):
        return value
    return None


def _converted(socket: Any, value: Any) -> Any:
    """The value as Blender keeps it; CommandError for another type."""
    kind = _kind(socket)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    convert: dict[str, Callable[[], Any]] = {
        "Float": lambda: float(value) if number else None,
        "Int": lambda: int(value) if number and value == int(value) else None,
        "Bool": lambda: value if isinstance(value, bool) else None,
        "String": lambda: value if isinstance(value, str) else None,
        "Menu": lambda: _menu(socket, value),
    }
    if kind in _BLOCKS:
        if value is None:
            return None
        if isinstance(value, str):
            return find(getattr(bpy.data, _BLOCKS[kind]), kind, value)
    elif kind in _LENGTHS:
        converted = _vector(value, _LENGTHS[kind], kind)
        if converted:
            return converted
    elif kind not in convert:
        raise CommandError(f"The input '{socket.name}' is of type {kind}, which takes no value here")
    elif (converted := convert[kind]()) is not None:
        return converted
    raise CommandError(
        f"The input '{socket.name}' wants {_wants(kind)}, not {value!r:.60}", code="invalid_params"
    )


def _vector(value: Any, length: int, kind: str) -> list[float] | None:
    if not isinstance(value, (list, tuple)):
        return None
    if not all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in value):
        return None
    if kind == "Color" and len(value) == 3:
        value = [*value, 1.0]
    return [float(each) for each in value] if len(value) == length else None


def _menu(socket: Any, value: Any) -> int | None:
    """A choice's number, from it or from its name."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    names = _choices(socket)
    return names[one_of(value, names, f"choice of '{socket.name}'")] if isinstance(value, str) else None


def _choices(socket: Any) -> dict[str, int]:
    """The names of a menu, from the node that it leads to, and Blender's numbers for them."""
    tree = socket.id_data
    for node in tree.nodes:
        if node.bl_idname == "NodeGroupInput":
            for output in node.outputs:
                for link in output.links if output.identifier == socket.identifier else ():
                    menu: Any = link.to_node
                    items = getattr(getattr(menu, "enum_definition", menu), "enum_items", None) or ()
                    return {each.name: number for number, each in enumerate(items)}
    return {}


def _wants(kind: str) -> str:
    words = {"Float": "a number", "Int": "a whole number", "Bool": "true or false", "String": "a text"}
    if kind in _LENGTHS:
        return f"an array of {_LENGTHS[kind]} numbers" + (" (radians)" if kind == "Rotation" else "")
    return words.get(kind, f"the name of a data block ({kind}) or null" if kind in _BLOCKS else "a choice")


def _put(modifier: Any, socket: Any, value: Any) -> None:
    key = socket.identifier
    by_name = f"{key}_use_attribute"
    if isinstance(value, dict):
        if by_name not in modifier:
            raise CommandError(f"The input '{socket.name}' cannot be read from an attribute")
        modifier[by_name] = type(modifier[by_name])(True)
        modifier[f"{key}_attribute_name"] = value["attribute"]
        return
    if by_name in modifier:
        modifier[by_name] = type(modifier[by_name])(False)
    # Blender takes no value of another type than the one that it made.
    old = modifier.get(key)
    modifier[key] = int(value) if isinstance(value, bool) and type(old) is int else value


def _range(socket: Any, value: Any) -> list[str]:
    least, most = getattr(socket, "min_value", None), getattr(socket, "max_value", None)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or least is None or most is None:
        return []
    if least <= value <= most:
        return []
    return [f"'{socket.name}' is meant to be from {least:g} to {most:g}"]


def _named(obj: Any, modifier: Any) -> dict[str, Any]:
    group = modifier.node_group.name
    return {"object": told_name(obj), "modifier": modifier.name, "node_group": group}


def _told(modifier: Any, socket: Any) -> dict[str, Any]:
    key = socket.identifier
    told: dict[str, Any] = {"name": socket.name, "identifier": key, "type": _kind(socket)}
    default = getattr(socket, "default_value", None)
    value = modifier.get(key, default)
    told["value"] = bool(value) if told["type"] == "Bool" else plain(value)
    if modifier.get(f"{key}_use_attribute"):
        told["attribute"] = modifier.get(f"{key}_attribute_name", "")
    if told["type"] in ("Float", "Int"):
        told |= {"min": plain(socket.min_value), "max": plain(socket.max_value)}
    if told["type"] == "Menu":
        told["choices"] = _choices(socket)
    if getattr(socket, "description", ""):
        told["description"] = socket.description
    return told


def _idle(modifier: Any) -> list[str]:
    if not modifier.show_viewport:
        return [f"'{modifier.name}' is disabled in the viewport: nothing is seen of it there"]
    outputs = [node for node in modifier.node_group.nodes if node.bl_idname == "NodeGroupOutput"]
    if not any(socket.is_linked for node in outputs for socket in node.inputs):
        return [f"Nothing leads to the output of '{modifier.node_group.name}': its result is empty"]
    return []
