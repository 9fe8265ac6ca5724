"""The command `tenon` as a process of its own: what it prints for people and for machines, its exit code."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from serving import Serving
from wire import PATIENCE, Client

CLIENT = Path(__file__).resolve().parents[2] / "client"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A server that keeps its sessions."""
    with Serving(f'store_folder="{tmp_path_factory.mktemp("store")}"') as process:
        yield process


def environ(folder, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}
    return {**kept, "PYTHONPATH": str(CLIENT), "TENON_STATE_DIR": str(folder), **more}


@pytest.fixture
def tenon(tmp_path):
    """`tenon(address, *words)`: exit code, output, errors."""

    def run(address, *words, stdin="", **more):
        if address:
            more["TENON_HOST"], more["TENON_PORT"] = address.rsplit(":", 1)
        ended = subprocess.run(
            [sys.executable, "-m", "tenon_client", *words],
            env=environ(tmp_path, **more),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr

    return run


def test_run_with_pairs_and_with_params(server, tenon):
    code, out, _ = tenon(server.address, "run", "echo", 'value={"a": [1, true]}', "--json")
    assert (code, json.loads(out)) == (0, {"a": [1, True]})
    code, out, _ = tenon(server.address, "run", "echo", "--params", '{"value": "plain text"}')
    assert (code, out) == (0, "plain text\n")
    code, out, _ = tenon(server.address, "run", "echo", "value=not json")
    assert (code, out) == (0, "not json\n")


def test_run_code_from_a_file_and_from_standard_input(blender, tenon, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("print(1 + 1)")
    assert tenon(blender.address, "run", "execute_code", f"code=@{script}")[:2] == (0, "2\n")
    assert tenon(blender.address, "run", "execute_code", "code=@-", stdin="print(3)")[:2] == (0, "3\n")
    code, out, err = tenon(blender.address, "run", "execute_code", "code=1/0")
    assert (code, out) == (1, "")
    assert err.startswith("tenon: Traceback") and err.endswith("ZeroDivisionError: division by zero\n")


def test_do_tells_the_sentence_and_what_was_done(blender, tenon):
    address = blender.address
    tenon(address, "run", "new_file", "empty=true")
    with Client(address) as client:
        session = client.result("create_session")["session_id"]
    told = tenon(address, "do", "make a red cube and a cone at (3, 0, 0)", "--session", session)
    assert told[0] == 0 and told[2] == ""
    echo, *steps = told[1].splitlines()
    assert "cube" in echo and steps == ["  create_object: Cube", "  create_object: Cone"]
    code, out, _ = tenon(address, "do", "move", "them", "up", "2", "m", "--session", session, "--json")
    answer = json.loads(out)
    assert (code, answer["names"], answer["language"]) == (0, ["Cube", "Cone"], "en")
    code, out, _ = tenon(address, "do", "立方体を青にして")
    assert code == 0 and out.splitlines()[1:] == ["  color_objects: Cube"]
    code, out, _ = tenon(address, "do", "how many cones are there?")
    assert code == 0 and '"count": 1' in out
    names = json.loads(tenon(address, "run", "count_objects", "--json")[1])["names"]
    assert sorted(names) == ["Cone", "Cube"]
    history = json.loads(tenon(address, "history", session, "--json")[1])
    assert history[0]["user_input"] == "make a red cube and a cone at (3, 0, 0)"


def test_do_with_a_dry_run_prints_the_plan_and_does_nothing(blender, tenon):
    tenon(blender.address, "run", "new_file", "empty=true")
    words = ["do", "--dry-run", "make a cube at (1, 2, 3)"]
    code, out, _ = tenon(blender.address, *words)
    assert code == 0
    assert out.splitlines()[1:] == ['  create_object {"type": "CUBE", "location": [1.0, 2.0, 3.0]}']
    plan = json.loads(tenon(blender.address, *words, "--json")[1])
    assert plan["dry_run"] is True and plan["steps"][0]["command"] == "create_object"
    assert json.loads(tenon(blender.address, "run", "count_objects", "--json")[1])["count"] == 0


def test_do_says_why_a_sentence_was_refused(blender, tenon):
    code, out, err = tenon(blender.address, "do", "make a red cubee")
    assert (code, out) == (1, "") and err.startswith("tenon: ") and '"cubee"' in err
    code, out, _ = tenon(blender.address, "do", "make a red cubee", "--json")
    refusal = json.loads(out)
    assert (code, refusal["code"], refusal["not_understood"]) == (1, "not_understood", ["cubee"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["do"], 2, "WORD"),
        (["run", "nonsense"], 1, "Unknown command type: nonsense"),
        (["run", "echo", "value"], 1, "expected key=value"),
        (["run", "echo", "--params", "[]"], 1, "expected a JSON object"),
        (["run", "echo", "--params", "{"], 1, "--params is not JSON"),
        (["run", "echo", "value=@/nowhere/x"], 1, "/nowhere/x"),
        (["run", "echo", "--session", "scene-x"], 1, "Session not found: scene-x"),
        (["history", "scene-x"], 1, "Session not found: scene-x"),
        (["events", "nonsense"], 1, "Invalid channel: nonsense"),
        (["status", "--instance", "kitchen"], 2, "No Blender with Tenon runs"),
        (["nonsense"], 2, "invalid choice"),
        ([], 2, "usage: tenon"),
    ],
)
def test_what_goes_wrong_is_said_with_an_exit_code(server, tenon, words, code, said):
    got, out, err = tenon(server.address, *words)
    assert (got, out) == (code, "") and said in err


def test_an_error_for_machines(server, tenon):
    code, out, _ = tenon(server.address, "run", "nonsense", "--json")
    assert code == 1 and json.loads(out)["code"] == "unknown_command"


def test_when_nothing_answers_it_says_how_to_start(tenon):
    code, _, err = tenon("127.0.0.1:1", "status")
    assert code == 3
    assert re.search(r"No Tenon answers at 127\.0\.0\.1:1 .*Start Blender.*Connect to MCP server", err)


def test_status(server, tenon):
    code, out, _ = tenon(server.address, "status")
    assert code == 0 and re.search(r"^main thread +idle$", out, re.MULTILINE)
    assert json.loads(tenon(server.address, "status", "--json")[1])["main_thread"]["state"] == "idle"


def test_instances(tenon, tmp_path):
    assert tenon(None, "instances", "--json")[:2] == (0, "[]\n")
    assert "No Blender with Tenon runs" in tenon(None, "instances")[1]
    with Serving(f'state_folder="{tmp_path}"') as serving:
        [found] = json.loads(tenon(None, "instances", "--json")[1])
        assert found["pid"] == serving.process.pid
        assert str(found["port"]) in tenon(None, "instances")[1].splitlines()[1]
        assert tenon(None, "run", "echo", "value=1")[:2] == (0, "1\n"), "the only one is meant"


def test_a_sessions_life(store, tenon):
    with Client(store.address) as client:
        session = client.result("create_session")["session_id"]
    address = store.address
    assert tenon(address, "run", "echo", "value=walnut", "--session", session, "--prompt", "a table")[0] == 0
    tenon(address, "run", "echo", "value=oak", "--session", session)
    assert session in tenon(address, "sessions")[1]
    told = json.loads(tenon(address, "history", session, "--json")[1])
    assert [entry["args"]["value"] for entry in told] == ["walnut", "oak"]
    assert "walnut" not in tenon(address, "history", session, "--limit", "1")[1]
    assert "oak" not in tenon(address, "history", session, "--before", str(told[1]["id"]))[1]
    assert session in tenon(address, "search", "walnut")[1]
    assert tenon(address, "search", "birch")[1] == "Nothing has these words\n"
    assert tenon(address, "close", session)[:2] == (0, f"{session} is closed\n")
    assert session not in tenon(address, "sessions")[1]
    assert session in tenon(address, "sessions", "--status", "closed")[1]
    assert tenon(address, "restore", session)[:2] == (0, f"{session} is live again\n")
    assert session in tenon(address, "sessions")[1]


class Running:
    """`tenon` at work, until it is interrupted."""

    def __init__(self, folder, address, *words):
        host, port = address.rsplit(":", 1)
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tenon_client", *words],
            env=environ(folder, TENON_HOST=host, TENON_PORT=port),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@pytest.fixture
def at_work(tmp_path):
    begun = []

    def run(address, *words):
        begun.append(Running(tmp_path, address, *words))
        return begun[-1]

    yield run
    for each in begun:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_events_until_interrupted(server, at_work):
    listening = at_work(server.address, "events", "tasks", "--json")
    with Client(server.address) as client:
        client.until("get_server_status", lambda status: status["clients"] >= 3)  # it, its events, and this
        client.until("echo", lambda _: _has_line(listening))
    event = json.loads(listening.process.stdout.readline())
    assert event["channel"] == "tasks" and event["id"]
    code, _, err = listening.interrupt()
    assert (code, err) == (130, "")


def _has_line(running):
    return bool(select.select([running.process.stdout], [], [], 0.05)[0])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupted_run_stops_the_command_in_blender(server, at_work):
    running = at_work(server.address, "run", "loop")
    with Client(server.address) as client:
        client.running("loop")
        code, out, err = running.interrupt()
        assert (code, out, err) == (130, "", "")
        client.until("get_server_status", lambda status: status["main_thread"]["state"] == "idle")
