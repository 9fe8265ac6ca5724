"""`tenon update`, and `tenon uninstall --purge`, in the system's real Blender.

Each test has a home folder of its own.
"""

from __future__ import annotations

import json

from machine import STAGED, SYSTEMS, make_zip, needs_blender, needs_stage

pytestmark = needs_stage
ADDON, DATA = ".config/blender/3.4/scripts/addons/tenon", ".config/blender/3.4/datafiles/tenon"
CURSOR = '{"mcpServers": {}}\n'


@needs_blender
def test_update(machine, archive, tmp_path):
    """From an older version to this one; the assistants' files are not touched."""
    assert "no Blender here has Tenon" in machine.tenon("update", "--zip", str(archive), "--yes", code=1)
    machine.tenon(
        "install", "--zip", str(archive), "--blender", SYSTEMS, "--autostart", "--no-assistants", "--yes"
    )
    assert "has Tenon 0.1.0 already" in machine.tenon("update", "--zip", str(archive), "--yes")
    manifest = machine.home / ADDON / "blender_manifest.toml"
    manifest.write_text(manifest.read_text().replace('version = "0.1.0"', 'version = "0.0.9"'))
    machine.write(".cursor/mcp.json", CURSOR)
    said = machine.tenon("update", "--zip", str(archive), "--yes")
    assert "in the place of Tenon 0.0.9" in said and "Tenon 0.1.0 is there" in said
    assert "which starts with Blender's window" in said, "the preference is as it was"
    assert 'version = "0.1.0"' in manifest.read_text()
    assert (machine.home / ".cursor/mcp.json").read_text() == CURSOR
    # A zip whose library is of another version than it says: the old add-on comes back.
    text = (STAGED / "blender_manifest.toml").read_text().replace('version = "0.1.0"', 'version = "0.2.0"')
    wrong = make_zip(tmp_path / "wrong.zip", {"blender_manifest.toml": text.encode()})
    before = machine.tree()
    said = machine.tenon("update", "--zip", str(wrong), "--yes", code=1)
    assert "the native module is 0.1.0, not 0.2.0" in said and "Everything is as it was before." in said
    assert machine.tree() == before


@needs_blender
def test_purge_removes_sessions_and_logs_too(machine, archive):
    machine.tenon("install", "--zip", str(archive), "--blender", SYSTEMS, "--no-assistants", "--yes")
    data = machine.home / DATA
    machine.write(f"{DATA}/sessions/store.db", "stored")
    told = json.loads(machine.tenon("uninstall", "--purge", "--yes", "--json"))
    assert told["outcome"] == "done" and not data.exists()
    assert [each["outcome"] for each in told["steps"]] == ["done", "done"]
