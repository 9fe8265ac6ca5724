"""Batches, atomic ones and previews: a real Blender without a window, asked over HTTP."""

import base64
import http.client
import json
import struct

import pytest
from wire import PATIENCE

UNDO_STACK = """
import bpy
from tenon.blender import undo_stack
print([name for _, _, name in undo_stack.steps()])
"""


class Door:
    """One HTTP connection to Blender."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=PATIENCE)

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def post(self, **body):
        status, answer = self.ask("POST", "/mcp", body)
        assert status == 200, answer
        return answer

    def later(self, **body):
        return self.post(**body, **{"async": True})["task_id"]

    def batch(self, *commands, **metadata):
        answer = self.post(type="batch", metadata={"commands": commands, **metadata})
        assert answer["success"] is answer["result"]["success"]
        return answer["result"]

    def python(self, code):
        return self.post(type="execute_code", command=code)["result"]["result"].strip()

    def value(self, expression):
        return json.loads(self.python(f"import json; print(json.dumps({expression}))"))

    def names(self):
        return self.value("sorted(o.name for o in bpy.data.objects)")


@pytest.fixture
def door(blender):
    """A connection of its own, and the default file with nothing to undo."""
    door = Door(blender.address)
    door.post(type="execute_code", command="bpy.ops.wm.read_homefile(use_factory_startup=True)")
    yield door
    door.connection.close()


def create(name, **params):
    return {"type": "create_object", "params": {"type": "CUBE", "name": name, **params}}


def code(text):
    return {"type": "execute_code", "command": text}


def statuses(result):
    return [each["status"] for each in result["results"]]


def undone(door, steps=1):
    return door.post(type="undo", params={"steps": steps})["result"]["steps"]


FAIL = code("raise ValueError('on purpose')")


def test_a_batch_answers_per_command_in_order(door):
    result = door.batch(create("A"), code("print('here')"), "get_scene_info", create("B"))
    assert statuses(result) == ["success"] * 4
    assert [each["command"] for each in result["results"]] == [
        "create_object",
        "execute_code",
        "get_scene_info",
        "create_object",
    ]
    assert result["results"][1]["result"]["result"] == "here\n"
    assert (result["completed"], result["failed"], result["skipped"], result["undone"]) == (4, 0, 0, False)
    assert {"A", "B"} <= set(door.names())
    assert undone(door, 2) == ["create_object", "create_object"], "each mutating command is a step"


def test_stop_or_continue_at_the_first_error(door):
    result = door.batch(create("A"), FAIL, create("B"), "get_scene_info")
    assert statuses(result) == ["success", "error", "skipped", "skipped"]
    assert result["results"][1]["error"]["code"] == "command_failed"
    assert "on purpose" in result["results"][1]["error"]["message"]
    assert "B" not in door.names() and "A" in door.names()
    result = door.batch(
        FAIL,
        "立方体をほげほげ",
        create("C"),
        {"type": "create_object", "params": {"type": "BALL"}},
        create("D"),
        on_error="continue",
    )
    assert statuses(result) == ["error", "error", "success", "error", "success"]
    assert result["results"][1]["error"]["code"] == "not_understood"
    assert "'type'" in result["results"][3]["error"]["message"]
    assert {"C", "D"} <= set(door.names())
    result = door.batch(create("E"), "no_such_command", create("F"))
    assert statuses(result) == ["success", "error", "skipped"]


def test_an_atomic_batch_is_one_step(door):
    before = door.names()
    assert door.batch(create("A"), create("B"), code("bpy.data.objects['A'].location.x = 5"), atomic=True)[
        "success"
    ]
    assert door.value("bpy.data.objects['A'].location.x") == 5
    assert undone(door) == ["batch"]
    assert door.names() == before
    door.post(type="redo")
    assert door.value("bpy.data.objects['A'].location.x") == 5


def test_an_atomic_batch_that_only_reads_is_no_step(door):
    door.post(**create("A"))
    assert door.batch("get_scene_info", code("print(1)"), atomic=True)["success"]
    assert undone(door) == ["create_object"]


@pytest.mark.parametrize("history", [0, 1, 40], ids=["none", "one step", "more than Blender keeps"])
def test_a_failed_atomic_batch_leaves_no_trace(door, history):
    for at in range(history):
        door.post(**create(f"Mine{at}"))
    door.python("bpy.data.objects['Cube']['mine'] = 7")  # what no step holds and Blender does not tell
    before = door.names()
    steps = door.python(UNDO_STACK)
    result = door.batch(
        create("A"),
        {"type": "delete_object", "params": {"name": "Cube"}},
        code("bpy.context.scene.frame_end = 7"),
        code("bpy.ops.ed.undo_push(message='own'); bpy.data.meshes.new('Loose')"),
        FAIL,
        create("B"),
        atomic=True,
    )
    assert statuses(result) == ["success", "success", "success", "success", "error", "skipped"]
    assert (result["success"], result["undone"]) == (False, True)
    assert door.names() == before
    assert door.value("[bpy.context.scene.frame_end, len(bpy.data.meshes)]") == [250, 1 + history]
    assert door.value("bpy.data.objects['Cube']['mine']") == 7
    if history == 1:
        assert "Mine0" in door.names()
        undone_names = undone(door, 2)
        assert undone_names[-1] == "create_object", (undone_names, steps)
        assert "Mine0" not in door.names()


def test_an_atomic_batch_goes_on_after_an_error_only_to_tell_more(door):
    before = door.names()
    result = door.batch(create("A"), FAIL, create("B"), atomic=True, on_error="continue")
    assert (statuses(result), result["undone"]) == (["success", "error", "success"], True)
    assert door.names() == before
    result = door.batch(create("A"), "no_such_command", create("B"), atomic=True, on_error="continue")
    assert (statuses(result), result["undone"]) == (["skipped", "error", "skipped"], False)


@pytest.mark.parametrize("leaving", ["undo", "redo", {"type": "new_file"}])
def test_what_cannot_be_taken_back_is_refused_before_anything_runs(door, leaving):
    status, answer = door.ask(
        "POST", "/mcp", {"type": "batch", "metadata": {"commands": [create("A"), leaving], "atomic": True}}
    )
    assert (status, answer["error"]["code"]) == (400, "invalid_params")
    assert "A" not in door.names()


def test_no_atomic_batch_in_edit_mode(door):
    door.python("bpy.ops.object.mode_set(mode='EDIT')")
    status, answer = door.ask(
        "POST", "/mcp", {"type": "batch", "metadata": {"commands": ["get_scene_info"], "atomic": True}}
    )
    assert status == 422 and "Object Mode" in answer["error"]["message"]


def test_a_failed_atomic_batch_that_left_object_mode(door):
    result = door.batch(create("A"), code("bpy.ops.object.mode_set(mode='EDIT')"), FAIL, atomic=True)
    assert result["undone"]
    assert door.value("[bpy.context.mode, 'A' in bpy.data.objects]") == ["OBJECT", False]


def test_a_cancelled_batch(door, blender):
    before = door.names()
    for atomic in (False, True):
        told = "import tenon_api\ntenon_api.progress(0.5, 'endless')\nwhile True: pass"
        endless = [create("A"), code(told), create("B")]
        task = door.post(type="batch", metadata={"commands": endless, "atomic": atomic}, **{"async": True})[
            "task_id"
        ]
        other = Door(blender.address)
        # Until the first has its step, and the second runs.
        while (other.ask("GET", f"/mcp/task/{task}")[1]["progress"] or {}).get("message") != "endless":
            pass
        assert other.ask("DELETE", f"/mcp/task/{task}")[0] == 200
        ended = other.ask("GET", f"/mcp/task/{task}?wait=30")[1]
        assert (ended["status"], ended["error"]["code"]) == ("cancelled", "cancelled")
        assert ("A" in door.names()) is not atomic
        if not atomic:
            undone(door)
    assert door.names() == before


STOPPED_BEFORE_ITS_STEP = """
import bpy, tenon_api
from tenon._native import Cancelled

def stopped():
    bpy.data.objects.new("Halfway", None)
    bpy.context.collection.objects.link(bpy.data.objects["Halfway"])
    raise Cancelled()  # as the watchdog does, in the very instant between the change and its step

tenon_api.register_command(stopped)
"""


@pytest.mark.parametrize("body", [
    {"type": "stopped"},
    {"type": "batch", "metadata": {"commands": [create("Whole"), "stopped", create("Never")]}},
    {"type": "stopped", "metadata": {"preview": True}},
])  # fmt: skip
def test_what_a_command_changed_before_it_was_stopped_is_a_step(door, body):
    before = door.names()
    door.python(STOPPED_BEFORE_ITS_STEP)
    status, answer = door.ask("POST", "/mcp", body)
    assert (status, answer["error"]["code"]) == (409, "cancelled")
    assert "Halfway" in door.names() and "Never" not in door.names()
    undone(door)
    assert "Halfway" not in door.names()
    if body["type"] == "batch":
        assert "Whole" in door.names()
        undone(door)
    assert door.names() == before


def test_a_thousand_commands_with_progress_and_a_cancel_in_between(door, blender):
    result = door.batch(*[create(f"N{at}") for at in range(1000)], atomic=True)
    assert result["completed"] == 1000
    assert undone(door) == ["batch"]
    status, answer = door.ask(
        "POST", "/mcp", {"type": "batch", "metadata": {"commands": ["get_scene_info"] * 1001}}
    )
    assert (status, answer["error"]["code"]) == (400, "invalid_params")
    slow = [code("import time; time.sleep(0.01)")] * 1000
    task = door.later(type="batch", metadata={"commands": slow})
    other = Door(blender.address)
    while not (other.ask("GET", f"/mcp/task/{task}")[1]["progress"] or {}).get("fraction"):
        pass
    assert other.python("print('between')") == "between", "others have their turn"
    other.ask("DELETE", f"/mcp/task/{task}")
    ended = other.ask("GET", f"/mcp/task/{task}?wait=30")[1]
    assert ended["status"] == "cancelled" and 0 < ended["progress"]["fraction"] < 1


def test_items_that_are_generators_and_items_that_misbehave(door):
    waits = (
        "count = [0]\n"
        "def check_is_finished():\n"
        "    count[0] += 1\n"
        "    return {'turns': count[0]} if count[0] == 3 else None\n"
    )
    result = door.batch(
        {"type": "execute", "params": {"code": waits}},
        code("import sys; sys.exit(3)"),
        code("import sys, io; sys.__dict__['stdout'] = io.StringIO()"),
        {"type": "execute", "params": {"code": "result = 5"}},
        code("print('still heard')"),
        on_error="continue",
    )
    assert statuses(result) == ["success", "error", "success", "error", "success"]
    assert result["results"][0]["result"]["result"] == {"turns": 3}
    assert "result must be a dict" in result["results"][3]["error"]["message"]
    assert result["results"][4]["result"]["result"] == "still heard\n"


def test_commands_that_others_registered(door):
    door.python(
        "from tenon.bridge import bridge\n"
        "def double(x):\n"
        "    return {'doubled': 2 * x}\n"
        'schema = \'{"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}\'\n'
        "bridge.register('other.double', double, schema=schema, aliases=['twice'])"
    )
    result = door.batch(
        {"type": "twice", "params": {"x": 21}}, {"type": "other.double", "params": {"x": "no"}}
    )
    assert result["results"][0] == {"command": "other.double", "status": "success", "result": {"doubled": 42}}
    assert result["results"][1]["error"]["code"] == "invalid_params"


def picture_size(text):
    data = base64.b64decode(text)
    assert data.startswith(b"\x89PNG\r\n")
    return struct.unpack(">II", data[16:24])


def test_a_preview_of_one_command_and_of_a_batch(door):
    preview = {"preview": True}
    done = door.post(**create("A"), metadata=preview)
    assert done["result"]["name"] == "A" and max(picture_size(done["preview"])) == 256
    assert undone(door) == ["create_object"]
    task = door.later(**create("A"), metadata=preview)
    result = door.ask("GET", f"/mcp/task/{task}?wait=30")[1]["result"]
    assert result["success"] and result["result"]["name"] == "A" and picture_size(result["preview"])
    metadata = {"commands": [create("B"), FAIL], "atomic": True, **preview}
    batch = door.post(type="batch", metadata=metadata)
    assert (batch["success"], batch["result"]["undone"]) == (False, True)
    assert picture_size(batch["preview"])
    status, answer = door.ask("POST", "/mcp", {**FAIL, "metadata": preview})
    assert status == 422 and "on purpose" in answer["error"]["message"]


def test_the_users_sentences_are_items_of_a_batch(door):
    before = door.names()
    result = door.batch(
        {"command": "赤い立方体を作成", "type": "execute"}, "球体を(1,0,0)に作成", on_error="stop"
    )
    assert result["success"], result
    made = [item["result"]["names"][0] for item in result["results"]]
    assert door.names() == sorted([*before, *made])
    assert door.value(f"list(bpy.data.objects[{made[1]!r}].location)") == [1, 0, 0]
    failed = door.batch("make a cone", "make a dodecahedron", atomic=True)
    assert failed["results"][1]["error"]["code"] == "not_understood"
    assert door.names() == sorted([*before, *made]), "the cone was taken back"


@pytest.mark.parametrize("preview", [False, True])
def test_a_plan_alone_does_nothing_wherever_it_is_asked_for(door, preview):
    before = door.names()
    sentence = {"type": "do", "params": {"text": "make a red cube", "dry_run": True}}
    if preview:
        plan = door.post(**sentence, metadata={"preview": True})["result"]
    else:
        plan = door.batch(sentence)["results"][0]["result"]
    assert plan["dry_run"] is True
    assert [step["command"] for step in plan["steps"]] == ["create_object"]
    assert door.names() == before
