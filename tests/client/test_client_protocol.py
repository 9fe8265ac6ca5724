"""The protocol without a socket: what is sent after each loss, and what the caller gets.

Each row is a script: the outcomes of the effects, one after the other, and the outcome of the operation.
"""

from __future__ import annotations

import pytest
import tenon_client
from tenon_client.api import Api
from tenon_client.effects import (
    Backoff,
    ConnectionLost,
    Disconnect,
    Reply,
    ReplyTimeout,
    Request,
    Server,
    Sleep,
)
from tenon_client.instances import Address
from tenon_client.protocol import Command

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
    """Performs the effects of an operation, each with the outcome that the script has."""

    def __init__(self, *script):
        self._script = list(script)
        self.clock = Clock()
        self.api = Api(Address("h", 1), patience=100.0, reconnect=10.0, clock=self.clock)
        self.asked = []

    def __call__(self, operation):
        answer, fault = None, None
        while True:
            try:
                effect = operation.throw(fault) if fault else operation.send(answer)
            except StopIteration as end:
                assert not self._script, f"never came to {self._script}"
                return end.value
            answer = fault = None
            if isinstance(effect, Sleep):
                self.clock.now += effect.seconds
            elif isinstance(effect, Request):
                self.asked.append(effect.message["type"])
                came = self._script.pop(0) if self._script else ConnectionLost("nobody there")
                if isinstance(came, ConnectionLost):
                    fault = came
                    self.clock.now += 0.001
                else:
                    answer = came
            else:
                assert isinstance(effect, Disconnect)
                self.asked.append("disconnect")


def done(result, server=A):
    return Reply({"status": "success", "result": result}, server)


def refused(code, server=A):
    return Reply({"status": "error", "code": code, "message": code}, server)


def task(status, server=A, **more):
    return done({"task_id": "t", "type": "cut", "status": status, **more}, server)


def sent_to(server):
    return ConnectionLost("cut", server)


NOT_SENT = ConnectionLost("refused")
CANCELLED = task("cancelled", error={"code": "cancelled", "message": "x"})
DIED = task("failed", B_KEEPS, error={"code": "interrupted", "message": "x"})
KNOWN = "task_not_found"
UNKNOWN = tenon_client.OutcomeUnknown


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
        ([sent_to(A), refused(KNOWN, A), refused("duplicate_task"), refused(KNOWN, A)], UNKNOWN, 2),
        ([sent_to(A), refused(KNOWN, B)], UNKNOWN, 1),
        ([sent_to(A_KEEPS), refused(KNOWN, C_KEEPS)], UNKNOWN, 1),
        ([sent_to(A_KEEPS), refused(KNOWN, B)], UNKNOWN, 1),
        ([sent_to(A), refused(KNOWN, B_KEEPS)], UNKNOWN, 1),
        ([sent_to(OLD)], UNKNOWN, 1),
        ([sent_to(A)], UNKNOWN, 1),
        ([sent_to(A), task("pending"), refused(KNOWN, B)], UNKNOWN, 1),
        ([sent_to(A), refused("unauthorized")], UNKNOWN, 1),
        ([sent_to(A), task("completed", result={"omitted": "larger"})], tenon_client.ResultNotKept, 1),
        ([sent_to(A), refused(KNOWN, A)], tenon_client.Unreachable, None),
        ([NOT_SENT], tenon_client.Unreachable, None),
        ([refused("duplicate_task")], tenon_client.DuplicateTask, 1),
        ([refused("session_not_found")], tenon_client.SessionNotFound, 1),
        ([ReplyTimeout("late", A)], tenon_client.CommandTimeout, 1),
    ],
)
def test_the_outcome_of_a_command(script, expected, sends):
    play = Play(*script)
    operation = play.api.send_command(Command("cut", {}, None, None, False, "t"))
    if isinstance(expected, type):
        with pytest.raises(expected):
            play(operation)
    else:
        assert play(operation) == expected
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
        ([sent_to(A), refused(KNOWN, B)], UNKNOWN),
        ([refused("queue_full")], tenon_client.QueueFull),
    ],
)
def test_the_outcome_of_a_task_is_only_whether_it_was_accepted(script, expected):
    play = Play(*script)
    operation = play.api.send_command(Command("cut", {}, None, None, True, "t"))
    if expected == "t":
        assert play(operation) == "t"
    else:
        with pytest.raises(expected):
            play(operation)


def test_a_question_is_asked_again_until_it_has_been_too_long():
    play = Play(NOT_SENT, sent_to(A), done([1]))
    assert play(play.api.read("list_sessions")) == [1]
    play = Play()
    with pytest.raises(tenon_client.Unreachable, match=r"nobody there.*Start Blender"):
        play(play.api.read("list_sessions"))
    assert 5 < len(play.asked) < 20


def test_what_only_reads_is_simply_repeated():
    play = Play(sent_to(OLD), done(1))
    assert play(play.api.send_command(Command("cut", {}, None, None, False, "t"), reads_only=True)) == 1
    assert play.asked == ["cut", "cut"]


def test_a_session_closed_by_the_question_whose_answer_was_lost():
    play = Play(sent_to(A), refused("session_not_found"))
    assert play(play.api.close_session("s")) is None
    assert play.asked == ["close_session", "close_session", "disconnect"]
    play = Play(NOT_SENT, refused("session_not_found"))
    with pytest.raises(tenon_client.SessionNotFound):
        play(play.api.close_session("s"))


def test_pauses_double_from_none_and_end():
    clock = Clock()
    backoff, pauses = Backoff("h:1", 10.0, clock), []
    with pytest.raises(tenon_client.Unreachable, match="h:1"):
        while True:
            pauses.append(backoff.delay(NOT_SENT).seconds)
            clock.now += pauses[-1]
    assert pauses[:5] == [0.0, 0.05, 0.1, 0.2, 0.4] and max(pauses) == 2.0
    assert sum(pauses) == pytest.approx(10.0)
    backoff.reset()
    assert backoff.delay(NOT_SENT).seconds == 0.0


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
def test_a_handshake_that_may_go_better_later_is_a_loss(code):
    handshake = Play().api.handshake()
    next(handshake)
    with pytest.raises(ConnectionLost, match="no room") as caught:
        handshake.send({"status": "error", "code": code, "message": "no room"})
    assert caught.value.server is None, "nothing was sent"
