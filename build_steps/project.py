"""What the repository is, and how a step speaks and fails.

In: Cargo.toml and the machine. Out: paths, the version, the platform's name, and `run`, which every step
starts its programs with. Everything happens on the calling thread.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDON_SOURCE = ROOT / "blender_addon"
CLIENT = ROOT / "client" / "tenon_client"
TARGET = ROOT / "target"
STAGE = TARGET / "addon"
DIST = ROOT / "dist"
VENV = ROOT / ".venv"
# What a release is made for, as Blender's manifests spell it.
PLATFORMS = ("linux-arm64", "linux-x64", "macos-arm64", "macos-x64", "windows-x64")
PYTHON_SOURCES = ["build_addon.py", "build_steps", "blender_addon", "client", "tests"]


class BuildError(Exception):
    """A step cannot go on. The message says what is wrong and, where something helps, the line to type."""


class Skipped(Exception):
    """A check cannot be made here. The message says what is missing and the line to type."""


def say(text: str) -> None:
    print(f"tenon: {text}", flush=True)


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Runs a program whose output the user sees; anything but success is a BuildError with the line."""
    words = [str(word) for word in command]
    # Windows by itself starts no `npm.cmd`, and looks in this process's PATH.
    words[0] = shutil.which(words[0], path=(env or os.environ).get("PATH")) or words[0]
    try:
        code = subprocess.run(words, env=env, cwd=cwd, check=False).returncode
    except OSError as error:
        raise BuildError(f"cannot start {words[0]}: {error}") from error
    if code < 0:
        raise BuildError(f"{signal.Signals(-code).name} ended: {shlex.join(words)}")
    if code != 0:
        raise BuildError(f"exit code {code} from: {shlex.join(words)}")


def version() -> str:
    """The version in Cargo.toml, which every other place must repeat."""
    return cargo_field("version")


def cargo_field(name: str) -> str:
    found = re.search(
        rf'^{name} = "([^"]+)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    if not found:
        raise BuildError(f'Cargo.toml has no line: {name} = "..."')
    return found[1]


def platform_name() -> str:
    """This machine as Blender's manifests spell it, `linux-x64`."""
    system = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}.get(platform.system())
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    processor = machine.get(platform.machine().lower())
    if not system or not processor:
        raise BuildError(f"Blender does not exist for {platform.system()} on {platform.machine()}")
    return f"{system}-{processor}"


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Only one process at a time makes the environment, builds and stages; a second one waits for it."""
    TARGET.mkdir(exist_ok=True)
    with (TARGET / "build.lock").open("w") as lock:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another build_addon.py in this folder")
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
