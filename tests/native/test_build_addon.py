"""The build: what it stages, zips, refuses and installs, and the server that `build_addon.py run` starts.

In: the staged add-on, which `build_addon.py test` builds first; real Blenders, the one of the `bpy` wheel and
the system's where there is one. Each test has a folder of its own for what Blender would keep for the user.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from build_steps import debian, environment, native, project, release  # noqa: E402

STAGED = project.STAGE / "tenon"
ENVIRONMENT = environment.Environment(Path(sys.executable))
PATIENCE = 60.0  # seconds, for a program that starts

needs_stage = pytest.mark.skipif(
    not STAGED.is_dir(), reason="nothing is staged: python3 build_addon.py build"
)


@pytest.fixture
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keeps every Blender started here away from the user's own preferences and add-ons."""
    for name in ("RESOURCES", "CONFIG", "SCRIPTS", "EXTENSIONS", "DATAFILES"):
        monkeypatch.setenv(f"BLENDER_USER_{name}", str(tmp_path / "blender" / name.lower()))
        (tmp_path / "blender" / name.lower()).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release zip of what is staged, not in the user's dist/."""
    monkeypatch.setattr(release, "DIST", tmp_path / "dist")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    return release.make(ENVIRONMENT, STAGED)


# ---- what is staged ----


@pytest.mark.parametrize(
    ("symbols", "newer"),
    [
        (b"\0GLIBC_2.2.5\0GLIBC_2.17\0", None),
        (b"\0GLIBC_2.14\0GLIBC_2.18\0", "2.18"),
        (b"\0GLIBC_2.34\0GLIBC_2.28\0", "2.28, 2.34"),
    ],
)
def test_a_library_that_old_systems_cannot_load_is_refused(symbols: bytes, newer: str | None):
    if newer is None:
        native.check_glibc(symbols)
        return
    with pytest.raises(project.BuildError, match=f"needs glibc {newer}, but"):
        native.check_glibc(symbols)


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (
            'platforms = ["windows-x64", "macos-arm64"]\nname = "x"\n',
            'platforms = ["linux-x64"]\nname = "x"\n',
        ),
        (
            'id = "x"\n[permissions]\nfiles = "y"\n',
            'id = "x"\nplatforms = ["linux-x64"]\n[permissions]\nfiles = "y"\n',
        ),
        ('id = "x"\n', 'id = "x"\nplatforms = ["linux-x64"]\n'),
    ],
)
def test_the_manifest_names_the_platform_the_library_is_for(manifest: str, expected: str):
    assert native.for_platform(manifest, "linux-x64") == expected


def test_staging_leaves_an_unchanged_folder_alone_and_replaces_a_changed_one(tmp_path: Path):
    place = tmp_path / "addon" / "tenon"
    files = {"__init__.py": b"1", "commands/__init__.py": b"2"}

    def stage(content: dict[str, bytes], work: str) -> int:
        (tmp_path / work).mkdir()
        native.stage(content, tmp_path / work, place)
        return place.stat().st_ino

    first = stage(files, "one")
    (place / "__pycache__").mkdir()
    (place / "__pycache__" / "left.pyc").write_bytes(b"")
    assert stage(files, "two") == first
    assert stage({"__init__.py": b"3"}, "three") != first
    assert [path.name for path in place.rglob("*")] == ["__init__.py"]


def test_what_is_staged_is_the_add_on_the_library_and_the_license():
    sources = native.read_files(project.ADDON_SOURCE)
    files = native.addon_files(project.ADDON_SOURCE, b"compiled")
    stubs = {f"{name}i" for name in native.SHARED}
    assert set(files) == {*sources, "LICENSE", native.library_name(), *native.SHARED} - stubs
    assert stubs < set(sources), "each shared file has a stub among the sources"
    assert files[native.library_name()] == b"compiled"
    assert f'platforms = ["{project.platform_name()}"]' in files["blender_manifest.toml"].decode()


# ---- the release zip ----


@needs_stage
def test_the_zip_has_one_top_folder_and_no_caches(archive: Path):
    names = zipfile.ZipFile(archive).namelist()
    assert archive.name == f"tenon-{project.version()}-{project.platform_name()}.zip"
    assert names[0] == "tenon/"  # an entry of its own, or Blender 3.4 does not remove what an update replaces
    assert {name.split("/")[0] for name in names} == {"tenon"}
    assert not [name for name in names if "__pycache__" in name or "/." in name]
    assert {"tenon/__init__.py", "tenon/LICENSE", f"tenon/{native.library_name()}"} <= set(names)


def test_the_same_files_make_the_same_zip(tmp_path: Path):
    files = {"b.py": b"b", "a/c.py": b"c" * 1000}
    release.write(files, tmp_path / "one.zip")
    release.write(dict(reversed(files.items())), tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_blender_refuses_a_manifest_that_is_wrong(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    release.write({"__init__.py": b"", "blender_manifest.toml": b'id = "tenon"\n'}, tmp_path / "wrong.zip")
    with pytest.raises(project.BuildError, match="validate"):
        release.validate(ENVIRONMENT, tmp_path / "wrong.zip")
    assert "schema_version" in "".join(capfd.readouterr())


# ---- the machine ----


@pytest.mark.skipif(sys.platform != "linux", reason="shared libraries are looked up with ldd on Linux")
def test_a_library_that_is_not_there_is_named_with_the_package_that_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A real library that links against one of bpy's, under a number that no system has."""
    (tmp_path / "empty.c").write_text("int nothing;\n")
    compiler = [sys.executable, "-m", "ziglang", "cc", "-shared", str(tmp_path / "empty.c"), "-o"]
    subprocess.run([*compiler, str(tmp_path / "libSM.so.99"), "-Wl,-soname,libSM.so.99"], check=True)
    needy = tmp_path / "needy.so"
    subprocess.run([*compiler, str(needy), "-Wl,--no-as-needed", str(tmp_path / "libSM.so.99")], check=True)
    (tmp_path / "libSM.so.99").unlink()
    monkeypatch.setattr(debian, "OPENED_LATER", ())

    assert debian.missing_libraries(needy) == ["libSM.so.99"]
    with pytest.raises(project.BuildError, match=r"apt-file search libSM.so.99$"):
        debian.provide_libraries(needy)
    monkeypatch.setitem(debian.PACKAGES, "libSM.so.99", "libsm99")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("CI", raising=False)
    line = "apt-get update && apt-get install -y --no-install-recommends libsm99"
    with pytest.raises(project.BuildError, match=line):
        debian.provide_libraries(needy)


@pytest.mark.skipif(not shutil.which("readelf"), reason="readelf (binutils) is missing")
def test_the_packages_of_all_that_bpy_links_against_are_known():
    folder = environment.bpy_folder(ENVIRONMENT)
    bundled = {path.name for path in folder.rglob("*.so*")}
    of_the_c_library = {
        "libc",
        "libm",
        "libdl",
        "librt",
        "libpthread",
        "libutil",
        "libgcc_s",
        "ld-linux-x86-64",
    }
    listing = subprocess.run(
        ["readelf", "--dynamic", *folder.glob("*.so")], capture_output=True, text=True, check=True
    ).stdout
    needed = {line.split("[")[1].rstrip("]") for line in listing.splitlines() if "(NEEDED)" in line}
    assert "libX11.so.6" in needed
    foreign = {name for name in needed - bundled if name.split(".so")[0] not in of_the_c_library}
    assert foreign <= set(debian.PACKAGES)


def test_the_running_python_is_chosen_where_blender_exists_for_it():
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert running in environment.blender_pythons()
    assert environment.choose_python() == sys.executable


# ---- into a Blender ----


def build_addon(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "build_addon.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10 * PATIENCE)


def test_install_names_what_is_not_a_blender():
    answer = build_addon("install", "--blender", "/nowhere/blender")
    assert answer.returncode == 1
    assert answer.stderr.startswith(
        "tenon: error: not a working Blender (named): /nowhere/blender: there is no such program; type: "
    )


# ---- the server ----

Served = tuple[subprocess.Popen[str], str, Path]  # the process, its line, and where it writes its errors


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_crash_is_an_error_that_names_the_signal():
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    with pytest.raises(project.BuildError, match=r"^SIGSEGV ended: "):
        project.run([sys.executable, "-c", crash])


@pytest.fixture
def served(user_folder: Path) -> Iterator[Served]:
    """`build_addon.py run` on a free port, and the line it printed once clients can connect."""
    command = [sys.executable, str(ROOT / "build_addon.py"), "run", "--port", "0"]
    log = user_folder / "stderr.txt"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as server,
    ):
        limit = threading.Timer(10 * PATIENCE, server.kill)  # it may have to compile first
        limit.start()
        assert server.stdout
        line = next((line for line in server.stdout if line.startswith("Tenon server started on")), None)
        try:
            assert line, log.read_text()
            yield server, line.strip(), log
        finally:
            limit.cancel()
            server.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_run_serves_until_a_signal_and_ends_well(served: Served, stop: signal.Signals):
    server, line, errors = served
    host, port = line.removeprefix("Tenon server started on ").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
        client.sendall(b'{"type": "get_scene_info"}\n')
        reply = json.loads(client.makefile().readline())
    assert reply["status"] == "success", reply
    server.send_signal(stop)
    assert server.wait(PATIENCE) == 0, errors.read_text()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("run", "--blend", "/nowhere.blend"), "/nowhere.blend is not a file"),
        (("run", "--port", "65536"), "65536 is not a port from 0 to 65535"),
        (("test", "everything"), "invalid choice: 'everything'"),
    ],
)
def test_a_wrong_command_line_is_told_at_once(words: tuple[str, ...], complaint: str):
    answer = build_addon(*words)
    assert answer.returncode != 0
    assert complaint in answer.stderr
