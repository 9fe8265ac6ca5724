"""The rules of a command, without a socket: what is asked after each loss, and what the caller is told.

Each row is a script: what the steps come to, one after the other, and the outcome.
"""

from __future__ import annotations

import pytest
import tenon_client
from tenon_client.conversation import Order
from tenon_client.instances import Address
from tenon_client.operations import Operations
from tenon_client.steps import Backoff, Exchange, HangUp, Late, Lost, Pause, Reply, Server

A, B = Server("a", None, ""), Server("b", None, "")
A_KEEPS, B_KEEPS, C_KEEPS = Server("a", "one", ""), Server("b", "one", ""), Server("c", "two", "")
OLD = Server(None, None, "")


class Clock:
    """Moves by what is waited for."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Play:
    """Takes the steps of a conversation, each to what the script says."""

    def __init__(self, *script):
        self._script = list(script)
        self.clock = Clock()
        self.rules = Operations(Address("h", 1), patience=100.0, reconnect=10.0, clock=self.clock)
        self.asked = []

    def __call__(self, steps):
        answer, fault = None, None
        while True:
            try:
                step = steps.throw(fault) if fault else steps.send(answer)
            except StopIteration as end:
                assert not self._script, f"never came to {self._script}"
                return end.value
            answer = fault = None
            if isinstance(step, Pause):
                self.clock.now += step.seconds
            elif isinstance(step, Exchange):
                self.asked.append(step.message["type"])
                came = self._script.pop(0) if self._script else Lost("nobody there")
                if isinstance(came, Lost):
                    fault = came
                    self.clock.now += 0.001
                else:
                    answer = came
            else:
                assert isinstance(step, HangUp)
                self.asked.append("hang up")


def done(result, server=A):
    return Reply({"status": "success", "result": result}, server)


def refused(code, server=A):
    return Reply({"status": "error", "code": code, "message": code}, server)


def task(status, server=A, **more):
    return done({"task_id": "t", "type": "cut", "status": status, **more}, server)


def sent_to(server):
    return Lost("cut", server)


NOT_SENT = Lost("refused")
CANCELLED = task("cancelled", error={"code": "cancelled", "message": "x"})
DIED = task("failed", B_KEEPS, error={"code": "interrupted", "message": "x"})
KNOWN = "task_not_found"
FATE = tenon_client.FateUnknown


@pytest.mark.parametrize(
    ("script", "expected", "sends"),
    [
        ([done(1)], 1, 1),
        ([NOT_SENT, NOT_SENT, done(1)], 1, 3),
        ([sent_to(A), task("completed", result=1)], 1, 1),
        ([sent_to(A), task("pending"), task("processing"), task("completed", result=1)], 1, 1),
        ([sent_to(A), NOT_SENT, sent_to(A), task("completed", result=1)], 1, 1),
        ([sent_to(A), task("pending"), sent_to(A), task("completed", result=1)], 1, 1),
        ([sent_to(A), CANCELLED], tenon_client.CommandCancelled, 1),
        ([sent_to(A_KEEPS), DIED], tenon_client.Interrupted, 1),
        ([sent_to(A), refused(KNOWN, A), done(1)], 1, 2),
        ([sent_to(A_KEEPS), refused(KNOWN, B_KEEPS), done(1, B_KEEPS)], 1, 2),
        ([sent_to(A), refused(KNOWN, A), sent_to(A), refused(KNOWN, A), done(1)], 1, 3),
        ([sent_to(A), refused(KNOWN, A), refused("duplicate_task"), task("completed", result=1)], 1, 2),
        ([sent_to(A), refused(KNOWN, A), refused("duplicate_task"), refused(KNOWN, A)], FATE, 2),
        ([sent_to(A), refused(KNOWN, B)], FATE, 1),
        ([sent_to(A_KEEPS), refused(KNOWN, C_KEEPS)], FATE, 1),
        ([sent_to(A_KEEPS), refused(KNOWN, B)], FATE, 1),
        ([sent_to(A), refused(KNOWN, B_KEEPS)], FATE, 1),
        ([sent_to(OLD)], FATE, 1),
        ([sent_to(A)], FATE, 1),
        ([sent_to(A), task("pending"), refused(KNOWN, B)], FATE, 1),
        ([sent_to(A), refused("unauthorized")], FATE, 1),
        ([sent_to(A), task("completed", result={"omitted": "larger"})], tenon_client.ResultNotKept, 1),
        ([sent_to(A), refused(KNOWN, A)], tenon_client.Unreachable, None),
        ([NOT_SENT], tenon_client.Unreachable, None),
        ([refused("duplicate_task")], tenon_client.DuplicateTask, 1),
        ([refused("session_not_found")], tenon_client.SessionNotFound, 1),
        ([Late("late", A)], tenon_client.CommandTimeout, 1),
    ],
)
def test_the_fate_of_a_command(script, expected, sends):
    play = Play(*script)
    steps = play.rules.send_command(Order("cut", {}, None, None, False, "t"))
    if isinstance(expected, type):
        with pytest.raises(expected):
            play(steps)
    else:
        assert play(steps) == expected
    if sends is not None:
        assert play.asked.count("cut") == sends
    else:
        assert play.asked.count("cut") > 1 and play.clock.now >= 1010.0, "it was tried for the whole time"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([done({"task_id": "t"})], "t"),
        ([sent_to(A), task("pending")], "t"),
        ([sent_to(A), CANCELLED], "t"),
        ([sent_to(A), refused(KNOWN, A), done({"task_id": "t"})], "t"),
        ([sent_to(A), refused(KNOWN, A), refused("duplicate_task"), task("processing")], "t"),
        ([sent_to(A), refused(KNOWN, B)], FATE),
        ([refused("queue_full")], tenon_client.QueueFull),
    ],
)
def test_the_fate_of_a_task_is_only_whether_it_was_accepted(script, expected):
    play = Play(*script)
    steps = play.rules.send_command(Order("cut", {}, None, None, True, "t"))
    if expected == "t":
        assert play(steps) == "t"
    else:
        with pytest.raises(expected):
            play(steps)


def test_a_question_is_asked_again_until_it_has_been_too_long():
    play = Play(NOT_SENT, sent_to(A), done([1]))
    assert play(play.rules.read("list_sessions")) == [1]
    play = Play()
    with pytest.raises(tenon_client.Unreachable, match=r"nobody there.*Start Blender"):
        play(play.rules.read("list_sessions"))
    assert 5 < len(play.asked) < 20


def test_what_only_reads_is_simply_repeated():
    play = Play(sent_to(OLD), done(1))
    assert play(play.rules.send_command(Order("cut", {}, None, None, False, "t"), reads_only=True)) == 1
    assert play.asked == ["cut", "cut"]


def test_a_session_closed_by_the_question_whose_answer_was_lost():
    play = Play(sent_to(A), refused("session_not_found"))
    assert play(play.rules.close_session("s")) is None
    assert play.asked == ["close_session", "close_session", "hang up"]
    play = Play(NOT_SENT, refused("session_not_found"))
    with pytest.raises(tenon_client.SessionNotFound):
        play(play.rules.close_session("s"))


def test_pauses_double_from_none_and_end():
    clock = Clock()
    backoff, pauses = Backoff("h:1", 10.0, clock), []
    with pytest.raises(tenon_client.Unreachable, match="h:1"):
        while True:
            pauses.append(backoff.pause(NOT_SENT).seconds)
            clock.now += pauses[-1]
    assert pauses[:5] == [0.0, 0.05, 0.1, 0.2, 0.4] and max(pauses) == 2.0
    assert sum(pauses) == pytest.approx(10.0)
    backoff.rest()
    assert backoff.pause(NOT_SENT).seconds == 0.0


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"version": "1"}, Server(None, None, "1")),
        ({"instance": "a", "store": {"state": "off"}, "version": "1"}, Server("a", None, "1")),
        ({"instance": "a", "store": {"state": "failed", "path": "/p"}}, Server("a", None, "")),
        ({"instance": "a", "store": {"state": "open", "path": "/p"}}, Server("a", "/p", "")),
        ({"instance": "a", "store": {"state": "open"}}, Server("a", "open", "")),
    ],
)
def test_who_answered(status, expected):
    assert Server.of(status) == expected


@pytest.mark.parametrize("code", ["queue_full", "shutting_down"])
def test_a_greeting_that_may_go_better_later_is_a_loss(code):
    greeting = Play().rules.greet()
    next(greeting)
    with pytest.raises(Lost, match="no room") as caught:
        greeting.send({"status": "error", "code": code, "message": "no room"})
    assert caught.value.server is None, "nothing was sent"
