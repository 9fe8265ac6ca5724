"""An installation that fails, at every step, or is stopped: everything is as it was, byte for byte.

In: real Blenders behind a script that makes a step fail after it was done; the signals of a terminal. Each
test compares every file of a home folder of its own with what was there before.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from assistant import CLIENT
from machine import SYSTEMS, Machine, needs_blender, needs_stage
from wire import PATIENCE

pytestmark = [*needs_stage, needs_blender]
ADDON = ".config/blender/3.4/scripts/addons/tenon"


@pytest.fixture
def there(installed: Machine) -> Machine:
    """A machine with an older Tenon, and two assistants' files."""
    installed.write(f"{ADDON}/of_an_older_version.py", "pass\n")
    installed.write(".cursor/mcp.json", '{\n\t"mcpServers": {}  // none\n}\n')
    return installed


def installing(machine: Machine, archive: Path, *more: str) -> list[str]:
    blender = machine.gated(str(SYSTEMS))
    return ["install", "--zip", str(archive), "--blender", str(blender), "--autostart", "--yes", *more]


FAULTS = {
    "the add-on": ("it broke here", {"FAIL_AT": "install"}),
    "the assistants": (
        "Enter Tenon in Cursor ... failed",
        {"SPOIL_AT": "verify", "SPOILED": "state/assistants.json"},
    ),
    "the whole way": ("ended with exit code 7 before it served", {"FAIL_AT": "serve"}),
    "the record": ("Record what was done ... failed", {"SPOIL_AT": "serve", "SPOILED": "state/install.json"}),
}


@pytest.mark.parametrize(("told", "faults"), FAULTS.values(), ids=FAULTS)
def test_a_step_that_fails(there, archive, told, faults):
    for name in ("install.json", "assistants.json"):  # where a fault is made
        (there.home / "state" / name).unlink()
    faults = {name: str(there.home / word) if name == "SPOILED" else word for name, word in faults.items()}
    before = there.tree()
    said = there.tenon(*installing(there, archive), code=1, **faults)
    assert told in said and "Everything is as it was before." in said, said
    assert there.tree() == before


def test_on_a_machine_that_had_nothing(machine, archive):
    machine.write(".cursor/mcp.json", "{}\n")
    before = machine.tree()
    machine.tenon(*installing(machine, archive), code=1, FAIL_AT="serve")
    assert machine.tree() == before


def test_a_service_that_cannot_be_set_up(there, archive):
    """The last step; the systemd folder is a file here."""
    there.write(".config/systemd", "")
    before = there.tree()
    said = there.tenon(*installing(there, archive, "--service"), code=1)
    assert "Have it run at every login ... failed" in said and "made and saw Cube" in said, said
    assert there.tree() == before


def stopped(machine: Machine, archive: Path, step: str, tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    """An installation that has done that step and waits in it, and its Blender's pid."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = machine.start(*installing(machine, archive), WAIT_AT=step, PIPE=str(pipe))
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
def test_ctrl_c_and_a_polite_end(there, archive, tmp_path, step, number):
    before = there.tree()
    process, blender = stopped(there, archive, step, tmp_path)
    os.killpg(process.pid, number)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and "stopped" in out and "Everything is as it was before." in out, out
    assert is_gone(blender)
    assert there.tree() == before


def test_after_kill_9_the_next_run_puts_back(there, archive, tmp_path):
    before = there.tree()
    process, blender = stopped(there, archive, "serve", tmp_path)
    other = there.tenon("uninstall", "--yes", code=1)
    assert "another `tenon install`, `update` or `uninstall` is at work" in other, other
    process.kill()
    process.communicate(timeout=PATIENCE)
    os.kill(blender, signal.SIGKILL)
    assert there.tree() != before
    said = there.tenon("install", "--zip", "none.zip", "--blender", str(SYSTEMS), "--yes", code=1)
    assert "An earlier run was killed half-way: putting back what it had changed." in said
    assert there.tree() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid(), reason="only root can be somebody else")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="the system has no Python")
def test_a_folder_that_may_not_be_written_to(archive):
    """As a user who may not write where the add-on belongs: refused before anything is changed."""
    nobody = pwd.getpwnam("nobody").pw_uid
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # what pytest makes is root's alone
        machine = Machine(Path(folder) / "machine")
        machine.python = "/usr/bin/python3"
        machine.environ["PYTHONPATH"] = folder
        shutil.copytree(CLIENT / "tenon_client", Path(folder) / "tenon_client")
        shutil.copy(archive, Path(folder) / "tenon.zip")
        addons = machine.home / ".config/blender/3.4/scripts/addons"
        addons.mkdir(parents=True)
        for path in [machine.home, *machine.home.rglob("*")]:
            os.chown(path, nobody, nobody)
        os.chown(addons, 0, 0)
        before = machine.tree()
        words = ["install", "--zip", f"{folder}/tenon.zip", "--blender", str(SYSTEMS), "--yes"]
        process = machine.start(*words, user=nobody)
        out, error = process.communicate(timeout=2 * PATIENCE)
        assert process.returncode == 1, (out, error)
        assert f"you may not write into {addons}" in error, (out, error)
        assert machine.tree() == before
