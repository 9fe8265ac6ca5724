"""Blend files opened, saved and started, scenes added, and scenes written in formats of other programs.

In: paths. Out: what was read or written. Main thread only.

Opening a file replaces all data: a command must touch nothing that it held before.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import bpy

from ..window import first_window
from .lookup import absolute_path, make_folder_of, reason
from .registry import CommandError, command


@command(title="Open file", destructive=True, undo=False, aliases=("file.open",))
def open_file(filepath: str, discard_changes: bool = False) -> Generator[None, None, dict[str, Any]]:
    """Open a blend file in place of the present one; the window layout stays.

    filepath: the file; "//" at its start means the folder of the present one
    discard_changes: open it even if the user has changes that are not saved; asked only with a window
    """
    path = absolute_path(filepath)
    if not os.path.isfile(path):
        raise CommandError(f"No such file: {path}")
    _refuse_to_lose_changes(discard_changes)
    try:
        with first_window():
            bpy.ops.wm.open_mainfile(filepath=path, load_ui=False)
    except RuntimeError as error:
        raise CommandError(f"Cannot open '{path}': {reason(error)}") from error
    yield from _one_turn()
    return _file_info()


@command(title="Save file", destructive=True, undo=False, aliases=("file.save",))
def save_file(
    filepath: str | None = None, copy: bool = False, compress: bool = False
) -> Generator[None, None, dict[str, Any]]:
    """Save the blend file, over an older one of that name if there is one.

    filepath: where; without it where it was opened from or saved last
    copy: write the file but go on with the present one
    compress: write a smaller file, more slowly
    """
    if filepath is None and not bpy.data.filepath:
        raise CommandError("This file was never saved: give filepath")
    path = absolute_path(filepath if filepath is not None else bpy.data.filepath, ".blend")
    make_folder_of(path)
    try:
        with first_window():
            bpy.ops.wm.save_as_mainfile(filepath=path, copy=copy, compress=compress, check_existing=False)
    except RuntimeError as error:
        raise CommandError(f"Cannot save '{path}': {reason(error)}") from error
    yield from _one_turn()
    return {"filepath": path, "bytes": os.path.getsize(path), "copy": copy}


@command(title="New file", destructive=True, undo=False, aliases=("file.new",))
def new_file(empty: bool = False, discard_changes: bool = False) -> Generator[None, None, dict[str, Any]]:
    """Start a new file in place of the present one.

    empty: without the objects of the start-up file
    discard_changes: start it even if the user has changes that are not saved; asked only with a window
    """
    _refuse_to_lose_changes(discard_changes)
    with first_window():
        bpy.ops.wm.read_homefile(use_empty=empty, load_ui=False)
    yield from _one_turn()
    return _file_info()


@command(title="New scene", aliases=("scene.new",))
def new_scene(name: str = "Scene", copy_settings: bool = True) -> dict[str, Any]:
    """Add an empty scene to the file and go on in it; the others stay.

    name: its name; Blender adds a number where the name is taken
    copy_settings: take over the present scene's render settings, units, frame range and world
    """
    with first_window():
        window = bpy.context.window
        if window is None:
            raise CommandError("This Blender has no window to show another scene in")
        if copy_settings:
            bpy.ops.scene.new(type="EMPTY")
            scene = window.scene
            scene.name = name
        else:
            scene = window.scene = bpy.data.scenes.new(name)
    return {"name": scene.name, "scenes": [each.name for each in bpy.data.scenes]}


def _one_turn() -> Generator[None, None, None]:
    """Let Blender's main loop turn once: only then it notes that nothing is unsaved now."""
    if not bpy.app.background:
        yield


def _refuse_to_lose_changes(discard: bool) -> None:
    # Without a window Blender keeps no account of this, `is_dirty` stays what it once was; and no user is
    # there whose work could be lost.
    if bpy.data.is_dirty and not bpy.app.background and not discard:
        raise CommandError(
            "The present file has changes that are not saved: save_file first, or set discard_changes"
        )


def _file_info() -> dict[str, Any]:
    scene = bpy.context.scene
    return {"filepath": bpy.data.filepath, "scene": scene.name, "object_count": len(scene.objects)}
