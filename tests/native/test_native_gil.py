"""No I/O thread ever takes the GIL: what is answered natively is answered while Python stands still.

The server's main thread keeps the GIL inside a C call until this process writes to a pipe, and this process
writes only when it has all its answers. A server that needs the GIL for one of them never gives it.
"""

from __future__ import annotations

import os
import sys
import urllib.request

import pytest
from serving import Serving
from wire import PATIENCE, Client

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pipe is handed to the server's process")


@pytest.fixture
def gate():
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


@pytest.fixture
def stalled(gate):
    """A server whose main thread holds the GIL, and the client that asked it to. Opened at the end."""
    reading, writing = gate
    with Serving(pass_fds=(reading,)) as serving, Client(serving.address) as holder:
        holder.send({"type": "hold_gil", "params": {"fd": reading}})
        with Client(serving.address) as other:
            other.running("hold_gil")
        yield serving
        os.write(writing, b"x")
        assert holder.receive().get("code", "success") in ("success", "cancelled")
        assert holder.result("echo", {"value": 1}) == 1


def test_native_commands_are_answered_meanwhile_on_fresh_connections(stalled):
    for _ in range(50):
        with Client(stalled.address) as client:
            assert client.result("ping")["pong"] is True
            status = client.result("get_server_status")
            assert (status["main_thread"]["state"], status["main_thread"]["command"]) == (
                "running",
                "hold_gil",
            )
            assert len(client.result("get_sessions_info")) >= 2
            assert client.error("echo", {"value": 1, "session_id": "nobody"})[0] == "session_not_found"
            assert client.error("no_such_command")[0] == "unknown_command"


def test_http_is_answered_meanwhile(stalled):
    with urllib.request.urlopen(f"http://{stalled.address}/health", timeout=PATIENCE) as reply:
        assert reply.status == 200


def test_work_is_accepted_and_cancelled_meanwhile(stalled):
    with Client(stalled.address) as client:
        waiting = [client.begin("echo", {"value": number}) for number in range(20)]
        running = client.result("get_server_status")["main_thread"]["task_id"]
        for task_id in waiting[:10]:
            assert client.result("cancel_task", {"task_id": task_id})["status"] == "cancelled"
        assert client.result("get_queue_status")["pending"] == 10
        # The watchdog now waits for the GIL; nothing else may wait for the watchdog.
        assert client.result("cancel_task", {"task_id": running})["status"] == "cancelling"
        for _ in range(20):
            assert client.result("ping")["pong"] is True
        assert client.result("get_task", {"task_id": waiting[-1]})["status"] == "pending"


def test_a_large_message_and_many_connections_are_taken_meanwhile(stalled):
    clients = [Client(stalled.address) for _ in range(100)]
    for client in clients:
        client.send({"type": "echo", "params": {"value": "x" * 100_000}})
    with Client(stalled.address) as other:
        other.until("get_queue_status", lambda queue: queue["pending"] == 100)
    for client in clients:
        client.socket.close()
