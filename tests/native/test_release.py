"""A release: one version everywhere, the client, checksums, a repository that a real Blender installs from.

In: the staged add-on (`build_addon.py build`), the `bpy` wheel's Blender, a web server on this machine. Each
Blender has a user folder of its own.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from other_version import ROOT, zip_of
from packaging.requirements import Requirement  # hatchling brings it
from wire import PATIENCE

from build_steps import environment, project, release, versions

STAGED = project.STAGE / "tenon"
ENVIRONMENT = environment.Environment(Path(sys.executable))
NOW = project.version()
LATER = "99.0.0"
TODAY = datetime.date(2026, 2, 3)

needs_stage = pytest.mark.skipif(
    not STAGED.is_dir(), reason="nothing is staged: python3 build_addon.py build"
)


# ---- the version ----


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files of the repository that have the version."""
    for name in (*versions.PLACES, "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_repository_has_one_version():
    versions.check()
    for name in versions.PLACES:
        assert set(versions.found(name, (ROOT / name).read_text("utf-8"))) == {NOW}, name


@pytest.mark.parametrize("name", [name for name in versions.PLACES if name != "Cargo.toml"])
def test_a_place_that_differs_is_named(copy: Path, name: str):
    text = (copy / name).read_text("utf-8")
    versions.change(LATER, copy)
    advice = f"Cargo.toml {LATER}; type: python3 build_addon.py version {LATER}"
    for content, told in ((text, NOW), ("nothing of the sort\n", "none")):
        (copy / name).write_text(content, "utf-8")
        with pytest.raises(project.BuildError) as error:
            versions.check(copy)
        assert str(error.value) == f"{name} has version {told}, {advice}"


def test_a_new_version_changes_nothing_else(copy: Path):
    versions.change(LATER, copy, TODAY)
    for name in versions.PLACES:
        old, new = (folder / name for folder in (ROOT, copy))
        lines = zip(old.read_text("utf-8").splitlines(), new.read_text("utf-8").splitlines(), strict=True)
        changed = [(before, after) for before, after in lines if before != after]
        assert len(changed) == len(versions.found(name, old.read_text("utf-8"))), name
        for before, after in changed:
            dotted = after.replace(", ", ".").replace(LATER, NOW)
            assert dotted == before.replace(", ", "."), name
    log = (copy / "CHANGELOG.md").read_text("utf-8")
    assert f"## Unreleased\n\n## {LATER} - 2026-02-03\n\n### Added\n" in log
    assert log.replace(f"\n## {LATER} - 2026-02-03\n", "") == (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions.change(LATER, copy)
    assert (copy / "CHANGELOG.md").read_text("utf-8") == log, "a second time changes nothing"


@pytest.mark.parametrize("wrong", ["1.2", "v1.2.3", "1.2.3-rc1", "01.2.3", "1.2.3.4", ""])
def test_what_is_no_version_is_refused(copy: Path, wrong: str):
    with pytest.raises(project.BuildError, match="three numbers"):
        versions.change(wrong, copy)
    versions.check(copy)


def test_a_changelog_without_the_heading_is_told_before_anything_changes(copy: Path):
    (copy / "CHANGELOG.md").write_text("# Changelog\n")
    with pytest.raises(project.BuildError, match="CHANGELOG"):
        versions.change(LATER, copy)
    assert versions.found("Cargo.toml", (copy / "Cargo.toml").read_text("utf-8")) == [NOW]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 0, NOW),
        (("--tag", f"v{NOW}"), 0, NOW),
        (("--tag", NOW), 1, f"tenon: error: the tag is {NOW}, the version {NOW}, whose tag is v{NOW}"),
        (("1.2",), 1, "tenon: error: 1.2 is not a version; it has three numbers, as 0.2.0 has"),
    ],
)
def test_the_command_tells_the_version_and_holds_a_tag_to_it(words: tuple[str, ...], code: int, told: str):
    command = [sys.executable, str(ROOT / "build_addon.py"), "version", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, (ended.stdout + ended.stderr).strip()) == (code, told)


@pytest.mark.parametrize(
    ("system", "machine", "has"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", False),
        ("win32", "AMD64", True),
        ("darwin", "arm64", True),
        ("darwin", "x86_64", False),
    ],
)
def test_blender_is_asked_for_where_it_exists_as_a_wheel(system: str, machine: str, has: bool):
    """Elsewhere pip would fail, and with it the build of that platform's zip."""
    lines = environment.BUILD_REQUIREMENTS.read_text("utf-8").splitlines()
    for python in environment.blender_pythons():
        here = {"sys_platform": system, "platform_machine": machine, "python_version": python}
        wanted = [Requirement(line) for line in lines if not line.startswith("#")]
        names = [each.name for each in wanted if not each.marker or each.marker.evaluate(here)]
        assert names == [*(["bpy"] if has else []), "hatchling", "maturin", "ziglang"]


# ---- what lies in dist/ ----


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    monkeypatch.setattr(release, "DIST", folder)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    return folder


def test_the_client_comes_as_wheel_and_source_that_hold_all_of_it(dist: Path):
    wheel, source = release.make_client(ENVIRONMENT)
    package = project.CLIENT
    files = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert files <= names
    assert names - files == {
        f"tenon_client-{NOW}.dist-info/{n}" for n in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")
    }
    with tarfile.open(source) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert held == {*files, "README.md", "pyproject.toml", "PKG-INFO", ".gitignore"}


def test_checksums_are_of_this_version_and_sha256sum_reads_them(dist: Path):
    names = [
        f"tenon-{NOW}-linux-x64.zip",
        f"tenon_client-{NOW}-py3-none-any.whl",
        f"tenon_client-{NOW}.tar.gz",
    ]
    for name in (*names, f"tenon-{LATER}-linux-x64.zip", "notes.txt"):
        (dist / name).write_bytes(name.encode())
    sums = release.write_checksums(dist)
    lines = [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in names]
    assert sums.read_text("utf-8") == "".join(lines)
    if program := shutil.which("sha256sum"):
        subprocess.run([program, "--check", "--strict", sums.name], cwd=dist, check=True, capture_output=True)
        (dist / names[1]).write_bytes(b"spoiled")
        ended = subprocess.run([program, "--check", sums.name], cwd=dist, check=False, capture_output=True)
        assert ended.returncode != 0


@needs_stage
def test_a_release_without_the_management_page_is_refused(dist: Path, tmp_path: Path):
    staged = tmp_path / "tenon"
    shutil.copytree(STAGED, staged, ignore=shutil.ignore_patterns("web", "__pycache__"))
    with pytest.raises(project.BuildError, match="management page needs npm"):
        release.make(ENVIRONMENT, staged, whole=True)
    assert list(dist.iterdir()) == []


# ---- the repository ----


def test_a_folder_without_zips_is_told(dist: Path):
    with pytest.raises(
        project.BuildError, match=rf"no tenon-{NOW}-\*.zip lies in .*type: python3 build_addon"
    ):
        release.make_repository(ENVIRONMENT, dist)


@needs_stage
def test_a_zip_under_another_platforms_name_is_refused(dist: Path):
    here = zip_of(NOW, dist)
    os.rename(here, dist / f"tenon-{NOW}-windows-x64.zip")
    with pytest.raises(project.BuildError, match=r"lists tenon-.*-windows-x64.zip for \['linux-x64'\]"):
        release.make_repository(ENVIRONMENT, dist)
    assert [path.name for path in dist.iterdir()] == [f"tenon-{NOW}-windows-x64.zip"], (
        "nothing half-made is left"
    )


@needs_stage
def test_a_repository_lists_each_platform_and_says_which_is_missing(
    dist: Path, capfd: pytest.CaptureFixture[str]
):
    here = zip_of(NOW, dist)
    for platform in ("macos-arm64", "windows-x64"):  # manifests only: what Blender reads of a zip
        with zipfile.ZipFile(here) as old, zipfile.ZipFile(dist / f"tenon-{NOW}-{platform}.zip", "w") as new:
            manifest = old.read("tenon/blender_manifest.toml").replace(
                b'["linux-x64"]', f'["{platform}"]'.encode()
            )
            new.writestr("tenon/blender_manifest.toml", manifest)
            new.writestr("tenon/__init__.py", old.read("tenon/__init__.py"))
    for _ in range(2):  # the second over the first
        made = release.make_repository(ENVIRONMENT, dist)
    listed = {each["platforms"][0]: each for each in json.loads((made / "index.json").read_text())["data"]}
    assert set(listed) == {"linux-x64", "macos-arm64", "windows-x64"}
    for platform, each in listed.items():
        content = (made / each["archive_url"]).read_bytes()
        assert (each["version"], each["archive_size"]) == (NOW, len(content)), platform
        assert each["archive_hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert "for lack of a zip: linux-arm64, macos-x64\n" in capfd.readouterr().out
    assert f"tenon-{NOW}-windows-x64.zip" in (made / "index.html").read_text("utf-8")
    assert len((dist / "SHA256SUMS").read_text().splitlines()) == 3
    with pytest.raises(project.BuildError, match=r"has no zip for linux-arm64, macos-x64$"):
        release.make_repository(ENVIRONMENT, dist, complete=True)
    assert {path.name for path in dist.iterdir() if path.is_dir()} == {"repository"}


# Runs inside Blender: a step for each line of standard input, an answer for each.
BLENDER = r"""
import json, os, socket, sys
import bpy

extensions = bpy.context.preferences.extensions
bpy.context.preferences.system.use_online_access = True
for repository in [each for each in extensions.repos if each.use_remote_url]:
    extensions.repos.remove(repository)  # this test reaches this machine only
repository = extensions.repos.new(name="Tenon", module="releases", remote_url=sys.argv[1])
place = {"repo_directory": repository.directory, "pkg_id": "tenon"}
NAME = "bl_ext.releases.tenon"


def told():
    tenon = sys.modules.get(NAME)
    enabled = NAME in bpy.context.preferences.addons
    if not enabled:
        return {"enabled": False, "there": sorted(os.listdir(repository.directory))}
    bridge = tenon.bridge.bridge
    if not bridge.running:
        bridge.start(port=0)
    with socket.create_connection(("localhost", bridge.port), timeout=30) as client:
        client.sendall(b'{"type": "ping"}\n')
        status = json.loads(client.makefile().readline())["status"]
    library = tenon._native.__file__
    left = [name for name in os.listdir(os.path.dirname(library)) if name.startswith("_native_")]
    return {"enabled": True, "status": status, "library": os.path.basename(library), "left": left}


STEPS = {
    "sync": lambda: bpy.ops.extensions.repo_sync_all(),
    "install": lambda: bpy.ops.extensions.package_install(**place, enable_on_install=True),
    "update": lambda: bpy.ops.extensions.package_upgrade_all(),
    "remove": lambda: bpy.ops.extensions.package_uninstall(**place),
}
for line in sys.stdin:
    result = sorted(STEPS[line.strip()]())
    print("ANSWER " + json.dumps([result, told()]), flush=True)
"""


@pytest.fixture
def address(dist: Path) -> Iterator[str]:
    """Where dist/repository is served, as a static web server would."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(dist / "repository"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.json"
        server.shutdown()
        thread.join()


class Blender:
    """A Blender without a window that has the repository of that address."""

    def __init__(self, address: str, home: Path) -> None:
        self.log = home / "log.txt"
        variables = {**os.environ, "BLENDER_USER_RESOURCES": str(home)}
        for name in ("CONFIG", "SCRIPTS", "EXTENSIONS", "DATAFILES"):
            variables.pop(f"BLENDER_USER_{name}", None)
        with self.log.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BLENDER, address],
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def step(self, name: str, result: str = "FINISHED") -> dict[str, Any]:
        """What is so after the step, for which Blender must have told this result."""
        assert self.process.stdin and self.process.stdout
        limit = threading.Timer(PATIENCE, self.process.kill)
        limit.start()
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line.startswith("ANSWER "):
                limit.cancel()
                told_result, told = json.loads(line[7:])
                assert told_result == [result], printed
                return dict(told)
            if not line.startswith("PROGRESS"):
                printed.append(line)
        limit.cancel()
        raise AssertionError("".join(printed) + self.log.read_text())

    def end(self) -> int:
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def __enter__(self) -> Blender:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@needs_stage
def test_blender_installs_updates_and_removes_from_the_repository(
    dist: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """In one Blender that serves all the while, as a user's does."""
    old, new = (
        f"_native_{version.replace('.', '_')}{'.pyd' if sys.platform == 'win32' else '.abi3.so'}"
        for version in (NOW, LATER)
    )
    zip_of(NOW, dist)
    release.make_repository(ENVIRONMENT, dist)
    (tmp_path / "home").mkdir()
    with Blender(address, tmp_path / "home") as blender:
        blender.step("sync")
        assert blender.step("install") == {
            "enabled": True,
            "status": "success",
            "library": old,
            "left": [old],
        }
        assert blender.step("update", "CANCELLED")["library"] == old, "there is nothing newer yet"

        zip_of(LATER, dist)
        monkeypatch.setattr(release, "version", lambda: LATER)
        release.make_repository(ENVIRONMENT, dist)
        assert blender.step("sync")["library"] == old, "told of the update, but not asked for it"
        assert blender.step("update") == {"enabled": True, "status": "success", "library": new, "left": [new]}

        gone = blender.step("remove")
        assert not gone["enabled"] and "tenon" not in gone["there"]
        assert blender.end() == 0, blender.log.read_text()
