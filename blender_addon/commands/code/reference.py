"""Blender's own API reference, from the running Blender: types, properties, functions, operators, nodes.

In: a dotted name, or a node's type. Out: plain data from Blender's RNA, right for the version that runs. Main
thread; the file that is open stays as it is, but for the empty image or font that a few nodes bring along.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable
from typing import Any

import bpy

from ...blender.temporary_settings import TemporarySettings
from ...errors import CommandError
from ...registry.table import command
from ...tracking.search_events import notify_search

_NODE_TREES = ("ShaderNodeTree", "GeometryNodeTree", "CompositorNodeTree", "TextureNodeTree")
_FLAGS = ("is_required", "is_readonly", "is_argument_optional", "array_length")
_LIMITS = ("hard_min", "hard_max", "soft_min", "soft_max", "step", "subtype", "unit")
_SUGGESTIONS = 10


@command(title="Look up Blender's Python API", reads_only=True)
@notify_search("query")
def bpy_api_lookup(query: str) -> dict[str, Any]:
    """Describe a type ("Object"), a property ("Object.location"), a function ("Object.ray_cast") or an
    operator ("bpy.ops.mesh.primitive_cube_add") as this version of Blender has it.

    query: the dotted name; "bpy." and "bpy.types." may be left out
    """
    name = query.strip().partition("(")[0].removeprefix("bpy.")
    if name.startswith("ops."):
        return _operator(name.removeprefix("ops."))
    type_name, _, member = name.removeprefix("types.").partition(".")
    kind = getattr(bpy.types, type_name, None) if type_name.isidentifier() else None
    rna = getattr(kind, "bl_rna", None)
    if rna is None:
        raise _unknown("type", type_name, dir(bpy.types))
    if not member:
        return {
            "kind": "type",
            "bl_idname": type_name,
            "description": rna.description,
            "properties": _properties(rna),
            "functions": [_function(each) for each in rna.functions],
        }
    if member in rna.properties:
        return {"kind": "property", "owner_type": type_name, **_property(rna.properties[member])}
    if member in rna.functions:
        return {"kind": "function", "owner_type": type_name, **_function(rna.functions[member])}
    raise _unknown(
        f"property or function of {type_name}", member, [*rna.properties.keys(), *rna.functions.keys()]
    )


@command(title="Describe a node type", reads_only=True)
@notify_search("bl_idname")
def describe_node_type(bl_idname: str, property_overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """Describe the properties and sockets of a node, as it is when it has just been made.

    bl_idname: the node's type, as "ShaderNodeMix"
    property_overrides: properties to set first, as {"data_type": "RGBA"}: some change which sockets there are
    """
    kind = getattr(bpy.types, bl_idname, None) if bl_idname.isidentifier() else None
    if not (isinstance(kind, type) and issubclass(kind, bpy.types.Node)):
        raise _unknown("node type", bl_idname, [each for each in dir(bpy.types) if "Node" in each])
    with TemporarySettings():  # what is made and removed again needs no undo step
        return _described(bl_idname, property_overrides or {})


def _described(bl_idname: str, property_overrides: dict[str, Any]) -> dict[str, Any]:
    tree, node = _made(bl_idname)
    try:
        for name, value in property_overrides.items():
            try:
                setattr(node, name, value)
            except (AttributeError, TypeError, ValueError) as error:
                raise CommandError(f"Cannot set '{name}' of {bl_idname}: {error}") from error
        common = bpy.types.Node.bl_rna.properties.keys()
        return {
            "bl_idname": bl_idname,
            "label": node.bl_label,
            "instantiated_in": tree.bl_idname,
            "properties": [each for each in _properties(node.bl_rna) if each["identifier"] not in common],
            "inputs": [_socket(index, each) for index, each in enumerate(node.inputs)],
            "outputs": [_socket(index, each) for index, each in enumerate(node.outputs)],
            "applied_property_overrides": property_overrides,
        }
    finally:
        bpy.data.node_groups.remove(tree)


def _operator(path: str) -> dict[str, Any]:
    category, _, name = path.partition(".")
    group = getattr(bpy.ops, category, None)
    names = dir(group) if group else []
    if name not in names:
        raise _unknown("operator", path, (f"{category}.{each}" for each in names) if names else dir(bpy.ops))
    rna = getattr(group, name).get_rna_type()
    return {
        "kind": "operator",
        "idname": f"bpy.ops.{path}",
        "label": rna.name,
        "description": rna.description,
        "parameters": _properties(rna),
    }


def _made(bl_idname: str) -> tuple[Any, Any]:
    """A node of this type in a new tree of a kind that takes it; what sockets it has shows only then."""
    reasons = []
    # The most likely first: Blender prints an error for each that refuses.
    for tree_type in sorted(
        _NODE_TREES, key=lambda each: not bl_idname.startswith(each.removesuffix("NodeTree"))
    ):
        tree = bpy.data.node_groups.new("Tenon reference", tree_type)
        try:
            return tree, tree.nodes.new(bl_idname)
        except RuntimeError as error:
            reasons.append(str(error).strip())
            bpy.data.node_groups.remove(tree)
    raise CommandError(f"No node tree takes a {bl_idname}: {'; '.join(dict.fromkeys(reasons))}")


def _unknown(what: str, name: str, known: Iterable[str]) -> CommandError:
    names = {each.lower(): each for each in known if not each.startswith("_")}
    near = [each for lower, each in names.items() if name and name.lower() in lower]
    near += [names[each] for each in difflib.get_close_matches(name.lower(), names, n=_SUGGESTIONS)]
    near = list(dict.fromkeys(near))[:_SUGGESTIONS]
    hint = f"; near are {', '.join(near)}" if near else ""
    return CommandError(f"There is no {what} '{name}' in Blender {bpy.app.version_string}{hint}")


def _properties(rna: Any) -> list[dict[str, Any]]:
    return [_property(each) for each in rna.properties if each.identifier != "rna_type"]


def _function(function: Any) -> dict[str, Any]:
    return {
        "identifier": function.identifier,
        "description": function.description,
        "parameters": [_property(each) for each in function.parameters if not each.is_output],
        "returns": [_property(each) for each in function.parameters if each.is_output],
    }


def _property(rna: Any) -> dict[str, Any]:
    """One property or parameter; which fields there are depends on its type."""
    facts: dict[str, Any] = {
        "identifier": rna.identifier,
        "name": rna.name,
        "type": rna.type,
        "description": rna.description,
    }
    facts.update({name: getattr(rna, name) for name in _FLAGS if hasattr(rna, name)})
    if rna.type in ("POINTER", "COLLECTION"):
        facts[f"{rna.type.lower()}_type"] = rna.fixed_type.identifier if rna.fixed_type else None
        return facts
    facts["default"] = _default(rna)
    if rna.type in ("INT", "FLOAT"):
        facts.update({name: getattr(rna, name) for name in _LIMITS})
    elif rna.type == "ENUM":
        facts["enum_items"] = [each.identifier for each in rna.enum_items]
    elif rna.type == "STRING" and rna.length_max:
        facts["max_length"] = rna.length_max
    return facts


def _default(rna: Any) -> Any:
    if getattr(rna, "is_array", False):
        return list(rna.default_array)
    if rna.type == "ENUM" and rna.is_enum_flag:
        return sorted(rna.default_flag)
    return rna.default


def _socket(index: int, socket: Any) -> dict[str, Any]:
    facts = {
        "index": index,
        "identifier": socket.identifier,
        "name": socket.name,
        "type": socket.type,
        "enabled": socket.enabled,
        "is_multi_input": socket.is_multi_input,
        "hide_value": socket.hide_value,
    }
    with contextlib.suppress(AttributeError):  # shaders and geometry have no value
        value = socket.default_value
        if isinstance(value, bpy.types.ID):
            value = value.name
        facts["default_value"] = (
            value if value is None or isinstance(value, (bool, int, float, str)) else list(value)
        )
    return facts
