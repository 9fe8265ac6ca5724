"""What a client can do, as operations: each names its command and what of the reply it returns. No sockets.

In: what callers say. Out: effects (see `effects.py`), and at the end the answer. `prepare` finds the address.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from .codec import result_of_reply
from .effects import Disconnect, Operation
from .errors import SessionNotFound
from .instances import TOKEN_VARIABLE, Address, locate
from .protocol import Command, Protocol
from .subscription import Subscription

# Answered without Blender's main thread, and harmless to send again. The ones that write leave the same
# behind when done twice; a `create_session` whose reply was lost leaves one empty session more.
REPEATABLE = frozenset(
    {
        "ping", "get_server_status", "get_queue_status", "list_instances", "get_task", "cancel_task",
        "get_sessions_info", "list_sessions", "create_session", "get_session_info", "get_session",
        "session_exists", "get_session_history", "search_history", "update_state", "save_session",
        "close_session", "restore_session", "delete_session", "cleanup_idle_sessions", "cleanup_sessions",
        "export_sessions", "import_sessions", "get_store_statistics", "write_design_document",
    }
)  # fmt: skip


class Api(Protocol):
    """The operations of a client, over whichever transport."""

    def read(self, command: str, **params: Any) -> Operation[Any]:
        """The result of a command that may be repeated; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        reply = yield from self.query(command, given)
        return result_of_reply(reply.message)

    def send_command(
        self, command: Command, user_prompt: str | None = None, reads_only: bool = False
    ) -> Operation[Any]:
        if user_prompt is not None:
            command = replace(command, params={**command.params, "user_prompt": user_prompt})
        is_repeatable = command.name in REPEATABLE
        if command.detached or not (reads_only or is_repeatable):
            return (yield from self.execute(command))
        sender = command.session_id or self.session_id
        reply = yield from self.query(command.name, command.params, sender, immediate=is_repeatable)
        return result_of_reply(reply.message)

    def create_session(self) -> Operation[str]:
        return str((yield from self.read("create_session"))["session_id"])

    def read_session(self, command: str, session_id: str | None, **params: Any) -> Operation[Any]:
        """The result of a command about a session, the client's own if none is named."""
        return self.read(command, session_id=session_id or self.session_id, **params)

    def update_state(self, session_id: str | None, state: Mapping[str, Any]) -> Operation[dict[str, Any]]:
        reply = yield from self.query("update_state", {**state, "session_id": session_id or self.session_id})
        whole: dict[str, Any] = result_of_reply(reply.message)
        return whole

    def close_session(self, session_id: str) -> Operation[None]:
        reply = yield from self.query("close_session", {"session_id": session_id})
        try:
            result_of_reply(reply.message)
        except SessionNotFound:
            if not reply.repeated:  # else the request whose reply was lost has closed it
                raise
        if session_id == self.session_id:
            self._session_is_named, self.session_id = False, None
        # Tenon closes the connections that were attached to it, perhaps ours.
        yield Disconnect()

    def cleanup_idle_sessions(self, timeout: float) -> Operation[list[str]]:
        closed: list[str] = yield from self.read("cleanup_idle_sessions", timeout=timeout)
        yield Disconnect()
        return closed

    def task(self, command: str, task_id: str) -> Operation[dict[str, Any]]:
        task: dict[str, Any] = yield from self.read(command, task_id=task_id)
        return task

    def subscription(self, channels: tuple[str, ...], since: int | None) -> Subscription:
        host = self._address.host
        # Without a port: behind a tunnel ours is another than Tenon's.
        header = f"[{host}]" if ":" in host else host
        return Subscription(header, channels, since, f"tenon-client-{uuid4().hex[:8]}", self.token)


def prepare(
    host: str | None,
    port: int | None,
    token: str | None,
    session_id: str | None,
    instance: str | int | None,
    patience: float,
    reconnect: float,
    tls: str | None = None,
) -> tuple[Address, Api]:
    """Where to connect, and the operations there."""
    address = locate(host, port, instance, tls=tls)
    token = token or os.environ.get(TOKEN_VARIABLE) or None
    return address, Api(address, token=token, session_id=session_id, patience=patience, reconnect=reconnect)
