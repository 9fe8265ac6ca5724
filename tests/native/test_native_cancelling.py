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
    margin = 0.0  # seconds from a command's end to its time limit, kept where both win about as often
    outcomes = {"success": 0, "timeout": 0}
    with Serving(*words) as serving, Client(serving.address) as client:
        for _ in range(60):
            before = dict(outcomes)
            for number in range(50):
                seconds = chance.uniform(0.0003, 0.0008)
                limit = max(seconds + margin + chance.uniform(-0.0002, 0.0002), 1e-5)
                client.send({"type": "changes", "params": {"seconds": seconds}, "timeout": limit})
                client.send({"type": "echo", "id": number, "params": {"value": number}})
            for number in range(50):
                raced, after = client.receive(), client.receive()
                outcomes[raced.get("code", "success")] += 1
                assert (after["id"], after.get("result")) == (number, number), after
            won = outcomes["success"] - before["success"]
            margin += 0.0001 if won < 20 else -0.0001 if won > 30 else 0
        assert client.result("outside") == []
        client.ask("stop")
        assert serving.end() == (0, "ended\n", "")
    assert min(outcomes.values()) > 100, outcomes  # else it was no race


def test_cancelling_at_any_moment_reaches_no_other_command(clients):
    """A task is cancelled while it waits, while it runs, as it ends and when it has ended."""
    one, other = clients
    chance = random.Random(9876)
    pause = 0.0005  # seconds until it is cancelled, kept where cancelling comes in time about as often as not
    statuses = {"completed": 0, "cancelled": 0}
    for number in range(400):
        # Some of them outlast the 5 ms after which Python lets another thread have its turn, the watchdog's.
        one.send({"type": "changes", "async": True, "params": {"seconds": chance.uniform(0, 0.02)}})
        one.send({"type": "echo", "params": {"value": number}})
        task_id = one.receive()["result"]["task_id"]
        end = time.perf_counter() + pause * chance.uniform(0.5, 1.5)
        while time.perf_counter() < end:
            pass
        other.result("cancel_task", {"task_id": task_id})
        assert one.receive().get("result") == number
        status = other.task(task_id)["status"]
        statuses[status] += 1
        pause = min(max(pause * (1.25 if status == "cancelled" else 0.8), 1e-6), 0.01)
    assert one.result("outside") == []
    assert min(statuses.values()) > 40, statuses  # else it was no race
