"""An installation that is stopped by Ctrl+C, SIGTERM or SIGKILL: everything is as it was, byte for byte.

In: the system's real Blender, which waits at a step; signals. Each test compares every file of a home folder
of its own with what was there before.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from machine import SYSTEMS, Machine, needs_blender, needs_stage
from wire import PATIENCE

pytestmark = [*needs_stage, needs_blender]


def stopped(machine: Machine, archive: Path, step: str, tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    """An installation that has done that step and waits in it, and its Blender's pid."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = machine.start(*machine.installing(archive), WAIT_AT=step, PIPE=str(pipe))
    return process, int(pipe.read_text())


def is_gone(pid: int) -> bool:
    """Whether the process has ended, or is a zombie that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize(
    ("step", "number"), [("install", signal.SIGINT), ("serve", signal.SIGINT), ("verify", signal.SIGTERM)]
)
def test_ctrl_c_and_a_polite_end(older, archive, tmp_path, step, number):
    before = older.tree()
    process, blender = stopped(older, archive, step, tmp_path)
    os.killpg(process.pid, number)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and "stopped" in out and "Everything is as it was before." in out, out
    assert is_gone(blender)
    assert older.tree() == before


def test_after_kill_9_the_next_run_puts_back(older, archive, tmp_path):
    before = older.tree()
    process, blender = stopped(older, archive, "serve", tmp_path)
    other = older.tenon("uninstall", "--yes", code=1)
    assert "another `tenon install`, `update` or `uninstall` is at work" in other, other
    process.kill()
    process.communicate(timeout=PATIENCE)
    os.kill(blender, signal.SIGKILL)
    assert older.tree() != before
    said = older.tenon("install", "--zip", "none.zip", "--blender", str(SYSTEMS), "--yes", code=1)
    assert "An earlier run was killed half-way: putting back what it had changed." in said
    assert older.tree() == before
