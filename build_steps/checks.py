"""Every lint and test in, one verdict out: quick checks first, all of them run, then times and a summary."""

from __future__ import annotations

import functools
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cross, environment, fuzz, native, versions, web
from .environment import Environment
from .project import ADDON_SOURCE, PYTHON_SOURCES, ROOT, STAGE, TARGET, BuildError, Skipped, run, say

COMMAND_PAGE = ROOT / "build_steps" / "command_reference.py"
SNAPSHOT = ROOT / "build_steps" / "assistant_snapshot.py"
DICTIONARY_PAGE = ROOT / "build_steps" / "dictionary_page.py"
SYNC_CLIENT = ROOT / "build_steps" / "sync_client.py"

PARTS = ("all", "lint", "rust", "cross", "fuzz", "python", "windows")
# Run only when they are named.
APART = ("windows",)


@dataclass(frozen=True)
class Check:
    """One row of the summary. `needs`: the row without whose success this one has nothing to look at."""

    part: str
    name: str
    action: Callable[[], object]
    needs: str | None = None


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
        Check("lint", "one version", versions.check),
        Check("lint", "client.py", program(env.python, SYNC_CLIENT, "--check")),
        Check("lint", "docs/dictionary.md", program(env.python, DICTIONARY_PAGE, "--check")),
        Check("lint", "cargo fmt", program("cargo", "fmt", "--all", "--check")),
        Check("lint", "mypy", module("mypy", "--no-error-summary")),
        Check("lint", "the page", web.check),
        Check("lint", "clippy, core alone", program(*clippy, "--", "-D", "warnings")),
        Check(
            "lint", "clippy, with Python", program(*clippy, "--features", "python", "--", "-D", "warnings")
        ),
        Check("rust", "cargo test", program("cargo", "test", "--quiet")),
        Check("cross", "compiles for Windows", functools.partial(cross.check, env, cross.WINDOWS)),
        Check("cross", "compiles for macOS", functools.partial(cross.check, env, cross.MACOS)),
        Check("fuzz", "fuzz", functools.partial(fuzz.test, env)),
        Check("windows", "cargo test, Wine", functools.partial(cross.wine, env)),
        Check("python", "build", functools.partial(native.build, env)),
        Check("python", "stubtest", functools.partial(stubtest, env), needs="build"),
        Check("python", "docs/commands.md", program(env.python, COMMAND_PAGE, "--check"), needs="build"),
        Check("python", "snapshot.json", program(env.python, SNAPSHOT, "--check"), needs="build"),
        Check("python", "pytest", module("pytest", "tests", "-rs", *pytest_arguments), needs="build"),
    ]


def stubtest(env: Environment) -> None:
    """Holds `_native.pyi` against the built module, without the package around it, which needs Blender."""
    with tempfile.TemporaryDirectory(dir=TARGET, prefix="stubtest-") as folder:
        # As Python's import finds it; the add-on finds it by its own way, `native_library.py`.
        shutil.copy(ADDON_SOURCE / "_native.pyi", folder)
        shutil.copy(STAGE / "tenon" / native.library_name(), Path(folder) / (native.MODULE + native.SUFFIX))
        variables = env.variables(MYPYPATH=folder, PYTHONPATH=folder)
        run([env.python, "-m", "mypy.stubtest", "_native"], env=variables, cwd=Path(folder))


def test(env: Environment, parts: Sequence[str], pytest_arguments: Sequence[str]) -> None:
    """Runs the checks of the chosen parts; BuildError when any failed."""
    environment.check_rust()
    rows: dict[str, tuple[str, float]] = {}
    for check in table(env, pytest_arguments):
        if check.part not in parts and ("all" not in parts or check.part in APART):
            continue
        if check.needs and rows[check.needs][0] != "ok":
            rows[check.name] = (f"not run, {check.needs} failed", 0.0)
            continue
        say(f"--- {check.name}")
        begin = time.monotonic()
        try:
            check.action()
            verdict = "ok"
        except Skipped as reason:
            verdict = f"SKIPPED, {reason}"
        except BuildError as error:
            say(str(error))
            verdict = "FAILED"
        rows[check.name] = (verdict, time.monotonic() - begin)
    say("--- summary")
    for name, (verdict, seconds) in rows.items():
        say(f"{name:<20} {seconds:7.1f} s  {verdict}")
    skipped = [name for name, (verdict, _) in rows.items() if verdict.startswith("SKIPPED")]
    failed = [name for name, (verdict, _) in rows.items() if verdict != "ok" and name not in skipped]
    if failed:
        raise BuildError(f"failed: {', '.join(failed)}")
    left_out = f"; NOT made here: {', '.join(skipped)}" if skipped else ""
    say(f"all {len(rows) - len(skipped)} checks passed in {ROOT.name}{left_out}")
