"""`tenon doctor` on machines with faults, each of them real: a port that somebody has, a Blender that was
killed, a token that is not sent, files that are spoiled or gone.

In: a home folder with Tenon in the system's Blender, copied for each test; Blenders that serve. Out: what it
finds, and its exit code.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from assistant import CLIENT, free_port
from machine import SYSTEMS, Machine, needs_blender, needs_stage
from wire import PATIENCE

sys.path.insert(0, str(CLIENT))

from tenon_client import headless_blender, install
from tenon_client.install import surroundings
from tenon_client.setup.platform_paths import System

installed_here = [*needs_stage, needs_blender]
ADDON = ".config/blender/3.4/scripts/addons/tenon"
PREFERENCES = ".config/blender/3.4/config/userpref.blend"
SET = "import bpy; p = bpy.context.preferences.addons['tenon'].preferences; {}; bpy.ops.wm.save_userpref()"


@pytest.fixture(scope="module")
def preferences(tmp_path_factory, installed_home) -> tuple[Path, int]:
    """Preferences with a port for Tenon that is free, and that port."""
    machine = Machine(tmp_path_factory.mktemp("preferences"))
    shutil.rmtree(machine.home)
    shutil.copytree(installed_home, machine.home, symlinks=True)
    port = free_port()
    prefer(machine, f"p.port = {port}")
    return machine.home / PREFERENCES, port


def prefer(machine: Machine, setting: str) -> None:
    """Sets something in Tenon's preferences, as a person does."""
    words = [str(SYSTEMS), "--background", "--python-exit-code", "1", "--python-expr", SET.format(setting)]
    subprocess.run(words, env=machine.environ, check=True, capture_output=True, timeout=PATIENCE)


@pytest.fixture
def there(installed, preferences) -> Machine:
    shutil.copy(preferences[0], installed.home / PREFERENCES)
    return installed


def doctor(machine: Machine, *words: str, code: int = 0, **environment: str) -> dict[str, list[str]]:
    """What it finds, by level: each finding with what to do."""
    which = [] if "--blender" in words else ["--blender", str(SYSTEMS)]
    found = json.loads(machine.tenon("doctor", "--json", *which, *words, code=code, **environment))
    levels: dict[str, list[str]] = {"ok": [], "warning": [], "problem": []}
    for each in found:
        levels[each["level"]].append(f"{each['what']} -> {each['todo']}")
    return levels


def one(findings: list[str], *words: str) -> str:
    """The only finding that holds all these words."""
    [found] = [each for each in findings if all(word in each for word in words)]
    return found


@contextmanager
def serving(machine: Machine, host: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The system's Blender with Tenon; the descriptor is there when it begins."""
    command = headless_blender.command(str(SYSTEMS), host=host)
    environ = {**machine.environ, "TENON_PORT": "0", **environment}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout
    try:
        for line in process.stdout:
            if b"started on" in line:
                break
        yield process
    finally:
        process.kill()
        process.stdout.close()
        process.wait(PATIENCE)


class TestInstalled:
    pytestmark = installed_here

    def test_all_is_well(self, there, preferences):
        found = doctor(there)
        assert found["problem"] == []
        assert one(
            found["ok"], "Blender 3.4.1", "Tenon 0.1.0", f"at port {preferences[1]}", "when you press Connect"
        )
        assert one(found["ok"], f"port {preferences[1]} is free")
        assert one(found["ok"], "Gemini CLI (", "asks the only Blender that runs, else port 9876")
        said = there.tenon("doctor")
        assert "\nProblems: 0." in said

    def test_the_port_is_taken(self, there, preferences):
        with socket.create_server(("127.0.0.1", preferences[1])):
            found = doctor(there, code=1)
        mine = f"(pid {os.getpid()})"
        assert one(found["problem"], f"port {preferences[1]} is taken", mine, "choose another port")

    def test_a_token_that_is_not_sent_and_an_open_host(self, there):
        with serving(there, "0.0.0.0", TENON_TOKEN="s3cret"):
            without = doctor(there, code=1)
            wrong = doctor(there, "--token", "other", code=1)
            right = doctor(there, TENON_TOKEN="s3cret")
        assert one(without["problem"], "wants its token, and none is set here", "set TENON_TOKEN")
        assert one(wrong["problem"], "refuses the token that is set here")
        assert one(right["ok"], "answers at 127.0.0.1:")
        assert one(right["warning"], "listens on 0.0.0.0", "host localhost in Tenon's preferences")

    def test_a_blender_that_was_killed_leaves_a_descriptor(self, there):
        with serving(there, "127.0.0.1") as process:
            assert one(doctor(there)["ok"], "answers at 127.0.0.1:")
            process.kill()
            process.wait(PATIENCE)
        [file] = (there.home / "state/instances").glob("*.json")
        os.utime(file, (time.time() + 3600,) * 2)
        assert not [each for each in doctor(there)["warning"] if str(file) in each], "it may be starting"
        os.utime(file, (1, 1))
        assert one(doctor(there)["warning"], f"{file} is of a Blender that has ended", "tenon doctor --fix")
        assert one(doctor(there, "--fix")["ok"], f"removed {file}") and not file.exists()

    def test_preferences_that_keep_it_from_starting(self, there):
        prefer(there, "p.host = '0.0.0.0'")
        found = doctor(there, code=1)
        assert one(found["problem"], "no token is set: it will not start", "or the host to localhost")
        prefer(there, "p.host = 'localhost'; p.token = 's3cret'; p.require_token = True")
        found = doctor(there)
        assert one(found["warning"], "it wants its token, and TENON_TOKEN is not set here")
        assert one(found["warning"], "Gemini CLI (", "sends no token", "--assistant gemini --token")

    def test_versions_that_differ_and_files_that_are_gone(self, there):
        manifest = there.home / ADDON / "blender_manifest.toml"
        manifest.write_text(manifest.read_text().replace('version = "0.1.0"', 'version = "0.0.9"'))
        assert one(
            doctor(there)["warning"], "has Tenon 0.0.9, and this tenon-client is 0.1.0", "tenon update"
        )
        shutil.rmtree(there.home / ADDON)
        assert one(doctor(there, code=1)["problem"], "Tenon is enabled, and its files are gone")

    def test_an_installation_that_was_killed(self, there):
        there.write("state/install/unfinished/manifest.json", "[]")
        assert one(doctor(there, code=1)["problem"], "killed half-way")


@pytest.mark.skipif(sys.platform == "win32", reason="programs are shell scripts")
def test_no_blender_or_an_old_one(machine):
    found = doctor(machine, "--blender", str(machine.old_blender()), code=1)
    assert one(found["problem"], "no Blender 3.4 or later was found")
    assert one(found["warning"], "too old: Tenon needs Blender 3.4 or later")
    broken = machine.program(
        "broken", "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Blender 4.2.0' || exit 9\n"
    )
    found = doctor(machine, "--blender", str(broken), code=1)
    assert one(found["problem"], "does not start", "exit code 9")


@pytest.mark.skipif(sys.platform == "win32", reason="programs are shell scripts")
def test_an_environment_that_is_wrong(machine):
    old = str(machine.old_blender())
    found = doctor(machine, "--blender", old, code=1, TENON_PORT="98x", TENON_STATE_DIR="/dev/null/state")
    assert one(found["problem"], "TENON_PORT is '98x', which is no port", "unset TENON_PORT")
    assert one(found["problem"], "state folder /dev/null/state cannot be written to", "TENON_STATE_DIR")
    found = doctor(machine, "--blender", old, code=1, http_proxy="http://proxy:3128")
    assert one(found["warning"], "http_proxy is set", "NO_PROXY=localhost,127.0.0.1")


ENTRIES = {
    '{"command": "/gone/python", "args": ["-m", "tenon_client", "mcp"]}': (
        "problem",
        "starts /gone/python, which is gone",
        "tenon setup --assistant cursor",
    ),
    '{"url": "http://127.0.0.1:1/mcp"}': ("warning", "asks at port 1; Tenon's is 9876", "--port 9876"),
    '{"command": "sh", "args": ["-c", "other"]}': ("warning", "starts another program, sh -c other", "setup"),
    '{"command": "sh", "args": ["tenon", "mcp", "--port", "7"]}': (
        "warning",
        "asks at port 7",
        "--port 9876",
    ),
    '{"command": "sh", "args": ["tenon", "mcp"]}': (
        "ok",
        "asks the only Blender that runs, else port 9876",
        "",
    ),
    '{"url": "http://localhost:9876/mcp"}': ("ok", "asks at port 9876", ""),
    '{"url": "http://box:9876/mcp"}': ("ok", "is for a Blender on another machine, box:9876", ""),
    '{"kind": 3}': ("warning", "is not one of Tenon's", "tenon setup --assistant cursor"),
    "{oops": ("warning", "not JSON at line 1", "mend it"),
}


@pytest.mark.parametrize(("entry", "expected"), ENTRIES.items())
def test_what_stands_in_an_assistants_file(tmp_path, entry, expected):
    level, what, todo = expected
    (tmp_path / ".cursor").mkdir()
    (tmp_path / ".cursor/mcp.json").write_text(f'{{"mcpServers": {{"blender": {entry}}}}}')
    system = System(home=tmp_path, environ={"PATH": os.environ["PATH"]})
    machine = install.doctor.Machine(system, None, False, [], [], {}, {})
    [found] = install.doctor.assistants(machine)
    assert found.level == level and what in found.what and todo in found.todo, found


def test_wsl_and_containers_are_told_by_their_files(tmp_path):
    linux = System("linux", tmp_path, {"PATH": ""})
    assert surroundings.wsl(linux, tmp_path) is None and surroundings.container(linux, tmp_path) is None
    (tmp_path / "proc/1").mkdir(parents=True)
    version = tmp_path / "proc/version"
    version.write_text("Linux version 5.15.167.4-microsoft-standard-WSL2 (root@x)\n")
    assert surroundings.wsl(linux, tmp_path) == "nat"
    version.write_text("Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)\n")
    assert surroundings.wsl(linux, tmp_path) == "wsl1"
    version.write_text("Linux version 6.1.0-28-amd64 (debian)\n")
    assert surroundings.wsl(linux, tmp_path) is None
    (tmp_path / "proc/1/cgroup").write_text("0::/kubepods/besteffort/pod1\n")
    assert surroundings.container(linux, tmp_path) == "Kubernetes"
    (tmp_path / ".dockerenv").touch()
    assert surroundings.container(linux, tmp_path) == "Docker"
    assert surroundings.container(System("darwin", tmp_path, {}), tmp_path) is None


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for wslinfo")
def test_the_network_of_wsl_is_asked_for(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/version").write_text("Linux version 6.6-microsoft-standard-WSL2\n")
    wslinfo = tmp_path / "wslinfo"
    wslinfo.write_text('#!/bin/sh\n[ "$1" = --networking-mode ] && echo mirrored\n')
    wslinfo.chmod(0o755)
    assert surroundings.wsl(System("linux", tmp_path, {"PATH": str(tmp_path)}), tmp_path) == "mirrored"


def test_proxies_and_firewalls():
    def proxy(**environ: str) -> str | None:
        return surroundings.proxy(System("linux", Path("/"), environ))

    assert proxy(HTTP_PROXY="http://p") == "http_proxy" and proxy(all_proxy="socks5://p") == "all_proxy"
    assert proxy() is None and proxy(http_proxy="") is None
    assert proxy(HTTP_PROXY="http://p", NO_PROXY="localhost, 127.0.0.1,.example.org") is None
    assert proxy(HTTP_PROXY="http://p", no_proxy="*") is None
    assert proxy(HTTP_PROXY="http://p", NO_PROXY="localhost") == "http_proxy"
    assert "New-NetFirewallRule" in surroundings.firewall(System("win32", Path("/"), {}), 9876)
    assert "System Settings" in surroundings.firewall(System("darwin", Path("/"), {}), 9876)
    assert "TCP port 9876" in surroundings.firewall(System("linux", Path("/"), {"PATH": ""}), 9876)
