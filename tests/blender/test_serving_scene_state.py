"""A session's state follows the scene of a real Blender: it is right once a command has been answered.

In: a headless Blender in a process of its own, commands over connections. Out: a session's `state`.
"""

from __future__ import annotations

import pytest
from wire import Client


@pytest.fixture
def client(blender):
    with Client(blender.address) as client:
        client.result("new_file")
        yield client


def state(client):
    return client.result("get_session_info")["state"]


def scene(client):
    told = state(client)
    return {name: told[name] for name in told if name not in ("last_command", "last_result")}


def test_the_scene_of_a_new_file(client):
    assert scene(client) == {
        "objects": ["Camera", "Cube", "Light"],
        "selection": "Cube",
        "active_object": "Cube",
        "selected_objects": ["Cube"],
        "mode": "OBJECT",
        "frame": 1,
        "file": None,
    }


def test_right_with_the_reply(client, tmp_path):
    client.result("create_object", {"type": "CUBE", "name": "Added"})
    assert state(client)["objects"] == ["Added", "Camera", "Cube", "Light"]
    client.result("modify_object", {"name": "Added", "new_name": "Renamed"})
    assert state(client)["objects"] == ["Camera", "Cube", "Light", "Renamed"]
    client.result("select_objects", {"names": ["Renamed", "Light"]})
    told = state(client)
    assert (
        set(told["selected_objects"]) == {"Light", "Renamed"} and told["selection"] == told["active_object"]
    )
    client.result("delete_object", {"name": "Renamed"})
    assert "Renamed" not in state(client)["objects"]
    client.result(
        "execute_code", {"code": "bpy.ops.mesh.primitive_cone_add(); bpy.context.scene.frame_set(7)"}
    )
    told = state(client)
    assert ("Cone" in told["objects"], told["selection"], told["frame"]) == (True, "Cone", 7)
    client.result("execute_code", {"code": "bpy.ops.object.mode_set(mode='EDIT')"})
    assert state(client)["mode"] == "EDIT"
    client.result("undo", {"steps": 2})
    assert "Cone" not in state(client)["objects"]
    path = str(tmp_path / "saved.blend")
    client.result("save_file", {"filepath": path})
    assert state(client)["file"] == path


def test_code_that_failed_half_way(client):
    client.error(
        "execute_code", {"code": "bpy.data.objects.remove(bpy.data.objects['Light']); raise ValueError"}
    )
    assert state(client)["objects"] == ["Camera", "Cube"]


def test_all_sessions_tell_the_one_scene(blender, client):
    with Client(blender.address) as other:
        client.result("create_object", {"type": "EMPTY", "name": "Of the first"})
        assert "Of the first" in state(other)["objects"]
        other.result("delete_object", {"name": "Of the first"})
        assert scene(client) == scene(other)


def test_a_batch(client):
    commands = [{"type": "create_object", "params": {"type": "EMPTY", "name": name}} for name in "AB"]
    client.result("batch", {"commands": [*commands, "no such command"], "atomic": True})
    assert state(client)["objects"] == ["Camera", "Cube", "Light"]
    client.result("batch", {"commands": commands})
    assert state(client)["objects"] == ["A", "B", "Camera", "Cube", "Light"]
