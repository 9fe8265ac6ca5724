"""The client for asyncio: `aio.connect()`, then the same commands, sessions, tasks and events as `client.py`.

In: calls from the tasks of one event loop (one exchange with the server at a time). Out: results, or a
`TenonError`. The rules are in `conversation.py` and `operations.py`; here they are carried out. A call that
is cancelled gives up waiting; what it asked for goes on in Blender.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any, TypeVar

from .conversation import Order
from .errors import TenonError
from .instances import Address
from .operations import Operations, prepare
from .steps import HangUp, Lost, Pause, Reply, Step, Steps, unreachable
from .streams import Events, Wire, dial

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
) -> Connecting:
    """To be awaited, or entered with `async with`: a client, found as `tenon_client.connect` finds it."""
    return Connecting(*prepare(host, port, token, session_id, instance, patience, reconnect))


class Connecting:
    """A client that will be connected."""

    def __init__(self, address: Address, rules: Operations) -> None:
        self._client = Client(address, rules)

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

    def __init__(self, address: Address, rules: Operations) -> None:
        self.address = address
        self._rules = rules
        self._wire: Wire | None = None
        self._lock = asyncio.Lock()

    async def open(self) -> Client:
        """Connects; `Unreachable` if nothing answers."""
        try:
            await self._dial()
        except BaseException as error:
            self._hang_up()
            if isinstance(error, Lost):
                raise unreachable(str(self.address), error) from None
            raise
        return self

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection. Sessions and tasks stay."""
        async with self._lock:
            wire, self._wire = self._wire, None
            if wire:
                await wire.aclose()

    @property
    def session_id(self) -> str | None:
        """The session that commands without one run in."""
        return self._rules.session_id

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
        """The command's result. It runs once, whatever becomes of the connection, or `FateUnknown` is raised.

        `timeout`: seconds, then the command is interrupted. `user_prompt`: the person's own words, for the
        session's log. `task_id`: a new UUID of yours to cancel it by. `reads_only`: it may as well run twice.
        """
        order = Order.of(session_id, type, params, timeout, task_id)
        return await self._run(self._rules.send_command(order, user_prompt, reads_only))

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
        order = Order.of(session_id, type, params, timeout, task_id, later=True)
        return str(await self._run(self._rules.send_command(order, user_prompt)))

    async def get_task(self, task_id: str) -> dict[str, Any]:
        return await self._run(self._rules.task("get_task", task_id))

    async def cancel_task(self, task_id: str) -> dict[str, Any]:
        return await self._run(self._rules.task("cancel_task", task_id))

    async def wait_task(self, task_id: str, timeout: float | None = None) -> Any:
        """The task's result, when it has one. `CommandTimeout` after `timeout` seconds; the task goes on."""
        return await self._run(self._rules.wait(task_id, timeout))

    # Sessions

    async def create_session(self) -> str:
        """A new session's id."""
        return await self._run(self._rules.create_session())

    async def get_session_info(self, session_id: str | None = None) -> dict[str, Any]:
        """Its times, state and counters."""
        return await self._run(self._rules.about("get_session_info", session_id))

    get_session = get_session_info

    async def update_state(self, session_id: str | None = None, **keys: Any) -> dict[str, Any]:
        """Merges the keys into the session's state; returns the whole."""
        return await self._run(self._rules.update_state(session_id, keys))

    async def get_session_history(
        self, session_id: str | None = None, limit: int | None = None, before: int | None = None
    ) -> list[dict[str, Any]]:
        """What ran in the session, oldest first: the last `limit` (100), or the last before that entry."""
        return await self._run(
            self._rules.about("get_session_history", session_id, limit=limit, before=before)
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
        steps = self._rules.read(
            "search_history", query=text, session_id=session_id, limit=limit, before=before
        )
        return await self._run(steps)

    async def list_sessions(
        self, status: str | None = None, limit: int | None = None, before: float | None = None
    ) -> list[dict[str, Any]]:
        """Sessions, the last used first, those of earlier runs too. `status`: only "live", "parked" or
        "closed" ones, or "all"; `before`: only those last used before this time, in Unix seconds."""
        return await self._run(self._rules.read("list_sessions", status=status, limit=limit, before=before))

    async def close_session(self, session_id: str) -> None:
        await self._run(self._rules.close_session(session_id))

    async def restore_session(self, session_id: str) -> dict[str, Any]:
        """Makes a stored session live again."""
        return await self._run(self._rules.about("restore_session", session_id))

    async def cleanup_idle_sessions(self, timeout: float = 300.0) -> list[str]:
        """Closes the sessions that were idle for longer; their ids."""
        return await self._run(self._rules.cleanup_idle_sessions(timeout))

    # The server

    async def status(self) -> dict[str, Any]:
        """What Tenon and Blender's main thread are doing."""
        return await self._run(self._rules.read("get_server_status"))

    def events(self, *channels: str, since: int | None = None) -> Events:
        """Iterates over what the channels tell from now on, or after the event with the id `since`."""
        return Events(self.address, self._rules.subscription(channels, since), self._rules.backoff())

    # Carrying out

    async def _run(self, steps: Steps[T]) -> T:
        answer: Any = None
        fault: Exception | None = None
        while True:
            try:
                step = steps.send(answer) if fault is None else steps.throw(fault)
            except StopIteration as end:
                result: T = end.value
                return result
            answer = fault = None
            try:
                answer = await self._take(step)
            except (Lost, TenonError) as error:
                fault = error

    async def _take(self, step: Step) -> Any:
        if isinstance(step, Pause):
            return await asyncio.sleep(step.seconds)
        async with self._lock:
            if isinstance(step, HangUp):
                return self._hang_up()
            try:
                wire = self._wire
                if wire is None or await wire.is_stale():
                    wire = await self._dial()
                assert wire.server
                return Reply(await wire.swap(step.message, step.seconds), wire.server)
            except BaseException:  # cancelled too: its reply may come still
                self._hang_up()
                raise

    async def _dial(self) -> Wire:
        self._hang_up()
        wire = self._wire = Wire(await dial(self.address))
        greeting = self._rules.greet()
        step = next(greeting)
        try:
            while True:
                step = greeting.send(await wire.swap(step.message, step.seconds))
        except StopIteration as end:
            wire.server = end.value
        return wire

    def _hang_up(self) -> None:
        if self._wire:
            self._wire.close()
            self._wire = None
