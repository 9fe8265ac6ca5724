"""An installed Blender in a user profile of the test's own, and services in it.

In: a folder. Out: the profile with the add-on as it was built, and a supervisor as a process of its own. Each
wait is for a state that the service tells, and bounded by `PATIENCE`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tenon_client.service import definition
from tenon_client.service.definition import Definition, Limits
from wire import PATIENCE, Client

ROOT = Path(__file__).resolve().parents[2]
STAGED = ROOT / "target" / "addon" / "tenon"
BLENDER = shutil.which("blender")

# As in real life, but for the waiting.
QUICK = {"poll": 0.1, "first_delay": 0.1, "longest_delay": 0.5, "stop": 10.0}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class Profile:
    """What a user has: settings, add-ons, state. `environ` is for processes that run as this user."""

    def __init__(self, folder: Path) -> None:
        folders = {name: folder / name for name in ("state", "scripts", "config", "datafiles", "tmp", "xdg")}
        for each in folders.values():
            each.mkdir(parents=True)
        shutil.copytree(STAGED, folders["scripts"] / "addons" / "tenon")
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("TENON_", "BLENDER_", "XDG_"))}
        self.blender = {  # a unit does not inherit these
            f"BLENDER_USER_{name.upper()}": str(folders[name]) for name in ("scripts", "config", "datafiles")
        }
        self.environ = {
            **kept,
            **self.blender,
            "HOME": str(folder),
            "TMPDIR": str(folders["tmp"]),
            "XDG_CONFIG_HOME": str(folders["xdg"]),
            "TENON_STATE_DIR": str(folders["state"]),
            "PYTHONPATH": str(ROOT / "client"),
        }

    def tenon(self, *words: str, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tenon_client", *words],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=self.environ,
            check=False,
        )


class Service:
    """One service whose supervisor this test starts itself, as a service manager would."""

    def __init__(
        self, profile: Profile, name: str = "default", limits: dict[str, Any] | None = None, **more: Any
    ):
        self.profile = profile
        given = {"blender": str(BLENDER), "port": free_port(), **more}
        chosen = Limits(**{**QUICK, **(limits or {})})
        self.definition = Definition(name=name, limits=chosen, **given)
        self.files = definition.files_of(name, profile.environ)
        definition.save(self.definition, self.files)
        self.address = f"127.0.0.1:{self.definition.port}"
        self.supervisor: subprocess.Popen[str] | None = None

    def start(self, **environ: str) -> None:
        self.supervisor = subprocess.Popen(
            [sys.executable, "-m", "tenon_client", "service", "run", self.definition.name],
            env={**self.profile.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def state(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.files.state.read_text()))
        except FileNotFoundError:
            return {}

    def until(self, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first state that is the wanted one."""
        give_up = time.monotonic() + PATIENCE
        while not wanted(state := self.state):
            assert time.monotonic() < give_up, f"still {state}\n{self.log}"
            time.sleep(0.02)
        return state

    def serving(self, other_than: int | None = None) -> int:
        """Blender's pid, once it serves."""
        return int(
            self.until(lambda s: s.get("state") == "serving" and s["blender_pid"] not in (None, other_than))[
                "blender_pid"
            ]
        )

    def client(self) -> Client:
        return Client(self.address)

    @property
    def log(self) -> str:
        return self.files.log.read_text() if self.files.log.exists() else ""

    def end(self) -> tuple[int, str]:
        """The supervisor's exit code and output, once it has ended by itself."""
        assert self.supervisor
        output, _ = self.supervisor.communicate(timeout=PATIENCE)
        return self.supervisor.returncode, output

    def stop(self) -> tuple[int, str]:
        assert self.supervisor
        self.supervisor.send_signal(signal.SIGTERM)
        return self.end()

    def close(self) -> None:
        """Whatever state the test has left it in, nothing of it runs on."""
        if self.supervisor is None:
            return
        if self.supervisor.poll() is None:
            self.supervisor.terminate()
            try:  # it alone knows its Blender: the state may be one that could not be written
                self.supervisor.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
        self.supervisor.communicate()
        pid = self.state.get("blender_pid")
        if pid and is_alive(pid):
            os.killpg(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended and is not waited for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
