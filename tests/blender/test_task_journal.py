"""What the add-on notes for `tenon service`: the command that runs; and what it is told to refuse."""

from __future__ import annotations

import json

import pytest
from headless import Headless
from wire import Client

IDLE = {"active": None, "suspended": []}
FOREVER = {"code": "while True: pass"}


class Noted:
    def __init__(self, folder, refused=None):
        self.file, self.refused = folder / "running", folder / "refused"
        if refused is not None:
            self.refused.write_text(refused)
        variables = {"TENON_RUNNING_TASKS": str(self.file), "TENON_REFUSED_TASKS": str(self.refused)}
        self.blender = Headless(folder, **variables)
        self.client = Client(self.blender.address)

    @property
    def now(self):
        return json.loads(self.file.read_bytes().partition(b"\n")[0])

    def until(self, wanted):
        """As soon as it is so; asking is what the time is spent with."""
        self.client.until("ping", lambda _: wanted(self.now))
        return self.now


@pytest.fixture
def noted(tmp_path):
    begun = []

    def start(refused=None):
        begun.append(Noted(tmp_path, refused))
        return begun[-1]

    yield start
    for each in begun:
        each.client.socket.close()
        each.blender.__exit__()


def test_what_runs_is_noted_and_nothing_when_it_has_ended(noted):
    one = noted()
    client = one.client
    assert one.now == IDLE
    task = client.begin("execute_code", FOREVER)
    active = one.until(lambda now: now["active"])["active"]
    assert (active["command"], active["task_id"]) == ("execute_code", task)
    client.result("cancel_task", {"task_id": task})
    assert client.task(task)["status"] == "cancelled"
    assert one.now == IDLE
    assert client.error("execute_code", {"code": "1 / 0"})[0] == "command_failed" and one.now == IDLE
    # The same command with the same parameters has the same digest, another has not.
    digests = []
    for code in (FOREVER, FOREVER, {"code": "while True:  pass"}):
        task = client.begin("execute_code", code)
        digests.append(one.until(lambda now: now["active"])["active"]["digest"])
        client.result("cancel_task", {"task_id": task})
        client.task(task)
    assert digests[0] == digests[1] == active["digest"] != digests[2]


def test_generators_do_what_they_did_and_are_noted_between_their_steps(noted):
    one = noted()
    client = one.client
    cubes = [{"type": "create_object", "params": {"type": "CUBE"}}] * 2
    done = client.result("batch", {"commands": [*cubes, {"type": "execute_code", "command": "1 / 0"}]})
    assert [each["status"] for each in done["results"]] == ["success", "success", "error"]
    assert one.now == IDLE
    slow = [{"type": "execute_code", "command": "import time; time.sleep(0.02)"}] * 900
    task = client.begin("batch", {"commands": slow})
    now = one.until(lambda now: now["suspended"])
    assert [each["task_id"] for each in now["suspended"]] == [task]
    with Client(one.blender.address) as other:
        running = other.begin("execute_code", FOREVER)
        now = one.until(lambda now: (now["active"] or {}).get("task_id") == running)
        assert [each["task_id"] for each in now["suspended"]] == [task]
        client.result("cancel_task", {"task_id": task})
        client.result("cancel_task", {"task_id": running})
    assert client.task(task)["status"] == "cancelled"
    assert one.until(lambda now: now == IDLE) == IDLE


def test_what_is_refused_does_not_run(noted, tmp_path):
    one, ran = noted(), tmp_path / "ran"
    code = {"code": f"open({str(ran)!r}, 'a').write('x')\nwhile True: pass"}
    task = one.client.begin("execute_code", code)
    digest = one.until(lambda now: now["active"] and ran.exists() and ran.read_text())["active"]["digest"]
    one.client.socket.close()
    one.blender.__exit__()
    again = noted(json.dumps({digest: "not again"}))
    reply = again.client.ask("execute_code", code)
    assert (reply["code"], reply["message"], reply["digest"]) == ("blocked", "not again", digest)
    assert ran.read_text() == "x" and again.now == IDLE
    assert again.client.result("get_task", {"task_id": task})["status"] == "failed"
    assert again.client.result("execute_code", {"code": "print(1)"})["result"] == "1\n"


def test_a_broken_file_of_refused_tasks_refuses_nothing(noted):
    one = noted("{")
    assert one.client.result("execute_code", {"code": "print(1)"})["result"] == "1\n"
