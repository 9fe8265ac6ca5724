"""What each service manager is given: read back by the platforms' rules. The last two never ran."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest
from tenon_client import service
from tenon_client.errors import TenonError
from tenon_client.service import units
from tenon_client.service.definition import Files
from tenon_client.service.registration import Entry, Launchd, Systemd, TaskScheduler, service_manager
from tenon_client.setup.platform_paths import System

COMMAND = [sys.executable, "-m", "tenon_client", "service", "run", "default"]
ODD = ["/opt/my tools/python", "a b", 'say "x"', "100%", "$HOME", "back\\slash", "plain"]
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.mark.parametrize("window", [False, True])
def test_systemd_accepts_the_unit(tmp_path, window):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze")
    file = tmp_path / units.unit_name("default")
    file.write_text(units.systemd_unit("default", COMMAND, window))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", file],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_systemd_unit():
    unit = units.systemd_unit("default", COMMAND, window=False)
    for line in ("Type=notify", "NotifyAccess=main", "Restart=on-failure", "KillMode=mixed"):
        assert line in unit.splitlines()
    assert "WantedBy=default.target" in unit and "RestartPreventExitStatus=70 78" in unit
    assert unit.index("[Unit]") < unit.index("StartLimitBurst=5") < unit.index("[Service]"), (
        "ignored elsewhere"
    )
    assert "WantedBy=graphical-session.target" in units.systemd_unit("default", COMMAND, window=True)


def test_words_of_exec_start():
    assert [units.systemd_quoted(word) for word in ODD] == [
        '"/opt/my tools/python"', '"a b"', '"say \\"x\\""', '"100%%"', '"$$HOME"', '"back\\\\slash"', "plain",
    ]  # fmt: skip


def test_the_launch_agent():
    text = units.launch_agent("two", ODD, False, Path("/Users/me/x.log"))
    assert plistlib.loads(text.encode()) == {
        "Label": "tenon-two",
        "ProgramArguments": ODD,
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False, "Crashed": True},
        "ThrottleInterval": 10,
        "ExitTimeOut": 60,
        "ProcessType": "Background",
        "StandardOutPath": "/Users/me/x.log",
        "StandardErrorPath": "/Users/me/x.log",
    }


def test_the_scheduled_task():
    text = units.scheduled_task("two", ["C:\\Py thon\\pythonw.exe", "-m", "a b", "<&>"], "HOST\\Jürgen & Co")
    root = ElementTree.fromstring(text.encode("utf-16"))
    found = {each.tag.removeprefix(TASK): each.text for each in root.iter()}
    assert found["ExecutionTimeLimit"] == "PT0S", "no limit of 72 hours"
    assert found["DisallowStartIfOnBatteries"] == found["StopIfGoingOnBatteries"] == "false"
    assert found["MultipleInstancesPolicy"] == "IgnoreNew" and found["Hidden"] == "true"
    assert found["LogonType"] == "InteractiveToken" and found["RunLevel"] == "LeastPrivilege"
    assert found["Command"] == "C:\\Py thon\\pythonw.exe" and found["Arguments"] == '-m "a b" <&>'
    assert [each.text for each in root.iter(f"{TASK}UserId")] == ["HOST\\Jürgen & Co"] * 2
    assert root.find(f"{TASK}Triggers/{TASK}LogonTrigger/{TASK}Enabled").text == "true"


class Recorded:
    """What a service manager asks the system's program, which does not run here; it answers as it is told."""

    def __init__(self, **codes):
        self.asked, self._codes = [], codes

    def __call__(self, words):
        self.asked.append(list(words))
        return CompletedProcess(words, self._codes.get(words[1].strip("/"), 0), "", "no such thing")


def entry(tmp_path, **more):
    return Entry("two", Files(tmp_path / "state"), COMMAND, **more)


def test_launchd_from_install_to_uninstall(tmp_path):
    run = Recorded(print=113)  # not loaded
    manager = Launchd(System("darwin", tmp_path, {}), run)
    assert not manager.is_installed("two")
    manager.install(entry(tmp_path))
    file = tmp_path / "Library" / "LaunchAgents" / "tenon-two.plist"
    assert plistlib.loads(file.read_bytes())["ProgramArguments"] == COMMAND
    run.asked.clear()
    manager.start(entry(tmp_path))
    domain = run.asked[-1][2]
    assert domain.startswith("gui/") and run.asked[-1] == ["launchctl", "bootstrap", domain, str(file)]
    manager.stop(entry(tmp_path))
    manager.uninstall(entry(tmp_path))
    assert not file.exists()


def test_the_task_scheduler_gets_a_file_in_utf_16(tmp_path, monkeypatch):
    seen = []

    def run(words):
        if words[1] == "/Create":
            seen.append(Path(words[-1]).read_bytes().decode("utf-16"))
        return CompletedProcess(words, 0, "", "")

    manager = TaskScheduler(System("win32", tmp_path, {"USERNAME": "me", "USERDOMAIN": "HOST"}), run)
    manager.install(entry(tmp_path))
    assert "<UserId>HOST\\me</UserId>" in seen[0] and seen[0].startswith(
        '<?xml version="1.0" encoding="UTF-16"?>'
    )


def test_what_the_system_refuses_is_told_with_the_way_out(tmp_path):
    manager = Systemd(System("linux", tmp_path, {}), Recorded(**{"--user": 1}))
    with pytest.raises(TenonError, match=r"no such thing.*tenon service install --manual"):
        manager.install(entry(tmp_path))
    assert list(tmp_path.iterdir()) == [], "nothing was written"


@pytest.mark.parametrize(
    ("platform", "kind"), [("linux", Systemd), ("darwin", Launchd), ("win32", TaskScheduler)]
)
def test_each_platform_has_its_own(tmp_path, platform, kind):
    assert type(service_manager(System(platform, tmp_path, {}))) is kind


def test_the_command_is_whole_paths_and_gives_up_where_others_would_go_on(tmp_path):
    system = System("linux", tmp_path, {"XDG_STATE_HOME": str(tmp_path)})
    words = [
        sys.executable,
        "-m",
        "tenon_client",
        "service",
        "run",
        "two",
        "--state-dir",
        str(tmp_path / "tenon"),
    ]
    assert service.supervisor_command("two", system) == words
    for platform in ("darwin", "win32"):
        command = service.supervisor_command("two", System(platform, tmp_path, {}))
        assert command[-2:] == ["--failed-exit-code", "0"]
