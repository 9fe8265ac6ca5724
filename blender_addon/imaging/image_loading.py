"""Picture files brought into the blend file as images.

In: a path as a client wrote it. Out: an image with a picture in it, or a CommandError and nothing left
behind. Main thread only.

Blender takes any file for an image, shows what it cannot read in pink, and of one that was cut off the part
that is there. So each is looked at here.
"""

from __future__ import annotations

import os
from typing import Any

import bpy

from ..blender.data_access import reason
from ..blender.file_paths import absolute_path
from ..errors import CommandError

_PNG, _JPEG, _RIFF = b"\x89PNG", b"\xff\xd8", b"RIFF"
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"


def load_image(filepath: str) -> Any:
    """The image of this file; one that is there already is read anew, unless it holds changes."""
    path = image_path(filepath)
    before = set(bpy.data.images)
    try:
        image = bpy.data.images.load(path, check_existing=True)
    except RuntimeError as error:
        raise CommandError(f"Cannot read the image '{path}': {reason(error)}") from error
    if image in before and not image.is_dirty and not image.packed_file:
        image.reload()
    if not all(image.size):  # asking for the size is what makes Blender read the file
        if image not in before:
            bpy.data.images.remove(image)
        raise CommandError(f"'{path}' is no picture that Blender can read: give a PNG, JPEG, EXR, ... file")
    return image


def image_path(filepath: str) -> str:
    """The absolute path of an image file that is there, and whole as far as its kind tells."""
    path = absolute_path(filepath)
    if os.path.isdir(path):
        raise CommandError(f"'{path}' is a folder: give an image file")
    if not os.path.isfile(path):
        raise CommandError(f"No such image file: {path}")
    _check_whole(path)
    return path


def remove_unused(image: Any) -> None:
    """Remove an image that nothing uses any more, if its file has all that it holds."""
    if image and not image.users and image.source == "FILE" and not (image.is_dirty or image.packed_file):
        bpy.data.images.remove(image)


def _check_whole(path: str) -> None:
    try:
        with open(path, "rb") as file:
            start = file.read(4)
            cut_off = start.startswith((_PNG, _JPEG, _RIFF)) and _is_cut_off(start + file.read())
    except OSError as error:
        raise CommandError(f"Cannot read the image '{path}': {error.strerror}") from error
    if not start:
        raise CommandError(f"The image file is empty: {path}")
    if cut_off:
        raise CommandError(f"The image file is incomplete, its end is missing: {path}")


def _is_cut_off(data: bytes) -> bool:
    if data.startswith(_PNG):
        return b"IEND" not in data
    if data.startswith(_RIFF):
        return 8 + int.from_bytes(data[4:8], "little") > len(data)
    at = 2  # behind the segments of a JPEG: one of them may hold a small picture, with an end of its own
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return _END_OF_IMAGE not in data[at:]
