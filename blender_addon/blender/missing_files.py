"""Files that the blend file needs and that are not on the disk.

In: nothing. Out: sentences for an answer. Main thread only.

Blender shows a missing image in pink and leaves it out of what it exports, and says so only on its console.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import bpy

MAX_NAMES = 5  # in a note


def missing_files_notes() -> list[str]:
    """A sentence for the images, and one for the libraries, that are missing."""
    notes = []
    if images := list(_missing_images()):
        notes.append(f"Image files are missing, so these images are pink: {_some(images)}")
    if libraries := [each for each in bpy.data.libraries if not _exists(each)]:
        notes.append(f"Linked files are missing, so what is from them is not there: {_some(libraries)}")
    return notes


def missing_files() -> Iterator[tuple[str, Any]]:
    """Every data block whose file is not on the disk, with its kind in words; also those that nobody uses."""
    for kind, blocks in (
        ("image", bpy.data.images),
        ("sound", bpy.data.sounds),
        ("font", bpy.data.fonts),
        ("movie clip", bpy.data.movieclips),
        ("volume", bpy.data.volumes),
        ("cache file", bpy.data.cache_files),
        ("library", bpy.data.libraries),
    ):
        for block in blocks:
            outside = block.filepath and not getattr(block, "packed_file", None)
            made = getattr(block, "source", None) in ("GENERATED", "VIEWER") or block.filepath == "<builtin>"
            if outside and not made and not _is_there(block):
                yield kind, block


def _is_there(block: Any) -> bool:
    """Of an image in tiles or in frames, the first."""
    path = bpy.path.abspath(block.filepath, library=block.library)
    tiles = getattr(block, "tiles", None)
    if tiles and ("<UDIM>" in path or "<UVTILE>" in path):
        number = tiles[0].number
        across, up = (number - 1001) % 10 + 1, (number - 1001) // 10 + 1
        path = path.replace("<UDIM>", str(number)).replace("<UVTILE>", f"u{across}_v{up}")
    return os.path.isfile(path)


def _missing_images() -> Iterator[Any]:
    for image in bpy.data.images:
        # Others are made by Blender, or are many files under a pattern.
        from_file = image.source == "FILE" and image.filepath and not image.packed_file
        # One that was read before its file went is still shown, until the blend file is opened again.
        if from_file and image.users and not image.has_data and not _exists(image):
            yield image


def _exists(block: Any) -> bool:
    return os.path.isfile(bpy.path.abspath(block.filepath, library=block.library))


def _some(blocks: list[Any]) -> str:
    names = [f"'{each.name}' ({each.filepath})" for each in blocks[:MAX_NAMES]]
    more = len(blocks) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
