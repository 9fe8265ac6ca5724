"""Code that misbehaves in a headless Blender, over real sockets: always a reply, Blender well afterwards."""

from __future__ import annotations

import json
import time

import pytest
from wire import Client

BOUND = 2.0  # seconds; a script must end 0.1 s after it was asked to, on a machine that is not busy


@pytest.fixture
def client(blender):
    """A connection, and the proof afterwards that Blender is as it should be."""
    with Client(blender.address) as client:
        yield client
    with Client(blender.address) as after:
        assert printed(after, "print(sorted(each.name for each in bpy.data.objects))").startswith("['Camera'")
        assert printed(after, "import sys; print(type(sys.stdout).__name__)") == "Output\n"
        assert after.execute("result['frames'] = __import__('sys').getrecursionlimit()")["result"] == {
            "frames": 1000
        }


@pytest.fixture
def other(blender):
    with Client(blender.address) as client:
        yield client


def printed(client, source):
    return client.result("execute_code", {"code": source})["result"]


def failure(client, source, **top):
    code, message = client.error("execute_code", {"code": source}, **top)
    assert code == "command_failed", message
    return json.loads(message)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("raise ValueError('x')", "ValueError"),
        ("import sys; sys.exit(1)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def f(): f()\nf()", "RecursionError"),
        ("class A:\n  def __getattr__(self, name): return self.other\nA().x", "RecursionError"),
        ("x = (", "SyntaxError"),
        ("import sys; sys.stdout = sys.stderr = None; 1 / 0", "ZeroDivisionError"),
        ("import sys; sys.stdout.close(); print('on'); 1 / 0", "ZeroDivisionError"),
        ("raise BaseExceptionGroup('many', [KeyboardInterrupt(), ValueError()])", "BaseExceptionGroup"),
        ("bpy.ops.mesh.primitive_cube_add(size='big')", "TypeError"),
    ],
)
def test_what_code_raises_is_told(client, source, kind):
    told = failure(client, source)
    assert told["exception_type"] == kind and kind in told["traceback"]


def test_sys_exit_ends_nothing_but_the_code_in_every_dialect(client):
    leave = "import sys; sys.exit('leaving')"
    assert "SystemExit: leaving" in client.execute(leave)["message"]
    assert "SystemExit: leaving" in client.line("python.execute", {"code": leave})["error"]
    assert failure(client, leave)["message"] == "leaving"


def test_fifty_megabytes_of_output_arrive(client):
    begin = time.perf_counter()
    text = printed(client, "line = 'é' * 99 + 'x'\nfor _ in range(250_000): print(line)")
    print(f"50 MB printed and received in {time.perf_counter() - begin:.2f} s")
    assert len(text.encode()) == 250_000 * 200
    assert text.endswith("éx\n")


def test_more_output_than_the_limit_is_cut_and_said_so(client):
    text = printed(client, "chunk = 'x' * 2**20\nfor _ in range(70): print(chunk, end='')")
    assert "cut at 67,108,864 characters; 6,291,456 more were printed" in text[-200:]


def test_a_time_limit_ends_an_endless_loop(client):
    begin = time.perf_counter()
    reply = client.ask("execute_code", {"code": "while True: pass"}, timeout=0.2)
    assert (reply["code"], reply["message"]) == ("timeout", "Timeout waiting for Blender response (0.2 s)")
    assert client.task(reply["task_id"])["status"] == "failed"
    taken = time.perf_counter() - begin - 0.2
    print(f"ended {taken * 1000:.0f} ms after its time limit")
    assert taken < BOUND


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "while True:\n  try:\n    while True: pass\n  except Exception: pass",
        "n = 0\nwhile n < 5:\n  try:\n    while True: pass\n  except BaseException: n += 1\nwhile True: pass",
        "for _ in iter(int, 1): bpy.context.view_layer.update()",
        "def check_is_finished():\n  while True: pass",
    ],
    ids=["pass", "except Exception", "except BaseException", "bpy", "check_is_finished"],
)
def test_cancelling_from_another_connection_ends_an_endless_loop(client, other, source):
    name = "execute" if "check" in source else "execute_code"
    client.send({"type": name, "params": {"code": source}})
    task_id = other.running(name)["task_id"]
    begin = time.perf_counter()
    assert other.result("cancel_task", {"task_id": task_id})["status"] == "cancelling"
    assert client.receive()["code"] == "cancelled"
    assert other.task(task_id)["status"] == "cancelled"
    taken = time.perf_counter() - begin
    print(f"ended {taken * 1000:.0f} ms after cancel_task")
    assert taken < BOUND


def test_what_json_cannot_hold(client):
    source = (
        "import math, mathutils\n"
        "ring = []; ring.append(ring)\n"
        "color = bpy.data.materials['Material'].diffuse_color\n"
        "result.update(nan=math.nan, data=b'\\x00', items={1}, ring=ring, none=None, color=color,\n"
        "  objects=bpy.data.objects[:1], vector=mathutils.Vector((1, 2, 3)))\n"
    )
    reply = client.execute(source)
    assert reply["status"] == "ok", reply
    assert reply["result"] == {
        "nan": "nan",
        "data": "b'\\x00'",
        "objects": ["bpy.data.objects['Camera']"],
        "vector": "Vector((1.0, 2.0, 3.0))",
        "items": "{1}",
        "ring": ["[...]"],
        "color": "bpy.data.materials['Material'].diffuse_color",
        "none": None,
    }


def test_an_object_that_blender_has_freed(client):
    source = "o = bpy.data.objects.new('Gone', None)\nbpy.data.objects.remove(o)\nresult['o'] = o"
    reply = client.execute(source)
    assert reply["status"] == "ok" and isinstance(reply["result"]["o"], str)
    assert failure(client, source.replace("result['o'] = o", "o.name"))["exception_type"] == "ReferenceError"


def test_code_that_loads_files_and_undoes_keeps_the_server(client):
    for _ in range(5):
        printed(client, "bpy.ops.wm.read_homefile(use_factory_startup=True)")
        printed(client, "bpy.ops.ed.undo_push(message='x'); bpy.ops.ed.undo()")
    assert client.result("get_scene_info")["object_count"] == 3


def test_a_client_that_leaves_in_the_middle(blender, other):
    with Client(blender.address) as leaving:
        leaving.send({"type": "execute_code", "params": {"code": "while 'Go' not in bpy.data.objects: pass"}})
        task_id = other.running("execute_code")["task_id"]
        leaving.send({"type": "execute_code", "params": {"code": "print(1)"}})
    other.result("cancel_task", {"task_id": task_id})
    assert other.task(task_id)["status"] == "cancelled"
    assert printed(other, "print('served')") == "served\n"


TROUBLES = {
    "print": "import sys; print('seen', file=sys.stderr)",
    "print_exc": "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.print_exc()",
    "logging": "import logging; logging.warning('seen')",
    "logger": "import logging; logging.getLogger('mine').error('seen')",
    "warnings": "import warnings; warnings.warn('seen')",
    "handler": "bpy.app.handlers.depsgraph_update_post.append(lambda *_: 1 / 0)\n"
    "bpy.data.objects['Cube'].location.x += 1; bpy.context.view_layer.update()\n"
    "bpy.app.handlers.depsgraph_update_post.pop()",
}


@pytest.mark.parametrize("source", TROUBLES.values(), ids=TROUBLES.keys())
def test_what_code_warns_of_comes_back_apart_from_what_it_prints_in_every_dialect(client, source):
    source += "\nprint('said')"
    wanted = "ZeroDivisionError" if "1 / 0" in source else "seen"
    for _ in range(2):  # a handler or a registry that the first call leaves must not swallow the second's
        plain = client.result("execute_code", {"code": source})
        lab = client.execute(source)
        line = client.line("python.execute", {"code": source})["result"]
        batch = client.result("batch", {"commands": [{"type": "execute_code", "command": source}] * 2})
        for told in (lab, line):
            assert told["stdout"] == "said\n" and wanted in told["stderr"], told
        for told in (plain, *(each["result"] for each in batch["results"])):
            assert told["result"] == "said\n" and wanted in told["stderr"], told


def test_a_session_that_keeps_its_names_is_warned_each_time(client):
    for _ in range(2):
        told = client.result("execute_code", {"code": TROUBLES["warnings"], "persist": True})
        assert "seen" in told["stderr"]


def test_what_failing_code_warned_of_comes_with_the_error(client):
    reply = client.ask("execute_code", {"code": f"print('said')\n{TROUBLES['print']}; 1 / 0"})
    assert (reply["status"], reply["stdout"], reply["stderr"]) == ("error", "said\n", "seen\n")


def test_a_logging_handler_that_code_leaves_follows_the_call_that_runs(client):
    set_up = "import logging; logging.basicConfig(force=True); logging.warning('first')"
    assert client.result("execute_code", {"code": set_up})["stderr"] == "WARNING:root:first\n"
    told = client.result("execute_code", {"code": "import logging; logging.warning('second')"})
    assert told["stderr"] == "WARNING:root:second\n"
    assert "stderr" not in client.result("execute_code", {"code": "pass"})


def test_a_handler_on_the_console_is_heard_too(client, blender):
    source = "import logging, sys; logging.basicConfig(force=True, stream=sys.__stderr__)"
    client.result("execute_code", {"code": source})
    told = client.result("execute_code", {"code": "import logging; logging.error('to me')"})
    assert told["stderr"] == "ERROR:root:to me\n" and not any("to me" in line for line in blender.output)
    client.result("execute_code", {"code": "import logging; logging.root.handlers.clear()"})


def test_warnings_are_bounded_like_the_rest(client):
    told = client.result(
        "execute_code", {"code": "import sys; print('x' * 100, file=sys.stderr)", "max_output": 10}
    )
    assert told["stderr"] == "x" * 10 + "\n[cut at 10 characters; 91 more were printed]\n"
