"""Collections: listed as a tree, made, changed, filled, deleted.

In: names. Out: the collection as it is then. Main thread only.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import bpy

from ..blender.data_access import find_objects, leave_edit_mode, name_notes, renamed, with_notes
from ..blender.evaluation import hidden_notes
from ..blender.libraries import (
    find,
    origin,
    refuse_fixed,
    refuse_unkept,
    takes_objects,
    told_name,
    told_names,
)
from ..blender.paging import MAX_CHARACTERS, names_told, size
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command
from ..tracking import scene_tracker
from .objects.deletion import Orphans, deletion_notes

Names = Annotated[list[str], Constraint(minItems=1)]
Tag = Literal[
    "NONE", "COLOR_01", "COLOR_02", "COLOR_03", "COLOR_04", "COLOR_05", "COLOR_06", "COLOR_07", "COLOR_08"
]

MAX_OBJECTS = 50  # names of objects that are told of a collection
MAX_DEPTH = 30


@command(title="List collections", reads_only=True)
def list_collections(collection: str | None = None, objects: bool = True) -> dict[str, Any]:
    """List the scene's collections as a tree, with their objects and whether each is hidden or excluded.

    collection: only the tree below this one
    objects: also the names of the objects
    """
    scene = bpy.context.scene
    top = scene.collection if collection is None else _find(collection)
    layers = _layers(bpy.context.view_layer.layer_collection)
    left = [MAX_CHARACTERS]
    answer: dict[str, Any] = {"scene": scene.name, "tree": _tree(top, layers, objects, left, 0)}
    reached = {scene.collection, *scene.collection.children_recursive}
    elsewhere = [each for each in bpy.data.collections if each not in reached]
    if elsewhere and collection is None:
        answer |= names_told("not_in_scene", told_names(elsewhere[:MAX_OBJECTS]))
    return with_notes(answer, ["Not all fit: ask for the tree below one collection"] if left[0] < 0 else [])


@command(title="Create collection")
def create_collection(
    name: str, parent: str | None = None, object_names: Names | None = None, link: bool = False
) -> dict[str, Any]:
    """Make a collection, and put objects into it.

    name: taken ones get .001
    parent: the collection that it is in; else the scene's own
    object_names: to be moved into it
    link: leave the objects in their other collections too
    """
    above = bpy.context.scene.collection if parent is None else _find(parent)
    refuse_fixed(above)
    objects = find_objects(object_names or [])
    _refuse_unmovable(objects, link)
    made = bpy.data.collections.new(name)
    above.children.link(made)
    _put(objects, made, link)
    return with_notes(_told(made), name_notes(name, made.name) + _unseen(objects))


@command(title="Change collection")
def modify_collection(
    collection: str,
    new_name: str | None = None,
    parent: str | None = None,
    hide: bool | None = None,
    hide_viewport: bool | None = None,
    hide_render: bool | None = None,
    hide_select: bool | None = None,
    exclude: bool | None = None,
    color_tag: Tag | None = None,
) -> dict[str, Any]:
    """Rename, move, hide or exclude a collection; what is not given stays.

    collection: its name
    new_name: another name
    parent: the collection to move it into; "" for the scene's own
    hide: by the eye, in the present view layer
    hide_viewport: in all viewports
    hide_render: in renders
    hide_select: make its objects unselectable
    exclude: leave it out of the present view layer, as by its check box
    color_tag: the color in the outliner
    """
    found = _find(collection)
    scene = bpy.context.scene
    above = _parent(found, parent)
    own = {
        "hide_viewport": hide_viewport,
        "hide_render": hide_render,
        "hide_select": hide_select,
        "color_tag": color_tag,
    }
    given = {name: value for name, value in own.items() if value is not None}
    if given or new_name is not None:
        refuse_unkept(found, *given)
    if found == scene.collection and (given or new_name or above or exclude is not None or hide is not None):
        raise CommandError("The scene's own collection cannot be renamed, moved, hidden or excluded")
    nodes = _layers(bpy.context.view_layer.layer_collection).get(found, [])
    if (hide is not None or exclude is not None) and not nodes:
        raise CommandError(f"'{found.name}' is not in the present scene '{scene.name}'")
    notes = [note for obj in found.all_objects if exclude for note in leave_edit_mode(obj)]
    for name, value in given.items():
        setattr(found, name, value)
    if above:
        _move(found, above)
        nodes = _layers(bpy.context.view_layer.layer_collection).get(found, [])
    for node in nodes:
        if exclude is not None:
            node.exclude = exclude
        if hide is not None:
            node.hide_viewport = hide
    notes += renamed(found, new_name)
    scene_tracker.collections_changed()
    shown = (hide is False, hide_viewport is False, exclude is False)
    return with_notes(_told(found), notes + (_unseen(list(found.objects)) if any(shown) else []))


@command(title="Put objects into a collection")
def move_to_collection(object_names: Names, collection: str, link: bool = False) -> dict[str, Any]:
    """Move objects into a collection, or link them into it too.

    object_names: the objects
    collection: where to; the scene's own by its name, as "Scene Collection"
    link: leave them in their other collections too
    """
    target = _find(collection)
    refuse_fixed(target)
    objects = find_objects(object_names)
    _refuse_unmovable(objects, link)
    _put(objects, target, link)
    left = [obj.name for obj in objects if target not in obj.users_collection]
    if left:
        raise CommandError(f"Blender did not put these into '{target.name}': {', '.join(left)}")
    return with_notes(_told(target), _unseen(objects))


@command(title="Delete collection", destructive=True)
def delete_collection(collection: str, delete_objects: bool = False) -> dict[str, Any]:
    """Delete a collection. What is in it moves up to its parent, unless it is deleted too.

    collection: its name
    delete_objects: delete its objects, and the collections in it, as well
    """
    found = _find(collection)
    if found == bpy.context.scene.collection:
        raise CommandError("The scene's own collection cannot be deleted")
    name, below = found.name, list(found.children_recursive)
    doomed = list(found.all_objects) if delete_objects else []
    notes = [note for obj in doomed for note in deletion_notes(obj)]
    kept = [obj for obj in doomed if any(each not in (found, *below) for each in obj.users_collection)]
    doomed = [obj for obj in doomed if obj not in kept]
    for obj in doomed:
        notes += leave_edit_mode(obj)
    moved = [] if delete_objects else _move_up(found)
    if kept:
        notes.append(f"Kept, being in other collections too: {', '.join(told_names(kept[:20]))}")
    names, gone = told_names(doomed), [each.name for each in doomed]
    orphans = Orphans(doomed)
    bpy.data.batch_remove([*doomed, found, *(below if delete_objects else [])])
    orphans.remove()
    for each in gone:
        scene_tracker.object_removed(each)
    scene_tracker.collections_changed()
    return with_notes(
        {"deleted": name, **names_told("deleted_objects", names), **names_told("moved", moved)}, notes
    )


def _find(name: str) -> Any:
    own = bpy.context.scene.collection
    if name == own.name and (name, None) not in bpy.data.collections:
        return own
    return find(bpy.data.collections, "Collection", name)


def _layers(top: Any) -> dict[Any, list[Any]]:
    """Each collection with its places in the view layer."""
    found: dict[Any, list[Any]] = {}
    waiting = [top]
    for node in waiting:
        found.setdefault(node.collection, []).append(node)
        waiting.extend(node.children)
    return found


def _flags(collection: Any, nodes: list[Any]) -> dict[str, Any]:
    """What hides it; nothing for what is shown."""
    flags = {
        "hide": any(node.hide_viewport for node in nodes),
        "hide_viewport": collection.hide_viewport,
        "hide_render": collection.hide_render,
        "hide_select": collection.hide_select,
        "exclude": any(node.exclude for node in nodes),
    }
    return {name: True for name, value in flags.items() if value}


def _tree(collection: Any, layers: Any, objects: bool, left: list[int], depth: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": told_name(collection),
        "object_count": len(collection.objects),
        **_flags(collection, layers.get(collection, [])),
        **origin(collection),
    }
    if objects and len(collection.objects):
        row["objects"] = told_names(collection.objects[:MAX_OBJECTS])
    left[0] -= size(row)
    below = []
    for child in collection.children:
        if left[0] < 0 or depth >= MAX_DEPTH:
            row["children_count"] = len(collection.children)
            left[0] = -1
            break
        below.append(_tree(child, layers, objects, left, depth + 1))
    return {**row, "children": below} if below else row


def _told(collection: Any) -> dict[str, Any]:
    nodes = _layers(bpy.context.view_layer.layer_collection).get(collection, [])
    all_of = (bpy.context.scene.collection, *bpy.data.collections)
    above = [each for each in all_of if collection in each.children[:]]
    return {
        "collection": told_name(collection),
        "parents": told_names(above),
        **names_told("objects", told_names(collection.objects)),
        "children": told_names(collection.children),
        **_flags(collection, nodes),
        **origin(collection),
    }


def _parent(collection: Any, name: str | None) -> Any:
    if name is None:
        return None
    above = _find(name) if name else bpy.context.scene.collection
    if above == collection or above in collection.children_recursive:
        raise CommandError(f"'{above.name}' cannot hold '{collection.name}': it is the same, or inside of it")
    refuse_fixed(above)
    return above


def _move(collection: Any, above: Any) -> None:
    """Into this one and out of all others."""
    for other in (*(scene.collection for scene in bpy.data.scenes), *bpy.data.collections):
        if other != above and collection in other.children[:] and takes_objects(other):
            other.children.unlink(collection)
    if collection not in above.children[:]:
        above.children.link(collection)


def _move_up(collection: Any) -> list[str]:
    """What is in it into what holds it."""
    scenes = [each.collection for each in bpy.data.scenes]
    above = [each for each in (*scenes, *bpy.data.collections) if collection in each.children[:]]
    above = [each for each in above if takes_objects(each)] or [bpy.context.scene.collection]
    moved = told_names([*collection.objects, *collection.children])
    for other in above:
        for obj in collection.objects:
            if obj not in other.objects[:]:
                other.objects.link(obj)
        for child in collection.children:
            if child not in other.children[:]:
                other.children.link(child)
    return moved


def _refuse_unmovable(objects: list[Any], link: bool) -> None:
    for other in {each for obj in objects for each in obj.users_collection} if not link else ():
        refuse_fixed(other)


def _put(objects: list[Any], target: Any, link: bool) -> None:
    for obj in objects:
        if obj not in target.objects[:]:
            target.objects.link(obj)
        for other in () if link else obj.users_collection:
            if other != target:
                other.objects.unlink(obj)
    scene_tracker.collections_changed()


def _unseen(objects: list[Any]) -> list[str]:
    bpy.context.view_layer.update()
    return [note for obj in objects[:5] for note in hidden_notes(obj)]
