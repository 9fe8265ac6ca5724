"""Paths that clients name: of this system, with the right ending, looked at once written.

In: a path as a client wrote it. Out: an absolute path on this machine, or a CommandError that says what to
give instead. Main thread only: `//` is the folder of the blend file that is open.
"""

from __future__ import annotations

import mimetypes
import os
import platform
import re
import tempfile
import time
from collections.abc import Sequence

import bpy

from ..errors import CommandError

MAX_NAME, MAX_PATH = 255, 1000  # bytes: of file systems; of Blender, which cuts off what is longer

CLOCK_STEP = 3.0  # seconds; the coarsest clock of a file system, FAT's, goes in steps of two

_WEB_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # one letter would be a drive
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_TOP_FOLDER = re.compile(r"/[^/\\]+")
# Kinds of files that Python's own list lacks.
_SCENES = (
    *(
        ".3ds",
        ".3mf",
        ".abc",
        ".blend",
        ".bvh",
        ".c4d",
        ".dae",
        ".dwg",
        ".dxf",
        ".fbx",
        ".glb",
        ".gltf",
        ".iges",
    ),
    *(
        ".igs",
        ".ma",
        ".max",
        ".mb",
        ".obj",
        ".ply",
        ".skp",
        ".step",
        ".stl",
        ".stp",
        ".usd",
        ".usda",
        ".usdc",
    ),
    *(".usdz", ".vdb", ".x3d"),
)
_PICTURES = (".cin", ".dds", ".dpx", ".exr", ".hdr", ".jp2", ".mkv", ".psd", ".tga", ".webp")


def absolute_path(filepath: str) -> str:
    """The path with `//` and `~` resolved."""
    _check_system(filepath)
    if filepath.startswith("//") and not bpy.data.filepath:
        raise CommandError(
            "'//' is the folder of the blend file, and this one was never saved: save_file first, or give a "
            "whole path"
        )
    path = os.path.abspath(bpy.path.abspath(os.path.expanduser(filepath)))
    if len(os.fsencode(path)) > MAX_PATH or len(os.fsencode(os.path.basename(path))) > MAX_NAME:
        raise CommandError(f"The path is too long: '{path[:60]}…'", code="invalid_params")
    return path


def output_path(filepath: str, endings: Sequence[str] = ()) -> str:
    """Where to write: in a folder that exists by now, with the first of the endings unless it has one.

    An ending is added and never replaced: `chair.v2` becomes `chair.v2.glb`.
    """
    path = absolute_path(filepath)
    if os.path.isdir(path) or filepath.endswith(("/", os.sep)):
        raise CommandError(f"'{filepath}' is a folder: add the name of a file")
    if endings and not path.lower().endswith(tuple(endings)):
        path = absolute_path(path + endings[0])
        if os.path.isdir(path):
            raise CommandError(f"'{path}' is a folder: choose another name")
    _make_folder_of(path)
    if not os.access(path if os.path.exists(path) else os.path.dirname(path), os.W_OK):
        raise CommandError(f"Blender may not write '{path}': choose another folder")
    return path


def state_on_disk(path: str) -> os.stat_result | None:
    """What `written_size` compares with; None where there is no file."""
    try:
        return os.stat(path)
    except OSError:
        return None


def written_size(path: str, before: os.stat_result | None = None) -> int:
    """The bytes of a file that was just written; CommandError if none was, whatever Blender said.

    before: `state_on_disk` before, so that an older file of that name is not taken for the new one.
    """
    now = state_on_disk(path)
    if not now or not now.st_size:
        raise CommandError(f"Blender wrote nothing to '{path}': is the disk full, or the name not allowed?")
    if before and _is_same(before, now):
        raise CommandError(f"Blender wrote nothing: the file that was at '{path}' is there unchanged")
    return now.st_size


def _is_same(before: os.stat_result, now: os.stat_result) -> bool:
    """A file that is written twice within the two seconds that some file systems tell apart is none."""
    unchanged = (before.st_ino, before.st_size, before.st_mtime_ns) == (
        now.st_ino,
        now.st_size,
        now.st_mtime_ns,
    )
    return unchanged and now.st_mtime < time.time() - CLOCK_STEP


def tells_type(extension: str) -> bool:
    """Whether an ending, dot included, is that of a kind of file, and not part of a name as in `chair.v2`."""
    known = mimetypes.MimeTypes()  # without what this machine adds
    return extension.lower() in _SCENES + _PICTURES or known.guess_type(f"x{extension}") != (None, None)


def is_foreign(filepath: str, windows: bool) -> bool:
    """Whether this is a path of another system than Windows, or of Windows."""
    if windows:
        # Windows would take it for a folder of the present drive; so it is one if it exists.
        top = _TOP_FOLDER.match(filepath)
        return bool(top and not os.path.isdir(top[0]))
    return bool(_DRIVE.match(filepath) or "\\" in filepath) and not os.path.exists(filepath)


def _check_system(filepath: str) -> None:
    """Refuse what would become a strange file in the folder that Blender was started in."""
    if not filepath.strip():
        raise CommandError("filepath is empty", code="invalid_params")
    if "\0" in filepath:
        raise CommandError("A path has no zero bytes", code="invalid_params")
    if _WEB_ADDRESS.match(filepath):
        raise CommandError(
            f"'{filepath}' is a web address: give the path of a file on Blender's machine",
            code="invalid_params",
        )
    if is_foreign(filepath, os.name == "nt"):
        other = "Linux or macOS" if os.name == "nt" else "Windows"
        here = {"Darwin": "macOS"}.get(platform.system(), platform.system())
        like = os.path.join(tempfile.gettempdir(), re.split(r"[\\/]", filepath)[-1])
        raise CommandError(
            f"'{filepath}' is a path of {other}, and Blender runs on {here}: give one of that machine, "
            f"such as '{like}'",
            code="invalid_params",
        )


def _make_folder_of(path: str) -> None:
    folder = os.path.dirname(path)
    if os.path.isfile(folder):
        raise CommandError(f"'{folder}' is a file, and no folder")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise CommandError(f"Cannot make the folder of '{path}': {error.strerror}") from error
