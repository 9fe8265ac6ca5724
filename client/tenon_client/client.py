"""The client for ordinary code: `connect()`, then commands, sessions, tasks and events. Calls block.

In: calls from any thread. Out: results, or a `TenonError`. The rules are in `protocol.py`
and `api.py`; here their effects are carried out. One command runs at a time. What the server answers without
Blender's main thread (`cancel_task` and the like) does not wait for it.

Generated from `aio.py` by `python3 build_addon.py docs`: change it there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeVar

from . import transport_blocking as transport
from .api import Api, prepare
from .effects import ConnectionLost, Disconnect, Effect, Operation, Reply, Request, Sleep, unreachable
from .errors import TenonError
from .instances import Address
from .protocol import Command

T = TypeVar("T")


def connect(
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    session_id: str | None = None,
    instance: str | int | None = None,
    *,
    patience: float = 180.0,
    reconnect: float = 60.0,
    tls: str | None = None,
) -> Client:
    """A client of the Blender that is meant.

    `Unreachable` if it does not answer. Without a port: `TENON_HOST`, `TENON_PORT` and `TENON_TOKEN` of the
    environment, else the only Blender that runs here, else port 9876. `instance` is a pid, a port, or the
    name of the open file. `session_id`: go on in it. `patience`: seconds that a command without a limit of
    its own is waited for; it goes on then. `reconnect`: seconds for which a lost connection is tried again.
    `tls`: whom to trust on another machine, `sha256:…` (see `tenon run get_certificate` there), a file of
    certificates, or `system`; without it `TENON_TLS`.
    """
    client = Client(*prepare(host, port, token, session_id, instance, patience, reconnect, tls))
    return client.open()


class Client:
    """A Blender to talk to. Where a session may be left out, the client's own is meant."""

    def __init__(self, address: Address, api: Api) -> None:
        self.address = address
        self._api = api
        self._commands = transport.Slot()
        self._queries = transport.Slot()  # used when a query comes while a command runs

    def open(self) -> Client:
        """Connects; `Unreachable` if nothing answers."""
        self._commands.enter()
        try:
            self._connect(self._commands)
        except BaseException as error:
            self._commands.discard()
            if isinstance(error, ConnectionLost):
                raise unreachable(str(self.address), error) from None
            raise
        finally:
            self._commands.leave()
        return self

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. Sessions and tasks stay."""
        self._queries.close()
        self._commands.close()

    @property
    def session_id(self) -> str | None:
        """The session that commands without one run in."""
        return self._api.session_id

    # Commands

    def send_command(
        self,
        session_id: str | None,
        type: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        user_prompt: str | None = None,
        task_id: str | None = None,
        reads_only: bool = False,
    ) -> Any:
        """The command's result. It runs once, whatever becomes of the connection; or `OutcomeUnknown`.

        `timeout`: seconds, then the command is interrupted. `user_prompt`: the person's own words, for the
        session's log. `task_id`: a new UUID of yours to cancel it by. `reads_only`: it may as well run twice.
        """
        command = Command.of(session_id, type, params, timeout, task_id)
        return self._run(self._api.send_command(command, user_prompt, reads_only))

    def submit(
        self,
        session_id: str | None,
        type: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        user_prompt: str | None = None,
        task_id: str | None = None,
    ) -> str:
        """Queues the command and returns its task's id at once."""
        command = Command.of(session_id, type, params, timeout, task_id, detached=True)
        return str(self._run(self._api.send_command(command, user_prompt)))

    def get_task(self, task_id: str) -> dict[str, Any]:
        """How far a task is."""
        return self._run(self._api.task("get_task", task_id))

    def cancel_task(self, task_id: str) -> dict[str, Any]:
        """Stops a task, that of a command that another caller of this client waits for too."""
        return self._run(self._api.task("cancel_task", task_id))

    def wait_task(self, task_id: str, timeout: float | None = None) -> Any:
        """The task's result, when it has one. `CommandTimeout` after `timeout` seconds; the task goes on."""
        return self._run(self._api.wait(task_id, timeout))

    # Sessions

    def create_session(self) -> str:
        """A new session's id."""
        return self._run(self._api.create_session())

    def get_session_info(self, session_id: str | None = None) -> dict[str, Any]:
        """Its times, state and counters."""
        return self._run(self._api.read_session("get_session_info", session_id))

    get_session = get_session_info

    def update_state(self, session_id: str | None = None, **keys: Any) -> dict[str, Any]:
        """Merges the keys into the session's state; returns the whole."""
        return self._run(self._api.update_state(session_id, keys))

    def get_session_history(
        self, session_id: str | None = None, limit: int | None = None, before: int | None = None
    ) -> list[dict[str, Any]]:
        """What ran in the session, oldest first: the last `limit` (100), or the last before that entry."""
        return self._run(
            self._api.read_session("get_session_history", session_id, limit=limit, before=before)
        )

    history = get_session_history

    def search(
        self,
        text: str,
        session_id: str | None = None,
        limit: int | None = None,
        before: int | None = None,
    ) -> list[dict[str, Any]]:
        """What ran in any session, or in this one, and has all words of the text, newest first. `before`:
        only what comes behind the hit with that `cursor`."""
        operation = self._api.read(
            "search_history", query=text, session_id=session_id, limit=limit, before=before
        )
        return self._run(operation)

    def list_sessions(
        self, status: str | None = None, limit: int | None = None, before: float | None = None
    ) -> list[dict[str, Any]]:
        """Sessions, the last used first, those of earlier runs too. `status`: only "live", "parked" or
        "closed" ones, or "all"; `before`: only those last used before this time, in Unix seconds."""
        return self._run(self._api.read("list_sessions", status=status, limit=limit, before=before))

    def close_session(self, session_id: str) -> None:
        """Ends a session; what is stored of it stays."""
        self._run(self._api.close_session(session_id))

    def restore_session(self, session_id: str) -> dict[str, Any]:
        """Makes a stored session live again."""
        return self._run(self._api.read_session("restore_session", session_id))

    def cleanup_idle_sessions(self, timeout: float = 300.0) -> list[str]:
        """Closes the sessions that were idle for longer; their ids."""
        return self._run(self._api.cleanup_idle_sessions(timeout))

    # The server

    def status(self) -> dict[str, Any]:
        """What Tenon and Blender's main thread are doing."""
        return self._run(self._api.read("get_server_status"))

    def events(self, *channels: str, since: int | None = None) -> transport.Events:
        """Iterates over the events of the channels from now on, or after the event with the id `since`."""
        return transport.Events(self.address, self._api.subscription(channels, since), self._api.backoff())

    # Carrying out

    def _run(self, operation: Operation[T]) -> T:
        outcome: Any = None
        failure: Exception | None = None
        while True:
            try:
                effect = operation.send(outcome) if failure is None else operation.throw(failure)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome = failure = None
            try:
                outcome = self._perform(effect)
            except (ConnectionLost, TenonError) as error:
                failure = error

    def _perform(self, effect: Effect) -> Any:
        if isinstance(effect, Sleep):
            return time.sleep(effect.seconds)
        if isinstance(effect, Disconnect):
            for slot in (self._commands, self._queries):
                if slot.connection:  # closed by its next user: another may be waiting for a reply on it
                    slot.connection.is_outdated = True
            return None
        slot = self._commands
        if not effect.immediate:
            slot.enter()
        elif not slot.try_enter():
            slot = self._queries
            slot.enter()
        try:
            return self._request(slot, effect)
        except BaseException:  # interrupted too: its reply may come still
            slot.discard()
            raise
        finally:
            slot.leave()

    def _request(self, slot: transport.Slot, request: Request) -> Reply:
        connection = slot.connection
        if connection is None or connection.is_outdated or connection.is_stale():
            connection = self._connect(slot)
        assert connection.server
        return Reply(connection.request(request.message, request.seconds), connection.server)

    def _connect(self, slot: transport.Slot) -> transport.Connection:
        slot.discard()
        connection = slot.connection = transport.connect(self.address)
        handshake = self._api.handshake()
        request = next(handshake)
        try:
            while True:
                request = handshake.send(connection.request(request.message, request.seconds))
        except StopIteration as end:
            connection.server = end.value
        return connection
