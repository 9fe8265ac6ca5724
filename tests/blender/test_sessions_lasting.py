"""A session survives what happens to a Blender: lost connections, idleness, restarts of Tenon and of Blender.

In: a real Blender without a window, in a process of its own, and its store. Out: the same session each time.
"""

from __future__ import annotations

import json
import signal
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from headless import Headless
from sessions_ledger import history
from wire import PATIENCE, Client

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def start(tmp_path: Path):
    """Starts Blender, again and again with the same store."""

    def start(**more: str) -> Headless:
        return Headless(tmp_path, TENON_STORE_FOLDER=str(tmp_path / "store"), **more)

    return start


def modelled(client: Client) -> str:
    """A session with something in it, its connection's own."""
    client.result("update_state", {"plan": ["walls", "roof"], "step": 1})
    made = {"type": "CUBE", "name": "Wall", "user_prompt": "まず壁を作って"}
    return str(client.ask("create_object", made)["session_id"])


def check(client: Client, session: str, entries: int) -> None:
    """The session as `modelled` left it, with so many entries."""
    info = client.result("get_session", {"session_id": session})
    assert (info["state"]["plan"], info["state"]["step"]) == (["walls", "roof"], 1)
    told = history(client, session)
    assert [entry["id"] for entry in told] == list(range(1, entries + 1))
    assert told[0]["user_input"] == "まず壁を作って" and told[0]["args"] == {"type": "CUBE", "name": "Wall"}


def http(address: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One request, on a connection of its own."""
    host, port = address.rsplit(":", 1)
    connection = HTTPConnection(host, int(port), timeout=PATIENCE)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_a_lost_connection(start):
    with start() as blender:
        with Client(blender.address) as client:
            session = modelled(client)
        with Client(blender.address) as client:
            check(client, session, 1)
            reply = client.ask("get_scene_info", session_id=session)
            assert (reply["status"], reply["session_id"]) == ("success", session)
            check(client, session, 2)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL], ids=["asked to end", "killed"])
def test_a_restart_of_blender(start, ending):
    with start() as blender, Client(blender.address) as client:
        session = modelled(client)
        blender.process.send_signal(ending)
        blender.end()
    with start() as blender, Client(blender.address) as client:
        rows = client.result("list_sessions")
        assert [(row["session_id"], row["status"]) for row in rows if row["session_id"] == session] == [
            (session, "parked")
        ]
        check(client, session, 1)
        state = client.result("get_session", {"session_id": session})["state"]
        assert "Wall" in state["objects"], "the scene as it was, though this Blender has another"
        reply = client.ask("get_scene_info", session_id=session)  # naming it goes on in it
        assert (reply["status"], reply["session_id"]) == ("success", session)
        check(client, session, 2)
        state = client.result("get_session_info")["state"]
        assert "Wall" not in state["objects"], "and from its next command on the scene as it is"


def test_every_door_has_the_stored_session(start):
    with start() as blender, Client(blender.address) as client:
        session = modelled(client)
    with start() as blender:
        address = blender.address
        assert http(address, "GET", f"/sessions/{session}")[1]["status"] == "parked"
        status, restored = http(address, "POST", f"/sessions/{session}/restore")
        assert (status, restored["status"], restored["state"]["step"]) == (200, "live", 1)
        sent = {"type": "create_object", "params": {"type": "EMPTY", "name": "Roof"}}
        status, done = http(address, "POST", f"/sessions/{session}/commands", sent)
        assert (status, done["result"]["name"]) == (200, "Roof")
        hits = http(address, "GET", "/sessions/search?query=roof")[1]
        assert [hit["session_id"] for hit in hits] == [session]
        with Client(address) as client:
            inner = {"session_id": session, "type": "get_object_info", "params": {"name": "Roof"}}
            assert client.result("send_command", inner)["name"] == "Roof"
            check(client, session, 3)
            code = f"import tenon_api; result = tenon_api.get_session({session!r})['command_count']"
            assert client.result("execute_code", {"code": code})
        assert http(address, "DELETE", f"/sessions/{session}")[0] == 200
        assert http(address, "GET", f"/sessions/{session}")[1]["status"] == "closed"
        design = http(address, "POST", f"/sessions/{session}/design", {"language": "ja"})[1]
        assert "まず壁を作って" in Path(design["filepath"]).read_text("utf-8")


def test_a_task_is_told_after_a_restart(start):
    with start() as blender, Client(blender.address) as client:
        done = client.begin("execute_code", {"code": "result = 7"})
        finished = client.task(done)
        stuck = client.begin("execute_code", {"code": "import time\nwhile True: time.sleep(0.01)"})
        client.running("execute_code")
        waiting = client.begin("execute_code", {"code": "result = 8"})
        blender.process.kill()
        blender.end()
    with start() as blender, Client(blender.address) as client:
        told = client.task(done)
        assert (told["status"], told["result"]) == ("completed", finished["result"])
        for task in (stuck, waiting):
            told = client.task(task)
            assert (told["status"], told["error"]["code"]) == ("failed", "interrupted")
            status, told = http(blender.address, "GET", f"/mcp/task/{task}")
            assert (status, told["error"]["code"]) == (200, "interrupted")


def test_connections_share_and_change_sessions_and_each_is_answered(start):
    """Two stored sessions, three connections that move between them: each reply to who asked."""
    with start() as blender, Client(blender.address) as one, Client(blender.address) as two:
        sessions = [modelled(one), modelled(two)]
    each, failures = 20, []

    def work(address: str, name: str) -> None:
        try:
            with Client(address) as client:
                for number in range(each):
                    session = sessions[number % 2]
                    reply = client.ask(
                        "execute_code", {"code": f"print('{name} {number}')"}, session_id=session
                    )
                    assert (reply["status"], reply["session_id"]) == ("success", session), reply
                    assert f"{name} {number}" in json.dumps(reply["result"]), reply
        except BaseException as error:
            failures.append(error)

    with start() as blender:
        threads = [threading.Thread(target=work, args=(blender.address, name)) for name in ("a", "b", "c")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert not failures, failures
        with Client(blender.address) as client:
            for session in sessions:
                check(client, session, 1 + 3 * each // 2)
                said = [entry["args"].get("code") for entry in history(client, session)]
                assert len(set(said)) == len(said)


def test_the_example_of_the_readme(start):
    section = README.read_text("utf-8").partition("### Sessions\n")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    with start() as blender, Client(blender.address) as client:

        def call(command: str, **params: Any) -> Any:
            return client.result(command, params)

        exec(compile(code, str(README), "exec"), {"call": call})
        (entry,) = call("get_session_history")
        assert entry["user_input"] == "first a wall"
        assert call("get_session_info")["state"]["plan"] == ["walls", "roof"]
