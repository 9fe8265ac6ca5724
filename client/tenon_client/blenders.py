"""The Blenders on this machine, and what version each is.

In: a machine (platform, environment, home folder), and paths that a person names. Out: `FoundBlender`s: those
that Tenon supports, those that are too old, and those that do not start, each with the reason. Starts each
with `--version`; changes nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .setup.platform_paths import System

OLDEST = (3, 4, 0)
EXTENSIONS_SINCE = (4, 2, 0)  # an add-on is an extension from then on
VERSION_TIMEOUT = 30.0  # seconds for `blender --version`; a first start from a slow disk takes some
FLATPAK_ID = "org.blender.Blender"
LIBRARY_PATH = re.compile(r'^\s*"path"\s*"((?:[^"\\]|\\.)*)"', re.MULTILINE)  # of Steam's libraryfolders.vdf
VERSION_LINE = re.compile(r"^Blender (\d+)\.(\d+)(?:\.(\d+))?", re.MULTILINE)


@dataclass(frozen=True)
class FoundBlender:
    """A program that should be a Blender."""

    program: str
    version: tuple[int, int, int] | None  # None: it did not tell, and `error` says why
    kind: str  # named, path, folder, portable, steam, flatpak or snap
    error: str = ""  # why it cannot be used

    @property
    def is_usable(self) -> bool:
        return not self.error

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version or ()))

    def __str__(self) -> str:
        name = f"Blender {self.version_text}" if self.version else "not a working Blender"
        return f"{name} ({self.kind}): {self.program}" + (f": {self.error}" if self.error else "")


def find(system: System | None = None, named: Iterable[str] = ()) -> list[FoundBlender]:
    """Those that are named, if any are; else all on this machine, the newest first and those that cannot be
    used last."""
    system = system or System()
    wanted = [(named_program(word, system), "named") for word in named]
    places = distinct(wanted or candidates(system), system)
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda place: probe(*place), places))
    if wanted:
        return found
    return sorted(found, key=lambda each: (not each.is_usable, [-part for part in each.version or ()]))


def named_program(word: str, system: System) -> Path:
    """The program that a person means: a path, a name on the PATH, Blender's folder, or a bundle of macOS."""
    path = Path(word).expanduser()
    names = (program_name(system), "Contents/MacOS/Blender", "Blender.app/Contents/MacOS/Blender")
    if path.is_dir():
        return next((path / name for name in names if (path / name).is_file()), path)
    on_path = system.program(word) if path.name == word else None
    return Path(on_path) if on_path and not path.is_file() else Path(os.path.abspath(path))


def program_name(system: System) -> str:
    return "blender.exe" if system.platform == "win32" else "blender"


def candidates(system: System, root: Path = Path("/")) -> Iterator[tuple[Path, str]]:
    """Where Blenders usually lie, and there is a file: the program and its kind. `root` is for tests."""
    for place, pattern, kind in _places(system, root):
        try:
            yield from ((path, kind) for path in sorted(place.glob(pattern)) if path.is_file())
        except OSError:
            continue  # a folder that may not be read


def _places(system: System, root: Path) -> Iterator[tuple[Path, str, str]]:
    """Folder, pattern in it, kind."""
    name = program_name(system)
    for folder in system.environ.get("PATH", "").split(";" if system.platform == "win32" else ":"):
        if folder:
            yield Path(folder), name, "path"
            yield Path(folder), f"{FLATPAK_ID}", "flatpak"
    yield from {"win32": _windows, "darwin": _macos}.get(system.platform, _linux)(system, root)
    for library in _steam_libraries(system):
        games = library / "steamapps" / "common" / "Blender"
        yield games, "Blender.app/Contents/MacOS/Blender" if system.platform == "darwin" else name, "steam"


def _linux(system: System, root: Path) -> Iterator[tuple[Path, str, str]]:
    home = system.home
    for folder in (root / "usr/bin", root / "usr/local/bin", home / ".local/bin", home / "bin"):
        yield folder, "blender", "folder"
    for folder in (root / "opt", root / "usr/local", home, home / "Downloads", home / "Applications"):
        yield folder, "[bB]lender*/blender", "folder"
    for folder in (home / "apps", home / "opt", home / ".local/opt", home / "Software", home / "software"):
        yield folder, "[bB]lender*/blender", "folder"
    for folder in (root / "var/lib/flatpak", system.folder("XDG_DATA_HOME", ".local", "share") / "flatpak"):
        yield folder / "exports" / "bin", FLATPAK_ID, "flatpak"
    for folder in (root / "snap/bin", root / "var/lib/snapd/snap/bin"):
        yield folder, "blender", "snap"


def _macos(system: System, root: Path) -> Iterator[tuple[Path, str, str]]:
    for folder in (root / "Applications", system.home / "Applications", system.home / "Downloads"):
        yield folder, "Blender*.app/Contents/MacOS/Blender", "folder"
        yield folder, "Blender*/Blender.app/Contents/MacOS/Blender", "folder"
    for folder in (root / "opt/homebrew/bin", root / "usr/local/bin"):
        yield folder, "blender", "folder"


def _windows(system: System, root: Path) -> Iterator[tuple[Path, str, str]]:
    named = ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)", "LOCALAPPDATA")
    folders = [Path(each) for name in named if (each := _variable(system, name))]
    for folder in folders:
        for base in (folder, folder / "Programs"):
            yield base / "Blender Foundation", "Blender*/blender.exe", "folder"
            yield base, "[bB]lender*/blender.exe", "folder"
    for folder in (system.home, system.home / "Downloads", system.home / "Desktop"):
        yield folder, "[bB]lender*/blender.exe", "folder"


def _variable(system: System, name: str) -> str | None:
    """On Windows the case of a variable's name means nothing, but `os.environ` shows it in capitals."""
    return system.environ.get(name) or system.environ.get(name.upper())


def _steam_libraries(system: System) -> Iterator[Path]:
    home = system.home
    if system.platform == "win32":
        base = _variable(system, "ProgramFiles(x86)")
        steams = [Path(base) / "Steam"] if base else []
    elif system.platform == "darwin":
        steams = [system.config / "Steam"]
    else:
        in_flatpak = home / ".var/app/com.valvesoftware.Steam/.local/share/Steam"
        data = system.folder("XDG_DATA_HOME", ".local", "share") / "Steam"
        steams = [home / ".steam/steam", data, in_flatpak]
    for steam in steams:
        yield steam
        try:
            text = (steam / "steamapps" / "libraryfolders.vdf").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for found in LIBRARY_PATH.findall(text):
            yield Path(re.sub(r"\\(.)", r"\1", found))


def distinct(places: Iterable[tuple[Path, str]], system: System) -> list[tuple[Path, str]]:
    """Each program once, under its real path, with its most telling kind."""
    found: dict[str, tuple[Path, str]] = {}
    for path, kind in places:
        real = Path(os.path.realpath(path))
        if kind != "flatpak" and real.name == "snap":  # all of snap's commands are links to the one `snap`
            key, place = "snap", (path, "snap")
        elif kind == "flatpak" or real.name == FLATPAK_ID:
            # The link stays when the application is updated; what it leads to does not.
            key, place = str(real), (path, "flatpak")
        else:
            key, place = str(real), (real, _kind(real, kind))
        known = found.setdefault(key, place)
        if known[1] == "path" and place[1] not in ("path", "folder"):
            found[key] = (known[0], place[1])
    return list(found.values())


def _kind(program: Path, kind: str) -> str:
    """A Blender that keeps the user's files in its own folder is portable."""
    if kind in ("steam", "named"):
        return kind
    folder = program.parent
    if (folder / "portable").is_dir() or any(folder.glob("[0-9]*.[0-9]*/config")):
        return "portable"
    return kind


def probe(path: Path, kind: str) -> FoundBlender:
    """Asks the program for its version."""
    program = str(path)

    def refused(error: str, version: tuple[int, int, int] | None = None) -> FoundBlender:
        return FoundBlender(program, version, kind, error)

    if not path.is_file():
        return refused("there is no such program" if not path.exists() else "this folder holds no Blender")
    if not shutil.which(program):
        return refused("it is not a program that you may start")
    try:
        answer = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=VERSION_TIMEOUT,
            check=False,
            env=dict(os.environ),  # Python's view: a bpy in this process adds its own variables to the other
        )
    except subprocess.TimeoutExpired:
        return refused(f"it did not tell its version within {VERSION_TIMEOUT:.0f} s")
    except OSError as error:
        return refused(f"it cannot be started: {error.strerror or error}")
    text = answer.stdout.decode("utf-8", "replace")
    told = VERSION_LINE.search(text)
    if not told:
        return refused(
            f"it is not a Blender, or is damaged (exit code {answer.returncode}): {_last_line(text)}"
        )
    version = (int(told[1]), int(told[2]), int(told[3] or 0))
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST[:2]))
        return refused(f"too old: Tenon needs Blender {oldest} or later", version)
    return FoundBlender(program, version, kind)


def _last_line(text: str) -> str:
    return next(
        (line.strip()[:200] for line in reversed(text.splitlines()) if line.strip()), "it says nothing"
    )
