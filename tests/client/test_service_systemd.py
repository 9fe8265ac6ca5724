"""`tenon service` under a real systemd user manager, with the real Blender: installed, killed, removed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from service_profile import BLENDER, PATIENCE, QUICK, Client, Profile, free_port, is_alive
from systemd_user import UserManager, running
from tenon_client.service import definition

pytestmark = pytest.mark.skipif(BLENDER is None, reason="no Blender is installed")

UNIT = "tenon-default.service"


class Installed:
    def __init__(self, profile: Profile, manager: UserManager) -> None:
        self.profile, self.manager, self.port = profile, manager, free_port()
        self.files = definition.files_of("default", profile.environ)

    def hurry(self, **limits: Any) -> None:
        """What the user may write into the definition."""
        found = json.loads(self.files.definition.read_text())
        self.files.definition.write_text(
            json.dumps({**found, "limits": {**found["limits"], **QUICK, **limits}})
        )

    def tenon(self, *words: str, check: bool = True) -> str:
        done = self.manager.run(sys.executable, "-m", "tenon_client", "service", *words, check=check)
        return done.stdout + done.stderr

    def status(self) -> dict:
        found = json.loads(self.tenon("status", "--json", check=False))
        return found[0] if found else {}

    def serving(self, other_than: int | None = None) -> int:
        give_up = time.monotonic() + PATIENCE
        while True:
            state = json.loads((self.files.folder / "state.json").read_text())
            if state["state"] == "serving" and state["blender_pid"] not in (None, other_than):
                return int(state["blender_pid"])
            assert time.monotonic() < give_up, state
            time.sleep(0.05)

    def install(self, *more: str) -> str:
        env = [word for name, value in self.profile.blender.items() for word in ("--env", f"{name}={value}")]
        return self.tenon("install", "--blender", str(BLENDER), "--port", str(self.port), *env, *more)


@pytest.fixture
def installed(tmp_path):
    profile = Profile(tmp_path)
    with running(profile.environ) as manager:
        yield Installed(profile, manager)


def test_from_install_to_uninstall(installed, tmp_path):
    manager = installed.manager
    assert "enabled" in installed.install("--no-start") and installed.status()["state"] == "stopped"
    installed.hurry()
    told = installed.install()
    assert json.loads(installed.files.definition.read_text())["limits"]["poll"] == QUICK["poll"]
    assert ": enabled" in told and "default: serving: serves at" in told, told
    assert "linger is off" in told and "loginctl enable-linger root" in told
    shown = manager.show(UNIT, "ActiveState", "SubState", "StatusText", "Type", "WatchdogUSec", "NRestarts")
    assert shown == {
        "ActiveState": "active",  # with Type=notify: READY has come
        "SubState": "running",
        "StatusText": f"serves at 127.0.0.1:{installed.port}",
        "Type": "notify",
        "WatchdogUSec": "2min",
        "NRestarts": "0",
    }
    assert manager.run("systemctl", "--user", "is-enabled", UNIT).stdout == "enabled\n"

    fed = int(manager.show(UNIT, "WatchdogTimestampMonotonic")["WatchdogTimestampMonotonic"])
    pid = installed.serving()
    os.kill(pid, signal.SIGKILL)
    again = installed.serving(other_than=pid)
    with Client(f"127.0.0.1:{installed.port}") as client:
        assert client.result("execute_code", {"code": "print(1)"})["result"] == "1\n"
    assert installed.status()["last_end"]["how"] == "was ended by SIGKILL"
    assert int(manager.show(UNIT, "WatchdogTimestampMonotonic")["WatchdogTimestampMonotonic"]) > fed
    assert manager.show(UNIT, "NRestarts") == {"NRestarts": "0"}, "the supervisor has started it, not systemd"

    manager.stop()
    assert not is_alive(again), "a logout ends Blender too"
    assert installed.status()["state"] == "stopped"
    manager.start()
    after = installed.serving(other_than=again)

    # The supervisor is killed: systemd starts it again, and Blender with it.
    supervisor = int(manager.show(UNIT, "MainPID")["MainPID"])
    assert supervisor == installed.status()["supervisor_pid"]
    os.kill(supervisor, signal.SIGKILL)
    last = installed.serving(other_than=after)
    assert not is_alive(after)

    assert "default: stopped" in installed.tenon("stop")
    assert not is_alive(last) and manager.show(UNIT, "ActiveState") == {"ActiveState": "inactive"}
    assert "serving" in installed.tenon("start")
    pid = installed.serving()
    assert "serving" in installed.tenon("restart")
    assert installed.serving(other_than=pid) != pid
    assert "Tenon server started" in installed.tenon("logs")

    installed.tenon("uninstall")
    left = [each for each in Path(tmp_path / "xdg").rglob("*") if "tenon" in each.name]
    assert left == [] and not (tmp_path / "state" / "services" / "default").exists()
    assert manager.show(UNIT, "LoadState") == {"LoadState": "not-found"}
    assert "No service is installed" in installed.tenon("status")


def test_a_crash_loop_is_failed_and_not_started_again(installed, tmp_path):
    broken = tmp_path / "blender"
    broken.write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Blender 3.4.1' && exit\necho 'no display here'\nexit 9\n"
    )
    broken.chmod(0o755)
    words = ["install", "--no-start", "--blender", str(broken), "--port", str(installed.port)]
    installed.tenon(*words)
    installed.hurry(longest_delay=0.1)
    told = installed.tenon("start", check=False)
    assert "failed" in told and "--factory-startup" in told
    give_up = time.monotonic() + PATIENCE
    while (shown := installed.manager.show(UNIT, "ActiveState", "ExecMainStatus"))["ActiveState"] != "failed":
        assert time.monotonic() < give_up, shown
    assert shown["ExecMainStatus"] == "70", "RestartPreventExitStatus has it"
    told = installed.tenon("status", check=False)
    assert "exit code 9" in told and "| no display here" in told


def test_a_supervisor_that_hangs_is_ended_by_the_watchdog(installed, tmp_path):
    manager = installed.manager
    installed.install("--no-start")
    installed.hurry()
    drop_in = tmp_path / "xdg" / "systemd" / "user" / f"{UNIT}.d" / "quick.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\nRestartSec=0\n")
    manager.run("systemctl", "--user", "daemon-reload")
    assert "serving" in installed.tenon("start")
    pid = installed.serving()
    supervisor = int(manager.show(UNIT, "MainPID")["MainPID"])
    os.kill(supervisor, signal.SIGSTOP)
    assert installed.serving(other_than=pid)
    assert not is_alive(supervisor) and not is_alive(pid)
    assert manager.show(UNIT, "NRestarts") == {"NRestarts": "1"}
