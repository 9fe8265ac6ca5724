"""The bot's Blender: sessions that are found again, commands as tasks, and whether it answers at all.

In: how to connect; commands in sessions. Out: results, or a `TenonError`. Any thread. A lost connection is
opened again by the client, for a minute; after that each call looks anew for a Blender.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..client import Client
from ..errors import SessionNotFound, TenonError, Unreachable
from .message import Row
from .roles import ADMINISTRATIVE
from .texts import picture_of

T = TypeVar("T")

log = logging.getLogger(__name__)


class Blender:
    """`connect` opens a client, in the session of that id or in one of its own."""

    def __init__(self, connect: Callable[[str | None], Client]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._client: Client | None = None

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client:
            client.close()

    def _do(self, operation: Callable[[Client], T]) -> T:
        with self._lock:
            client = self._client = self._client or self._connect(None)
        try:
            return operation(client)
        except Unreachable:
            with self._lock:
                if self._client is client:
                    self._client = None
            client.close()
            raise

    def address(self) -> str:
        return self._do(lambda client: str(client.address))

    def status(self) -> dict[str, Any]:
        return self._do(lambda client: client.status())

    def command(self, name: str) -> Row | None:
        """A command as `list_commands` tells it, by its name or another of its names."""
        params = {"command": name}
        found = self._do(lambda client: client.send_command(None, "list_commands", params, reads_only=True))
        rows = found["commands"]
        return rows[0] if rows else None

    @staticmethod
    def _found(client: Client, session: str) -> None:
        try:
            client.get_session_info(session)
        except SessionNotFound:
            client.restore_session(session)  # it was closed

    def session(self, known: str | None) -> str:
        """The session itself, or a new one if Tenon does not know it any more."""
        if known is not None:
            try:
                self._do(lambda client: self._found(client, known))
                return known
            except Unreachable:
                raise
            except TenonError as error:
                log.info("session %s: %s", known, error.message)
        return self._do(lambda client: client.create_session())

    def run(
        self,
        session: str,
        command: str,
        params: Mapping[str, Any],
        prompt: str | None = None,
        task_id: str | None = None,
    ) -> Any:
        """The command's result, over a connection of its own, as each runs one command at a time."""
        with self._connect(session) as client:
            return client.send_command(session, command, params, user_prompt=prompt, task_id=task_id)

    def task(self, task_id: str) -> dict[str, Any]:
        return self._do(lambda client: client.get_task(task_id))

    def cancel(self, task_id: str) -> dict[str, Any]:
        return self._do(lambda client: client.cancel_task(task_id))

    def picture(self, session: str) -> bytes | None:
        """A PNG of what the scene looks like now."""
        images = self.run(session, "look", {}).get("images") or []
        return picture_of(images[0]) if images else None

    def newer_change(self, task_id: str) -> str | None:
        """The command that changed something after that task did, or `None`. What the person at Blender does
        is no task. `TenonError` if the task is too long ago to tell."""
        listed = self._do(
            lambda client: client.send_command(None, "list_tasks", {"limit": 1000}, reads_only=True)
        )
        for task in listed["tasks"]:
            if task["task_id"] == task_id:
                return None
            if task["status"] in ("completed", "processing") and self._changes(str(task["type"])):
                return str(task["type"])
        raise TenonError("That is too long ago to undo by a button", code="too_old")

    def _changes(self, command: str) -> bool:
        row = self.command(command)
        return row is None or not (row["reads_only"] or row["name"] in ADMINISTRATIVE)
