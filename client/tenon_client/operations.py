"""A session's operations as steps: each names its command and what of the reply its caller wants. No sockets.

In: what callers say. Out: steps (see `steps.py`), and at the end the answer. `prepare` finds the address.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from .conversation import Conversation, Order
from .errors import SessionNotFound
from .instances import Address, locate
from .messages import outcome
from .steps import HangUp, Steps
from .subscription import Subscription

# Answered without Blender's main thread, and harmless to ask again. The ones that write leave the same behind
# when done twice; a `create_session` whose reply was lost leaves one empty session more.
REPEATABLE = frozenset(
    {
        "ping", "get_server_status", "get_queue_status", "list_instances", "get_task", "cancel_task",
        "get_sessions_info", "list_sessions", "create_session", "get_session_info", "get_session",
        "session_exists", "get_session_history", "search_history", "update_state", "save_session",
        "close_session", "restore_session", "delete_session", "cleanup_idle_sessions", "cleanup_sessions",
        "export_sessions", "import_sessions", "get_store_statistics", "write_design_document",
    }
)  # fmt: skip


class Operations(Conversation):
    """What a client can do, whoever does the talking."""

    def read(self, command: str, **params: Any) -> Steps[Any]:
        """The result of a command that may be repeated; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        reply = yield from self.ask(command, given)
        return outcome(reply.message)

    def send_command(
        self, order: Order, user_prompt: str | None = None, reads_only: bool = False
    ) -> Steps[Any]:
        if user_prompt is not None:
            order = _with_prompt(order, user_prompt)
        if order.later or not (reads_only or order.command in REPEATABLE):
            return (yield from self.run(order))
        reply = yield from self.ask(order.command, order.params, order.session_id or self.session_id)
        return outcome(reply.message)

    def create_session(self) -> Steps[str]:
        return str((yield from self.read("create_session"))["session_id"])

    def about(self, command: str, session_id: str | None, **params: Any) -> Steps[Any]:
        """The result of a command about a session, the client's own if none is named."""
        return self.read(command, session_id=session_id or self.session_id, **params)

    def update_state(self, session_id: str | None, state: Mapping[str, Any]) -> Steps[dict[str, Any]]:
        reply = yield from self.ask("update_state", {**state, "session_id": session_id or self.session_id})
        whole: dict[str, Any] = outcome(reply.message)
        return whole

    def close_session(self, session_id: str) -> Steps[None]:
        reply = yield from self.ask("close_session", {"session_id": session_id})
        try:
            outcome(reply.message)
        except SessionNotFound:
            if not reply.again:  # else the question whose answer was lost has closed it
                raise
        if session_id == self.session_id:
            self._is_named, self.session_id = False, None
        # Tenon closes the connections that held it, perhaps this one.
        yield HangUp()

    def cleanup_idle_sessions(self, timeout: float) -> Steps[list[str]]:
        closed: list[str] = yield from self.read("cleanup_idle_sessions", timeout=timeout)
        yield HangUp()
        return closed

    def task(self, command: str, task_id: str) -> Steps[dict[str, Any]]:
        task: dict[str, Any] = yield from self.read(command, task_id=task_id)
        return task

    def subscription(self, channels: tuple[str, ...], since: int | None) -> Subscription:
        host = self._address.host
        # Without a port: behind a tunnel ours is another than Tenon's.
        named = f"[{host}]" if ":" in host else host
        return Subscription(named, channels, since, f"tenon-client-{uuid4().hex[:8]}", self.token)


def prepare(
    host: str | None,
    port: int | None,
    token: str | None,
    session_id: str | None,
    instance: str | int | None,
    patience: float,
    reconnect: float,
) -> tuple[Address, Operations]:
    """Where to connect, and the rules of the talk."""
    address = locate(host, port, instance)
    token = token or os.environ.get("TENON_TOKEN") or None
    return address, Operations(
        address, token=token, session_id=session_id, patience=patience, reconnect=reconnect
    )


def _with_prompt(order: Order, user_prompt: str) -> Order:
    params = {**order.params, "user_prompt": user_prompt}
    return Order(order.command, params, order.session_id, order.timeout, order.later, order.task_id)
