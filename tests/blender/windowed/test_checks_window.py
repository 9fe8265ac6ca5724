"""Checkpoints and a background Blender, asked for by a client of a Blender with a window."""

import re

import pytest
from blender_window import Client


@pytest.fixture
def client(blender):
    client = Client(blender.connect())
    yield client
    client.close()


def refused(client, type, **params):
    client.send(type, params=params)
    reply = client.reply()
    assert reply["status"] == "error", reply
    return reply["message"]


def test_a_restored_checkpoint_is_not_saved(blender, client, tmp_path):
    path = str(tmp_path / "a.blend")
    client.call("save_file", filepath=path)
    client.call("modify_object", name="Cube", location=[1, 0, 0])
    client.call("checkpoint", name="a")
    blender.until("bpy.data.is_dirty")
    assert "make a checkpoint first" in refused(client, "restore_checkpoint", name="a")
    client.call("save_file")
    blender.until("not bpy.data.is_dirty")
    assert client.call("restore_checkpoint", name="a")["filepath"] == path
    assert blender.order("answer = [bpy.data.filepath, bpy.data.objects['Cube'].location.x]") == [path, 1]
    blender.until("bpy.data.is_dirty")


def test_a_background_blender_leaves_the_window_usable(blender, client):
    other = Client(client.port)
    client.send(
        "run_in_background_blender",
        params={"code": "import time; time.sleep(2); result['a'] = bpy.app.background"},
    )
    turns = 0
    while not client.answered():
        other.call("get_selection")
        turns += 1
    other.close()
    reply = client.reply()
    assert reply["status"] == "success" and reply["result"]["result"] == {"a": True}, reply
    assert turns > 20 and not re.search("Blender quit", reply["result"]["output"])
