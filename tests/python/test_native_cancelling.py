"""Ending a running script: by `cancel_task`, by its own time limit, and nothing else with it."""

from __future__ import annotations

import random
import time

import pytest
from serving import Serving
from wire import Client

# A script must end 0.1 s after it was asked to. The tests allow far more, so that a busy machine fails none.
BOUND = 2.0


@pytest.fixture
def clients(serving):
    with Client(serving.address) as one, Client(serving.address) as other:
        yield one, other


def test_cancelling_ends_a_loop_without_end(clients, record_property):
    one, other = clients
    taken = []
    for _ in range(10):
        task_id = one.begin("loop")
        assert other.running("loop")["task_id"] == task_id
        begin = time.perf_counter()
        assert other.result("cancel_task", {"task_id": task_id})["status"] == "cancelling"
        task = other.task(task_id)
        taken.append(time.perf_counter() - begin)
        assert (task["status"], task["error"]["code"]) == ("cancelled", "cancelled")
        assert one.result("echo", {"value": 1}) == 1
    record_property("seconds", taken)
    print(f"from cancel_task to the script's end: {max(taken) * 1000:.1f} ms at most")
    assert max(taken) < BOUND


def test_a_time_limit_ends_a_loop_without_end(clients):
    one, _ = clients
    taken = []
    for _ in range(5):
        begin = time.perf_counter()
        reply = one.ask("loop", timeout=0.1)
        assert (reply["code"], reply["message"]) == (
            "timeout",
            "Timeout waiting for Blender response (0.1 s)",
        )
        task = one.task(reply["task_id"])
        taken.append(time.perf_counter() - begin - 0.1)
        assert (task["status"], task["error"]["code"]) == ("failed", "timeout")
    print(f"from the time limit to the script's end: {max(taken) * 1000:.1f} ms at most")
    assert max(taken) < BOUND


def test_a_script_that_catches_everything_is_asked_again(clients):
    one, other = clients
    task_id = one.begin("resist", {"times": 10})
    other.running("resist")
    begin = time.perf_counter()
    other.result("cancel_task", {"task_id": task_id})
    assert other.task(task_id)["status"] == "cancelled"
    print(f"caught 10 times, ended after {(time.perf_counter() - begin) * 1000:.0f} ms")
    assert one.result("echo", {"value": 1}) == 1


def test_who_waits_for_a_cancelled_script_hears_at_once(clients):
    """The script itself is inside C without end in sight; the reply does not wait for it."""
    one, other = clients
    one.send({"type": "deaf", "params": {"seconds": 0.5}})
    task_id = other.running("deaf")["task_id"]
    other.result("cancel_task", {"task_id": task_id})
    assert one.receive()["code"] == "cancelled"
    assert other.result("get_task", {"task_id": task_id})["status"] == "processing"
    assert other.task(task_id)["status"] == "cancelled"


def test_a_waiting_command_is_taken_out(clients):
    one, other = clients
    running = one.begin("loop")
    waiting = one.begin("echo", {"value": 1})
    other.running("loop")
    assert other.result("cancel_task", {"task_id": waiting})["status"] == "cancelled"
    other.result("cancel_task", {"task_id": running})
    assert other.task(running)["status"] == "cancelled"
    assert one.result("echo", {"value": 2}) == 2


def test_cancelling_what_has_ended_changes_nothing(clients):
    one, other = clients
    task_id = one.begin("echo", {"value": 1})
    assert one.task(task_id)["status"] == "completed"
    assert other.result("cancel_task", {"task_id": task_id})["status"] == "completed"
    assert other.error("cancel_task", {"task_id": "no task"})[0] == "task_not_found"


@pytest.mark.parametrize("words", [(), ("ticks",)], ids=["run_forever", "ticks"])
def test_nothing_is_raised_into_what_comes_after(words):
    """Thousands of commands end about when their time limit does. None of the interrupts may reach the next
    command, the callback after a command, or the code between two ticks."""
    chance = random.Random(9876)
    outcomes: dict[str, int] = {}
    with Serving(*words) as serving, Client(serving.address) as client:
        for _ in range(60):
            window = 50
            for number in range(window):
                seconds = chance.uniform(0.0001, 0.0006)
                limit = seconds + chance.uniform(-0.0002, 0.0003)
                client.send({"type": "changes", "params": {"seconds": seconds}, "timeout": max(limit, 1e-5)})
                client.send({"type": "echo", "id": number, "params": {"value": number}})
            for number in range(window):
                raced, after = client.receive(), client.receive()
                outcome = raced.get("code", "success")
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                assert (after["id"], after.get("result")) == (number, number), after
        assert client.result("outside") == []
        client.ask("stop")
        assert serving.end() == (0, "ended\n", "")
    assert outcomes.keys() == {"success", "timeout"}
    assert min(outcomes.values()) > 300, outcomes  # else it was no race
