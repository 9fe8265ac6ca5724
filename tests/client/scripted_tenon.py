"""A server at `/mcp` that fails on demand, in ways a real Tenon cannot be made to.

In: functions that answer methods, on the thread of their connection. Out: everything it was asked, in order.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wire import PATIENCE

TOOLS = [{"name": "look", "inputSchema": {"type": "object"}}]


class Connection(BaseHTTPRequestHandler):
    """One request; `tenon` is the server of the test."""

    protocol_version = "HTTP/1.1"
    tenon: ScriptedTenon

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        message = json.loads(text)
        method = message.get("method", "answer")
        if message.get("params", {}).get("name") == "create_session":
            method = "create_session"
        self.tenon.asked.put((method, dict(self.headers), message))
        if method == "notifications/cancelled":
            self.tenon.cancelled.set()
        session = self.headers.get("Mcp-Session-Id")
        if session and session not in self.tenon.sessions:
            self.whole(404, "text/plain", b"Not Found: Session not found")
            return
        if "id" not in message or "method" not in message:
            self.whole(202, "text/plain", b"")
            return
        self.tenon.answers[method](self, message)

    def do_GET(self) -> None:
        session = self.headers["Mcp-Session-Id"]
        if session not in self.tenon.sessions:
            self.whole(404, "text/plain", b"Not Found: Session not found")
            return
        self.begin_stream()
        self.tenon.asked.put(("GET", dict(self.headers), {}))
        while (text := self.tenon.news.get()) is not None:
            self.event(text)
        self.end_stream()

    def do_DELETE(self) -> None:
        self.tenon.asked.put(("DELETE", dict(self.headers), {}))
        self.whole(200, "text/plain", b"")

    def whole(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def result(self, message: dict[str, Any], result: object, **headers: str) -> None:
        answer = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}, indent=1)
        self.whole(200, "application/json", answer.encode(), **headers)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, text: str) -> None:
        """One event, cut where it hurts: in its middle, and before its last line's end."""
        data = f": alive\nid: 1\ndata: {text}\r\n\r\n".encode()
        middle = len(data) // 2
        for piece in (data[:middle], data[middle:-1], data[-1:]):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.flush()

    def end_stream(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def vanish(self) -> None:
        """Ends the connection without a word, as a killed process does."""
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Answer = Callable[[Connection, dict[str, Any]], None]


class ScriptedTenon:
    def __init__(self, port: int = 0) -> None:
        self.asked: queue.Queue[tuple[str, dict[str, str], dict[str, Any]]] = queue.Queue()
        self.news: queue.Queue[str | None] = queue.Queue()
        self.sessions: set[str] = set()
        self.cancelled = threading.Event()  # set by the notification
        self.tools = TOOLS
        self.answers: dict[str, Answer] = {"initialize": self._greet}
        self.answers["create_session"] = lambda connection, message: connection.result(
            message, {"structuredContent": {"session_id": "made"}}
        )
        for method in ("logging/setLevel", "resources/subscribe"):
            self.answers[method] = lambda connection, message: connection.result(message, {})
        self.answers["tools/list"] = lambda connection, message: connection.result(
            message, {"tools": self.tools}
        )
        handler = type("Handler", (Connection,), {"tenon": self})
        self._server = Server(("127.0.0.1", port), handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> ScriptedTenon:
        return self

    def __exit__(self, *_: object) -> None:
        self.news.put(None)
        self._server.shutdown()
        self._server.server_close()

    def _greet(self, connection: Connection, message: dict[str, Any]) -> None:
        session = f"session-{len(self.sessions) + 1}"
        self.sessions.add(session)
        result = {
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "scripted", "version": "1"},
        }
        connection.result(message, result, Mcp_Session_Id=session)

    def wait_for(self, method: str) -> tuple[dict[str, str], dict[str, Any]]:
        """The headers and the message of the next request of this method; those before it are passed over."""
        while True:
            asked, headers, message = self.asked.get(timeout=PATIENCE)
            if asked == method:
                return headers, message
