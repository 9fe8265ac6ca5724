"""A client of port 9876, as the tests speak it: plain sockets, every dialect, every reply looked at.

In: an address and messages. Out: the replies as dicts, in their order. Any thread; each wait is bounded by
`PATIENCE`, so a server that does not answer fails the test instead of holding it up.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 30.0  # seconds; far more than anything here takes


class Client:
    """One connection."""

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=patience)
        self._received = bytearray()
        self.delimiter = b""  # of the last reply

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, message: dict[str, Any] | str | bytes, end: bytes = b"\n") -> None:
        """Text goes out as it is, a dict as JSON."""
        text = json.dumps(message) if isinstance(message, dict) else message
        self.socket.sendall((text.encode() if isinstance(text, str) else text) + end)

    def receive(self) -> dict[str, Any]:
        """The next reply; EOFError when the server has closed."""
        looked_at = 0
        while True:
            ends = [at for at in (self._received.find(end, looked_at) for end in b"\n\0") if at >= 0]
            if ends:
                text, self.delimiter = bytes(self._received[: min(ends)]), bytes([self._received[min(ends)]])
                del self._received[: min(ends) + 1]
                return json.loads(text)
            looked_at = len(self._received)
            chunk = self.socket.recv(1 << 20)
            if not chunk:
                raise EOFError(f"the server closed the connection; unfinished: {self._received[:200]!r}")
            self._received += chunk

    def ask(self, command: str, params: dict[str, Any] | None = None, **top: Any) -> dict[str, Any]:
        """Dialect A; `top` are the members beside `type` and `params`."""
        self.send({"type": command, "params": params or {}, **top})
        return self.receive()

    def result(self, command: str, params: dict[str, Any] | None = None, **top: Any) -> Any:
        """What a command that must succeed answers."""
        reply = self.ask(command, params, **top)
        assert reply["status"] == "success", reply
        return reply["result"]

    def error(self, command: str, params: dict[str, Any] | None = None, **top: Any) -> tuple[str, str]:
        """Code and message of a command that must fail."""
        reply = self.ask(command, params, **top)
        assert reply["status"] == "error", reply
        return reply["code"], reply["message"]

    def execute(self, code: str, strict_json: bool = False) -> dict[str, Any]:
        """Dialect B."""
        self.send({"type": "execute", "code": code, "strict_json": strict_json}, end=b"\0")
        return self.receive()

    def line(self, command: str, params: dict[str, Any] | None = None, id: Any = "1") -> dict[str, Any]:
        """Dialect C."""
        self.send({"id": id, "command": command, "params": params or {}})
        return self.receive()

    def closed(self) -> bool:
        """Whether the server closes the connection now, with nothing more to say."""
        try:
            return not self._received and self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def begin(self, command: str, params: dict[str, Any] | None = None, **top: Any) -> str:
        """An asynchronous command; returns its task's id."""
        answer = self.result(command, params, **{"async": True, **top})
        assert set(answer) == {"task_id", "status"} and answer["status"] == "queued", answer
        return str(answer["task_id"])

    def running(self, command: str) -> dict[str, Any]:
        """What the main thread does, as soon as that is this command."""
        doing = self.until("get_server_status", lambda status: status["main_thread"]["command"] == command)
        return dict(doing["main_thread"])

    def task(self, task_id: str) -> dict[str, Any]:
        """The task, as soon as it has ended."""
        ended = ("completed", "failed", "cancelled")
        return dict(self.until("get_task", lambda task: task["status"] in ended, {"task_id": task_id}))

    def until(self, command: str, wanted: Callable[[Any], bool], params: dict[str, Any] | None = None) -> Any:
        """The first answer to a repeated question that is the wanted one."""
        give_up = time.monotonic() + PATIENCE
        while not wanted(answer := self.result(command, params)):
            assert time.monotonic() < give_up, f"still {answer}"
        return answer
