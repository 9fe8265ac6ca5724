"""What an installation leaves that was not there before: folders, and Blender's preferences. Taken back with
it where nobody has used it since.

In: the folders where such things come to be, looked at before the first Blender is started, which makes some
already. Out: what is new below them; and it removed again, if it is empty or as it was left.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..setup.platform_paths import System
from ..state_folder import state_folder

DEPTH = 4  # of Blender's folder that matters: version, kind, add-ons


def roots(system: System) -> list[Path]:
    """Where Blender keeps what is the user's, where Tenon does, and where systemd looks for units."""
    names = {"win32": ("Blender Foundation", "Blender"), "darwin": ("Blender",)}
    blender = system.config.joinpath(*names.get(system.platform, ("blender",)))
    return [blender, state_folder(), system.xdg_config / "systemd" / "user"]


class Before:
    """What there was of these folders and what leads to them."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = list(folders)
        self._there = {each for root in self._folders for each in [*root.parents, *_below(root)]}
        self._there = {each for each in self._there if each.exists()}

    def made(self, leaves: Iterable[Path]) -> list[str]:
        """The folders on the way to these, there now and not then; the deepest first."""
        ways = {parent for leaf in leaves for parent in leaf.parents}
        new = {str(way) for way in ways if self._is_about(way) and way.is_dir() and way not in self._there}
        return sorted(new, key=len, reverse=True)

    def _is_about(self, way: Path) -> bool:
        return any(way == root or way in root.parents or root in way.parents for root in self._folders)

    @property
    def leaves(self) -> list[Path]:
        """A file in each of the folders."""
        return [each / "file" for each in self._folders]

    def has(self, file: Path) -> bool:
        return file in self._there


def _below(root: Path) -> Iterable[Path]:
    yield root
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        yield from (here / name for name in [*folders, *files])
        if len(here.relative_to(root).parts) >= DEPTH:
            folders.clear()


def digest(file: Path) -> str:
    """Empty if there is no such file."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def unused(preferences: Mapping[str, str]) -> list[Path]:
    """Of the files with their digests at the end of the installation, those that nobody has saved since."""
    return [Path(file) for file, then in preferences.items() if then and digest(Path(file)) == then]


def remove(files: Iterable[Path], folders: Iterable[str]) -> None:
    """The files, and then the folders that are empty."""
    for file in files:
        file.unlink(missing_ok=True)
    for folder in folders:
        with contextlib.suppress(OSError):
            os.rmdir(folder)
