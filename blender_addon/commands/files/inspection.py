"""A blend file looked into without opening it.

In: a path. Out: what it holds, by kind, and which Blender wrote it. Main thread only; what is open stays as
it is.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import bpy

from ...blender.data_access import reason, with_notes
from ...blender.file_paths import absolute_path
from ...blender.paging import fitting
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command

MAX_CHARACTERS = 4_000  # of the names of one kind

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# "BLENDER-v304" or, since Blender 5.0, "BLENDER17-01v0500".
_HEADER = re.compile(rb"BLENDER(?:[-_][vV](\d{3})|\d\d-\d\d[vV](\d{4}))")


@command(title="Inspect a blend file", reads_only=True)
def inspect_blend_file(
    filepath: str, names: Annotated[int, Constraint(minimum=0, maximum=1000)] = 20
) -> dict[str, Any]:
    """Tell what a blend file holds without opening it: names and numbers of its scenes, objects, materials
    and all else, how many are assets, and which version of Blender wrote it.

    filepath: the file; "//" at its start means the folder of the present one
    names: how many of each kind at most
    """
    path = absolute_path(filepath)
    if not os.path.isfile(path):
        raise CommandError(f"No such file: {path}")
    compressed, version = _header(path)
    with _under_another_name(path) as readable:
        held, version_too = _listed(readable, assets_only=False)
        assets, _ = _listed(readable, assets_only=True)
    version = version or version_too
    state = os.stat(path)
    answer = {
        "filepath": path,
        "bytes": state.st_size,
        "modified": state.st_mtime,
        "compressed": compressed,
        "blender_version": version,
        "counts": {kind: len(found) for kind, found in held.items()},
        "names": {kind: fitting(found[:names], MAX_CHARACTERS) for kind, found in held.items() if names},
    }
    if assets:
        answer["asset_counts"] = {kind: len(found) for kind, found in assets.items()}
    return with_notes(answer, _notes(path, version))


def _notes(path: str, version: str | None) -> list[str]:
    notes = []
    if version is None:
        notes.append(
            "The version cannot be read: the file is compressed in a way that Python here cannot read"
        )
    elif tuple(map(int, version.split("."))) > bpy.app.version[:2]:
        notes.append(f"It was written by a newer Blender than this one, {bpy.app.version_string}")
    if bpy.data.filepath and os.path.exists(bpy.data.filepath) and os.path.samefile(path, bpy.data.filepath):
        notes.append("This file is open: told is what was saved, without what has changed since")
    return notes


def _listed(path: str, *, assets_only: bool) -> tuple[dict[str, list[str]], str | None]:
    """Names by kind, and the version of Blender if it tells that."""
    try:
        with bpy.data.libraries.load(path, assets_only=assets_only) as (there, _):
            kinds = [each for each in dir(there) if not each.startswith("_")]
            found = {kind: getattr(there, kind) for kind in kinds}
    except (OSError, RuntimeError, ValueError) as error:
        raise CommandError(
            f"'{path}' is no blend file that this Blender can read: {reason(error)}"
        ) from error
    version = found.pop("version", None)
    lists = {kind: sorted(each) for kind, each in found.items() if isinstance(each, list) and each}
    return lists, ".".join(map(str, version[:2])) if version else None


def _header(path: str) -> tuple[bool, str | None]:
    """Whether the file is compressed, and its version; None where that cannot be read."""
    try:
        with open(path, "rb") as file:
            start = file.read(32)
            file.seek(0)
            compressed = start.startswith((_GZIP, _ZSTD))
            if start.startswith(_GZIP):
                with gzip.open(file) as unpacked:
                    start = unpacked.read(32)
            elif start.startswith(_ZSTD):
                start = _zstd_start(file)
    except (OSError, EOFError) as error:
        raise CommandError(f"Cannot read '{path}': {error}") from error
    found = _HEADER.match(start)
    if not found:
        if start:
            raise CommandError(f"'{path}' is no blend file")
        return compressed, None
    number = int(found[1] or found[2])
    return compressed, f"{number // 100}.{number % 100}"


def _zstd_start(file: Any) -> bytes:
    """Empty where this Python cannot read it: Debian's Blender lacks the module."""
    try:
        import zstandard
    except ImportError:
        return b""
    try:
        with zstandard.ZstdDecompressor().stream_reader(file) as unpacked:
            return bytes(unpacked.read(32))
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from error


@contextmanager
def _under_another_name(path: str) -> Iterator[str]:
    """Blender lists no file under the name of the one that is open."""
    if not bpy.data.filepath or os.path.realpath(path) != os.path.realpath(bpy.data.filepath):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        other = os.path.join(folder, "open.blend")
        try:
            os.symlink(path, other)
        except OSError:  # Windows lets not everybody
            shutil.copyfile(path, other)
        yield other
