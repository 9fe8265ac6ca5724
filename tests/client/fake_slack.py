"""A Slack on loopback, as its documents describe it: the Web API and Socket Mode, with faults to order.

In: what a workspace does (people write, press buttons) and which faults are wanted. Out: what the app under
test did, with times: calls, acknowledgements, files. Standard library only; a thread for each connection. It
checks what Slack checks: tokens, addresses that are used once, lengths of files, JSON where JSON is due.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wire import PATIENCE

APP_TOKEN, BOT_TOKEN = "xapp-1-A1-fake", "xoxb-fake"
BOT_USER = "UBOT"
SCOPES = "app_mentions:read,chat:write,commands,files:write,im:history"
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


@dataclass
class Called:
    """A call of the Web API."""

    method: str
    params: dict[str, Any]
    at: float
    answer: dict[str, Any]


@dataclass
class Delivery:
    """An envelope that was sent, and when it was acknowledged."""

    envelope: dict[str, Any]
    sent_at: float
    connection: int
    acknowledged_at: float | None = None
    payload: Any = None


@dataclass
class Link:
    """A WebSocket of the app."""

    number: int
    socket: socket.socket
    opened_at: float
    ended_at: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, text: str | bytes, kind: int = TEXT) -> None:
        payload = text.encode() if isinstance(text, str) else text
        head = bytes([0x80 | kind])
        if len(payload) < 126:
            head += bytes([len(payload)])
        elif len(payload) < 1 << 16:
            head += struct.pack("!BH", 126, len(payload))
        else:
            head += struct.pack("!BQ", 127, len(payload))
        with self.lock:
            self.socket.sendall(head + payload)


class FakeSlack:
    """`base_url` is what an app takes for https://slack.com/api/."""

    def __init__(self) -> None:
        self.calls: list[Called] = []
        self.deliveries: list[Delivery] = []
        self.links: list[Link] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self.scopes: str | None = SCOPES
        self._faults: list[tuple[str, int, dict[str, Any], dict[str, str]]] = []
        self._tickets: dict[str, bool] = {}  # to whether it was used
        self.refused_tickets = 0
        self.greet: Callable[[Link], None] = self.hello
        self.closes_tcp = True
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.base_url = f"http://127.0.0.1:{self.port}/api/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> FakeSlack:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for link in self.links:
            self.drop(link)

    # Watching

    def until(self, wanted: Callable[[], Any]) -> Any:
        """The first true value; looked at again whenever something has happened."""
        give_up = time.monotonic() + PATIENCE
        with self._changed:
            while not (found := wanted()):
                left = give_up - time.monotonic()
                assert left > 0, [(each.method, each.params) for each in self.calls[-8:]]
                self._changed.wait(min(left, 0.5))
            return found

    def note(self, do: Callable[[], Any] = lambda: None) -> Any:
        """Changes what is watched."""
        with self._changed:
            result = do()
            self._changed.notify_all()
            return result

    def called(self, method: str) -> list[Called]:
        return [each for each in self.calls if each.method == method]

    def alive(self) -> list[Link]:
        return [each for each in self.links if each.ended_at is None]

    def in_thread(self, thread: str) -> list[dict[str, Any]]:
        """The app's messages in a thread, as they read now."""
        return [each for each in self.messages.values() if each.get("thread_ts") == thread]

    # What a workspace does

    def mention(self, user: str, channel: str, text: str, thread: str | None = None, **more: Any) -> str:
        """Somebody writes to the bot in a channel; the message's timestamp."""
        ts = self._ts()
        event = {"type": "app_mention", "user": user, "text": f"<@{BOT_USER}> {text}", "ts": ts}
        self.event({**event, "channel": channel, **({"thread_ts": thread} if thread else {}), **more})
        return ts

    def direct(self, user: str, text: str, thread: str | None = None, **more: Any) -> str:
        ts = self._ts()
        event = {"type": "message", "channel_type": "im", "user": user, "text": text, "ts": ts}
        place = {"channel": f"D{user[1:]}", **({"thread_ts": thread} if thread else {})}
        self.event({**event, **place, **more})
        return ts

    def event(
        self, event: dict[str, Any], event_id: str | None = None, age: float = 0, **top: Any
    ) -> Delivery:
        payload = {
            "type": "event_callback",
            "event_id": event_id or f"Ev{next(self._numbers)}",
            "event_time": int(time.time() - age),
            "event": event,
        }
        return self.deliver("events_api", payload, accepts_response_payload=False, **top)

    def press(self, user: str, message: dict[str, Any], action_id: str) -> Delivery:
        """Somebody presses a button of a message that is there."""
        elements = [each for block in message["blocks"] for each in block.get("elements", ())]
        [button] = [each for each in elements if each.get("action_id") == action_id]
        action = {"type": "button", "action_id": action_id, "value": button["value"], "action_ts": self._ts()}
        shown = {"ts": message["ts"], "thread_ts": message.get("thread_ts"), "user": BOT_USER}
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "channel": {"id": message["channel"]},
            "message": shown,
            "container": {"type": "message", "message_ts": message["ts"]},
            "actions": [action],
        }
        return self.deliver("interactive", payload, accepts_response_payload=False)

    def slash(self, user: str, channel: str, text: str) -> Delivery:
        payload = {"command": "/tenon", "text": text, "user_id": user, "channel_id": channel}
        payload["trigger_id"] = f"T{next(self._numbers)}"
        return self.deliver("slash_commands", payload, accepts_response_payload=True)

    def deliver(self, kind: str, payload: dict[str, Any], link: Link | None = None, **top: Any) -> Delivery:
        """Over the newest connection, unless another is named."""
        link = link or self.until(lambda: self.alive())[-1]
        envelope = {"envelope_id": f"E{next(self._numbers)}", "type": kind, "payload": payload, **top}
        delivery = Delivery(envelope, time.monotonic(), link.number)
        self.note(lambda: self.deliveries.append(delivery))
        link.send(json.dumps(envelope))
        return delivery

    def repeat(self, delivery: Delivery, attempt: int = 1, reason: str = "timeout") -> Delivery:
        """The same again, as Slack does when no acknowledgement came."""
        again = {
            name: each for name, each in delivery.envelope.items() if name not in ("envelope_id", "type")
        }
        again |= {"retry_attempt": attempt, "retry_reason": reason}
        payload = again.pop("payload")
        return self.deliver(delivery.envelope["type"], payload, **again)

    # Faults

    def fail(self, method: str, error: str, times: int = 1, status: int = 200, **headers: str) -> None:
        """The method answers so, so many times. `Retry_After="2"` is a header."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"ok": False, "error": error}
        self._faults += [(method, status, body, named)] * times

    def disconnect(self, link: Link, reason: str) -> None:
        link.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}))

    def close(self, link: Link) -> None:
        """The close handshake; TCP stays open if `closes_tcp` is off, as with Slack."""
        link.send(struct.pack("!H", 1000), CLOSE)
        if self.closes_tcp:
            self.drop(link)

    def drop(self, link: Link) -> None:
        """The connection breaks without a word."""
        with contextlib.suppress(OSError):  # gone already
            link.socket.shutdown(socket.SHUT_RDWR)

    def hello(self, link: Link) -> None:
        count = len(self.alive())
        told = {"type": "hello", "num_connections": count, "connection_info": {"app_id": "A1"}}
        link.send(json.dumps({**told, "debug_info": {"host": "fake", "approximate_connection_time": 18060}}))

    # The Web API

    def answer(
        self, method: str, token: str, params: dict[str, Any]
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        called = Called(method, params, time.monotonic(), {})
        status, body, headers = 200, self._answer(method, token, params), {}
        with self._changed:
            for at, (name, code, fault, extra) in enumerate(self._faults):
                if name == method:
                    del self._faults[at]
                    status, body, headers = code, fault, extra
                    break
        if body["ok"]:
            body = body | self._done(method, params)
        if method == "auth.test" and self.scopes is not None:
            headers = {**headers, "X-OAuth-Scopes": self.scopes}
        called.answer = {**body, "status": status}
        self.note(lambda: self.calls.append(called))
        return status, body, headers

    def _answer(self, method: str, token: str, params: dict[str, Any]) -> dict[str, Any]:
        """Whether it is allowed."""
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != wanted:
            kind = "not_allowed_token_type" if token in (APP_TOKEN, BOT_TOKEN) else "invalid_auth"
            return {"ok": False, "error": kind}
        if method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
            if not params.get("text"):
                return {"ok": False, "error": "no_text"}
            texts = [block.get("text", {}).get("text", "") for block in params.get("blocks") or ()]
            if any(len(text) > 3000 for text in texts):
                return {"ok": False, "error": "invalid_blocks"}
        if method == "chat.update" and (params["channel"], params["ts"]) not in self.messages:
            return {"ok": False, "error": "message_not_found"}
        if method == "files.completeUploadExternal":
            if any(each.get("type") == "markdown" for each in params.get("blocks") or ()):
                return {"ok": False, "error": "internal_error"}
            if not all(self.files.get(each["id"], {}).get("data") for each in params["files"]):
                return {"ok": False, "error": "file_not_found"}
        return {"ok": True}

    def _done(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What it does, and what it answers besides."""
        if method == "auth.test":
            return {"user_id": BOT_USER, "user": "tenon", "team": "Fake", "team_id": "T1", "bot_id": "B1"}
        if method == "apps.connections.open":
            ticket = f"t{next(self._numbers)}"
            self._tickets[ticket] = False
            return {"url": f"ws://127.0.0.1:{self.port}/link/?ticket={ticket}&app_id=A1"}
        if method == "chat.postMessage":
            ts = self._ts()
            self.messages[params["channel"], ts] = {"blocks": [], **params, "ts": ts}
            return {"channel": params["channel"], "ts": ts}
        if method == "chat.update":
            self.messages[params["channel"], params["ts"]].update(params)
            return {"channel": params["channel"], "ts": params["ts"]}
        if method == "files.getUploadURLExternal":
            name = f"F{next(self._numbers)}"
            self.files[name] = {"filename": params["filename"], "length": int(params["length"]), "data": b""}
            return {"file_id": name, "upload_url": f"http://127.0.0.1:{self.port}/upload/{name}"}
        if method == "files.completeUploadExternal":
            for each in params["files"]:
                place = {name: params.get(name) for name in ("channel_id", "thread_ts", "initial_comment")}
                # Beside a comment they are ignored.
                blocks = None if params.get("initial_comment") else params.get("blocks")
                self.files[each["id"]].update(place, title=each.get("title"), blocks=blocks, shared=True)
            return {"files": params["files"]}
        return {}

    def upload(self, name: str, data: bytes) -> int:
        """The second step; the status."""
        with self._changed:
            for at, (method, code, _, _) in enumerate(self._faults):
                if method == "upload":
                    del self._faults[at]
                    return code
        if name not in self.files or len(data) != self.files[name]["length"]:
            return 400
        self.note(lambda: self.files[name].update(data=data))
        return 200

    def _ts(self) -> str:
        return f"{int(time.time())}.{next(self._numbers):06d}"

    # Socket Mode

    def serve_link(self, connection: socket.socket, ticket: str, key: str) -> None:
        with self._changed:
            if self._tickets.get(ticket, True):  # unknown, or used: each is good for one connection
                self.refused_tickets += 1
                connection.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
                return
            self._tickets[ticket] = True
        accept = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
        upgraded = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        connection.sendall(f"{upgraded}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        link = Link(next(self._numbers), connection, time.monotonic())
        self.note(lambda: self.links.append(link))
        try:
            self.greet(link)
            while self._receive(link):
                pass
        except OSError:
            pass  # broken, which is noted
        finally:
            self.note(lambda: setattr(link, "ended_at", time.monotonic()))

    def _receive(self, link: Link) -> bool:
        kind, payload = _read_frame(link.socket)
        if kind == PING:
            link.send(payload, PONG)
        elif kind == CLOSE:
            return self.closes_tcp is False  # Slack leaves it open
        elif kind == TEXT:
            self._acknowledged(json.loads(payload))
        return kind is not None

    def _acknowledged(self, answer: dict[str, Any]) -> None:
        def note() -> None:
            for each in self.deliveries:
                if each.envelope["envelope_id"] == answer.get("envelope_id"):
                    each.acknowledged_at, each.payload = time.monotonic(), answer.get("payload")

        self.note(note)


def _read_frame(connection: socket.socket) -> tuple[int | None, bytes]:
    """One frame of a client, which has to be masked; None at the end."""
    head = _exactly(connection, 2)
    if len(head) < 2:
        return None, b""
    length = head[1] & 0x7F
    assert head[1] & 0x80, "a client's frame is masked"
    if length >= 126:
        code, size = ("!H", 2) if length == 126 else ("!Q", 8)
        (length,) = struct.unpack(code, _exactly(connection, size))
    mask, payload = _exactly(connection, 4), _exactly(connection, length)
    return head[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def _exactly(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = connection.recv(size - len(got))
        if not piece:
            break
        got += piece
    return got


def _handler(slack: FakeSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path != "/link/":
                self.send_error(404)
                return
            self.close_connection = True
            ticket = parse_qs(parts.query).get("ticket", [""])[0]
            slack.serve_link(self.connection, ticket, self.headers["Sec-WebSocket-Key"])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            if parts.path.startswith("/upload/"):
                self._reply(slack.upload(parts.path.rpartition("/")[2], body), b"OK", {})
                return
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            if "json" in (self.headers.get("Content-Type") or ""):
                params = json.loads(body or b"{}")
            else:
                params = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                params |= {name: values[0] for name, values in parse_qs(parts.query).items()}
                params |= {name: json.loads(params[name]) for name in ("files", "blocks") if name in params}
            method = parts.path.rpartition("/")[2]
            status, answer, headers = slack.answer(method, token, params)
            self._reply(status, json.dumps(answer).encode(), {"Content-Type": "application/json", **headers})

        def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
