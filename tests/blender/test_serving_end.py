"""How a headless Blender begins and ends: signals, idle and busy; ends from inside; a port in use; a file."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest
from headless import Headless
from wire import PATIENCE, Client

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)


@pytest.fixture
def start(tmp_path):
    """Starts Blenders that do not outlive the test."""
    started = []

    def one(**words):
        started.append(Headless(tmp_path / "user", **words))
        return started[-1]

    yield one
    for blender in started:
        blender.__exit__()


def ended_well(blender):
    """Stopped, said so, left nothing but its own lines."""
    assert blender.end() == 0, blender.output
    assert blender.output[-1] == "Tenon server stopped"
    assert not [line for line in blender.output if "Traceback" in line or "Error" in line]
    return True


@posix
@SIGNALS
def test_a_signal_ends_it_at_once_after_its_line(start, number):
    blender = start()
    blender.process.send_signal(number)
    assert ended_well(blender)


@posix
@SIGNALS
@pytest.mark.parametrize(
    "source",
    ["while True: pass", "while True:\n  try:\n    while True: pass\n  except Exception: pass"],
    ids=["in a loop", "in a loop that catches"],
)
def test_a_signal_ends_it_while_code_runs_and_everyone_is_told(start, number, source):
    blender = start()
    with Client(blender.address) as busy, Client(blender.address) as waits, Client(blender.address) as idle:
        busy.send({"type": "execute_code", "params": {"code": source}})
        idle.running("execute_code")
        waits.send({"type": "get_scene_info"})
        idle.until("get_server_status", lambda status: status["queue"]["waiting"] == 1)
        blender.process.send_signal(number)
        assert [busy.receive()["code"], waits.receive()["code"]] == ["shutting_down"] * 2
        assert busy.closed() and waits.closed() and idle.closed()
    assert ended_well(blender)


@posix
def test_what_is_suspended_is_ended_in_order(start, tmp_path):
    blender = start()
    mark = tmp_path / "put back"
    source = f"""
class Finished:
    def __call__(self): return None
    def __del__(self): open({str(mark)!r}, 'w').close()
check_is_finished = Finished()
"""
    with Client(blender.address) as client, Client(blender.address) as other:
        client.send({"type": "execute", "code": source, "strict_json": False}, end=b"\0")
        other.until("get_server_status", lambda status: status["queue"]["suspended"] == 1)
        blender.process.terminate()
        assert client.receive()["code"] == "shutting_down"
        assert ended_well(blender)
    assert mark.exists()


def test_code_that_ends_the_process(start):
    blender = start()
    with Client(blender.address) as client:
        client.send({"type": "execute_code", "params": {"code": "import os; os._exit(0)"}})
        assert client.closed()
    assert blender.end() == 0


def test_quitting_blender_needs_a_window(start):
    """Blender leaves that to a main loop which does not run here; clients go on being served."""
    blender = start()
    with Client(blender.address) as client:
        client.result("execute_code", {"code": "bpy.ops.wm.quit_blender()"})
        assert client.result("get_scene_info")["object_count"] == 3


@pytest.mark.parametrize(
    "source",
    [
        "import addon_utils; addon_utils.disable('tenon')",
        "from tenon.bridge import bridge; bridge.request_stop()",
    ],
    ids=["disabled", "request_stop"],
)
def test_code_that_ends_the_server_ends_the_process_well(start, source):
    blender = start()
    with Client(blender.address) as client, Client(blender.address) as other:
        other.result("ping")
        client.send({"type": "execute_code", "params": {"code": source}})
        assert client.receive()["code"] == "shutting_down"
        assert client.closed() and other.closed()
    assert ended_well(blender)


def test_a_port_in_use_is_told_with_its_number(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        blender = start(port=port)
        assert blender.end() == 1
    [line] = [line for line in blender.output if line.startswith("tenon: not started: ")]
    assert port in line and "in use" in line
    assert not [line for line in blender.output if "Traceback" in line]


def test_another_host_needs_a_token(start):
    blender = start(host="0.0.0.0")
    assert blender.end() == 1
    assert any(
        "tenon: not started: setting 'token': '0.0.0.0' can be reached" in line for line in blender.output
    )


def test_the_environment_names_port_and_token(start):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    blender = start(port="", TENON_PORT=port, TENON_TOKEN="secret", TENON_HOST="127.0.0.1")
    assert blender.address == f"127.0.0.1:{port}"


def test_a_file_is_opened_first(start, tmp_path):
    path = tmp_path / "room.blend"
    make = """import bpy, sys
bpy.data.objects['Cube'].name = 'Table'
bpy.ops.wm.save_mainfile(filepath=sys.argv[1])
"""
    command = [sys.executable, "-c", make, str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    blender = start(blend=str(path))
    with Client(blender.address) as client:
        names = [each["name"] for each in client.result("get_scene_info")["objects"]]
        assert "Table" in names and "Cube" not in names
        assert client.result("execute_code", {"code": "print(bpy.data.filepath)"})["result"] == f"{path}\n"
