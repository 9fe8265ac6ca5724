"""An installation that fails, at every step: everything is as it was, byte for byte.

In: real Blenders behind a script that makes a step fail after it was done. Each test compares every file of a
home folder of its own with what was there before.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from assistant import CLIENT
from machine import SYSTEMS, Machine, needs_blender, needs_stage
from wire import PATIENCE

pytestmark = [*needs_stage, needs_blender]


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
def test_a_step_that_fails(older, archive, told, faults):
    for name in ("install.json", "assistants.json"):  # where a fault is made
        (older.home / "state" / name).unlink()
    faults = {name: str(older.home / word) if name == "SPOILED" else word for name, word in faults.items()}
    before = older.tree()
    said = older.tenon(*older.installing(archive), code=1, **faults)
    assert told in said and "Everything is as it was before." in said, said
    assert older.tree() == before


def test_on_a_machine_that_had_nothing(machine, archive):
    machine.write(".cursor/mcp.json", "{}\n")
    before = machine.tree()
    machine.tenon(*machine.installing(archive), code=1, FAIL_AT="serve")
    assert machine.tree() == before


def test_an_extension(machine, archive):
    """In a Blender from 4.2 on, which keeps notes of its own about it."""
    blender = machine.gated(machine.newer_blender())
    machine.tenon("install", "--zip", str(archive), "--blender", str(blender), "--dry-run")  # a first start
    before = machine.tree()
    words = ["install", "--zip", str(archive), "--blender", str(blender), "--yes"]
    said = machine.tenon(*words, code=1, FAIL_AT="serve")
    assert "bl_ext.user_default.tenon 0.1.0" in said and "ended with exit code 7 before it served" in said
    assert machine.tree() == before


def test_an_uninstallation_that_fails(older):
    before = older.tree()
    blender = older.gated(str(SYSTEMS))
    said = older.tenon("uninstall", "--blender", str(blender), "--yes", code=1, FAIL_AT="disable")
    assert "it broke here" in said and "Everything is as it was before." in said
    assert older.tree() == before


def test_a_service_that_cannot_be_set_up(older, archive):
    """The last step; the systemd folder is a file here."""
    older.write(".config/systemd", "")
    before = older.tree()
    said = older.tenon(*older.installing(archive, "--service"), code=1)
    assert "Have it run at every login ... failed" in said and "made and saw Cube" in said, said
    assert older.tree() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid(), reason="only root can be somebody else")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="the system has no Python")
def test_a_folder_that_may_not_be_written_to(archive):
    """As a user who may not write where the add-on belongs: refused before anything is changed."""
    import pwd

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
