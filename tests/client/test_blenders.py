"""Which Blenders are found on Linux, macOS and Windows, and what each is said to be.

In: folders made as each platform has them, described by a `System`; programs that answer `--version` as old,
spoiled and slow ones do; the system's real Blender where there is one.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from assistant import CLIENT

sys.path.insert(0, str(CLIENT))

from tenon_client import blenders
from tenon_client.setup.platform_paths import System

posix = pytest.mark.skipif(sys.platform == "win32", reason="programs are shell scripts")


def program(path: Path, says: str = "Blender 4.2.3 LTS", code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return path


def places(system: System, root: Path) -> dict[str, str]:
    """Path, as seen from the root of the test, and kind."""
    found = blenders.distinct(blenders.candidates(system, root), system)
    real = Path(os.path.realpath(root))
    return {
        str(path).removeprefix(str(real) + "/").removeprefix(str(root) + "/"): kind for path, kind in found
    }


LINUX = {
    "usr/bin/blender": "path",
    "opt/blender-4.2.3-linux-x64/blender": "folder",
    "home/Downloads/blender-5.0.1-linux-x64/blender": "folder",
    "home/apps/blender-3.6/blender": "portable",
    "home/.local/share/Steam/steamapps/common/Blender/blender": "steam",
    "games/steamapps/common/Blender/blender": "steam",
    "var/lib/flatpak/exports/bin/org.blender.Blender": "flatpak",
    "home/.local/share/flatpak/exports/bin/org.blender.Blender": "flatpak",
    "snap/bin/blender": "snap",
}


@posix
def test_on_linux(tmp_path):
    for name, kind in LINUX.items():
        if kind != "snap":
            program(tmp_path / name)
    snap = program(tmp_path / "usr/bin/snap")
    (tmp_path / "snap/bin").mkdir(parents=True)
    (tmp_path / "snap/bin/blender").symlink_to(snap)
    (tmp_path / "home/apps/blender-3.6/3.6/config").mkdir(parents=True)
    link = tmp_path / "home/.local/bin/blender"  # a second name of one that is found already
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "opt/blender-4.2.3-linux-x64/blender")
    (tmp_path / "home/.local/share/Steam/steamapps/libraryfolders.vdf").write_text(
        f'"libraryfolders"\n{{\n "0"\n {{\n  "path"  "{tmp_path}/home/.local/share/Steam"\n }}\n'
        f' "1"\n {{\n  "path"\t\t"{tmp_path}/games"\n }}\n}}\n'
    )
    path = f"{tmp_path}/usr/bin:{tmp_path}/nowhere:{tmp_path}/snap/bin"
    assert places(System("linux", tmp_path / "home", {"PATH": path}), tmp_path) == LINUX


@posix
def test_on_macos(tmp_path):
    expected = {
        "Applications/Blender.app/Contents/MacOS/Blender": "path",  # a link on the PATH leads to it
        "Applications/Blender 4.2.app/Contents/MacOS/Blender": "folder",
        "home/Applications/Blender.app/Contents/MacOS/Blender": "folder",
        "home/Library/Application Support/Steam/steamapps/common/Blender/"
        "Blender.app/Contents/MacOS/Blender": "steam",
    }
    for name in expected:
        program(tmp_path / name)
    brew = tmp_path / "opt/homebrew/bin/blender"
    brew.parent.mkdir(parents=True)
    brew.symlink_to(tmp_path / "Applications/Blender.app/Contents/MacOS/Blender")
    system = System("darwin", tmp_path / "home", {"PATH": str(brew.parent)})
    assert places(system, tmp_path) == expected


def test_on_windows(tmp_path):
    expected = {
        "Program Files/Blender Foundation/Blender 4.2/blender.exe": "folder",
        "Program Files/Blender Foundation/Blender 3.6/blender.exe": "folder",
        "home/AppData/Local/Programs/Blender Foundation/Blender 5.0/blender.exe": "folder",
        "home/Downloads/blender-4.5.0-windows-x64/blender.exe": "portable",
        "x86/Steam/steamapps/common/Blender/blender.exe": "steam",
        "D/SteamLibrary/steamapps/common/Blender/blender.exe": "steam",
        "tools/blender.exe": "path",
    }
    for name in expected:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"MZ")
    (tmp_path / "home/Downloads/blender-4.5.0-windows-x64/portable").mkdir()
    library = str(tmp_path / "D" / "SteamLibrary").replace("\\", "\\\\")
    (tmp_path / "x86/Steam/steamapps/libraryfolders.vdf").write_text(f'"1" {{\n"path" "{library}"\n}}')
    environ = {
        "PATH": f"{tmp_path / 'tools'};{tmp_path / 'nowhere'}",
        "PROGRAMFILES": str(tmp_path / "Program Files"),  # as os.environ shows it
        "ProgramW6432": str(tmp_path / "Program Files"),
        "ProgramFiles(x86)": str(tmp_path / "x86"),
        "LOCALAPPDATA": str(tmp_path / "home" / "AppData" / "Local"),
    }
    found = places(System("win32", tmp_path / "home", environ), tmp_path)
    assert {name.replace("\\", "/"): kind for name, kind in found.items()} == expected


@posix
@pytest.mark.parametrize(
    ("says", "code", "version", "error"),
    [
        ("Blender 3.4.1", 0, (3, 4, 1), ""),
        ("Read prefs: x\nBlender 5.1.0 Alpha", 0, (5, 1, 0), ""),
        ("Blender 3.3.21", 0, (3, 3, 21), "too old: Tenon needs Blender 3.4 or later"),
        ("Blender 2.79 (sub 0)", 0, (2, 79, 0), "too old: Tenon needs Blender 3.4 or later"),
        (
            "cannot open libX11.so.6",
            127,
            None,
            "is not a Blender, or is damaged (exit code 127): cannot open",
        ),
        ("", 0, None, "it says nothing"),
    ],
)
def test_what_a_program_says_of_itself(tmp_path, says, code, version, error):
    [found] = blenders.find(System(), [str(program(tmp_path / "blender", says, code))])
    assert (found.version, found.is_usable, found.kind) == (version, not error, "named")
    assert error in found.error


@posix
def test_what_is_no_program_is_listed_with_the_reason(tmp_path, monkeypatch):
    spoiled = tmp_path / "opt/blender-4.2/blender"
    spoiled.parent.mkdir(parents=True)
    spoiled.write_bytes(b"\0\1\2 cut short")
    [found] = blenders.find(System(), [str(spoiled)])
    assert found.error == "it is not a program that you may start"
    spoiled.chmod(0o755)
    [found] = blenders.find(System(), [str(spoiled)])
    assert found.version is None and "it cannot be started: Exec format error" in found.error
    [missing, folder] = blenders.find(System(), [str(tmp_path / "none"), str(tmp_path)])
    assert missing.error == "there is no such program" and folder.error == "this folder holds no Blender"
    slow = program(tmp_path / "slow/blender")
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(blenders, "VERSION_TIMEOUT", 0.2)
    [found] = blenders.find(System(), [str(slow)])
    assert "did not tell its version within" in found.error


@posix
def test_a_folder_and_a_bundle_can_be_named(tmp_path):
    plain = program(tmp_path / "blender-4.2/blender")
    bundle = program(tmp_path / "Blender.app/Contents/MacOS/Blender")
    found = blenders.find(System(), [str(plain.parent), str(tmp_path / "Blender.app")])
    assert [each.program for each in found] == [os.path.realpath(plain), os.path.realpath(bundle)]
    assert all(each.is_usable for each in found)


@posix
def test_the_newest_is_first_and_what_cannot_be_used_last(tmp_path):
    for name, says in {"a": "Blender 3.3.0", "b": "Blender 3.4.1", "c": "Blender 5.0.1"}.items():
        program(tmp_path / f"home/blender-{name}/blender", says)
    found = blenders.find(System("linux", tmp_path / "home", {"PATH": ""}))
    here = [each for each in found if str(tmp_path) in each.program]
    assert [each.version_text for each in here] == ["5.0.1", "3.4.1", "3.3.0"]
    assert str(here[0]).startswith("Blender 5.0.1 (folder): ") and "too old" in str(here[2])


@pytest.mark.skipif(not shutil.which("blender"), reason="the system has no blender")
def test_the_systems_blender():
    found = blenders.find()
    real = os.path.realpath(str(shutil.which("blender")))
    [mine] = [each for each in found if each.program == real]
    assert mine.is_usable and mine.version and mine.version >= (3, 4, 0)
    assert blenders.find(named=["blender"])[0].version == mine.version
