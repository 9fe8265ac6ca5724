"""The staged add-on in, `dist/tenon-VERSION-PLATFORM.zip` out, with one top folder.

The same files make the same bytes. The zip installs as a legacy add-on (Blender 3.4) and as an extension (4.2
and newer); Blender's own checker has the last word.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from . import environment, native
from .environment import Environment
from .project import DIST, ROOT, BuildError, platform_name, run, say, version

# The earliest time a zip can hold: file times must not change the archive.
EPOCH = (1980, 1, 1, 0, 0, 0)


def make(env: Environment, staged: Path) -> Path:
    """Writes and checks the release zip; returns its path."""
    files = native.read_files(staged)
    if platform_name().startswith("linux"):
        native.check_glibc(files[native.NATIVE_NAME])
    DIST.mkdir(exist_ok=True)
    archive = DIST / f"tenon-{version()}-{platform_name()}.zip"
    unchecked = archive.with_suffix(".unchecked.zip")
    write(files, unchecked)
    validate(env, unchecked)
    os.replace(unchecked, archive)
    say(f"wrote {archive.relative_to(ROOT)}, {archive.stat().st_size / 1e6:.1f} MB")
    return archive


def write(files: dict[str, bytes], archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        # Blender 3.4 removes an older version by the folders that are entries of their own. Without this one
        # it would write over the native module that it runs, and crash.
        top = zipfile.ZipInfo("tenon/", EPOCH)
        top.external_attr = (0o040755 << 16) | 0x10
        top.create_system = 3  # Unix, wherever the zip is made
        out.writestr(top, b"")
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"tenon/{name}", EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            out.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)


def validate(env: Environment, archive: Path) -> None:
    """Blender's own extension checker, as it ships inside the bpy wheel."""
    checkers = list(environment.bpy_folder(env).glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not checkers:
        raise BuildError("this bpy has no extension checker (blender_ext.py)")
    run([env.python, checkers[0], "validate", archive])
