"""Which Blenders run Tenon on this machine, and which of them is meant.

In: the file that each running Tenon keeps in the user's state folder, the environment, and what the caller
says. Out: instances and an address. Reads small files and tries their locks; any thread.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from .errors import SeveralInstances

PORT = 9876
READS = 5  # times that a file is read before it counts as unreadable: it is rewritten in place
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Instance:
    """One running Tenon, as its file tells it."""

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


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where Tenon keeps what outlives a run of Blender."""
    if chosen := environ.get("TENON_STATE_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "tenon"


def list_instances(environ: Mapping[str, str] = os.environ) -> list[Instance]:
    """The Tenons that live, oldest first. What the dead have left is passed over."""
    files = (state_folder(environ) / "instances").glob("*.json")
    living = [found for file in files if _is_claimed(file) and (found := _read(file))]
    return sorted(living, key=lambda instance: (instance.started_at, instance.port))


def locate(
    host: str | None = None,
    port: int | None = None,
    instance: str | int | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Address:
    """The address to connect to: the port that is named; else the environment's; else the only Blender that
    runs here; else Tenon's usual port."""
    if instance is not None:
        return _choose([each for each in list_instances(environ) if each.is_called(str(instance))], environ)
    host = host or environ.get("TENON_HOST") or None
    port = port or int(environ.get("TENON_PORT") or 0)
    if host or port:
        return Address(ANY_ADDRESS.get(host or "", host or ""), port or PORT)
    living = list_instances(environ)
    return _choose(living, environ) if living else Address("127.0.0.1", PORT)


def _choose(fitting: list[Instance], environ: Mapping[str, str]) -> Address:
    if len(fitting) == 1:
        return fitting[0].address
    living = "; ".join(map(str, list_instances(environ)))
    if not living:
        raise SeveralInstances("No Blender with Tenon runs on this machine")
    few = "No Blender fits" if not fitting else "More than one Blender fits"
    raise SeveralInstances(f"{few}; choose one by pid, port or file: {living}")


def _read(file: Path) -> Instance | None:
    for _ in range(READS):
        try:
            said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return Instance(**{name: said[name] for name in Instance.__dataclass_fields__})
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


if sys.platform == "win32":

    def _is_claimed(file: Path) -> bool:
        """Whether its Tenon lives: while it does, nobody else may open the file to write."""
        try:
            with file.open("r+b"):
                return False
        except PermissionError:
            return True
        except OSError:
            return False

else:
    import fcntl

    def _is_claimed(file: Path) -> bool:
        """Whether its Tenon lives: until then it holds a lock, which the system gives up with the process."""
        try:
            with file.open("rb") as opened:
                # Shared, so that two who look at once do not take each other for the owner.
                fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return False
        except BlockingIOError:
            return True
        except OSError:
            return False
