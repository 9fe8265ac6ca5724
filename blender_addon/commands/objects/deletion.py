"""Objects deleted, what they leave, and whether deleting them lasts.

In: objects. Out: they and the data that only they used removed; notes, or a CommandError. Main thread only.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.data_access import leave_edit_mode, materials_of
from ...blender.libraries import library_of, refuse_unkept, told_name, told_names
from ...errors import CommandError
from ...tracking import scene_tracker
from ..materials import GENERATED
from .parenting import set_parent


def deletion_notes(obj: Any) -> list[str]:
    """What to tell of it; CommandError where it would be there again when the file is loaded."""
    path = library_of(obj)
    if path is None:
        return []
    linked_by = next((each for each in obj.users_collection if each.library), None)
    root = getattr(obj.override_library, "hierarchy_root", None) if obj.override_library else None
    if linked_by or (root is not None and root != obj):
        whole = f"the collection '{linked_by.name}'" if linked_by else f"'{told_name(root)}'"
        raise CommandError(
            f"'{obj.name}' comes from {path} with {whole}, and would be there again when the file is loaded: "
            "delete it there, or hide it here"
        )
    if obj.library:
        return [f"'{obj.name}' was linked from {path}, where it still is"]
    return [f"'{obj.name}' overrode an object of {path}, where that still is"]


def delete(doomed: list[Any]) -> tuple[list[str], list[str]]:
    """Their names and notes. What hangs on them and is not deleted stays where it is."""
    notes = [note for each in doomed for note in deletion_notes(each)]
    going = set(doomed)
    left = [each for each in bpy.data.objects if each.parent in going and each not in going]
    for child in left:
        refuse_unkept(child, "parent")
    bpy.context.view_layer.update()
    for child in left:
        set_parent(child, None, keep_transform=True)
    names = told_names(doomed)
    for each in doomed:
        notes += leave_edit_mode(each)
    orphans = Orphans(doomed)
    gone = [each.name for each in doomed]
    bpy.data.batch_remove(doomed)  # at once: Blender looks through the whole file each time
    orphans.remove()
    for name in gone:
        scene_tracker.object_removed(name)
    return names, notes


class Orphans:
    """What objects use, of which `remove` takes away what nothing uses any more.

    Of materials only those that a command made by itself for a color: a material that the user or a client
    has made may be wanted again.
    """

    def __init__(self, objects: list[Any]) -> None:
        self._data = list({each.data for each in objects if each.data})
        used = {each for obj in objects for each in materials_of(obj)}
        self._materials = [each for each in used if not each.library and GENERATED in each]
        self._images = list({image for material in self._materials for image in _images_of(material)})
        self._fonts = list({font for obj in objects for font in _fonts_of(obj)})

    def remove(self) -> None:
        """The objects are gone. In this order: each uses what comes after it."""
        for blocks in self._data, self._materials, self._images, self._fonts:
            if unused := [each for each in blocks if each.users == 0]:
                bpy.data.batch_remove(unused)


def _fonts_of(obj: Any) -> list[Any]:
    """Blender's own font, which it makes a data block of for a text."""
    if obj.type != "FONT":
        return []
    names = ("font", "font_bold", "font_italic", "font_bold_italic")
    found = [getattr(obj.data, name) for name in names]
    return [each for each in found if each and each.filepath == "<builtin>"]


def _images_of(material: Any) -> list[Any]:
    """Those that lie in files, and so can be had again."""
    nodes = material.node_tree.nodes if material.node_tree else ()
    images = {each.image for each in nodes if each.type == "TEX_IMAGE" and each.image}
    return [each for each in images if each.source == "FILE" and not each.is_dirty and not each.packed_file]
