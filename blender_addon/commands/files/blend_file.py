"""Blend files opened, saved and started, scenes added, and scenes written in formats of other programs.

In: paths. Out: what was read or written. Main thread only.

Opening a file replaces all data: a command must touch nothing that it held before.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import bpy

from ...blender.context_override import first_window
from ...blender.data_access import reason, with_notes
from ...blender.file_paths import absolute_path, output_path, written_size
from ...blender.missing_files import missing_files_notes
from ...errors import CommandError
from ...registry.table import command
from ...tracking.undo_tracker import tracker


@command(title="Open file", destructive=True, undo=False, aliases=("file.open",))
def open_file(filepath: str, discard_changes: bool = False) -> Generator[None, None, dict[str, Any]]:
    """Open a blend file in place of the present one; the window layout stays.

    filepath: the file; "//" at its start means the folder of the present one
    discard_changes: open it even if the user has changes that are not saved; asked only with a window
    """
    path = absolute_path(filepath)
    if not os.path.isfile(path):
        raise CommandError(f"No such file: {path}")
    refuse_to_lose_changes(discard_changes)
    try:
        with first_window():
            bpy.ops.wm.open_mainfile(filepath=path, load_ui=False)
    except RuntimeError as error:
        raise CommandError(f"Cannot open '{path}': {reason(error)}") from error
    yield from one_turn()
    return file_info()


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
    unsaved = copy and tracker.has_unsaved_changes()
    # A file that was opened under a name of another ending keeps it.
    path = output_path(bpy.data.filepath) if filepath is None else output_path(filepath, (".blend",))
    try:
        with first_window():
            done = bpy.ops.wm.save_as_mainfile(
                filepath=path, copy=copy, compress=compress, check_existing=False
            )
    except RuntimeError as error:
        raise CommandError(f"Cannot save '{path}': {reason(error)}") from error
    if done != {"FINISHED"}:
        raise CommandError(f"Cannot save '{path}': Blender did not do it")
    size = written_size(path)
    yield from one_turn()
    if unsaved:
        stay_unsaved()
    return {"filepath": path, "bytes": size, "copy": copy}


@command(title="New file", destructive=True, undo=False, aliases=("file.new",))
def new_file(empty: bool = False, discard_changes: bool = False) -> Generator[None, None, dict[str, Any]]:
    """Start a new file in place of the present one.

    empty: without the objects of the start-up file
    discard_changes: start it even if the user has changes that are not saved; asked only with a window
    """
    refuse_to_lose_changes(discard_changes)
    with first_window():
        bpy.ops.wm.read_homefile(use_empty=empty, load_ui=False)
    yield from one_turn()
    return file_info()


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


def one_turn() -> Generator[None, None, None]:
    """Let Blender's main loop run once: only then it notes that nothing is unsaved now."""
    if not bpy.app.background:
        yield


def stay_unsaved() -> None:
    """Called a turn after a copy was saved: the file itself was not, though older Blenders take it for saved,
    and would quit without asking. Only a step on the undo stack tells them otherwise."""
    if not tracker.has_unsaved_changes():
        tracker.push("save a copy")


def refuse_to_lose_changes(discard: bool, first: str = "save_file first") -> None:
    """`first`: what to do instead."""
    # Without a window `is_dirty` is never updated, and no user is
    # there whose work could be lost.
    if bpy.data.is_dirty and not bpy.app.background and not discard:
        raise CommandError(
            f"The present file has changes that are not saved: {first}, or set discard_changes"
        )


def file_info() -> dict[str, Any]:
    scene = bpy.context.scene
    info = {"filepath": bpy.data.filepath, "scene": scene.name, "object_count": len(scene.objects)}
    return with_notes(info, missing_files_notes())
