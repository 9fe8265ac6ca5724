"""Storeys: a collection for each, which knows how high it is.

In: the number of a storey; the ground is 1. Out: its collection, made when needed, and the height of its
floor. Main thread only.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.libraries import takes_objects
from ...tracking import scene_tracker

HEIGHT = 2.7  # metres from floor to floor, unless the collection says otherwise
HIGHEST = 200
_NUMBER = "tenon_storey"  # custom properties of the collection
_HEIGHT = "tenon_storey_height"


def collection_of(storey: int) -> Any:
    """That of the present scene, made if there is none."""
    found = _found().get(storey)
    if found is None:
        found = bpy.data.collections.new(f"Storey {storey}")
        found[_NUMBER] = storey
        bpy.context.scene.collection.children.link(found)
        scene_tracker.collections_changed()
    return found


def base_of(storey: int) -> float:
    """The height of its floor above that of storey 1."""
    found = _found()
    return sum(_height(found.get(below)) for below in range(1, storey))


def set_height(storey: int, height: float) -> bool:
    """From its floor to that of the next one. Returns whether it was another one before."""
    collection = collection_of(storey)
    changed = abs(_height(collection) - height) > 1e-6
    if changed:
        collection[_HEIGHT] = height
    return changed


def _height(collection: Any) -> float:
    height = collection.get(_HEIGHT, HEIGHT) if collection else HEIGHT
    return float(height) if isinstance(height, (int, float)) else HEIGHT


def _found() -> dict[int, Any]:
    """Those of the scene by number, also under other names; the first where there are several."""
    found: dict[int, Any] = {}
    for each in bpy.context.scene.collection.children_recursive:
        number = each.get(_NUMBER)
        if isinstance(number, int) and takes_objects(each):
            found.setdefault(number, each)
    return found
