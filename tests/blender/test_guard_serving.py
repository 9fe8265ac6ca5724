"""*Python Code* on *Safe*, in a Blender that serves: what runs, what is refused, what clients are told."""

from __future__ import annotations

import pytest
from wire import Client

SAFE = "cube = bpy.data.objects['Cube']\ncube.location.x = 2.0\nprint(cube.location.x)"
UNSAFE = "import os\nprint(os.listdir('/'))"
OPENING = "file = open('/etc/hostname')"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    from headless import Headless

    with Headless(tmp_path_factory.mktemp("user"), TENON_ALLOW_CODE="safe") as blender:
        yield blender


@pytest.fixture
def client(guarded):
    with Client(guarded.address) as client:
        yield client


def test_code_that_keeps_to_the_scene_runs(client):
    assert client.result("execute_code", {"code": SAFE})["result"] == "2.0\n"
    assert client.result("execute", {"code": "result['n'] = len(bpy.data.objects)"})["result"]["n"] == 3
    assert client.result("python.execute", {"code": "__result__ = 1 + 1"})["result"] == 2
    told = client.result("get_object_info", {"name": "Cube"})
    assert told["location"][0] == 2.0


@pytest.mark.parametrize("code", [UNSAFE, OPENING])
@pytest.mark.parametrize(
    "command", ["execute_code", "execute", "python.execute", "run_in_background_blender"]
)
def test_other_code_is_refused_and_says_what_to_do(client, command, code):
    reply = client.ask(command, {"code": code})
    assert reply["code"] == "blocked", reply
    assert reply["found"] in ("os", "open") and "Python Code" in reply["message"], reply
    assert reply["line"] == 1


def test_names_that_an_earlier_call_left_are_known(client):
    assert client.result(
        "execute_code", {"code": "kept = bpy.data.objects\nimport math as m", "persist": True}
    )
    again = {"code": "print(len(kept) > 0, m.floor(1.5))", "persist": True}
    assert client.result("execute_code", again)["result"] == "True 1\n"
    assert client.ask("execute_code", {"code": "ops = bpy.ops", "persist": True})["status"] == "success"
    refused = client.ask("execute_code", {"code": "ops.wm.quit_blender()", "persist": True})
    assert refused["code"] == "blocked", refused


def test_a_script_file_is_looked_at_too(client, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNSAFE)
    assert client.ask("python.execute", {"script_path": str(script)})["code"] == "blocked"
    script.write_text("__result__ = len(bpy.data.meshes)")
    assert client.result("python.execute", {"script_path": str(script)})["result"] == 1


def test_a_part_of_a_batch_is_refused_alone(client):
    items = [{"type": "execute_code", "params": {"code": code}} for code in (SAFE, UNSAFE)]
    results = client.result("batch", {"commands": items})["results"]
    assert "error" not in results[0], results
    assert results[1]["error"]["code"] == "blocked"


def test_text_that_is_no_code_is_told_as_ever(client):
    reply = client.ask("execute_code", {"code": "print("})
    assert reply["code"] == "command_failed" and "SyntaxError" in reply["message"]


def test_the_status_and_the_channel_tell(client):
    assert client.result("get_server_status")["python_code"] == "safe"
    assert client.ask("execute_code", {"code": UNSAFE})["code"] == "blocked"
    last = client.result("get_server_status")["last_error"]
    assert last["code"] == "blocked" and "os" in last["message"]
