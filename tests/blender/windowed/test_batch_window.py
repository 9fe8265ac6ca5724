"""Batches and previews in a windowed Blender, where a user works meanwhile.

In: requests of the task API, the user's own steps. Out: what the scene and the undo steps then are. Test
process.
"""

import base64
import http.client
import json

import pytest
from blender_window import PATIENCE


@pytest.fixture
def post(blender):
    connection = http.client.HTTPConnection("localhost", blender.connect(), timeout=PATIENCE)

    def post(**body):
        connection.request("POST", "/mcp", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        return body

    yield post
    connection.close()


def create(name):
    return {"type": "create_object", "params": {"type": "CUBE", "name": name}}


FAIL = {"type": "execute_code", "command": "bpy.data.objects['Cube'].location.x = 9\nraise ValueError"}


def objects(blender):
    return set(blender.order("answer = list(bpy.data.objects.keys())"))


def test_a_failed_atomic_batch_leaves_the_users_steps(blender, post):
    blender.order("bpy.ops.object.empty_add(); bpy.ops.ed.undo_push(message='My empty')")
    before = objects(blender)
    metadata = {"commands": [create("A"), create("B"), FAIL], "atomic": True}
    assert post(type="batch", metadata=metadata)["result"]["undone"]
    assert objects(blender) == before
    assert blender.order("answer = bpy.data.objects['Cube'].location.x") == 0
    assert post(type="undo")["result"]["steps"] == ["My empty"]
    assert objects(blender) == before - {"Empty"}


def test_an_atomic_batch_is_one_step_of_the_users(blender, post):
    before = objects(blender)
    assert post(type="batch", metadata={"commands": [create("A"), create("B")], "atomic": True})["success"]
    assert objects(blender) == before | {"A", "B"}
    assert post(type="undo")["result"]["steps"] == ["batch"]
    assert objects(blender) == before
    post(type="redo")
    assert objects(blender) == before | {"A", "B"}


def test_a_long_batch_leaves_blender_its_turns(blender, post):
    blender.order(
        "turns = []\ndef turn():\n    turns.append(1)\n    return 0.0\nbpy.app.timers.register(turn)"
    )
    slow = {"type": "execute_code", "command": "import time; time.sleep(0.01)"}
    blender.order("turns.clear()")
    assert post(type="batch", metadata={"commands": [slow] * 50})["result"]["completed"] == 50
    assert blender.order("answer = len(turns)") >= 40


def test_a_preview_is_of_the_view(post):
    done = post(**create("A"), metadata={"preview": True})
    assert base64.b64decode(done["preview"]).startswith(b"\x89PNG") and done["result"]["name"] == "A"
