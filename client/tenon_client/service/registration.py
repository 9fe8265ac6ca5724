"""A service entered with the system's service manager: systemd (user), launchd, Windows' Task Scheduler.

In: a name, the command of its supervisor, the platform. Out: a file or a task that starts it at login;
started, stopped, taken out. What the system answers is looked at, and told when it refuses.
"""

from __future__ import annotations

import getpass
import os
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import TenonError
from ..setup.platform_paths import System
from . import lock, units
from .definition import Files

PROGRAM_TIMEOUT = 90.0  # seconds that the system's program may take; stopping Blender is among it

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Entry:
    """What there is to enter."""

    name: str
    files: Files
    command: Sequence[str] = ()
    window: bool = False


def run_program(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            list(words),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROGRAM_TIMEOUT,
            check=False,
            env=_environ(),
        )
    except FileNotFoundError as error:
        raise TenonError(f"there is no program {words[0]} here; {WITHOUT}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise TenonError(f"{' '.join(words)}: {error}") from error


WITHOUT = "without a service manager use `tenon service install --manual`"


def _environ() -> dict[str, str]:
    """With the folder where the user's systemd is found, which a shell made by `su` does not name."""
    runtime = Path(f"/run/user/{os.getuid()}") if hasattr(os, "getuid") else None
    found = {"XDG_RUNTIME_DIR": str(runtime)} if runtime and runtime.is_dir() else {}
    return {**found, **os.environ}


def stop_by_file(files: Files) -> bool:
    """Has the supervisor end by a file that it looks for; whether it has."""
    give_up = time.monotonic() + units.STOP_TIMEOUT
    if lock.is_taken(files.lock):
        files.stop.touch()
    while lock.is_taken(files.lock):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


class ServiceManager(ABC):
    """One system's. Each method raises TenonError with the system's own words where it refuses."""

    def __init__(self, system: System, run: Run = run_program) -> None:
        self.system, self._run = system, run

    def ask(self, *words: str) -> str:
        """What the system's program prints; TenonError if it ends badly."""
        done = self._run(words)
        if done.returncode:
            said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
            raise TenonError(f"`{' '.join(words)}` refused: {said}; {WITHOUT}")
        return done.stdout

    @abstractmethod
    def file(self, name: str) -> Path | None:
        """What is written for the service; None where it lies with the system."""

    @abstractmethod
    def text(self, entry: Entry) -> str: ...

    @abstractmethod
    def install(self, entry: Entry) -> str:
        """Has it start at login, from now on; a sentence about what is there now."""

    @abstractmethod
    def uninstall(self, entry: Entry) -> str: ...

    @abstractmethod
    def start(self, entry: Entry) -> None:
        """Returns at once, before Blender serves."""

    @abstractmethod
    def stop(self, entry: Entry) -> None: ...

    @abstractmethod
    def is_installed(self, name: str) -> bool: ...

    def notes(self, name: str) -> list[str]:
        """What the user should know."""
        return []


class Systemd(ServiceManager):
    def file(self, name: str) -> Path:
        return self.system.xdg_config / "systemd" / "user" / units.unit_name(name)

    def text(self, entry: Entry) -> str:
        return units.systemd_unit(entry.name, entry.command, entry.window)

    def install(self, entry: Entry) -> str:
        unit, file = units.unit_name(entry.name), self.file(entry.name)
        self.systemctl("show", "--property=Version")  # before anything is written: is there a manager at all?
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.text(entry), encoding="utf-8")
        self.systemctl("daemon-reload")
        self.systemctl("enable", unit)
        return f"Unit {file}: {self.systemctl('is-enabled', unit).strip()}"

    def uninstall(self, entry: Entry) -> str:
        unit, file = units.unit_name(entry.name), self.file(entry.name)
        self.systemctl("disable", "--now", unit)
        file.unlink(missing_ok=True)
        self.systemctl("daemon-reload")
        self._run(["systemctl", "--user", "reset-failed", unit])  # refused unless it had failed
        return f"Removed {file}"

    def start(self, entry: Entry) -> None:
        unit = units.unit_name(entry.name)
        self._run(
            ["systemctl", "--user", "reset-failed", unit]
        )  # starts by hand are not bounded by StartLimitBurst
        self.systemctl("start", "--no-block", unit)

    def stop(self, entry: Entry) -> None:
        self.systemctl("stop", units.unit_name(entry.name))

    def is_installed(self, name: str) -> bool:
        return self.file(name).is_file()

    def notes(self, name: str) -> list[str]:
        user = self.system.environ.get("USER") or self.system.environ.get("LOGNAME") or getpass.getuser()
        if (LINGER / user).exists():
            return ["linger is on: it runs from boot, and after you have logged out"]
        return [
            "linger is off: it starts when you log in and ends when you log out. "
            f"To have it run from boot: loginctl enable-linger {user}"
        ]

    def systemctl(self, *words: str) -> str:
        return self.ask("systemctl", "--user", *words)


LINGER = Path("/var/lib/systemd/linger")  # a file for each user


class Launchd(ServiceManager):
    def file(self, name: str) -> Path:
        return self.system.home / "Library" / "LaunchAgents" / f"{units.label(name)}.plist"

    def text(self, entry: Entry) -> str:
        log = entry.files.folder / "launchd.log"
        return units.launch_agent(entry.name, entry.command, entry.window, log)

    def install(self, entry: Entry) -> str:
        file = self.file(entry.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        self._run(
            ["launchctl", "bootout", self._target(entry.name)]
        )  # an earlier one; refused if there is none
        file.write_text(self.text(entry), encoding="utf-8")
        return f"LaunchAgent {file}"

    def uninstall(self, entry: Entry) -> str:
        if self.is_loaded(entry.name):
            self.ask("launchctl", "bootout", self._target(entry.name))
        self.file(entry.name).unlink(missing_ok=True)
        return f"Removed {self.file(entry.name)}"

    def start(self, entry: Entry) -> None:
        if not self.is_loaded(entry.name):  # which starts it too
            self.ask("launchctl", "bootstrap", self._domain(), str(self.file(entry.name)))
        else:
            self.ask("launchctl", "kickstart", self._target(entry.name))

    def stop(self, entry: Entry) -> None:
        if self.is_loaded(entry.name):
            self.ask("launchctl", "bootout", self._target(entry.name))

    def is_installed(self, name: str) -> bool:
        return self.file(name).is_file()

    def is_loaded(self, name: str) -> bool:
        return self._run(["launchctl", "print", self._target(name)]).returncode == 0

    def notes(self, name: str) -> list[str]:
        return ["it starts when you log in, and ends when you log out"]

    def _domain(self) -> str:
        return f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"

    def _target(self, name: str) -> str:
        return f"{self._domain()}/{units.label(name)}"


class TaskScheduler(ServiceManager):
    def file(self, name: str) -> None:
        return None

    def text(self, entry: Entry) -> str:
        environ = self.system.environ
        user = environ.get("USERNAME") or getpass.getuser()
        domain = environ.get("USERDOMAIN")
        return units.scheduled_task(entry.name, entry.command, f"{domain}\\{user}" if domain else user)

    def install(self, entry: Entry) -> str:
        handle, name = tempfile.mkstemp(suffix=".xml")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(self.text(entry).encode("utf-16"))
            self.ask("schtasks", "/Create", "/F", "/TN", units.label(entry.name), "/XML", name)
        finally:
            Path(name).unlink(missing_ok=True)
        return f"Scheduled task {units.label(entry.name)}"

    def uninstall(self, entry: Entry) -> str:
        self.stop(entry)
        self.ask("schtasks", "/Delete", "/F", "/TN", units.label(entry.name))
        return f"Removed the scheduled task {units.label(entry.name)}"

    def start(self, entry: Entry) -> None:
        self.ask("schtasks", "/Run", "/TN", units.label(entry.name))

    def stop(self, entry: Entry) -> None:
        """The scheduler itself can only kill the supervisor, and Blender would stay."""
        if not stop_by_file(entry.files):
            self.ask("schtasks", "/End", "/TN", units.label(entry.name))

    def is_installed(self, name: str) -> bool:
        return self._run(["schtasks", "/Query", "/TN", units.label(name)]).returncode == 0

    def notes(self, name: str) -> list[str]:
        return ["it starts when you log in, and ends when you log out"]


def service_manager(system: System | None = None) -> ServiceManager:
    system = system or System()
    if system.platform == "darwin":
        return Launchd(system)
    return TaskScheduler(system) if system.platform == "win32" else Systemd(system)
