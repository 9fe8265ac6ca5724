"""The client for asyncio: `aio.connect()`, then commands, sessions, tasks and events.

In: calls from the tasks of one event loop. Out: results, or a `TenonError`. The rules are in `protocol.py`
and `api.py`; here their effects are carried out. One command runs at a time. What the server answers without
Blender's main thread (`cancel_task` and the like) does not wait for it.

A call that is cancelled gives up waiting; what it asked for goes on in Blender.

`client.py` is generated from this file by `build_steps/sync_client.py`: change it here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any, TypeVar

from . import transport_asyncio as transport
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
) -> Connecting:
    """To be awaited, or entered with `async with`: a client of the Blender that is meant.

    `Unreachable` if it does not answer. Without a port: `TENON_HOST`, `TENON_PORT` and `TENON_TOKEN` of the
    environment, else the only Blender that runs here, else port 9876. `instance` is a pid, a port, or the
    name of the open file. `session_id`: go on in it. `patience`: seconds that a command without a limit of
    its own is waited for; it goes on then. `reconnect`: seconds for which a lost connection is tried again.
    `tls`: whom to trust on another machine, `sha256:…` (see `tenon run get_certificate` there), a file of
    certificates, or `system`; without it `TENON_TLS`.
    """
    client = Client(*prepare(host, port, token, session_id, instance, patience, reconnect, tls))
    return Connecting(client)


class Connecting:
    """A client that will be connected."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __await__(self) -> Generator[Any, None, Client]:
        return self._client.open().__await__()

    async def __aenter__(self) -> Client:
        return await self._client.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()


class Client:
    """A Blender to talk to. Where a session may be left out, the client's own is meant."""

    def __init__(self, address: Address, api: Api) -> None:
        self.address = address
        self._api = api
        self._commands = transport.Slot()
        self._queries = transport.Slot()  # used when a query comes while a command runs

    async def open(self) -> Client:
        """Connects; `Unreachable` if nothing answers."""
        await self._commands.enter()
        try:
            await self._connect(self._commands)
        except BaseException as error:
            self._commands.discard()
            if isinstance(error, ConnectionLost):
                raise unreachable(str(self.address), error) from None
            raise
        finally:
            self._commands.leave()
        return self

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections. Sessions and tasks stay."""
        await self._queries.aclose()
        await self._commands.aclose()

    @property
    def session_id(self) -> str | None:
        """The session that commands without one run in."""
        return self._api.session_id

    # Commands

    async def send_command(
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
        return await self._run(self._api.send_command(command, user_prompt, reads_only))

    async def submit(
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
        return str(await self._run(self._api.send_command(command, user_prompt)))

    async def get_task(self, task_id: str) -> dict[str, Any]:
        """How far a task is."""
        return await self._run(self._api.task("get_task", task_id))

    async def cancel_task(self, task_id: str) -> dict[str, Any]:
        """Stops a task, that of a command that another caller of this client waits for too."""
        return await self._run(self._api.task("cancel_task", task_id))

    async def wait_task(self, task_id: str, timeout: float | None = None) -> Any:
        """The task's result, when it has one. `CommandTimeout` after `timeout` seconds; the task goes on."""
        return await self._run(self._api.wait(task_id, timeout))

    # Sessions

    async def create_session(self) -> str:
        """A new session's id."""
        return await self._run(self._api.create_session())

    async def get_session_info(self, session_id: str | None = None) -> dict[str, Any]:
        """Its times, state and counters."""
        return await self._run(self._api.read_session("get_session_info", session_id))

    get_session = get_session_info

    async def update_state(self, session_id: str | None = None, **keys: Any) -> dict[str, Any]:
        """Merges the keys into the session's state; returns the whole."""
        return await self._run(self._api.update_state(session_id, keys))

    async def get_session_history(
        self, session_id: str | None = None, limit: int | None = None, before: int | None = None
    ) -> list[dict[str, Any]]:
        """What ran in the session, oldest first: the last `limit` (100), or the last before that entry."""
        return await self._run(
            self._api.read_session("get_session_history", session_id, limit=limit, before=before)
        )

    history = get_session_history

    async def search(
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
        return await self._run(operation)

    async def list_sessions(
        self, status: str | None = None, limit: int | None = None, before: float | None = None
    ) -> list[dict[str, Any]]:
        """Sessions, the last used first, those of earlier runs too. `status`: only "live", "parked" or
        "closed" ones, or "all"; `before`: only those last used before this time, in Unix seconds."""
        return await self._run(self._api.read("list_sessions", status=status, limit=limit, before=before))

    async def close_session(self, session_id: str) -> None:
        """Ends a session; what is stored of it stays."""
        await self._run(self._api.close_session(session_id))

    async def restore_session(self, session_id: str) -> dict[str, Any]:
        """Makes a stored session live again."""
        return await self._run(self._api.read_session("restore_session", session_id))

    async def cleanup_idle_sessions(self, timeout: float = 300.0) -> list[str]:
        """Closes the sessions that were idle for longer; their ids."""
        return await self._run(self._api.cleanup_idle_sessions(timeout))

    # The server

    async def status(self) -> dict[str, Any]:
        """What Tenon and Blender's main thread are doing."""
        return await self._run(self._api.read("get_server_status"))

    def events(self, *channels: str, since: int | None = None) -> transport.Events:
        """Iterates over the events of the channels from now on, or after the event with the id `since`."""
        return transport.Events(self.address, self._api.subscription(channels, since), self._api.backoff())

    # Carrying out

    async def _run(self, operation: Operation[T]) -> T:
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
                outcome = await self._perform(effect)
            except (ConnectionLost, TenonError) as error:
                failure = error

    async def _perform(self, effect: Effect) -> Any:
        if isinstance(effect, Sleep):
            return await asyncio.sleep(effect.seconds)
        if isinstance(effect, Disconnect):
            for slot in (self._commands, self._queries):
                if slot.connection:  # closed by its next user: another may be waiting for a reply on it
                    slot.connection.is_outdated = True
            return None
        slot = self._commands
        if not effect.immediate:
            await slot.enter()
        elif not await slot.try_enter():
            slot = self._queries
            await slot.enter()
        try:
            return await self._request(slot, effect)
        except BaseException:  # interrupted too: its reply may come still
            slot.discard()
            raise
        finally:
            slot.leave()

    async def _request(self, slot: transport.Slot, request: Request) -> Reply:
        connection = slot.connection
        if connection is None or connection.is_outdated or await connection.is_stale():
            connection = await self._connect(slot)
        assert connection.server
        return Reply(await connection.request(request.message, request.seconds), connection.server)

    async def _connect(self, slot: transport.Slot) -> transport.Connection:
        slot.discard()
        connection = slot.connection = await transport.connect(self.address)
        handshake = self._api.handshake()
        request = next(handshake)
        try:
            while True:
                request = handshake.send(await connection.request(request.message, request.seconds))
        except StopIteration as end:
            connection.server = end.value
        return connection
