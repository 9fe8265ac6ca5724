"""A headless Blender serves real clients: V1 commands in their exact shapes, dialects, sessions, tasks, undo.

One Blender for the whole file; each test begins with the start-up file.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import threading

import pytest
from wire import Client

LIBRARIES = ("polyhaven", "sketchfab", "hyper3d", "hunyuan3d", "polypizza", "meshy", "tripo")


@pytest.fixture
def client(blender):
    with Client(blender.address) as client:
        client.result("execute_code", {"code": "bpy.ops.wm.read_homefile(use_factory_startup=True)"})
        yield client


@pytest.fixture
def other(blender):
    with Client(blender.address) as client:
        yield client


def code(client, text, **params):
    """What code that must succeed prints."""
    result = client.result("execute_code", {"code": text, **params})
    assert result.keys() - {"changes"} == {"executed", "result"} and result["executed"] is True
    return result["result"]


# ---- V1 ----


def test_ping_and_the_envelope(client):
    reply = client.ask("ping")
    assert reply.keys() == {"status", "result", "session_id"} and reply["status"] == "success"
    assert re.fullmatch(r"blender-\d{8}-\d{6}-[0-9a-f]{8}", reply["session_id"])
    assert reply["result"]["pong"] is True
    assert client.delimiter == b"\n"


def test_get_addon_info(client):
    info = client.result("get_addon_info")
    assert {"name", "addon_version", "protocol_version", "capabilities", "blender_version"} <= info.keys()
    assert info["name"] == "Tenon" and info["addon_version"] == [0, 1, 0]
    assert info["blender_version"] == code(client, "print(bpy.app.version_string)").strip()
    assert {"execute_code", "get_scene_info", "export_scene"} <= set(info["capabilities"])


def test_get_scene_info_stops_at_ten_and_pages_through_all(client):
    scene = client.result("get_scene_info")
    assert scene.keys() == {"name", "object_count", "objects", "materials_count"}
    assert (scene["name"], scene["object_count"]) == ("Scene", 3)
    cube = next(each for each in scene["objects"] if each["name"] == "Cube")
    assert cube == {"name": "Cube", "type": "MESH", "location": [0, 0, 0]}
    code(
        client, "for n in range(22): bpy.context.collection.objects.link(bpy.data.objects.new(f'E{n}', None))"
    )
    assert len(client.result("get_scene_info")["objects"]) == 10
    pages = [client.result("get_scene_info", {"limit": 10, "offset": at})["objects"] for at in (0, 10, 20)]
    names = [each["name"] for page in pages for each in page]
    assert len(names) == len(set(names)) == client.result("get_scene_info")["object_count"] == 25


def test_get_object_info(client):
    assert client.result("get_object_info", {"name": "Cube"}) == {
        "name": "Cube",
        "type": "MESH",
        "location": [0, 0, 0],
        "rotation": [0, 0, 0],
        "scale": [1, 1, 1],
        "visible": True,
        "materials": ["Material"],
        "world_bounding_box": [[-1, -1, -1], [1, 1, 1]],
        "mesh": {"vertices": 8, "edges": 12, "polygons": 6},
    }
    assert "mesh" not in client.result("get_object_info", {"name": "Light"})
    assert client.error("get_object_info", {"name": "X"}) == ("command_failed", "Object not found: X")
    assert client.error("get_object_info")[0] == "invalid_params"


def test_execute_code(client):
    assert code(client, "print('é', len(bpy.data.objects))") == "é 3\n"
    kind, message = client.error("execute_code", {"code": "x = 1\n\n1 / 0"})
    failure = json.loads(message)
    assert kind == "command_failed" and failure.keys() == {"exception_type", "message", "traceback"}
    assert (failure["exception_type"], failure["message"]) == ("ZeroDivisionError", "division by zero")
    assert "line 3, in <module>" in failure["traceback"]


def test_get_viewport_screenshot(client, tmp_path):
    for extension, begins in (("png", b"\x89PNG"), ("jpg", b"\xff\xd8\xff")):
        path = tmp_path / f"view.{extension}"
        params = {"max_size": 64, "filepath": str(path), "format": extension}
        result = client.result("get_viewport_screenshot", params)
        assert (result["success"], result["filepath"]) == (True, str(path))
        assert max(result["width"], result["height"]) == 64
        assert path.read_bytes().startswith(begins)
    inline = base64.b64decode(client.result("get_viewport_screenshot", {"max_size": 64})["image"])
    assert struct.unpack(">II", inline[16:24])[0] == 64


def test_list_scene_items(client):
    found = client.result("list_scene_items", {"query": "cu", "limit": 2})
    assert found == {"items": [{"kind": "object", "name": "Cube", "detail": "Mesh object"}], "total": 1}
    assert len(client.result("list_scene_items", {"limit": 2})["items"]) == 2


def test_export_scene(client, tmp_path):
    path = tmp_path / "out" / "cube.obj"
    result = client.result(
        "export_scene",
        {"filepath": str(path), "format": "obj", "object_names": ["Cube"], "apply_modifiers": True},
    )
    assert result == {
        "path": str(path),
        "bytes": path.stat().st_size,
        "format": "obj",
        "selection_only": True,
        "exported": ["Cube"],
    }
    assert path.read_text().count("\nv ") == 8


def test_the_questions_that_assistants_ask_at_their_start(client):
    for library in LIBRARIES:
        status = client.result(f"get_{library}_status")
        assert status.keys() == {"enabled", "message"} and status["enabled"] is False
    assert client.result("get_telemetry_consent") == {"consent": False}


# ---- dialects ----


def test_dialect_b(client):
    source = "import bpy\nresult={'n':len(bpy.data.objects)}\nprint('hi')"
    assert client.execute(source, strict_json=True) == {"status": "ok", "result": {"n": 3}, "stdout": "hi\n"}
    assert client.delimiter == b"\0"
    assert client.execute("pass") == {"status": "ok", "result": {}}
    assert client.execute("result = {'o': bpy.data.objects['Cube']}")["result"] == {
        "o": "bpy.data.objects['Cube']"
    }
    refused = client.execute("result = {'o': {1}}", strict_json=True)
    assert refused["status"] == "error" and "result['o']: set" in refused["message"]
    wrong = client.execute("result = [1]")
    assert wrong["status"] == "error" and "list" in wrong["message"]
    failed = client.execute("print('so far')\n1 / 0")
    assert (failed["status"], failed["stdout"]) == ("error", "so far\n")
    assert failed["message"].startswith("Traceback") and "stderr" not in failed


def test_dialect_b_waits_for_what_is_not_finished(client, other):
    client.send(
        {
            "type": "execute",
            "strict_json": True,
            "code": "def check_is_finished():\n"
            "    return {'late': True} if 'Signal' in bpy.data.objects else None",
        },
        end=b"\0",
    )
    other.until("get_server_status", lambda status: status["queue"]["suspended"] == 1)
    code(other, "bpy.context.collection.objects.link(bpy.data.objects.new('Signal', None))")
    assert client.receive() == {"status": "ok", "result": {"late": True}}


def test_dialect_c(client):
    made = client.line("object.create", {"type": "CUBE", "name": "Box"}, id="1")
    assert (made["id"], made["success"], made["result"]["name"]) == ("1", True, "Box")
    assert client.delimiter == b"\n"
    failed = client.line("object.delete", {"name": "X"}, id=[2])
    assert failed == {"id": [2], "success": False, "error": "Object not found: X", "code": "command_failed"}
    assert client.line("no.such", id=None)["code"] == "unknown_command"


def test_replies_keep_the_order_of_mixed_requests(client):
    for number in range(100):
        client.send({"type": "execute_code", "id": number, "params": {"code": f"print({number})"}})
        client.send({"type": "ping", "id": f"ping {number}"})
        client.send({"id": f"line {number}", "command": "get_selection", "params": {}})
    for number in range(100):
        assert client.receive()["result"]["result"] == f"{number}\n"
        assert [client.receive()["id"] for _ in range(2)] == [f"ping {number}", f"line {number}"]


# ---- sessions and tasks ----


def test_a_session_has_a_lasting_namespace_of_its_own(client, other):
    code(client, "kept = 41", persist=True)
    assert code(client, "kept += 1; print(kept)", persist=True) == "42\n"
    assert json.loads(client.error("execute_code", {"code": "kept"})[1])["exception_type"] == "NameError"
    assert "NameError" in other.error("execute_code", {"code": "kept", "persist": True})[1]
    session = client.ask("ping")["session_id"]
    answer = other.ask("execute_code", {"code": "print(kept)", "persist": True, "session_id": session})
    assert (answer["result"]["result"], answer["session_id"]) == ("42\n", session)


def test_an_asynchronous_command_is_fetched_later(client, other):
    task_id = client.begin("execute_code", {"code": "print('later')"})
    task = other.task(task_id)
    assert task["result"] == {"executed": True, "result": "later\n"}
    assert {"id": task_id, "status": "completed", "type": "execute_code"}.items() <= task.items()
    failed = other.task(client.begin("get_object_info", {"name": "X"}))
    assert (failed["status"], failed["error"]["message"]) == ("failed", "Object not found: X")
    assert client.error("get_object_info", {}, **{"async": True})[0] == "invalid_params"


# ---- undo ----


def test_each_change_is_exactly_one_step(client):
    client.result("create_object", {"type": "SPHERE", "name": "Ball"})
    client.result("modify_object", {"name": "Ball", "location": [1, 2, 3]})
    code(client, "bpy.data.objects['Ball'].scale = (2, 2, 2)")
    client.result("get_scene_info")  # changes nothing, so it is no step
    code(client, "print(len(bpy.data.objects))")
    client.execute("result['n'] = len(bpy.data.objects)")

    def ball():
        info = client.result("get_object_info", {"name": "Ball"})
        return info["location"], info["scale"]

    assert ball() == ([1, 2, 3], [2, 2, 2])
    assert client.result("undo")["steps"] == ["execute_code"]
    assert ball() == ([1, 2, 3], [1, 1, 1])
    assert client.result("undo")["steps"] == ["modify_object"]
    assert ball() == ([0, 0, 0], [1, 1, 1])
    assert client.result("undo")["steps"] == ["create_object"]
    assert client.error("get_object_info", {"name": "Ball"})[1] == "Object not found: Ball"
    for step in ("create_object", "modify_object", "execute_code"):
        assert client.result("redo")["steps"] == [step]
    assert ball() == ([1, 2, 3], [2, 2, 2])


def test_a_command_that_fails_is_no_step(client):
    client.result("create_object", {"type": "CUBE", "name": "Box"})
    client.error("modify_object", {"name": "X", "location": [0, 0, 1]})
    client.error("execute_code", {"code": "1 / 0"})
    assert client.result("undo")["steps"] == ["create_object"]


# ---- renders ----


@pytest.mark.parametrize(
    "engine", [{"engine": "CYCLES", "samples": 1}, {"engine": "WORKBENCH"}], ids=["cycles", "workbench"]
)
def test_a_render_is_a_picture_while_others_are_answered(client, other, tmp_path, engine):
    """Without a window a render holds the main thread; what is answered natively does not wait for it."""
    path = tmp_path / "picture.png"
    client.send(
        {
            "type": "render_image",
            "params": {"filepath": str(path), "resolution_x": 64, "resolution_y": 48} | engine,
        }
    )
    answered = threading.Event()

    def ask_on():
        while not answered.is_set():
            other.result("ping")

    asking = threading.Thread(target=ask_on)
    asking.start()
    reply = client.receive()
    answered.set()
    asking.join()
    assert reply["status"] == "success", reply
    assert (reply["result"]["width"], reply["result"]["height"]) == (64, 48)
    assert struct.unpack(">II", path.read_bytes()[16:24]) == (64, 48)
    assert client.result("get_scene_info")["object_count"] == 3
