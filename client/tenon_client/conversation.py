"""The rules of talking to Tenon: greet, ask, run a command exactly once. Pure but for the clock.

In: what the caller wants, and the replies that the steps came to. Out: steps (see `steps.py`), and at the end
the result or a `TenonError`.

A question that only reads, or leaves the same behind when it is asked twice, is simply asked again when the
connection breaks. A command is not: it carries a task id of the client's own making, so that after a loss the
server can be asked what became of it.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from .errors import (
    CommandTimeout,
    FateUnknown,
    ResultNotKept,
    SessionNotFound,
    TaskNotFound,
    TenonError,
    error_of,
)
from .instances import Address
from .messages import outcome
from .steps import Backoff, Exchange, Greeting, Late, Lost, Pause, Reply, Server, Steps

ENDED = ("completed", "failed", "cancelled")
ANSWERED_AT_ONCE = 30.0  # seconds; what needs no turn of Blender's main thread
GRACE = 10.0  # seconds that a reply may come later than the command's own limit
LOOK, LONGEST_LOOK = 0.01, 0.5  # seconds between two looks at a task


@dataclass(frozen=True)
class Order:
    """A command to run once. `later`: only its acceptance is waited for."""

    command: str
    params: Mapping[str, Any]
    session_id: str | None
    timeout: float | None
    later: bool
    task_id: str

    @classmethod
    def of(
        cls,
        session_id: str | None,
        command: str,
        params: Mapping[str, Any] | None,
        timeout: float | None,
        task_id: str | None,
        later: bool = False,
    ) -> Order:
        """From what a caller says; a task id it does not choose is made."""
        return cls(command, params or {}, session_id, timeout, later, task_id or str(uuid4()))


class Conversation:
    """What a client and its server know of each other, over all of their connections."""

    def __init__(
        self,
        address: Address,
        *,
        token: str | None = None,
        session_id: str | None = None,
        patience: float = 180.0,
        reconnect: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session_id = session_id
        self.patience = patience
        self.token = token
        self._address = address
        self._is_named = session_id is not None
        self._has_met = False
        self._reconnect = reconnect
        self._clock = clock
        self._ids = itertools.count(1)

    def backoff(self) -> Backoff:
        return Backoff(str(self._address), self._reconnect, self._clock)

    def greet(self) -> Greeting:
        """On each new connection, before anything else: shows the token, goes on in the session, learns who
        answers."""
        reply = yield self._greeting(self.session_id)
        if reply.get("code") == SessionNotFound.CODE:
            if self._is_named and not self._has_met:
                raise error_of(reply)
            # A session of our own went with its Blender. One the caller named is for the caller to give up.
            reply = yield self._greeting(None)
        if reply.get("code") in ("queue_full", "shutting_down"):
            raise Lost(str(reply["message"]))
        server = Server.of(outcome(reply))
        self._has_met = True
        if not self._is_named:
            self.session_id = reply.get("session_id")
        return server

    def _greeting(self, session_id: str | None) -> Exchange:
        shown = {"token": self.token} if self.token else {}
        return Exchange(self._message("get_server_status", {}, session_id, **shown), ANSWERED_AT_ONCE)

    def _message(
        self, command: str, params: Mapping[str, Any], session_id: str | None, **beside: Any
    ) -> dict[str, Any]:
        named = {"session_id": session_id} if session_id else {}
        return {"type": command, "params": params, "id": next(self._ids), **named, **beside}

    def ask(
        self, command: str, params: Mapping[str, Any] | None = None, session_id: str | None = None
    ) -> Steps[Reply]:
        """What may be asked again. `session_id` is who asks; what it is about stands in `params`."""
        backoff, again = self.backoff(), False
        while True:
            message = self._message(command, params or {}, session_id)
            try:
                reply = yield Exchange(message, ANSWERED_AT_ONCE)
                return Reply(reply.message, reply.server, again)
            except Lost as lost:
                again = again or lost.server is not None
                yield backoff.pause(lost)

    def run(self, order: Order) -> Steps[Any]:
        """Runs the command exactly once, or raises `FateUnknown`. Its result; its task's id if `later`."""
        backoff, was_sent = self.backoff(), False
        until = self._clock() + (self.patience if order.timeout is None else order.timeout + GRACE)
        while True:
            asker = order.session_id or self.session_id
            beside: dict[str, Any] = {"task_id": order.task_id}
            if order.timeout is not None:
                beside["timeout"] = order.timeout
            if order.later:
                beside["async"] = True
            message = self._message(order.command, order.params, asker, **beside)
            task = None
            try:
                reply = yield Exchange(message, max(until - self._clock(), 0.0))
            except Late:
                raise self._late(order.command, order.task_id) from None
            except Lost as lost:
                if lost.server is not None:
                    was_sent = True
                    task = yield from self._fate(order, lost.server)
                if task is None:
                    yield backoff.pause(lost)
                    continue
            else:
                code = reply.message.get("code")
                moved = order.session_id is None and asker != self.session_id
                if code == SessionNotFound.CODE and moved:
                    continue  # our own session went with its Blender, and we have a new one: it has not run
                if code != "duplicate_task" or not was_sent:
                    result = outcome(reply.message)
                    return order.task_id if order.later else result
                # What we thought never came has come after all.
                task = yield from self._fate(order, reply.server)
                if task is None:
                    raise FateUnknown(order.command, order.task_id, "the server has forgotten it already")
            if order.later:
                return order.task_id
            return (yield from self._end_of(order, task, until))

    def _fate(self, order: Order, sent_to: Server) -> Steps[dict[str, Any] | None]:
        """What became of a command whose reply was lost: its task, or None if it never arrived."""
        if sent_to.instance is None:
            raise FateUnknown(order.command, order.task_id, "this Tenon is too old to be asked")
        try:
            reply = yield from self.ask("get_task", {"task_id": order.task_id})
            task: dict[str, Any] = outcome(reply.message)
            return task
        except TaskNotFound:
            if reply.server.would_know(sent_to):
                return None
            why = "Blender was started anew, and its Tenon keeps no store"
            raise FateUnknown(order.command, order.task_id, why) from None
        except TenonError as error:
            raise FateUnknown(order.command, order.task_id, error.message) from error

    def _end_of(self, order: Order, task: dict[str, Any], until: float) -> Steps[Any]:
        try:
            task = yield from self._follow(task, until)
        except CommandTimeout:
            raise
        except TenonError as error:
            raise FateUnknown(order.command, order.task_id, error.message) from error
        return result_of(task)

    def wait(self, task_id: str, timeout: float | None) -> Steps[Any]:
        """The result of a task, as soon as it has one; `CommandTimeout` if that takes too long."""
        until = self._clock() + (math.inf if timeout is None else timeout)
        reply = yield from self.ask("get_task", {"task_id": task_id})
        return result_of((yield from self._follow(outcome(reply.message), until)))

    def _follow(self, task: dict[str, Any], until: float) -> Steps[dict[str, Any]]:
        seconds = LOOK
        while task["status"] not in ENDED:
            left = until - self._clock()
            if left <= 0:
                raise self._late(str(task.get("type")), str(task.get("task_id")))
            yield Pause(min(seconds, left))
            seconds = min(1.5 * seconds, LONGEST_LOOK)
            reply = yield from self.ask("get_task", {"task_id": task["task_id"]})
            task = outcome(reply.message)
        return task

    @staticmethod
    def _late(command: str, task_id: str) -> CommandTimeout:
        words = f"Timeout waiting for Blender response: '{command}' goes on as task {task_id}"
        return CommandTimeout(words, data={"task_id": task_id})


def result_of(task: Mapping[str, Any]) -> Any:
    """What an ended task came to: its result, or its error raised."""
    if task["status"] != "completed":
        body = task.get("error") or {"code": "internal", "message": f"The task is {task['status']}"}
        raise error_of({"task_id": task.get("task_id"), **body})
    result = task.get("result")
    if isinstance(result, dict) and set(result) == {"omitted"}:
        words = f"'{task.get('type')}' was done, but its result was not kept ({result['omitted']})"
        raise ResultNotKept(words, data={"task_id": task.get("task_id")})
    return result
