"""Code of a client's run on another blend file, in a Blender of its own without a window.

In: a blend file, source text. Out: what it printed and left in `result`, and the file that was saved. Main
thread; a generator that yields while the process runs. A thread reads what the process prints, for a pipe
that nobody reads stops the writer.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import IO, Annotated, Any

import bpy

from ...blender.data_access import with_notes
from ...blender.file_paths import absolute_path, output_path, state_on_disk, written_size
from ...cancellation import retry_on_cancel
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command
from ...tracking.undo_tracker import tracker
from .code_policy import require_allowed

MAX_SECONDS = 3600
MAX_OUTPUT = 20_000  # characters told: the first half, and the last
MAX_RESULT = 60_000  # characters of JSON
MAX_PROCESSES = 2  # at once
GRACE = 5.0  # seconds that the process may be late before it ends itself

_running = 0


@command(
    title="Run code on another blend file",
    destructive=True,
    undo=False,
    runs_code=True,
)
def run_in_background_blender(
    code: str,
    filepath: str | None = None,
    save_to: str | None = None,
    seconds: Annotated[float, Constraint(minimum=1, maximum=MAX_SECONDS)] = 300,
) -> Generator[tuple[float | None, str], None, dict[str, Any]]:
    """Run Python in another Blender process without a window, on another blend file; this one stays usable
    and as it is. That Blender has factory settings, and no add-ons of the user's. What it does not save is
    lost.

    code: source text; `bpy` is imported, and what it puts into the dict `result` is answered
    filepath: the blend file to work on; without one Blender's start-up file
    save_to: a blend file to write once the code has succeeded; may be filepath
    seconds: after which the process is ended
    """
    global _running
    require_allowed(code)
    path, target, notes = _paths(filepath, save_to)
    if _running >= MAX_PROCESSES:
        raise CommandError(f"{_running} Blenders run in the background already: wait for one to end")
    start = time.monotonic()
    marks = {"begin": f"begin-{uuid.uuid4().hex}", "end": f"end-{uuid.uuid4().hex}"}
    before = state_on_disk(target) if target else None
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        job = {"code": code, "filepath": path, "save_to": target, "seconds": seconds + GRACE, **marks}
        Path(folder, "job.json").write_text(json.dumps(job), encoding="utf-8")
        process = _start(folder)
        _running += 1
        try:
            output = _Output(process.stdout, marks)  # type: ignore[arg-type]
            while process.poll() is None:
                if time.monotonic() - start > seconds:
                    _end(process)
                    raise CommandError(
                        f"The background Blender did not end within {seconds:g} seconds and was stopped",
                        code="timeout",
                        data=output.data(),
                    )
                yield None, output.last_line()
        finally:
            _running -= 1
            retry_on_cancel(lambda: _end(process))
        output.join()
        outcome = _checked(_outcome(folder), process.returncode, output, path)
    answer = {
        "result": _bounded(outcome.get("result"), notes),
        "output": output.text(),
        "seconds": round(time.monotonic() - start, 3),
    }
    if target:
        answer["saved"] = {
            "filepath": target,
            "bytes": written_size(target, before),
            "objects": outcome["objects"],
        }
    return with_notes(answer, notes)


def _paths(filepath: str | None, save_to: str | None) -> tuple[str | None, str | None, list[str]]:
    notes = []
    path = absolute_path(filepath) if filepath is not None else None
    if path and not os.path.isfile(path):
        raise CommandError(f"No such file: {path}")
    target = output_path(save_to, (".blend",)) if save_to is not None else None
    if path and _is_open(path) and tracker.has_unsaved_changes():
        notes.append("It worked on the file as it is on the disk, without what is not saved here")
    if target and _is_open(target):
        raise CommandError(
            f"'{target}' is open here, and what another Blender saves there the next save here would "
            "overwrite: save_to another file"
        )
    return path, target, notes


def _is_open(path: str) -> bool:
    present = bpy.data.filepath
    return (
        bool(present) and os.path.exists(path) and os.path.exists(present) and os.path.samefile(path, present)
    )


def _start(folder: str) -> subprocess.Popen[str]:
    script = str(Path(__file__).with_name("background_job.py"))
    if bpy.app.binary_path:
        line = [bpy.app.binary_path, "--background", "--factory-startup", "--python", script, "--", folder]
    else:  # Blender is a module of Python's
        line = [sys.executable, script, folder]
    # A Tenon that is set to start by itself would take this one's port.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}
    try:
        return subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**environment, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except OSError as error:
        raise CommandError(f"Cannot start another Blender ({line[0]}): {error.strerror}") from error


def _end(process: subprocess.Popen[str]) -> None:
    """Kill it with all that it started. May be called again, and once it has ended."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Output:
    """What the process prints, in bounds: the beginning and the end."""

    def __init__(self, stream: IO[str], marks: dict[str, str]) -> None:
        self._stream, self._marks = stream, marks
        self._first, self._last, self._lost = "", "", 0
        self._lock = threading.Lock()
        self._inside = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            # A line without an end is read in pieces.
            while line := self._stream.readline(65_536):
                mark = line.strip()
                if mark == self._marks["begin"]:
                    with self._lock:  # what came before is Blender's own
                        self._first, self._last, self._lost = "", "", 0
                elif mark == self._marks["end"]:
                    break
                else:
                    self._add(line)
            while self._stream.read(65_536):
                pass

    def _add(self, line: str) -> None:
        half = MAX_OUTPUT // 2
        with self._lock:
            if not self._last and len(self._first) + len(line) <= half:
                self._first += line
                return
            self._last += line
            if (more := len(self._last) - half) > 0:
                self._last = self._last[more:]
                self._lost += more

    def text(self) -> str:
        with self._lock:
            cut = f"\n… {self._lost} characters left out …\n" if self._lost else ""
            return (self._first + cut + self._last).strip("\n")

    def data(self) -> dict[str, Any]:
        return {"output": self.text()}

    def last_line(self) -> str:
        with self._lock:
            lines = (self._last or self._first).split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "running")

    def join(self) -> None:
        """What the process started may still hold the pipe."""
        self._thread.join(1.0)


def _outcome(folder: str) -> dict[str, Any] | None:
    try:
        outcome: dict[str, Any] = json.loads(Path(folder, "outcome.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return outcome


def _checked(outcome: dict[str, Any] | None, code: int, output: _Output, path: str | None) -> dict[str, Any]:
    """The outcome of a success; CommandError for any other."""
    if outcome is None:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise CommandError(f"The background Blender {how} before the code was done", data=output.data())
    if error := outcome.get("error"):
        words = {"open": f"Cannot open '{path}' there: ", "save": "The code was done, but not saved: "}
        text = str(error)[-MAX_OUTPUT:]
        raise CommandError(words.get(outcome.get("step", ""), "") + text, data=output.data())
    return outcome


def _bounded(result: Any, notes: list[str]) -> Any:
    text = json.dumps(result)
    if len(text) <= MAX_RESULT:
        return result
    notes.append(
        f"`result` is {len(text):,} characters of JSON: only the first {MAX_RESULT:,} are told, as text"
    )
    return text[:MAX_RESULT]
