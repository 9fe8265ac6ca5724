"""The rules of talking to Tenon: handshake, query, execute a command exactly once. Pure but for the clock.

In: what the caller wants, and the outcomes of the effects. Out: effects (see `effects.py`), and at the end
the result or a `TenonError`.

A query that only reads, or leaves the same behind when it is sent twice, is simply sent again when the
connection breaks. A command is not: it carries a task id that the client made, so that after a loss the
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

from .codec import result_of_reply
from .effects import (
    Backoff,
    ConnectionLost,
    Handshake,
    Operation,
    Reply,
    ReplyTimeout,
    Request,
    Server,
    Sleep,
)
from .errors import (
    CommandTimeout,
    OutcomeUnknown,
    ResultNotKept,
    SessionNotFound,
    TaskNotFound,
    TenonError,
    error_of,
)
from .instances import Address

FINISHED = ("completed", "failed", "cancelled")
QUERY_TIMEOUT = 30.0  # seconds
REPLY_GRACE = 10.0  # seconds that a reply may come later than the command's own limit
FIRST_POLL, LONGEST_POLL = 0.01, 0.5  # seconds between two looks at a task


@dataclass(frozen=True)
class Command:
    """A command to execute once. `detached`: only its acceptance is waited for."""

    name: str
    params: Mapping[str, Any]
    session_id: str | None
    timeout: float | None
    detached: bool
    task_id: str

    @classmethod
    def of(
        cls,
        session_id: str | None,
        name: str,
        params: Mapping[str, Any] | None,
        timeout: float | None,
        task_id: str | None,
        detached: bool = False,
    ) -> Command:
        """From what a caller says; a task id it does not choose is made."""
        return cls(name, params or {}, session_id, timeout, detached, task_id or str(uuid4()))


class Protocol:
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
        self._session_is_named = session_id is not None  # by the caller
        self._has_connected = False
        self._reconnect = reconnect
        self._clock = clock
        self._ids = itertools.count(1)

    def backoff(self) -> Backoff:
        return Backoff(str(self._address), self._reconnect, self._clock)

    def handshake(self) -> Handshake:
        """On each new connection, before anything else: authenticates, attaches to the session, learns who
        answers."""
        reply = yield self._handshake_request(self.session_id)
        if reply.get("code") == SessionNotFound.CODE:
            if self._session_is_named and not self._has_connected:
                raise error_of(reply)
            # A session of our own went with its Blender. One the caller named is for the caller to give up.
            reply = yield self._handshake_request(None)
        if reply.get("code") in ("queue_full", "too_many_connections", "shutting_down"):
            raise ConnectionLost(str(reply["message"]))
        server = Server.of(result_of_reply(reply))
        self._has_connected = True
        if not self._session_is_named:
            self.session_id = reply.get("session_id")
        return server

    def _handshake_request(self, session_id: str | None) -> Request:
        more = {"token": self.token} if self.token else {}
        return Request(self._message("get_server_status", {}, session_id, **more), QUERY_TIMEOUT)

    def _message(
        self, command: str, params: Mapping[str, Any], session_id: str | None, **more: Any
    ) -> dict[str, Any]:
        session = {"session_id": session_id} if session_id else {}
        return {"type": command, "params": params, "id": next(self._ids), **session, **more}

    def query(
        self,
        command: str,
        params: Mapping[str, Any] | None = None,
        session_id: str | None = None,
        *,
        immediate: bool = True,
    ) -> Operation[Reply]:
        """The reply to what may be sent again. `session_id` is the sender's; a session that the query is
        about stands in `params`. `immediate`: answered without Blender's main thread."""
        backoff, repeated = self.backoff(), False
        while True:
            message = self._message(command, params or {}, session_id)
            try:
                reply = yield Request(message, QUERY_TIMEOUT, immediate)
                return Reply(reply.message, reply.server, repeated)
            except ConnectionLost as lost:
                repeated = repeated or lost.server is not None
                yield backoff.delay(lost)

    def execute(self, command: Command) -> Operation[Any]:
        """Runs the command exactly once, or raises `OutcomeUnknown`. Its result; its task's id if
        detached."""
        backoff, may_have_arrived = self.backoff(), False
        deadline = self._clock() + (
            self.patience if command.timeout is None else command.timeout + REPLY_GRACE
        )
        while True:
            sender = command.session_id or self.session_id
            more: dict[str, Any] = {"task_id": command.task_id}
            if command.timeout is not None:
                more["timeout"] = command.timeout
            if command.detached:
                more["async"] = True
            message = self._message(command.name, command.params, sender, **more)
            task = None
            try:
                # A detached command is accepted without Blender's main thread.
                reply = yield Request(message, max(deadline - self._clock(), 0.0), command.detached)
            except ReplyTimeout:
                raise self._timeout(command.name, command.task_id) from None
            except ConnectionLost as lost:
                if lost.server is not None:
                    may_have_arrived = True
                    task = yield from self._find_task(command, lost.server)
                if task is None:
                    yield backoff.delay(lost)
                    continue
            else:
                code = reply.message.get("code")
                has_moved = command.session_id is None and sender != self.session_id
                if code == SessionNotFound.CODE and has_moved:
                    continue  # our own session went with its Blender, and we have a new one: it has not run
                if code != "duplicate_task" or not may_have_arrived:
                    result = result_of_reply(reply.message)
                    return command.task_id if command.detached else result
                # The first sending had arrived after all.
                task = yield from self._find_task(command, reply.server)
                if task is None:
                    raise OutcomeUnknown(command.name, command.task_id, "the server has forgotten it already")
            if command.detached:
                return command.task_id
            return (yield from self._await_task(command, task, deadline))

    def _find_task(self, command: Command, sent_to: Server) -> Operation[dict[str, Any] | None]:
        """The task of a command whose reply was lost, or None if it never arrived."""
        if sent_to.instance is None:
            raise OutcomeUnknown(command.name, command.task_id, "this Tenon is too old to say")
        try:
            reply = yield from self.query("get_task", {"task_id": command.task_id})
            task: dict[str, Any] = result_of_reply(reply.message)
            return task
        except TaskNotFound:
            if reply.server.has_tasks_of(sent_to):
                return None
            why = "Blender was restarted, and its Tenon keeps no store"
            raise OutcomeUnknown(command.name, command.task_id, why) from None
        except TenonError as error:
            raise OutcomeUnknown(command.name, command.task_id, error.message) from error

    def _await_task(self, command: Command, task: dict[str, Any], deadline: float) -> Operation[Any]:
        try:
            task = yield from self._poll(task, deadline)
        except CommandTimeout:
            raise
        except TenonError as error:
            raise OutcomeUnknown(command.name, command.task_id, error.message) from error
        return result_of_task(task)

    def wait(self, task_id: str, timeout: float | None) -> Operation[Any]:
        """The result of a task, as soon as it has one; `CommandTimeout` if that takes too long."""
        deadline = self._clock() + (math.inf if timeout is None else timeout)
        reply = yield from self.query("get_task", {"task_id": task_id})
        return result_of_task((yield from self._poll(result_of_reply(reply.message), deadline)))

    def _poll(self, task: dict[str, Any], deadline: float) -> Operation[dict[str, Any]]:
        """The task once it has finished."""
        seconds = FIRST_POLL
        while task["status"] not in FINISHED:
            left = deadline - self._clock()
            if left <= 0:
                raise self._timeout(str(task.get("type")), str(task.get("task_id")))
            yield Sleep(min(seconds, left))
            seconds = min(1.5 * seconds, LONGEST_POLL)
            reply = yield from self.query("get_task", {"task_id": task["task_id"]})
            task = result_of_reply(reply.message)
        return task

    @staticmethod
    def _timeout(name: str, task_id: str) -> CommandTimeout:
        text = f"Timeout waiting for Blender response: '{name}' goes on as task {task_id}"
        return CommandTimeout(text, data={"task_id": task_id})


def result_of_task(task: Mapping[str, Any]) -> Any:
    """The result of a finished task, or its error raised."""
    if task["status"] != "completed":
        body = task.get("error") or {"code": "internal", "message": f"The task is {task['status']}"}
        raise error_of({"task_id": task.get("task_id"), **body})
    result = task.get("result")
    if isinstance(result, dict) and set(result) == {"omitted"}:
        text = f"'{task.get('type')}' was done, but its result was not kept ({result['omitted']})"
        raise ResultNotKept(text, data={"task_id": task.get("task_id")})
    return result
