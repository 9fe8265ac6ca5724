"""Commands that are generators: they give the main loop back at each `yield` and go on in a later tick."""

from __future__ import annotations

import pytest
from wire import Client


class Steps:
    """A generator command whose steps the test lets happen, and what it lived through."""

    def __init__(self, bridge, name="steps", wait_for=None):
        self.taken: list[str] = []
        self.may_end = wait_for or (lambda: True)
        bridge.register(name, self.run)

    def run(self):
        try:
            self.taken.append("begun")
            yield
            yield 0.5
            yield 0.75, "nearly"
            while not self.may_end():
                yield
            return {"steps": self.taken}
        except BaseException as error:
            self.taken.append(type(error).__name__)
            raise
        finally:
            self.taken.append("put back")


def test_what_it_returns_is_the_result(bridge, ask):
    steps = Steps(bridge)
    # The list is converted when the generator has ended, so it holds the last entry too.
    assert ask("steps")["result"] == {"steps": ["begun", "put back"]}
    assert steps.taken == ["begun", "put back"]


def test_one_that_never_yields_is_as_a_function(bridge, ask):
    def at_once():
        return 5
        yield

    bridge.register("at_once", at_once)
    assert ask("at_once")["result"] == 5


def test_what_it_raises_is_the_error(bridge, ask):
    def fail():
        yield
        raise ValueError("later")

    bridge.register("fail", fail)
    reply = ask("fail")
    assert (reply["code"], reply["message"]) == ("command_failed", "ValueError: later")


def test_a_stop_iteration_of_its_own_is_an_error(bridge, ask):
    def fail():
        yield
        raise StopIteration("not a result")

    bridge.register("fail", fail)
    assert ask("fail")["message"].startswith("RuntimeError: generator raised StopIteration")


def test_other_sessions_are_served_between_its_steps_and_its_own_waits(bridge, served):
    order = []
    bridge.register("note", lambda text: order.append(text))
    steps = Steps(bridge, wait_for=lambda: "other" in order)

    def talk(address):
        with Client(address) as own, Client(address) as other:
            own.send({"type": "steps"})
            own.send({"type": "note", "params": {"text": "own"}})
            suspended = other.until("get_server_status", lambda status: status["queue"]["suspended"] == 1)
            assert suspended["queue"]["waiting"] == 1
            other.result("note", {"text": "other"})
            return own.receive()["status"], own.receive()["status"]

    assert served(talk) == ("success", "success")
    assert order == ["other", "own"]
    assert steps.taken == ["begun", "put back"]


def test_on_change_is_told_once_at_its_end(bridge, ask):
    told = []
    Steps(bridge)
    bridge.on_change(lambda *what: told.append(what))
    ask("steps")
    assert told == [("steps", True)]


def test_cancelling_throws_cancelled_in_at_the_yield(bridge, served):
    steps = Steps(bridge, wait_for=lambda: False)

    def talk(address):
        with Client(address) as client, Client(address) as other:
            task_id = client.begin("steps")
            other.until("get_server_status", lambda status: status["queue"]["suspended"] == 1)
            assert other.result("cancel_task", {"task_id": task_id})["status"] == "cancelling"
            return client.task(task_id)

    task = served(talk)
    assert (task["status"], task["error"]["code"]) == ("cancelled", "cancelled")
    assert steps.taken == ["begun", "Cancelled", "put back"]


def test_its_time_limit_throws_cancelled_in_too(bridge, served):
    steps = Steps(bridge, wait_for=lambda: False)

    def talk(address):
        with Client(address) as client:
            reply = client.ask("steps", timeout=0.05)
            return reply, client.task(reply["task_id"])

    reply, task = served(talk)
    assert (reply["code"], task["status"], task["error"]["code"]) == ("timeout", "failed", "timeout")
    assert reply["message"] == "Timeout waiting for Blender response (0.05 s)"
    assert steps.taken == ["begun", "Cancelled", "put back"]


@pytest.mark.parametrize("answer", ["another result", None])
def test_one_that_catches_cancelled_may_finish_its_work(native, bridge, served, answer):
    def stubborn():
        try:
            while True:
                yield
        except native.Cancelled:
            if answer:
                return answer
        yield "and on"

    bridge.register("stubborn", stubborn)

    def talk(address):
        with Client(address) as client, Client(address) as other:
            task_id = client.begin("stubborn")
            other.until("get_server_status", lambda status: status["queue"]["suspended"] == 1)
            other.result("cancel_task", {"task_id": task_id})
            return client.task(task_id)

    task = served(talk)
    if answer:
        assert (task["status"], task["result"]) == ("completed", "another result")
    else:
        assert task["status"] == "cancelled"


def test_stopping_ends_what_is_suspended(bridge, served):
    steps = Steps(bridge, wait_for=lambda: False)

    def talk(address):
        client = Client(address)
        client.send({"type": "steps"})
        with Client(address) as other:
            other.until("get_server_status", lambda status: status["queue"]["suspended"] == 1)
        return client

    client = served(talk)
    bridge.stop()
    assert steps.taken == ["begun", "Cancelled", "put back"]
    assert client.receive()["code"] == "shutting_down"
    client.socket.close()
