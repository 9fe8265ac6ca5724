"""`tenon install`, `update` and `uninstall` with real Blenders: the system's, and as an extension bpy's.

Each test has a home folder of its own. The zip is of what `target/addon` holds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from machine import STAGED, SYSTEMS, Machine, needs_blender, needs_stage
from wire import PATIENCE

pytestmark = needs_stage
CURSOR = '{\n  // mine\n  "mcpServers": {"files": {"command": "npx"}}\n}\n'


def blender_of(machine: Machine, which: str) -> str:
    if which == "newer":
        return machine.newer_blender()
    if not SYSTEMS:
        pytest.skip("the system has no blender")
    return SYSTEMS


PLACES = {
    "system": (".config/blender/3.4/scripts/addons/tenon", ".config/blender/3.4/datafiles/tenon"),
    "newer": (
        ".config/blender/5.0/extensions/user_default/tenon",
        ".config/blender/5.0/extensions/.user/user_default/tenon",
    ),
}


@pytest.mark.parametrize("which", PLACES)
def test_the_whole_way_and_back(machine, archive, which):
    """Installed, tried, entered in an assistant; then all of it taken back."""
    blender = blender_of(machine, which)
    addon, data = (machine.home / each for each in PLACES[which])
    cursor = machine.write(".cursor/mcp.json", CURSOR)
    spoiled = machine.write(".gemini/settings.json", '{"theme": dark}')
    said = machine.tenon("install", "--zip", str(archive), "--blender", blender, "--autostart", "--yes")
    for words in (
        "Install the add-on into Blender",
        "tenon 0.1.0, which starts with Blender's window",
        "made and saw Cube",
        "tools over MCP",
        "it serves as soon as its window opens",
    ):
        assert words in said, said
    assert "failed" not in said
    assert "Gemini CLI was left alone: not JSON at line 1" in said
    assert spoiled.read_text() == '{"theme": dark}'
    assert (addon / "__init__.py").is_file()
    assert json.loads(cursor.read_text().replace("// mine", ""))["mcpServers"].keys() == {"files", "blender"}
    assert json.loads((machine.home / "state/install.json").read_text())["assistants"] == ["cursor"]
    assert not (machine.home / "state/install").exists(), "the copies are gone"
    kept = json.loads(
        machine.tenon("install", "--zip", str(archive), "--blender", blender, "--dry-run", "--json")
    )
    assert kept["blenders"][0]["installed_version"] == "0.1.0" and kept["assistants"] == []
    assert {"assistant": "Cursor", "why": "Tenon is entered there already"} in kept["untouched"]

    said = machine.tenon("uninstall", "--yes")
    assert f"{addon} is gone" in said and f"Sessions and logs stay in {data}" in said
    assert not addon.exists() and data.is_dir()
    assert cursor.read_text() == CURSOR
    assert [each.name for each in cursor.parent.iterdir()] == ["mcp.json"], "no backup is left"
    assert not (machine.home / "state/install.json").exists()
    again = machine.tenon("uninstall", "--yes", "--blender", blender, code=1)
    assert "nothing of Tenon is installed here" in again


def test_what_an_older_blender_has_left_is_disabled(machine, archive):
    """Blender 4.2 takes over the add-ons of the one before it; two Tenons would want the same port."""
    newer = machine.newer_blender()
    legacy = machine.home / ".config/blender/5.0/scripts/addons/tenon"
    shutil.copytree(STAGED, legacy)
    enable = "import bpy; bpy.ops.preferences.addon_enable(module='tenon'); bpy.ops.wm.save_userpref()"
    words = [newer, "--background", "--python-exit-code", "1", "--python-expr", enable]
    subprocess.run(words, env=machine.environ, check=True, capture_output=True, timeout=2 * PATIENCE)
    found = machine.tenon("doctor", "--blender", newer)
    assert "a Tenon that an older Blender has left in its add-ons is enabled, too" in found
    said = machine.tenon("install", "--zip", str(archive), "--blender", newer, "--yes")
    assert "and disable the Tenon that an older Blender has left" in said and "made and saw Cube" in said
    found = machine.tenon("doctor", "--blender", newer)
    assert "older Blender" not in found and "Tenon 0.1.0 at port 9876" in found and legacy.is_dir()


@needs_blender
def test_a_dry_run_and_a_no_change_nothing(machine, archive):
    said = machine.tenon("install", "--zip", str(archive), "--blender", SYSTEMS, "--dry-run", SUDO_USER="me")
    assert ("it is for root's Blender and not for me's" in said) == (os.geteuid() == 0)
    before = machine.tree()
    said = machine.tenon("install", "--zip", str(archive), "--blender", SYSTEMS, answer="n\n")
    assert "Nothing was changed." in said and "into Blender 3.4.1" in said
    said = machine.tenon("install", "--zip", str(archive), "--blender", SYSTEMS, code=1)
    assert "nobody answers here, and nothing was changed: add --yes" in said
    assert "add --yes or --dry-run" in machine.tenon("install", "--zip", str(archive), "--json", code=1)
    assert machine.tree() == before


@needs_blender
def test_one_of_several_is_picked(machine, archive):
    """By its number in the list; what cannot be used is listed with its reason, and refused."""
    machine.environ["PATH"] = f"{machine.folder / 'bin'}:/usr/bin:/bin"
    shutil.copy(machine.old_blender(), machine.folder / "bin" / "blender")
    said = machine.tenon("install", "--zip", str(archive), "--dry-run")
    listed = [line.strip() for line in said.splitlines() if line.strip()[:2] in ("1.", "2.", "3.")]
    assert (
        listed[0].startswith("1. Blender 3.4.1") and "too old: Tenon needs Blender 3.4 or later" in listed[-1]
    )
    newer = machine.folder / "opt" / "blender-5.0" / "blender"
    newer.parent.mkdir(parents=True)
    shutil.copy(machine.newer_blender(), newer)
    (machine.home / "Downloads").mkdir()
    (machine.home / "Downloads" / "blender-5.0").symlink_to(newer.parent)
    said = machine.tenon("install", "--zip", str(archive), answer="2\nn\n")
    assert f"into Blender 3.4.1 ({Path(SYSTEMS).resolve()})" in said and "into Blender 5.0" not in said
    said = machine.tenon("install", "--zip", str(archive), answer="3\n", code=1)
    assert "too old" in said and not (machine.home / ".config/blender").exists()
    newer.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo 'Blender 5.0.1' || exit 9\n")
    said = machine.tenon("install", "--zip", str(archive), "--dry-run")
    assert "Left alone: Blender 5.0.1 (folder)" in said and "(exit code 9)" in said
    assert f"into Blender 3.4.1 ({Path(SYSTEMS).resolve()})" in said
    assert "there is no number 9" in machine.tenon("install", "--zip", str(archive), answer="9\n", code=1)


def test_what_is_no_blender_or_too_old_is_refused_in_words(machine, archive):
    said = machine.tenon(
        "install", "--zip", str(archive), "--blender", str(machine.old_blender()), "--yes", code=1
    )
    assert "Blender 3.3.21 (named)" in said and "too old: Tenon needs Blender 3.4 or later" in said
    said = machine.tenon("install", "--zip", str(archive), "--blender", "/nowhere/blender", "--yes", code=1)
    assert "/nowhere/blender: there is no such program" in said
    assert list(machine.tree()) == [".config"]


@needs_blender
def test_spoiled_configurations(machine, archive):
    """An assistant's is left alone, or refused if it was asked for; Blender's own is never overwritten."""
    machine.write(".cursor/mcp.json", '{"mcpServers": {oops')
    machine.write(".gemini/settings.json", "{}\n")
    named = ["install", "--zip", str(archive), "--blender", SYSTEMS, "--yes"]
    before = machine.tree()
    said = machine.tenon(*named, "--assistant", "cursor", code=1)
    assert "tenon: Cursor: not JSON at line 1" in said and machine.tree() == before
    said = machine.tenon(*named, "--dry-run")
    assert "Left alone: Cursor: not JSON at line 1" in said and "- into Gemini CLI: " in said

    preferences = machine.write(".config/blender/3.4/config/userpref.blend", "\0 cut short")
    said = machine.tenon(*named, code=1)
    assert f"{preferences} is damaged" in said and "move it away" in said
    assert preferences.read_text() == "\0 cut short"


@needs_blender
def test_an_addon_that_is_developed_there_is_not_removed(machine, archive, tmp_path):
    link = machine.home / PLACES["system"][0]
    link.parent.mkdir(parents=True)
    sources = tmp_path / "sources"
    shutil.copytree(STAGED, sources)
    link.symlink_to(sources)
    said = machine.tenon("install", "--zip", str(archive), "--blender", SYSTEMS, "--yes", code=1)
    assert f"is a link to {sources}" in said and (sources / "__init__.py").is_file() and link.is_symlink()
