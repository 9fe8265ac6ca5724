"""Loads the native core. Its file has the version in its name: `_native_0_1_0.abi3.so`, `_native_0_1_0.pyd`.

In: the package, the folders it lies in, its `bl_info`. Out: the module `PACKAGE._native`, or nothing where
there is no such file; ImportError for one that does not load here. Main thread only.

Windows locks a loaded library, and with it the folder around it: Blender could neither update nor remove an
add-on that runs. So there a copy is loaded, from a folder that Blender does not know of.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

NAME = "_native"


def load(
    package: str, folders: Iterable[str], bl_info: Mapping[str, Any], platform: str = sys.platform
) -> ModuleType | None:
    """Makes `from . import _native` work in the package; what an update has left is removed."""
    library = find(folders, bl_info["version"])
    if library is None:
        return None
    remove_others(library)
    if platform == "win32":
        library = unlocked(library)
    module = load_file(f"{package}.{NAME}", library)
    setattr(sys.modules[package], NAME, module)
    return module


def find(folders: Iterable[str], version: Iterable[int]) -> Path | None:
    stem = "_".join([NAME, *map(str, version)])
    places = (Path(folder) / (stem + suffix) for folder in folders for suffix in EXTENSION_SUFFIXES)
    return next((place for place in places if place.is_file()), None)


def load_file(name: str, library: Path) -> ModuleType:
    """The module of that name, whatever the file's is: the library's entry point has the module's."""
    loader = ExtensionFileLoader(name, str(library))
    spec = importlib.util.spec_from_file_location(name, library, loader=loader)
    assert spec  # it has a loader
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[name] = module
    return module


def unlocked(library: Path) -> Path:
    """A copy outside of the add-on's folder; the library itself where none can be made.

    Its name holds a digest: another build of this version is another file, as a loaded one cannot change.
    """
    from .state_folder import state_folder  # here: sources that were never built lack it

    content = library.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    stem, suffix = library.name.split(".", 1)
    try:
        copy = state_folder() / "libraries" / f"{stem}-{digest}.{suffix}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.is_file() or copy.read_bytes() != content:
            whole = copy.with_name(f"{NAME}-{os.getpid()}.{suffix}")
            whole.write_bytes(content)
            os.replace(whole, copy)
    except (OSError, RuntimeError):  # the latter: nobody knows the user's home
        return library
    remove_others(copy)
    return copy


def remove_others(library: Path) -> None:
    """Removes the native cores beside this one. Windows refuses for those that some Blender has loaded."""
    for other in library.parent.glob(f"{NAME}*"):
        if other != library and other.suffix in (".so", ".pyd"):
            with contextlib.suppress(OSError):
                other.unlink()
