"""One step inside a Blender: a start without a window that runs `inside_blender.py` there.

In: a Blender and the step. Out: what the step answered, or `InstallFailed` with Blender's own words.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..blenders import FoundBlender
from . import interrupts
from .addon_zip import platform_name
from .failure import InstallFailed

SCRIPT = Path(__file__).with_name("inside_blender.py")
MARK = "tenon-answer:"
STEP_TIMEOUT = 300.0  # seconds; a first start with many add-ons on a slow disk takes some
# How a file of Blender's begins: plain, or packed by gzip or Zstandard.
MAGIC = (b"BLENDER", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class Look:
    """What a Blender says of itself, of Tenon in it, and of the files that a change would touch."""

    version: str
    platform: str
    module: str
    addon: Path
    preferences: Path
    kept: tuple[Path, ...]
    data: Path
    is_enabled: bool
    auto_start: bool
    host: str  # in the preferences; empty: not enabled
    port: int | None
    has_token: bool
    requires_token: bool  # on this machine too
    installed_version: str
    is_legacy_enabled: bool  # beside the extension, or in its place

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it, as far as the preferences say."""
        return bool(self.host.strip()) and not is_loopback(self.host)

    @property
    def needs_token(self) -> bool:
        return self.requires_token or self.is_open

    @property
    def files(self) -> list[Path]:
        """All that installing changes, and a first start of the server."""
        return [self.addon, self.preferences, *self.kept, self.data / "tenon.log"]


def is_loopback(host: str) -> bool:
    return host.strip("[] ").lower() in ("localhost", "::1") or host.strip().startswith("127.")


def look(blender: FoundBlender) -> Look:
    told: dict[str, Any] = run(blender, "look")
    platform = platform_name(told.pop("system"), told.pop("machine"))
    paths: dict[str, Any] = {name: Path(told.pop(name)) for name in ("addon", "preferences", "data")}
    return Look(platform=platform, kept=tuple(map(Path, told.pop("kept"))), **paths, **told)


def check(blender: FoundBlender, seen: Look) -> None:
    """Whether there is something that installing would spoil, or that would spoil it."""
    if seen.addon.is_symlink():
        raise InstallFailed(
            f"{seen.addon} is a link to {os.readlink(seen.addon)}: somebody develops Tenon there. Remove the "
            "link first if you want the released add-on instead"
        )
    try:
        with seen.preferences.open("rb") as file:
            begins = file.read(8)
    except FileNotFoundError:
        begins = MAGIC[0]
    except OSError as error:
        raise InstallFailed(f"{seen.preferences} cannot be read: {error.strerror}") from error
    if not begins.startswith(MAGIC):
        raise InstallFailed(
            f"{seen.preferences} is damaged, and Blender {seen.version} cannot read it. Saving would lose "
            "what is in it: move it away, or put a good copy in its place"
        )
    for path in (seen.addon, seen.preferences):
        check_writable(path)


def check_writable(path: Path) -> None:
    """Whether the file or folder can be replaced, seen without touching it."""
    folder = next(each for each in path.parents if each.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InstallFailed(
            f"you may not write into {folder}; run this as the user to whom that Blender belongs"
        )


def run(blender: FoundBlender, step: str, **parameters: Any) -> Any:
    script = SCRIPT.read_text(encoding="utf-8")
    command = [blender.program, "--background", "--python-exit-code", "1"]
    command += ["--python-expr", script, "--", step, json.dumps(parameters)]
    with running(command, subprocess.PIPE, dict(os.environ), patience=0) as process:
        try:
            output, _ = process.communicate(timeout=STEP_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise InstallFailed(
                f"{blender.program} did not end within {STEP_TIMEOUT:.0f} s ({step})"
            ) from None
    text = output.decode("utf-8", "replace")
    answers = [line.removeprefix(MARK) for line in text.splitlines() if line.startswith(MARK)]
    if process.returncode != 0 or not answers:
        # Blender repeats the whole script in its message.
        shown = "\n".join(text.replace(script, SCRIPT.name).strip().splitlines()[-30:])
        raise InstallFailed(
            f"{blender.program} could not do its step '{step}' (exit code {process.returncode}):\n{shown}"
        )
    return json.loads(answers[-1])


@contextlib.contextmanager
def running(
    command: list[str], output: int | IO[bytes], environ: dict[str, str], patience: float
) -> Iterator[subprocess.Popen[bytes]]:
    """A Blender as a process group of its own, since `blender` is often a script that starts the true one. At
    the end what runs of it still is asked to end, and after `patience` seconds made to.

    `environ` is to be Python's view of the environment: a bpy in this process adds its own colour profiles
    (OCIO) to the process's, which another version of Blender cannot read.
    """
    with interrupts.deferred() as resume:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environ,
                start_new_session=True,
            )
        except OSError as error:
            raise InstallFailed(f"{command[0]} cannot be started: {error.strerror or error}") from error
        try:
            resume()
            yield process
        finally:
            with interrupts.ignored():
                _end(process, patience)
            if process.stdout:
                process.stdout.close()


def _end(process: subprocess.Popen[bytes], patience: float) -> None:
    if process.poll() == 0:
        return
    if patience and process.returncode is None:
        _signal(process, by_force=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    _signal(process, by_force=True)
    process.wait()


def _signal(process: subprocess.Popen[bytes], by_force: bool) -> None:
    if sys.platform == "win32":
        process.kill()  # it knows no other way
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # all of it has ended
            os.killpg(process.pid, signal.SIGKILL if by_force else signal.SIGTERM)
