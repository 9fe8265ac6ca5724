"""What to do about an exception of a client's code, where Blender's own message does not say it.

In: the exception. Out: a sentence or two, or None. Main thread only: it looks at what is there now.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

import bpy

from . import removed_names

_Hint = Callable[[re.Match[str]], str | None]

_COLLECTIONS = ("objects", "materials", "collections", "meshes", "images", "node_groups", "actions")


def hint_for(error: BaseException) -> str | None:
    try:
        text = str(error)
    except Exception:
        return None
    for kind, pattern, hint in _TABLE:
        if isinstance(error, kind) and (found := pattern.search(text)):
            return hint(found)
    return None


def _now() -> str:
    active = bpy.context.view_layer.objects.active if bpy.context.view_layer else None
    return f"Now: mode {bpy.context.mode}, active object {active.name if active else 'none'}."


def _poll(_: re.Match[str]) -> str:
    return (
        f"The operator needs another mode, active object, selection or area. {_now()} Use bpy.data; or first "
        "set bpy.context.view_layer.objects.active and bpy.ops.object.mode_set(mode=...); or wrap an "
        "editor's operator in `with bpy.context.temp_override(window=..., area=..., region=...)`."
    )


def _mode(_: re.Match[str]) -> str:
    return (
        f"{_now()} Change it with bpy.ops.object.mode_set(mode='OBJECT') or 'EDIT', with the object active."
    )


def _no_operator(found: re.Match[str]) -> str:
    name = found[1]
    if told := removed_names.hint("operator", name, bpy.app.version):
        return told
    if name.startswith("gpencil.") and bpy.app.version >= (4, 3):
        return "Since Blender 4.3 Grease Pencil's operators are those of bpy.ops.grease_pencil."
    return (
        f"Blender {bpy.app.version_string} has no such operator: look in dir(bpy.ops.<group>), or run the "
        "command bpy_api_lookup with the name."
    )


def _missing(found: re.Match[str]) -> str | None:
    name = found[1]
    if told := removed_names.hint("socket", name, bpy.app.version):
        return told
    if name == "Principled BSDF":
        return (
            "Nodes may have other names: search by type, "
            "next(n for n in nodes if n.type == 'BSDF_PRINCIPLED')."
        )
    known = {each.name for kind in _COLLECTIONS for each in getattr(bpy.data, kind)}
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"There is: {', '.join(repr(each) for each in near)}." if near else None


def _context(_: re.Match[str]) -> str:
    return (
        "The context has no window here: use bpy.context.view_layer.objects.active, "
        "bpy.context.view_layer.objects.selected, bpy.context.scene."
    )


def _none(_: re.Match[str]) -> str:
    return f"Something looked up is not there: test it before. {_now()}"


def _removed(_: re.Match[str]) -> str:
    return (
        "The reference is stale: deleting, undo, opening a file and leaving Edit Mode free data. Look it up "
        "again by its name."
    )


def _attribute(found: re.Match[str]) -> str | None:
    owner, name = found[1], found[2]
    if owner == "module":  # bpy.types
        return removed_names.hint("type", name, bpy.app.version)
    kind = getattr(bpy.types, owner, None)
    owners = [base.__name__ for base in getattr(kind, "__mro__", ())]
    if told := removed_names.hint("member", name, bpy.app.version, owners):
        return told
    if owner.startswith(("CompositorNode", "GeometryNode")) and bpy.app.version >= (5, 0):
        return "Since Blender 5.0 most options of nodes are inputs: print(node.inputs.keys())."
    return None


def _renamed(kind: removed_names.Kind) -> _Hint:
    return lambda found: removed_names.hint(kind, found[1], bpy.app.version)


_WRONG_CONTEXT = re.compile(r"poll\(\) .*(?:failed|expected|missing)|context is incorrect", re.IGNORECASE)
_WRONG_MODE = re.compile(
    r"only (?:work|be used|available) in .*mode|in edit ?mode|object mode", re.IGNORECASE
)

_TABLE: tuple[tuple[type[BaseException], re.Pattern[str], _Hint], ...] = (
    (RuntimeError, _WRONG_CONTEXT, _poll),
    (AttributeError, re.compile(r'Calling operator "bpy\.ops\.(.*?)".* could not be found'), _no_operator),
    (RuntimeError, _WRONG_MODE, _mode),
    (KeyError, re.compile(r'bpy_prop_collection\[key\]: key "(.*)" not found'), _missing),
    (AttributeError, re.compile(r"'Context' object has no attribute"), _context),
    (AttributeError, re.compile(r"'NoneType' object has no attribute"), _none),
    (TypeError, re.compile(r"'NoneType' object is not"), _none),
    (ReferenceError, re.compile(r"has been removed"), _removed),
    (AttributeError, re.compile(r"'(\w+)' object has no attribute '(\w+)'"), _attribute),
    (RuntimeError, re.compile(r"Node type (\w+) undefined"), _renamed("node")),
    (TypeError, re.compile(r'enum "(\w+)" not found in'), _renamed("choice")),
    (TypeError, re.compile(r'keyword "(\w+)" unrecognized'), _renamed("argument")),
    (ModuleNotFoundError, re.compile(r"No module named '(\w+)"), _renamed("module")),
    (ImportError, re.compile(r"cannot import name '(\w+)' from 'bpy\.types'"), _renamed("type")),
)
