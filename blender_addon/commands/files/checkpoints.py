"""Safety copies of the file that is open: made, listed, gone back to and deleted.

In: names. Out: blend files in a folder beside the file that is open, `<file>.checkpoints`, or in Tenon's own
folder for a file that was never saved. They are whole files, so they outlast Blender. Main thread only.
"""

from __future__ import annotations

import ctypes
import os
import re
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import bpy

from ...blender.context_override import first_window
from ...blender.data_access import reason, with_notes
from ...blender.file_paths import written_size
from ...bridge import bridge
from ...errors import CommandError
from ...registry.table import command
from ...settings.preferences import in_user_folder
from ...tracking.undo_tracker import tracker
from .blend_file import file_info, one_turn, refuse_to_lose_changes, stay_unsaved

MAX_COUNT = 20  # checkpoints of one file
MAX_BYTES = 4 << 30  # of all of them together
MAX_NAME = 100  # characters

_FOLDER, _ENDING = ".checkpoints", ".blend"
# A name of a file on any system.
_NAME = re.compile(r"[^\W_](?:[\w .()+-]*[\w()+-])?")
# In Blender's memory the list of all data begins with two pointers, and then the path of its file.
_PATH_OFFSET, _PATH_SIZE = 2 * ctypes.sizeof(ctypes.c_void_p), 1024


@dataclass(frozen=True)
class _Checkpoint:
    name: str
    path: str
    bytes: int
    made: float  # Unix seconds

    def told(self) -> dict[str, Any]:
        made = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.made))
        return {"name": self.name, "bytes": self.bytes, "made": made}


@command(title="Make a checkpoint", undo=False)
def checkpoint(name: str | None = None) -> Generator[None, None, dict[str, Any]]:
    """Keep a copy of the file as it is now, also what is not saved, for restore_checkpoint. It outlasts
    Blender. Of one file 20 are kept, and 4 GiB: the oldest go.

    name: a new one; the time unless given
    """
    folder = _folder()
    before = _checkpoints(folder)
    taken = {each.name.lower() for each in before}
    name = _free_time_name(taken) if name is None else _checked(name)
    if name.lower() in taken:
        raise CommandError(f"There is a checkpoint '{name}': choose another name, or delete_checkpoint it")
    path = os.path.join(folder, name + _ENDING)
    unsaved = tracker.has_unsaved_changes()
    _write(folder, path)
    size = written_size(path)
    notes = _remove_oldest([*before, _Checkpoint(name, path, size, time.time())])
    yield from one_turn()
    if unsaved:
        stay_unsaved()
    answer = {"name": name, "filepath": path, "bytes": size, "checkpoints": len(_checkpoints(folder))}
    return with_notes(answer, notes)


@command(title="Checkpoints", reads_only=True)
def list_checkpoints() -> dict[str, Any]:
    """List the checkpoints of the file that is open, the newest first."""
    folder = _folder()
    found = _checkpoints(folder)
    return {
        "file": bpy.data.filepath or None,
        "folder": folder,
        "checkpoints": [each.told() for each in reversed(found[-1000:])],
        "total": len(found),
        "bytes": sum(each.bytes for each in found),
    }


@command(title="Go back to a checkpoint", destructive=True)
def restore_checkpoint(name: str, discard_changes: bool = False) -> Generator[None, None, dict[str, Any]]:
    """Open a checkpoint in place of the present state. The file keeps its path: on the disk it stays as it
    was saved last, until it is saved again. The checkpoint stays too.

    name: of the checkpoint
    discard_changes: restore it even if the user has changes that are not saved; asked only with a window
    """
    found = _find(name)
    original = bpy.data.filepath
    refuse_to_lose_changes(discard_changes, "make a checkpoint first")
    can_set_path = _path_in_memory(original) is not None
    try:
        with first_window():
            bpy.ops.wm.open_mainfile(filepath=found.path, load_ui=False)
    except RuntimeError as error:
        raise CommandError(f"Cannot open the checkpoint '{found.path}': {reason(error)}") from error
    notes = _take_path(original, can_set_path)
    bridge.describe(file=bpy.data.filepath, blender=bpy.app.version_string)
    yield from one_turn()
    info = file_info()
    notes += info.pop("notes", [])
    return with_notes({"name": found.name, **info}, notes)


@command(title="Delete a checkpoint", destructive=True, undo=False)
def delete_checkpoint(name: str) -> dict[str, Any]:
    """Delete a checkpoint of the file that is open. It cannot be brought back.

    name: of the checkpoint
    """
    found = _find(name)
    try:
        os.remove(found.path)
    except OSError as error:
        raise CommandError(f"Cannot delete '{found.path}': {error.strerror}") from error
    return {"name": found.name, "bytes": found.bytes, "checkpoints": len(_checkpoints(_folder()))}


def _folder() -> str:
    """Where the checkpoints of the present file are; it may not exist yet."""
    if bpy.data.filepath:
        return os.path.abspath(bpy.data.filepath) + _FOLDER
    folder = in_user_folder("checkpoints", create=False)
    if not folder:
        raise CommandError("Blender has no folder for its user's files: save_file first")
    return folder


def _checkpoints(folder: str) -> list[_Checkpoint]:
    """The oldest first."""
    found = []
    try:
        entries = [each for each in os.scandir(folder) if each.name.endswith(_ENDING) and each.is_file()]
    except OSError:
        return []
    for each in entries:
        state = each.stat()
        found.append(
            _Checkpoint(each.name.removesuffix(_ENDING), each.path, state.st_size, state.st_mtime_ns / 1e9)
        )
    return sorted(found, key=lambda each: (each.made, each.name))


def _find(name: str) -> _Checkpoint:
    found = _checkpoints(_folder())
    for each in found:
        if each.name == name:
            return each
    names = ", ".join(f"'{each.name}'" for each in reversed(found[-MAX_COUNT:])) or "none"
    raise CommandError(f"There is no checkpoint '{name}' of this file; there are: {names}")


def _checked(name: str) -> str:
    if len(name.encode()) > MAX_NAME or not _NAME.fullmatch(name):
        raise CommandError(
            f"'{name[:MAX_NAME]}' cannot be a checkpoint's name: letters, digits, spaces and .()+-_, up to "
            f"{MAX_NAME}, of which the first is a letter or a digit",
            code="invalid_params",
        )
    return name


def _free_time_name(taken: set[str]) -> str:
    now = time.strftime("%Y-%m-%d %H-%M-%S")
    names = (now, *(f"{now} ({number})" for number in range(2, MAX_COUNT + 3)))
    return next(each for each in names if each not in taken)


def _write(folder: str, path: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise CommandError(f"Cannot make the folder '{folder}': {error.strerror}") from error
    try:
        # A file that was never saved has no folder that its paths could be relative to.
        with first_window():
            done = bpy.ops.wm.save_as_mainfile(
                filepath=path, copy=True, check_existing=False, relative_remap=bool(bpy.data.filepath)
            )
    except RuntimeError as error:
        raise CommandError(f"Cannot write the checkpoint '{path}': {reason(error)}") from error
    if done != {"FINISHED"}:
        raise CommandError(f"Cannot write the checkpoint '{path}': Blender did not do it")


def _remove_oldest(found: list[_Checkpoint]) -> list[str]:
    """Keep within the bounds, the newest whatever its size. Returns notes."""
    kept, gone, failed = list(found), [], []
    while len(kept) > 1 and (len(kept) > MAX_COUNT or sum(each.bytes for each in kept) > MAX_BYTES):
        oldest = kept.pop(0)
        try:
            os.remove(oldest.path)
            gone.append(oldest.name)
        except OSError:
            failed.append(oldest.name)
    notes = [f"Old checkpoints were removed: {', '.join(gone)}"] if gone else []
    return notes + ([f"Old checkpoints could not be removed: {', '.join(failed)}"] if failed else [])


# --- the path of the file that is restored


def _take_path(original: str, can_set_path: bool) -> list[str]:
    """Have what is open now be the file of this path, which is not written. Returns notes."""
    if not can_set_path:
        return [
            f"The file that is open now is the checkpoint: save_file with filepath='{original}' goes back"
        ]
    if original and any(path.startswith("//") for path in bpy.utils.blend_paths()):
        _make_relative_to(original)
    field = _path_in_memory(bpy.data.filepath)
    if field is None:
        return [f"The file that is open now is '{bpy.data.filepath}', and not '{original}'"]
    data = os.fsencode(original)
    ctypes.memmove(field, data + b"\0", len(data) + 1)
    return []


def _make_relative_to(original: str) -> None:
    """Paths that are relative to the folder of the checkpoints become relative to that of the file.

    Blender does this only while it saves: so a file is saved there, and deleted.
    """
    stem, _ = os.path.splitext(original)
    beside = f"{stem}.restoring-{os.getpid()}{_ENDING}"
    try:
        with first_window():
            bpy.ops.wm.save_as_mainfile(filepath=beside, check_existing=False, relative_remap=True)
    except RuntimeError as error:
        raise CommandError(
            f"The checkpoint is open, as a file of its own, and cannot take the place of '{original}': "
            f"{reason(error)}"
        ) from error
    finally:
        if os.path.exists(beside):
            os.remove(beside)


def _path_in_memory(expected: str) -> int | None:
    """Where Blender keeps the path of the open file; None where that is not what is found there.

    Python may only read it, and Blender sets it only by loading and saving.
    """
    address = bpy.data.as_pointer() + _PATH_OFFSET
    data = os.fsencode(expected)
    if len(data) >= _PATH_SIZE or ctypes.string_at(address, len(data) + 1) != data + b"\0":
        return None
    return address
