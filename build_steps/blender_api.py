"""What Blender's Python API lost between two versions: the raw material of the add-on's hints.

Inside a Blender: `blender -b --python blender_api.py -- dump NAMES.json`; or, by a Python that has `bpy`,
`blender_api.py dump NAMES.json`. Anywhere: `blender_api.py gone OLD.json NEW.json` prints, one a line, what
the older has and the newer has not. The add-on's table of them is `commands/code/removed_names.py`.
"""

import json
import sys
from pathlib import Path
from typing import Any

MODULES = """bpy.app bpy.app.handlers bpy.utils bpy.path bpy.msgbus bgl blf bmesh bmesh.ops bmesh.types gpu
    gpu.state gpu.types imbuf mathutils aud idprop""".split()  # noqa: SIM905
_NOISE = (".bl_rna", ".rna_type", "put_template()")  # every type has them


def names() -> set[str]:
    """Types with their members and the choices of their enums, functions and operators with their arguments,
    sockets of nodes, modules."""
    import bpy

    found: set[str] = set()
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        if hasattr(kind, "bl_rna"):
            _type(found, name, kind)
    for group in dir(bpy.ops):
        for name in dir(getattr(bpy.ops, group)):
            _operator(found, f"{group}.{name}", getattr(getattr(bpy.ops, group), name))
    _sockets(found)
    for module in MODULES:
        _module(found, module)
    return {name for name in found if not name.endswith(_NOISE)}


def _type(found: set[str], name: str, kind: Any) -> None:
    found.add(f"type {name}")
    base = kind.bl_rna.base
    inherited = set(base.properties.keys()) | set(base.functions.keys()) if base else set()
    for each in kind.bl_rna.properties:
        if each.identifier in inherited:
            continue
        found.add(f"member {name}.{each.identifier}")
        if each.type == "ENUM":
            found.update(
                f"choice {name}.{each.identifier}={item.identifier}" for item in each.enum_items_static
            )
    for each in kind.bl_rna.functions:
        if each.identifier not in inherited:
            found.add(f"function {name}.{each.identifier}()")
            found.update(
                f"argument {name}.{each.identifier}({given.identifier}=)"
                for given in each.parameters
                if not given.is_output
            )
    # Written in Python or C by hand, so RNA does not list them.
    known = {*kind.bl_rna.properties.keys(), *kind.bl_rna.functions.keys()}
    found.update(
        f"member {name}.{each}" for each in vars(kind) if not each.startswith("_") and each not in known
    )


def _operator(found: set[str], name: str, operator: Any) -> None:
    found.add(f"operator {name}")
    for each in operator.get_rna_type().properties:
        if each.identifier != "rna_type":
            found.add(f"argument {name}({each.identifier}=)")


def _sockets(found: set[str]) -> None:
    """Of each node that can be made, by the names of its sockets."""
    import bpy

    for tree_type in ("ShaderNodeTree", "CompositorNodeTree", "GeometryNodeTree", "TextureNodeTree"):
        tree = bpy.data.node_groups.new("names", tree_type)
        for name in dir(bpy.types):
            if not name.startswith(("Shader", "Compositor", "Geometry", "Function", "Texture")):
                continue
            try:
                node = tree.nodes.new(name)
            except RuntimeError:
                continue
            found.add(f"node {name}")
            found.update(f"input {name}[{each.name}]" for each in node.inputs)
            found.update(f"output {name}[{each.name}]" for each in node.outputs)
        bpy.data.node_groups.remove(tree)


def _module(found: set[str], name: str) -> None:
    try:
        module = __import__(name, fromlist=["name"])
    except ImportError:
        return
    found.add(f"module {name}")
    found.update(f"name {name}.{each}" for each in dir(module) if not each.startswith("_"))


def main(what: str, *paths: str) -> None:
    if what == "dump":
        Path(paths[0]).write_text(json.dumps(sorted(names()), indent=0), "utf-8")
        return
    old, new = (set(json.loads(Path(path).read_text("utf-8"))) for path in paths)
    print("\n".join(sorted(old - new)))


arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
main(*arguments)
