"""`tenon update`, and `tenon uninstall --purge`, in the system's real Blender.

Each test has a home folder of its own.
"""

from __future__ import annotations

import json
import subprocess

from machine import STAGED, SYSTEMS, make_zip, needs_blender, needs_stage
from wire import PATIENCE

pytestmark = [*needs_stage, needs_blender]
ADDON, DATA = ".config/blender/3.4/scripts/addons/tenon", ".config/blender/3.4/datafiles/tenon"
CURSOR = '{"mcpServers": {}}\n'


def test_update(installed, archive):
    """From an older version to this one; the assistants' files are not touched."""
    assert "has Tenon 0.1.0 already" in installed.tenon("update", "--zip", str(archive), "--yes")
    manifest = installed.home / ADDON / "blender_manifest.toml"
    manifest.write_text(manifest.read_text().replace('version = "0.1.0"', 'version = "0.0.9"'))
    installed.write(".cursor/mcp.json", CURSOR)
    said = installed.tenon("update", "--zip", str(archive), "--yes")
    assert "in the place of Tenon 0.0.9" in said and "Tenon 0.1.0 is there" in said
    assert 'version = "0.1.0"' in manifest.read_text()
    assert (installed.home / ".cursor/mcp.json").read_text() == CURSOR


def test_an_update_that_fails(installed, tmp_path):
    """By a zip whose library is of another version than it says: the old add-on comes back."""
    text = (STAGED / "blender_manifest.toml").read_text().replace('version = "0.1.0"', 'version = "0.2.0"')
    wrong = make_zip(tmp_path / "wrong.zip", {"blender_manifest.toml": text.encode()})
    before = installed.tree()
    said = installed.tenon("update", "--zip", str(wrong), "--yes", code=1)
    assert "the native module is 0.1.0, not 0.2.0" in said and "Everything is as it was before." in said
    assert installed.tree() == before


def test_where_nothing_is_installed(machine, archive):
    said = machine.tenon("update", "--zip", str(archive), "--yes", "--blender", str(SYSTEMS), code=1)
    assert "no Blender here has Tenon; type: tenon install" in said


def test_purge_removes_sessions_and_logs_too(installed):
    installed.write(f"{DATA}/sessions/store.db", "stored")
    told = json.loads(installed.tenon("uninstall", "--purge", "--blender", str(SYSTEMS), "--yes", "--json"))
    assert told["outcome"] == "done" and [each["outcome"] for each in told["steps"]] == ["done", "done"]
    assert not (installed.home / DATA).exists() and not (installed.home / ADDON).exists()


def test_preferences_that_were_saved_since_are_the_user_s(machine, archive):
    """Blender made them for the installation; once the user has saved theirs, they stay."""
    words = ["--blender", str(SYSTEMS), "--yes"]
    machine.tenon("install", "--zip", str(archive), "--no-assistants", *words)
    preferences = machine.home / ".config/blender/3.4/config/userpref.blend"
    theirs = "import bpy; bpy.context.preferences.view.show_splash = False; bpy.ops.wm.save_userpref()"
    blender = [str(SYSTEMS), "--background", "--python-exit-code", "1", "--python-expr", theirs]
    subprocess.run(blender, env=machine.environ, check=True, capture_output=True, timeout=2 * PATIENCE)
    machine.tenon("uninstall", "--purge", "--yes")
    assert preferences.is_file() and not (machine.home / ADDON).exists()
    assert not (machine.home / "state").exists()
