"""Which objects are seen, why others are not, and objects shown and selected for a while.

In: objects. Out: booleans and sentences. Main thread only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..cancellation import retry_on_cancel
from .temporary_settings import TemporarySettings


def is_visible(obj: Any) -> bool:
    """Whether the present view layer shows the object; False for one that is not in it."""
    # In this order: `visible_get` makes Blender take in what was linked just now.
    return bool(obj.visible_get()) and in_view_layer(obj)


def in_view_layer(obj: Any) -> bool:
    objects = bpy.context.view_layer.objects
    found = objects.get(obj.name)
    # Blender looks up by the name alone, which a linked object may share with another one.
    return found == obj or (found is not None and bool(bpy.data.libraries) and obj in list(objects))


def is_selectable(obj: Any) -> bool:
    """Whether the user may select the visible object."""
    if obj.hide_select:
        return False
    collections = obj.users_collection
    return not collections or any(not each.hide_select for each in collections)


def show(obj: Any, visible: bool) -> None:
    """In viewports and renders; its collections may hide it all the same."""
    obj.hide_viewport = obj.hide_render = not visible
    if in_view_layer(obj):
        obj.hide_set(not visible)


def hidden_by(obj: Any) -> str | None:
    """Why the present view layer does not show the object; None: it does."""
    if is_visible(obj):
        return None
    scenes = [each.name for each in bpy.data.scenes if obj in each.objects[:]]
    if not scenes:
        return "it is in no scene"
    if bpy.context.scene.name not in scenes:
        return f"it is in the scene '{scenes[0]}', not in the present one"
    collections = [each.name for each in obj.users_collection]
    if not in_view_layer(obj):
        return f"its collection '{collections[0]}' is excluded from the view layer"
    if obj.hide_viewport:
        return "it is disabled in viewports"
    if obj.hide_get():
        return "it is hidden in the view layer"
    return f"its collection '{collections[0]}' is hidden"


def outside_local_view(obj: Any) -> bool:
    """Whether some 3D view of the user's shows other objects alone (Local View)."""
    windows: Any = bpy.context.window_manager.windows if bpy.context.window_manager else ()
    return any(
        space.type == "VIEW_3D" and space.local_view and not obj.local_view_get(space)
        for window in windows
        for area in window.screen.areas
        for space in area.spaces
    )


@contextmanager
def shown_and_selected(objects: list[Any]) -> Iterator[None]:
    """Make these objects, and no others, visible and selected; then all is again as it was.

    A collection of their own is what makes them visible: excluding and hiding collections stays as it is, and
    so does what Blender remembers of the objects in those.
    """
    layer = bpy.context.view_layer
    with TemporarySettings() as settings:
        before, active = list(layer.objects.selected), layer.objects.active
        shown = bpy.data.collections.new("Shown for a while")
        name = shown.name
        hidden = [each for each in objects if in_view_layer(each) and each.hide_get()]

        def restore() -> None:
            for each in layer.objects.selected[:]:
                each.select_set(False)
            for each in hidden:
                each.hide_set(True)
            settings.restore()
            if name in bpy.data.collections:
                bpy.data.collections.remove(shown)
            for each in before:
                each.select_set(True)
            layer.objects.active = active

        try:
            bpy.context.scene.collection.children.link(shown)
            for each in before:
                each.select_set(False)
            for each in objects:
                shown.objects.link(each)
                settings.set(each, hide_viewport=False, hide_select=False, hide_render=False)
            layer.update()
            for each in hidden:
                each.hide_set(False)
            for each in objects:
                each.select_set(True)
            layer.objects.active = objects[0]
            yield
        finally:
            retry_on_cancel(restore)
