"""An assistant that has started `tenon mcp`: JSON-RPC lines to the program, and what it writes, line by line.

On the thread of the test; each wait is bounded by `PATIENCE`.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wire import PATIENCE

CLIENT = Path(__file__).resolve().parents[2] / "client"
# The subcommand alone, so that these tests need nothing else of the package.
START = (
    "import argparse, sys; from tenon_client import mcp_stdio; parser = argparse.ArgumentParser(); "
    "mcp_stdio.add_parser(parser.add_subparsers()); chosen = parser.parse_args(); "
    "sys.exit(chosen.func(chosen))"
)
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Assistant:
    def __init__(self, port: int = 0, command: Sequence[str] = (), **environment: str) -> None:
        """`command` is started in place of the program for that port."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}
        self.process = subprocess.Popen(
            command or [sys.executable, "-c", START, "mcp", "--port", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**kept, "PYTHONPATH": str(CLIENT), **environment},
        )
        self.log: list[str] = []
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._last = 0
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read, self._read_log)]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._messages.put({**json.loads(line), "line": line})
        self._messages.put(None)

    def _read_log(self) -> None:
        assert self.process.stderr
        self.log += [line.decode().rstrip() for line in self.process.stderr]

    def write(self, text: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def say(self, method: str, *, id: object = None, modern: bool = False, **params: Any) -> None:
        meta = {"_meta": MODERN} if modern else {}
        message = {"jsonrpc": "2.0", "method": method, "params": {**params, **meta}}
        self.write(json.dumps({**message, **({"id": id} if id is not None else {})}).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        """The next message, whatever it is."""
        message = self._messages.get(timeout=PATIENCE)
        assert message is not None, f"it has ended: {self.log}"
        return message

    def hears_nothing_more(self) -> bool:
        """After the program's end: whether all it wrote has been heard."""
        return self._messages.get(timeout=PATIENCE) is None

    def answer(self, id: object) -> dict[str, Any]:
        """The answer to the request of that id; what comes before it is passed over."""
        while True:
            message = self.hear()
            if message.get("id") == id and "method" not in message:
                return message

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._last += 1
        self.say(method, id=self._last, **params)
        answer = self.answer(self._last)
        assert "result" in answer, answer
        return dict(answer["result"])

    def greet(self, version: str = "2025-11-25") -> dict[str, Any]:
        info = {"name": "tests", "version": "1"}
        result = self.ask("initialize", protocolVersion=version, capabilities={"roots": {}}, clientInfo=info)
        self.say("notifications/initialized")
        return result

    def call(self, tool: str, **more: Any) -> dict[str, Any]:
        return self.ask("tools/call", name=tool, arguments={}, **more)

    def end(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


def words(result: dict[str, Any]) -> str:
    """The text of a tool's error."""
    assert result["isError"], result
    [content] = result["content"]
    return str(content["text"])


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
