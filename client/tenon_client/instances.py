"""Which Blenders run Tenon on this machine, and which of them is meant.

In: the file that each running Tenon keeps in the user's state folder, the environment, and what the caller
says. Out: instances and an address. Reads small files and tries their locks; any thread.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from .errors import SeveralInstances
from .state_folder import state_folder

HOST_VARIABLE, PORT_VARIABLE, TOKEN_VARIABLE = "TENON_HOST", "TENON_PORT", "TENON_TOKEN"
TLS_VARIABLE = "TENON_TLS"
DEFAULT_PORT = 9876
READ_ATTEMPTS = 5  # before a file counts as unreadable: it is rewritten in place
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    tls: str = ""  # whom to trust, as in `tls.py`; empty: no TLS

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


DEFAULT_ADDRESS = Address("127.0.0.1", DEFAULT_PORT)


@dataclass(frozen=True)
class Instance:
    """One running Tenon, as its file describes it."""

    instance: str
    pid: int
    host: str
    port: int
    blender: str  # Blender's version
    file: str  # the .blend that is open; empty if it was never saved
    started_at: float  # Unix seconds
    version: str  # Tenon's

    @property
    def name(self) -> str:
        return PurePath(self.file.replace("\\", "/")).name

    @property
    def address(self) -> Address:
        return Address(ANY_ADDRESS.get(self.host, self.host), self.port)

    def is_called(self, word: str) -> bool:
        """Whether it is meant by a pid, a port, an instance's id, or the open file's name, .blend or not."""
        names = {str(self.pid), str(self.port), self.instance, self.file, self.name, PurePath(self.name).stem}
        return word in names - {""}

    def __str__(self) -> str:
        return f"pid {self.pid}, port {self.port}, {self.name or 'a file not saved yet'}"


def list_instances(environ: Mapping[str, str] = os.environ) -> list[Instance]:
    """The Tenons that run, oldest first. The files of those that have ended are passed over."""
    files = (state_folder(environ) / "instances").glob("*.json")
    running = [found for file in files if _is_locked(file) and (found := _read(file))]
    return sorted(running, key=lambda instance: (instance.started_at, instance.port))


def ended_instances(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """The files of Tenons that have ended without removing them: their Blender crashed or was killed."""
    files = (state_folder(environ) / "instances").glob("*.json")
    return sorted(file for file in files if not _is_locked(file))


def locate(
    host: str | None = None,
    port: int | None = None,
    instance: str | int | None = None,
    environ: Mapping[str, str] = os.environ,
    tls: str | None = None,
) -> Address:
    """The address to connect to: the instance or the port that is named; else the environment's; else the
    only Blender that runs here; else Tenon's usual port."""
    trust = environ.get(TLS_VARIABLE, "") if tls is None else tls
    if chosen := chosen_address(host, port, instance, environ):
        return replace(chosen, tls=trust)
    running = list_instances(environ)
    return replace(only(running, running).address if running else DEFAULT_ADDRESS, tls=trust)


def chosen_address(
    host: str | None,
    port: int | None,
    instance: str | int | None,
    environ: Mapping[str, str] = os.environ,
) -> Address | None:
    """The address if the caller or the environment has chosen one."""
    if instance is not None:
        running = list_instances(environ)
        word = str(instance)
        return only([each for each in running if each.is_called(word)], running, word).address
    host = host or environ.get(HOST_VARIABLE) or None
    port = port or int(environ.get(PORT_VARIABLE) or 0)
    if host or port:
        return Address(ANY_ADDRESS.get(host or "", host or ""), port or DEFAULT_PORT)
    return None


def only(fitting: list[Instance], running: list[Instance], word: str = "") -> Instance:
    """The one that fits; `SeveralInstances`, which lists all that run, if it is not one."""
    if len(fitting) == 1:
        return fitting[0]
    if not running:
        raise SeveralInstances("No Blender with Tenon runs on this machine")
    listed = "; ".join(map(str, running))
    few = "More than one Blender fits" if fitting else "No Blender fits"
    named = f" {word!r}" if word else ""
    raise SeveralInstances(f"{few}{named}; choose one by pid, port or file: {listed}")


def _read(file: Path) -> Instance | None:
    for _ in range(READ_ATTEMPTS):
        try:
            described: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return Instance(**{name: described[name] for name in Instance.__dataclass_fields__})
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


if sys.platform == "win32":

    def _is_locked(file: Path) -> bool:
        """Whether its Tenon runs: while it does, nobody else may open the file to write."""
        try:
            with file.open("r+b"):
                return False
        except PermissionError:
            return True
        except OSError:
            return False

else:
    import fcntl

    def _is_locked(file: Path) -> bool:
        """Whether its Tenon runs: until then it holds a lock, which the system releases with the process."""
        try:
            with file.open("rb") as opened:
                # Shared, so that two who look at once do not take each other for the owner.
                fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return False
        except BlockingIOError:
            return True
        except OSError:
            return False
