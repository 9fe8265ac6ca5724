"""What hangs on what, as a tree that is told a page at a time.

In: the objects at the top. Out: nested dictionaries, short enough for one answer. Main thread only.
"""

from __future__ import annotations

from typing import Any

import bpy

from ..blender.libraries import told_name
from ..blender.paging import MAX_CHARACTERS, size

MAX_DEPTH = 20  # levels told; JSON readers do not take any number of them
Row = tuple[Any, int]  # an object and its level
Children = dict[Any, list[Any]]


def page(roots: list[Any], limit: int, offset: int) -> dict[str, Any]:
    """`roots`, `total`, `next_offset` if there is more, and `notes` where it goes deeper than is told.

    Objects are counted from the top down each branch. What the first one of a page hangs on is told again.
    """
    children = _children()
    rows = _rows(roots, children)
    tree = _Tree(children)
    for row in _above(rows[offset]) if offset < len(rows) else ():
        tree.add(*row)
    first = tree.size
    shown = offset
    for row in rows[offset : offset + limit]:
        if tree.size > MAX_CHARACTERS and tree.size > first:
            break
        tree.add(*row)
        shown += 1
    told: dict[str, Any] = {"roots": tree.roots, "total": len(rows)}
    if offset < shown < len(rows):
        told["next_offset"] = shown
    if tree.is_deeper:
        told["notes"] = ["More hangs on what has children_count: ask again with its name"]
    return told


class _Tree:
    """Grows by rows in their order."""

    def __init__(self, children: Children) -> None:
        self.roots: list[dict[str, Any]] = []
        self.size = 0  # characters
        self.is_deeper = False
        self._children = children
        self._path: list[dict[str, Any]] = []  # the last one added, and what it hangs on

    def add(self, obj: Any, depth: int) -> None:
        node: dict[str, Any] = {"name": told_name(obj), "type": obj.type, "children": []}
        if depth + 1 == MAX_DEPTH and (below := self._children.get(obj)):
            node["children_count"] = len(below)
            self.is_deeper = True
        del self._path[depth:]
        (self._path[-1]["children"] if self._path else self.roots).append(node)
        self._path.append(node)
        self.size += size(node)


def _children() -> Children:
    """Of all objects at once: `Object.children` looks through all of them each time."""
    found: Children = {}
    for each in bpy.data.objects:
        if each.parent:
            found.setdefault(each.parent, []).append(each)
    return found


def _rows(roots: list[Any], children: Children) -> list[Row]:
    rows: list[Row] = []
    left: list[Row] = [(each, 0) for each in reversed(roots)]
    while left:
        obj, depth = left.pop()
        rows.append((obj, depth))
        if depth + 1 < MAX_DEPTH:
            left += [(each, depth + 1) for each in reversed(children.get(obj, []))]
    return rows


def _above(row: Row) -> list[Row]:
    """What the object of the row hangs on, from the top."""
    obj, depth = row
    found = []
    for level in reversed(range(depth)):
        obj = obj.parent
        found.append((obj, level))
    return found[::-1]
