"""Two Blenders on one machine: who has the port, who is who, one store for both, and one of them killed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import bpy
import pytest
from headless import Headless
from wire import PATIENCE, Client

MAKE = "import bpy, sys; bpy.ops.wm.save_mainfile(filepath=sys.argv[1])"
MUCH = 60  # commands of each, at the same time


@pytest.fixture
def first(tmp_path):
    """One that has a file open."""
    path = tmp_path / "kitchen.blend"
    subprocess.run([sys.executable, "-c", MAKE, path], check=True, capture_output=True, timeout=PATIENCE)
    with Headless(tmp_path / "user", blend=str(path)) as blender:
        yield blender


@pytest.fixture
def second(first, tmp_path):
    """One that wanted the first one's port and takes the next free one."""
    with Headless(tmp_path / "user", port=port(first), TENON_FIND_FREE_PORT="1") as blender:
        yield blender


def port(blender):
    return blender.address.rpartition(":")[2]


def told(blender):
    with Client(blender.address) as client:
        return client.result("list_instances")


def whose(blender, name):
    return f"Port {port(blender)} is used by the Blender with pid {blender.process.pid} ({name}); "


def test_a_taken_port_is_told_with_who_has_it(first, tmp_path):
    with Headless(tmp_path / "user", port=port(first)) as refused:
        assert refused.end() == 1
    way_out = "choose another port, or switch on Find a Free Port"
    assert refused.output[-1] == f"tenon: not started: {whose(first, 'kitchen.blend')}{way_out}"


def test_the_next_free_port_is_taken_and_both_are_told_apart(first, second, tmp_path):
    assert int(port(first)) < int(port(second)) <= int(port(first)) + 20
    assert f"{whose(first, 'kitchen.blend')}Tenon serves on port {port(second)} instead" in second.output
    for blender in (first, second):
        listed = told(blender)
        assert [(each["pid"], str(each["port"])) for each in listed] == [
            (each.process.pid, port(each)) for each in (first, second)
        ]
        assert [each["this"] for each in listed] == [blender is first, blender is second]
        assert [each["file"] for each in listed] == [str(tmp_path / "kitchen.blend"), ""]
        assert all(each["blender"] == bpy.app.version_string for each in listed)


def test_what_is_opened_and_saved_is_told(first, second, tmp_path):
    path = tmp_path / "bath.blend"
    with Client(second.address) as client:
        client.result("execute_code", {"code": f"bpy.ops.wm.save_as_mainfile(filepath={str(path)!r})"})
        assert told(first)[1]["file"] == str(path)
        client.result("execute_code", {"code": "bpy.ops.wm.read_homefile(use_factory_startup=True)"})
        assert told(first)[1]["file"] == ""


def test_the_one_that_is_killed_is_listed_no_more_and_nobody_reads_secrets(first, second, tmp_path):
    files = sorted((tmp_path / "user" / "state" / "instances").iterdir())
    assert {json.loads(file.read_text())["pid"] for file in files} == {
        first.process.pid,
        second.process.pid,
    }
    if sys.platform != "win32":
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    first.process.kill()
    first.end()
    assert [each["pid"] for each in told(second)] == [second.process.pid]
    assert len(list((tmp_path / "user" / "state" / "instances").iterdir())) == 1
    second.process.terminate()
    assert second.end() == 0
    assert not list((tmp_path / "user" / "state" / "instances").iterdir())


def work(address, sessions):
    """Many commands of one session; its id."""
    with Client(address) as client:
        for number in range(MUCH):
            reply = client.ask("execute_code", {"code": f"print({number})"})
            assert reply["status"] == "success", reply
        sessions[address] = reply["session_id"]


def test_one_store_serves_both(first, second):
    sessions: dict[str, str] = {}
    workers = [threading.Thread(target=work, args=(each.address, sessions)) for each in (first, second)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
    assert len(sessions) == 2
    there = sessions[first.address]
    with Client(first.address) as at_first, Client(second.address) as at_second:
        for client in (at_first, at_second):  # each asks when its own is written
            assert client.result("get_store_statistics")["state"] == "open"
        for client in (at_first, at_second):
            listed = {each["session_id"]: each for each in client.result("list_sessions", {"status": "all"})}
            assert set(sessions.values()) <= set(listed)
        # Whose it is: the second one may read it, and not use it while the first one has it.
        history = at_second.result("get_session_history", {"session_id": there})
        assert [entry["args"]["code"] for entry in history] == [f"print({number})" for number in range(MUCH)]
        at_second.send({"type": "get_scene_info", "session_id": there})
        refused = at_second.receive()
        assert refused["code"] == "session_not_found" and str(first.process.pid) in refused["message"], (
            refused
        )
    first.process.kill()
    first.end()
    with Client(second.address) as heir:
        heir.send({"type": "get_scene_info", "session_id": there})
        taken = heir.receive()
        assert taken["status"] == "success" and taken["session_id"] == there, taken
        assert len(heir.result("get_session_history", {"session_id": there})) == MUCH + 1
