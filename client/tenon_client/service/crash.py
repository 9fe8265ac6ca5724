"""How Blender ended, and under which task.

In: its exit code, its last lines, the file in which the add-on notes what runs. Out: words, the file that
Blender wrote as it crashed, and the tasks that are not run again.
"""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .definition import Files, read_json, write_json

CRASH_FILE = re.compile(r"Writing: (.+\.crash\.txt)\s*$")
MOST_KILLERS = 200  # tasks that are remembered, the last ones

# Windows' exit codes for the ends that are signals elsewhere.
WINDOWS_CODES = {
    0xC0000005: "an access violation",
    0xC00000FD: "a stack overflow",
    0xC0000374: "a corrupt heap",
}


def how(code: int) -> str:
    """An exit code, as `Popen.returncode` has it, in words."""
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    words = WINDOWS_CODES.get(code & 0xFFFFFFFF)
    return f"was ended by {words}" if words else f"ended with exit code {code}"


def crash_file(lines: Sequence[str], temporary: Path, since: float) -> Path | None:
    """What Blender wrote as it crashed: the file that it names, else a new one in its temporary folder.

    `since` is Unix seconds: older ones are of earlier crashes.
    """
    named = [Path(found[1]) for line in lines if (found := CRASH_FILE.search(line))]
    try:
        lying = sorted(temporary.glob("*.crash.txt"), key=lambda file: file.stat().st_mtime)
    except OSError:
        lying = []
    return next((each for each in [*reversed(named), *reversed(lying)] if _is_new(each, since)), None)


def _is_new(file: Path, since: float) -> bool:
    try:
        return file.stat().st_mtime >= since - 1  # some file systems keep whole seconds
    except OSError:
        return False


def running_tasks(file: Path) -> list[dict[str, Any]]:
    """What ran when Blender ended: the task on the main thread, else those that were between two steps."""
    try:
        first = file.read_bytes().partition(b"\n")[0]
    except OSError:
        return []
    try:
        found = json.loads(first)
        tasks = [found["active"]] if found["active"] else found["suspended"]
        return [dict(each) for each in tasks]
    except (ValueError, KeyError, TypeError):
        return []


class Killers:
    """How often Blender ended under which task; those that did so too often are for the add-on to refuse."""

    def __init__(self, files: Files, service: str, most: int) -> None:
        self._files, self._service, self._most = files, service, most
        found = read_json(files.killers)
        self.counts: dict[str, dict[str, Any]] = found if isinstance(found, dict) else {}

    def count(self, task: Mapping[str, Any]) -> int:
        """One more end under this task; how many there are now. OSError: it could not be kept."""
        digest = str(task["digest"])
        before = int(self.counts.pop(digest, {}).get("count", 0))
        self.counts[digest] = {
            "command": task.get("command"),
            "task_id": task.get("task_id"),
            "count": before + 1,
            "last": time.time(),
        }
        while len(self.counts) > MOST_KILLERS:
            del self.counts[next(iter(self.counts))]
        write_json(self._files.killers, self.counts)
        write_json(self._files.refused, {each: self._why(each) for each in self.refused()})
        return before + 1

    def refused(self) -> list[str]:
        return [digest for digest, each in self.counts.items() if each["count"] >= self._most]

    def _why(self, digest: str) -> str:
        each = self.counts[digest]
        return (
            f"'{each['command']}' with these parameters was not run: Blender ended {each['count']} times "
            "while it ran. Change the parameters, or allow it with "
            f"`tenon service restart --name {self._service} --forget-tasks`"
        )
