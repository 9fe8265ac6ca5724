"""What a named service is, and the folder where all that is its own lies.

In: the state folder, what the user chose. Out: a `Definition`, kept as JSON that only the user may read, as
the token may be in it; `Files`, the paths beside it.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import InvalidParams
from ..instances import ANY_ADDRESS, Address
from ..state_folder import state_folder

DEFAULT_NAME = "default"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Limits:
    """When Blender counts as dead, and how it is started again. Seconds, and numbers of things."""

    poll: float = 1.0  # between two looks
    answer: float = 2.0  # within which /health must answer
    unanswered: int = 3  # looks in a row without an answer: dead
    silence: float = 30.0  # an idle main thread without a sign for so long: dead
    busy: float = 5.0  # after which a command that runs is told in the state
    start: float = 300.0  # until the first answer; a large file takes minutes
    stop: float = 20.0  # between the request to end and the kill
    first_delay: float = 1.0  # before the first start again; doubled each time
    longest_delay: float = 60.0
    healthy: float = 600.0  # after which all is forgotten that went wrong before
    starts: int = 5  # so many within `window`: a crash loop
    window: float = 300.0
    killer: int = 2  # so many ends of Blender under the same task: it is not run again
    log_bytes: int = 5 << 20  # of one log file
    log_files: int = 5


@dataclass(frozen=True)
class Definition:
    """One service, as it was installed."""

    name: str
    blender: str
    port: int
    host: str = "localhost"
    blend: str | None = None
    window: bool = False
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    task_limit: float | None = None  # seconds that one command may run; None: as long as it likes
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    limits: Limits = field(default_factory=Limits)

    @property
    def address(self) -> Address:
        """Where it is asked. Of the addresses of `localhost` this is the one that Tenon needs."""
        host = "127.0.0.1" if self.host == "localhost" else self.host
        return Address(ANY_ADDRESS.get(host, host), self.port)

    def read_token(self) -> str | None:
        """Read at each start, so that a new one in the file counts from then on."""
        if self.token_file is None:
            return self.token
        try:
            token = Path(self.token_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise InvalidParams(f"the token file {self.token_file} cannot be read: {error}") from error
        if not token:
            raise InvalidParams(f"the token file {self.token_file} is empty")
        return token

    def check(self) -> None:
        """InvalidParams says what to change."""
        checked_name(self.name)
        if not Path(self.blender).is_file():
            raise InvalidParams(f"there is no Blender at {self.blender}: name its program with --blender")
        if not os.access(self.blender, os.X_OK):
            raise InvalidParams(f"{self.blender} is not a program: name Blender's with --blender")
        if self.blend and not Path(self.blend).is_file():
            raise InvalidParams(f"there is no file {self.blend}")
        if not 1 <= self.port <= 65535:
            raise InvalidParams(f"--port {self.port}: expected a number from 1 to 65535")
        if self.task_limit is not None and not self.task_limit > 0:
            raise InvalidParams(f"--task-limit {self.task_limit}: expected seconds above 0")
        if self.host not in LOOPBACK and not self.read_token():
            raise InvalidParams(f"--host {self.host} lets other computers in: give a --token or --token-file")
        self.read_token()


@dataclass(frozen=True)
class Files:
    """What a service keeps, all in one folder."""

    folder: Path

    @property
    def definition(self) -> Path:
        return self.folder / "service.json"

    @property
    def state(self) -> Path:
        """What the supervisor last said of itself."""
        return self.folder / "state.json"

    @property
    def lock(self) -> Path:
        """Locked while a supervisor lives."""
        return self.folder / "lock"

    @property
    def stop(self) -> Path:
        """Made to have the supervisor end, where there are no signals."""
        return self.folder / "stop"

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    @property
    def crash(self) -> Path:
        """A copy of what Blender wrote as it last crashed."""
        return self.folder / "blender.crash.txt"

    @property
    def running(self) -> Path:
        """What Blender's main thread runs, written by the add-on."""
        return self.folder / "running_tasks.json"

    @property
    def killers(self) -> Path:
        """Tasks under which Blender ended, and how often."""
        return self.folder / "crash_tasks.json"

    @property
    def refused(self) -> Path:
        """Those of them that the add-on does not run again."""
        return self.folder / "refused_tasks.json"


def checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        words = "expected at most 32 small letters, digits, - and _, beginning with a letter or digit"
        raise InvalidParams(f"--name {name!r}: {words}")
    return name


def services_folder(environ: Mapping[str, str] = os.environ) -> Path:
    return state_folder(environ) / "services"


def files_of(name: str, environ: Mapping[str, str] = os.environ) -> Files:
    return Files(services_folder(environ) / checked_name(name))


def names(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The services that are installed."""
    return sorted(each.parent.name for each in services_folder(environ).glob("*/service.json"))


def save(definition: Definition, files: Files) -> None:
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_json(files.definition, asdict(definition))


def load(name: str, environ: Mapping[str, str] = os.environ) -> Definition:
    file = files_of(name, environ).definition
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        limits = Limits(**_known(Limits, found.pop("limits", {})))
        return Definition(**_known(Definition, found), limits=limits)
    except FileNotFoundError:
        installed = ", ".join(names(environ)) or "none"
        words = (
            f"no service {name!r} is installed (installed: {installed}); see `tenon service install --help`"
        )
        raise InvalidParams(words) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InvalidParams(f"{file} cannot be read ({error}); install the service again") from error


def _known(kind: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    """Without the members that another version of this program knew."""
    return {each.name: found[each.name] for each in fields(kind) if each.name in found}


def write_json(file: Path, value: Any) -> None:
    """In one step, for the user's eyes only (the rights that `mkstemp` gives)."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(value, stream, indent=2)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(file: Path) -> Any:
    """None if there is none, or it cannot be read."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
