"""Which file the add-on loads its native core from, and that an update may come while one is loaded.

In: the staged add-on's library, in a package of its own or in a real Blender. Each test has a process of its
own, since a loaded library stays for good.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_module import LIBRARY, STAGED
from other_version import zip_of
from wire import PATIENCE

VERSION = tuple(int(part) for part in LIBRARY.name.split(".")[0].split("_")[2:])
SHARED = ("native_library.py", "state_folder.py")  # all that loading takes

LOAD = """
import json, os, sys
import addon
from addon import native_library

def load(platform=sys.platform, version={version}):
    return native_library.load("addon", addon.__path__, {{"version": version}}, platform)

def mapped():
    with open("/proc/self/maps") as file:
        paths = [line.split(None, 5)[5:] for line in file]
    return sorted({{os.path.basename(path[0].strip()) for path in paths if path and "_native" in path[0]}})
"""


@pytest.fixture
def addon(tmp_path: Path) -> Path:
    """A package of nothing but the library and what loads it."""
    folder = tmp_path / "addon"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name in (*SHARED, LIBRARY.name):
        shutil.copy(STAGED / name, folder)
    return folder


def run(addon: Path, source: str, state: Path | None = None) -> subprocess.CompletedProcess[str]:
    script = LOAD.format(version=VERSION) + source
    variables = {**os.environ, "TENON_STATE_DIR": str(state or addon.parent / "state")}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=addon.parent,
        env=variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def answer(addon: Path, source: str, state: Path | None = None) -> object:
    ended = run(addon, source, state)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


SERVE = "from addon._native import Bridge; bridge = Bridge(); bridge.start(port=0)\n"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/maps")


def test_the_library_of_this_version_is_loaded_and_others_are_removed(addon: Path):
    left = ["_native.abi3.so", "_native_0_0_9.abi3.so", "_native_0_0_9.pyd"]
    kept = ["_native.pyi", "_native_notes.txt", "other.so"]
    for name in left + kept:
        (addon / name).write_bytes(b"not a library")
    source = f"load()\n{SERVE}print(json.dumps([bridge.running, addon._native.__name__])); bridge.stop()"
    assert answer(addon, source) == [True, "addon._native"]
    there = {path.name for path in addon.iterdir() if path.is_file()}
    assert there == {"__init__.py", *SHARED, LIBRARY.name, *kept}


def test_a_leftover_that_cannot_be_removed_is_no_fault(addon: Path):
    (addon / "_native_0_0_9.abi3.so").mkdir()  # a folder is not unlinked, on any system
    assert answer(addon, f"load()\n{SERVE}print(bridge.running and 1); bridge.stop()") == 1


def test_without_this_versions_library_there_is_no_native_core(addon: Path):
    source = "assert load(version=(99, 0, 0)) is None\nfrom addon import _native"
    ended = run(addon, source)
    assert "ImportError: cannot import name '_native' from 'addon'" in ended.stderr
    assert (addon / LIBRARY.name).is_file()


def test_a_library_for_another_system_is_an_import_error(addon: Path):
    (addon / LIBRARY.name).write_bytes(b"MZ, and nothing that loads here")
    assert "ImportError: " in run(addon, "load()").stderr


def test_the_same_library_loads_again(addon: Path):
    """As Blender does it after the same version was installed once more."""
    source = f"load()\n{SERVE}old = bridge\n"
    source += "del sys.modules['addon._native'], addon._native\n"
    source += f"load()\n{SERVE}print(json.dumps([old.running, bridge.running])); bridge.stop(); old.stop()"
    assert answer(addon, source) == [True, True]


# ---- as on Windows, where a loaded library cannot be replaced ----


@on_linux
def test_for_windows_a_copy_is_loaded_so_that_the_folder_is_free(addon: Path):
    source = f"load('win32')\n{SERVE}import shutil; shutil.rmtree({str(addon)!r})\n"
    source += "print(json.dumps([bridge.running, mapped()])); bridge.stop()"
    running, mapped = answer(addon, source)  # type: ignore[misc]
    [copy] = (addon.parent / "state" / "libraries").iterdir()
    assert (running, mapped) == (True, [copy.name])
    assert copy.name.startswith(LIBRARY.name.split(".")[0] + "-")
    assert copy.read_bytes() == LIBRARY.read_bytes()


@on_linux
def test_for_windows_the_copies_of_other_versions_are_removed(addon: Path):
    copies = addon.parent / "state" / "libraries"
    source = "load('win32'); print(json.dumps(mapped()))"
    [first] = answer(addon, source)  # type: ignore[misc]
    written = (copies / first).stat().st_mtime_ns
    (copies / "_native_0_0_9-0123456789abcdef.abi3.so").write_bytes(b"old")
    assert answer(addon, source) == [first]
    assert [path.name for path in copies.iterdir()] == [first]
    assert (copies / first).stat().st_mtime_ns == written, "made once"


@on_linux
def test_for_windows_a_spoiled_copy_is_made_anew(addon: Path):
    source = "load('win32'); print(json.dumps(mapped()))"
    [name] = answer(addon, source)  # type: ignore[misc]
    copy = addon.parent / "state" / "libraries" / name
    copy.write_bytes(copy.read_bytes()[:1000])
    assert answer(addon, source) == [name]
    assert copy.read_bytes() == LIBRARY.read_bytes()


@on_linux
def test_for_windows_the_library_itself_is_loaded_where_no_copy_can_be(addon: Path):
    blocked = addon.parent / "a_file"
    blocked.write_text("")
    assert answer(addon, "load('win32'); print(json.dumps(mapped()))", blocked) == [LIBRARY.name]


# ---- an update in a Blender that runs ----

UPDATE = """
import json, socket, sys
import bpy

def install(path):
    bpy.ops.preferences.addon_install(filepath=path, overwrite=True)

def ask():
    bridge = sys.modules["tenon"].bridge.bridge
    with socket.create_connection(("localhost", bridge.port), timeout=30) as client:
        client.sendall(b'{"type": "ping"}\\n')
        return json.loads(client.makefile().readline())["status"]

def told():
    tenon = sys.modules["tenon"]
    return [list(tenon.bl_info["version"]), tenon._native.__file__.rpartition("/")[2], ask()]

one, two = sys.argv[-2:]
install(one)
bpy.ops.preferences.addon_enable(module="tenon")
sys.modules["tenon"].bridge.bridge.start(port=0)
steps = [told()]
install(two)
steps.append(told())  # the user has not switched over yet
bpy.ops.preferences.addon_disable(module="tenon")
bpy.ops.preferences.addon_enable(module="tenon")
sys.modules["tenon"].bridge.bridge.start(port=0)
steps.append(told())
print("STEPS " + json.dumps(steps))
"""


@pytest.fixture
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("RESOURCES", "CONFIG", "SCRIPTS", "EXTENSIONS", "DATAFILES"):
        (tmp_path / "blender" / name.lower()).mkdir(parents=True)
        monkeypatch.setenv(f"BLENDER_USER_{name}", str(tmp_path / "blender" / name.lower()))
    return tmp_path


@pytest.mark.skipif(not shutil.which("blender"), reason="the system has no blender")
def test_an_update_in_a_running_blender(tmp_path: Path, user_folder: Path):
    """A legacy add-on, by the operators of Blender 3.4; extensions are updated in test_release.py."""
    versions = (".".join(map(str, VERSION)), "99.0.0")
    archives = [zip_of(version, tmp_path) for version in versions]
    (tmp_path / "update.py").write_text(UPDATE)
    command = ["blender", "--background", "--python-exit-code", "1", "--python", str(tmp_path / "update.py")]
    ended = subprocess.run(
        [*command, "--", *map(str, archives)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=dict(os.environ),  # as Python sees it: a bpy in this process changes its own
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    [steps] = [json.loads(line[6:]) for line in ended.stdout.splitlines() if line.startswith("STEPS ")]
    suffix = LIBRARY.name[LIBRARY.name.index(".") :]
    old, new = ["_".join(["_native", *version.split(".")]) + suffix for version in versions]
    assert steps == [
        [list(VERSION), old, "success"],
        [list(VERSION), old, "success"],
        [[99, 0, 0], new, "success"],
    ]
    [folder] = user_folder.rglob("addons/tenon")
    assert [path.name for path in folder.glob("_native_*")] == [new]
