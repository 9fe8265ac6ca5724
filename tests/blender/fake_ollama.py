"""A model's server that speaks Ollama's protocol and answers what it is told, one chat after the other.

In: the answers: a plan as a dict, a text, a call of a tool as `(name, arguments)`, or `SILENCE`. Out: what
it was asked (`chats`), and whether a client has closed a chat that was not over (`closed`). Threads of its
own.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wire import PATIENCE

MODEL = "qwen3:8b"
SILENCE = object()

_FIXED = {
    "/api/version": {"version": "0.12.3"},
    "/api/tags": {"models": [{"name": MODEL, "model": MODEL}]},
    "/api/ps": {"models": []},
    "/api/show": {
        "capabilities": ["completion", "tools"],
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960},
    },
}


class FakeOllama:
    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.chats: list[dict[str, Any]] = []
        self.asked = threading.Event()
        self.closed = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: dict[str, Any]) -> None:
                if self.path == "/api/chat":
                    fake.chats.append(body)
                    fake.asked.set()
                    lines = fake._lines()
                    if lines is None:
                        self.connection.settimeout(PATIENCE)
                        if not self.connection.recv(1):
                            fake.closed.set()
                        self.close_connection = True
                        return
                    said = "".join(json.dumps(line) + "\n" for line in lines)
                else:
                    said = json.dumps(_FIXED.get(self.path, {"error": "not found"}))
                self.send_response(200 if self.path in (*_FIXED, "/api/chat") else 404)
                self.send_header("Content-Length", str(len(said.encode())))
                self.end_headers()
                self.wfile.write(said.encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _lines(self) -> list[dict[str, Any]] | None:
        """The next answer as Ollama streams it; None: nothing, for ever."""
        if not self.answers:
            return [{"error": f"asked once more than the test has answers: {self.chats[-1]['messages'][-1]}"}]
        answer = self.answers.pop(0)
        if answer is SILENCE:
            return None
        message: dict[str, Any] = {"role": "assistant", "content": ""}
        if isinstance(answer, tuple):
            name, arguments = answer
            message["tool_calls"] = [{"function": {"name": name, "arguments": arguments}}]
        else:
            message["content"] = answer if isinstance(answer, str) else json.dumps(answer)
        end = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
        return [{"message": message, "done": False}, end]

    def __enter__(self) -> FakeOllama:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
