"""A minimal client of the Model Context Protocol (2025-06-18) over a program's standard input and output.

In: the program. Out: what its tools and resources answer. One request at a time, on the calling thread; each
wait is bounded by `PATIENCE`.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from wire import PATIENCE

APPS = "io.modelcontextprotocol/ui"  # the extension without which a server may hide its apps' tools


class McpClient:
    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.log: list[str] = []
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_log, daemon=True).start()
        self._last_id = 0
        self.server = self.request(
            "initialize",
            protocolVersion="2025-06-18",
            capabilities={"extensions": {APPS: {}}},
            clientInfo={"name": "tenon-tests", "version": "1"},
        )
        self._send({"method": "notifications/initialized"})

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        """The result; notifications that come before it are passed over, an error fails the test."""
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        while True:
            message = self._messages.get(timeout=PATIENCE)
            assert message is not None, f"the server has ended: {self.log[-20:]}"
            if message.get("id") == self._last_id:
                assert "result" in message, message
                return dict(message["result"])

    def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        return self.request("tools/call", name=name, arguments=arguments)

    def text(self, name: str, **arguments: Any) -> str:
        """The text that a tool answers when it works."""
        result = self.tool(name, **arguments)
        assert not result.get("isError"), result
        return "\n".join(each["text"] for each in result["content"] if each["type"] == "text")

    def close(self) -> int:
        """Ends the conversation as the protocol wants it: the program's input ends, then the program."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            return self._process.wait(PATIENCE)
        finally:
            self._process.kill()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._messages.put(json.loads(line))
        self._messages.put(None)

    def _read_log(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self.log.append(line.rstrip())
