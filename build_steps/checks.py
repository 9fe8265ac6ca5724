"""Every lint and test in, one verdict out: quick checks first, all of them run, then times and a summary.

What only compiles runs beside the Python tests, with what they leave of the processor.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cross, environment, fuzz, native
from .environment import Environment
from .project import ADDON_SOURCE, PYTHON_SOURCES, ROOT, STAGE, TARGET, BuildError, Skipped, run, say

COMMAND_PAGE = ROOT / "build_steps" / "command_reference.py"
SNAPSHOT = ROOT / "build_steps" / "assistant_snapshot.py"
SYNC_CLIENT = ROOT / "build_steps" / "sync_client.py"

PARTS = ("all", "lint", "rust", "cross", "fuzz", "python", "windows")
# Run only when they are named.
APART = ("windows",)


@dataclass(frozen=True)
class Check:
    """One row of the summary.

    `needs`: the row without whose success this one has nothing to look at. `beside`: it runs while the rows
    after it do, until one needs it.
    """

    part: str
    name: str
    action: Callable[[], object]
    needs: str | None = None
    beside: bool = False


def table(env: Environment, pytest_arguments: Sequence[str]) -> list[Check]:
    """The checks in the order they run."""
    variables = env.variables()

    def program(*command: str | Path) -> Callable[[], None]:
        return functools.partial(run, command, env=variables)

    def module(*arguments: str | Path) -> Callable[[], None]:
        return program(env.python, "-m", *arguments)

    clippy = ("cargo", "clippy", "--quiet", "--all-targets")
    return [
        Check("lint", "ruff check", module("ruff", "check", "--quiet", *PYTHON_SOURCES)),
        Check("lint", "ruff format", module("ruff", "format", "--check", "--quiet", *PYTHON_SOURCES)),
        Check("lint", "client.py", program(env.python, SYNC_CLIENT, "--check")),
        Check("lint", "cargo fmt", program("cargo", "fmt", "--all", "--check")),
        Check("lint", "mypy", module("mypy", "--no-error-summary")),
        Check("lint", "clippy, core alone", program(*clippy, "--", "-D", "warnings")),
        Check(
            "lint", "clippy, with Python", program(*clippy, "--features", "python", "--", "-D", "warnings")
        ),
        Check("rust", "cargo test", program("cargo", "test", "--quiet")),
        Check("windows", "cargo test, Wine", functools.partial(cross.wine, env)),
        Check("python", "build", functools.partial(native.build, env)),
        Check("python", "stubtest", functools.partial(stubtest, env), needs="build"),
        Check("python", "docs/commands.md", program(env.python, COMMAND_PAGE, "--check"), needs="build"),
        Check("python", "snapshot.json", program(env.python, SNAPSHOT, "--check"), needs="build"),
        Check("fuzz", "build for fuzzing", functools.partial(fuzz.build, env), beside=True),
        Check(
            "cross", "compiles for Windows", functools.partial(cross.check, env, cross.WINDOWS), beside=True
        ),
        Check("cross", "compiles for macOS", functools.partial(cross.check, env, cross.MACOS), beside=True),
        Check("python", "pytest", module("pytest", "tests", "-rs", *pytest_arguments), needs="build"),
        Check("fuzz", "fuzz", functools.partial(fuzz.test, env), needs="build for fuzzing"),
    ]


def stubtest(env: Environment) -> None:
    """Holds `_native.pyi` against the built module, without the package around it, which needs Blender."""
    with tempfile.TemporaryDirectory(dir=TARGET, prefix="stubtest-") as folder:
        for file in (ADDON_SOURCE / "_native.pyi", STAGE / "tenon" / native.NATIVE_NAME):
            shutil.copy(file, folder)
        variables = env.variables(MYPYPATH=folder, PYTHONPATH=folder)
        run([env.python, "-m", "mypy.stubtest", "_native"], env=variables, cwd=Path(folder))


def test(env: Environment, parts: Sequence[str], pytest_arguments: Sequence[str]) -> None:
    """Runs the checks of the chosen parts; BuildError when any failed."""
    environment.check_rust()
    chosen = [
        check
        for check in table(env, pytest_arguments)
        if check.part in parts or ("all" in parts and check.part not in APART)
    ]
    rows = {check.name: Row(check) for check in chosen}
    beside = Beside([row for row in rows.values() if row.check.beside])
    for row in rows.values():
        if row.check.beside:
            beside.start()
            continue
        if needed := rows.get(row.check.needs or ""):
            if needed.check.beside:
                beside.join()
            if needed.verdict != "ok":
                row.verdict = f"not run, {needed.check.name} " + needed.verdict.replace("FAILED", "failed")
                continue
        row.run()
    beside.join()
    say("--- summary")
    for row in rows.values():
        say(f"{row.check.name:<20} {row.seconds:7.1f} s  {row.verdict}")
    skipped = [name for name, row in rows.items() if "SKIPPED" in row.verdict]
    failed = [name for name, row in rows.items() if row.verdict != "ok" and name not in skipped]
    if failed:
        raise BuildError(f"failed: {', '.join(failed)}")
    left_out = f"; NOT made here: {', '.join(skipped)}" if skipped else ""
    say(f"all {len(rows) - len(skipped)} checks passed in {ROOT.name}{left_out}")


@dataclass
class Row:
    """What became of a check."""

    check: Check
    verdict: str = "not run"
    seconds: float = 0.0

    def run(self) -> None:
        say(f"--- {self.check.name}")
        begin = time.monotonic()
        try:
            self.check.action()
            self.verdict = "ok"
        except Skipped as reason:
            self.verdict = f"SKIPPED, {reason}"
        except BuildError as error:
            say(f"{self.check.name}: {error}")
            self.verdict = "FAILED"
        self.seconds = time.monotonic() - begin


class Beside:
    """Rows that run one after another in a thread, with what the others leave of the processor."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless that was done."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        if sys.platform == "linux":  # of this thread, and so of the programs that it starts
            with contextlib.suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        for row in self._rows:
            row.run()
