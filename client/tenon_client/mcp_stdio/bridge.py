"""JSON-RPC lines of an assistant in, Blender's answers and notifications out as lines; every request is
answered once.

The thread of `run` reads the lines; each request has a thread of its own, so many can be under way; `Output`
keeps lines whole. Nothing is repeated whose outcome is unknown.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from io import RawIOBase
from typing import BinaryIO

from ..effects import ConnectionLost
from ..errors import Unreachable, WrongServer
from . import cached_lists, mcp_protocol, messages, notifications
from .blender import QUERY_TIMEOUT, Blender, Request
from .http_exchange import HttpError
from .mcp_protocol import Message
from .mcp_session import McpSession

MAX_REQUESTS = 256  # at once
SHUTDOWN_TIMEOUT = 0.5  # seconds that ending the session may take


class Output:
    """Whole lines, from any thread. When nobody reads any more, they are dropped.

    Unbuffered: a thread that is still writing when the program ends would hold a buffer's lock then, which
    Python takes for a fault.
    """

    def __init__(self, stream: RawIOBase) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def line(self, text: bytes) -> None:
        rest = memoryview(text + b"\n")
        with self._lock, contextlib.suppress(OSError, ValueError):
            while rest:
                rest = rest[self._stream.write(rest) or 0 :]

    def message(self, message: Message) -> None:
        self.line(mcp_protocol.encoded(message))


class Bridge:
    def __init__(self, blender: Blender, output: Output) -> None:
        self._blender = blender
        self._output = output
        self._tools = cached_lists.CachedTools()
        self._requests: dict[object, Request] = {}
        self._lock = threading.Lock()  # of `_requests`
        self._notifications: notifications.NotificationStream | None = None

    def run(self, source: BinaryIO) -> None:
        """Serves until the source ends."""
        for text in source:
            if text.strip():
                self._read(text.strip())
        if self._blender.session:
            ending = threading.Thread(target=self._end_session, args=(self._blender.session,), daemon=True)
            ending.start()
            ending.join(SHUTDOWN_TIMEOUT)

    @staticmethod
    def _end_session(session: McpSession) -> None:
        with contextlib.suppress(Unreachable, ConnectionLost, HttpError):
            session.end()

    def _read(self, text: bytes) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            self._output.message(mcp_protocol.error(None, mcp_protocol.PARSE_ERROR, f"not JSON: {error}"))
            return
        if isinstance(message, list):  # 2025-03-26 had batches; each of them may be answered by itself
            for each in message:
                self._dispatch(each, json.dumps(each).encode())
        else:
            self._dispatch(message, text)

    def _dispatch(self, message: object, text: bytes) -> None:
        if not isinstance(message, dict) or not ("method" in message or "id" in message):
            self._output.message(
                mcp_protocol.error(None, mcp_protocol.INVALID_REQUEST, "not a JSON-RPC message")
            )
        elif not mcp_protocol.is_request(message):
            self._forward(message, text)
        elif message["method"] == "initialize":
            self._initialize(message)  # on this thread: what is read after it depends on it
        elif message["method"] == "ping":
            self._output.message(mcp_protocol.reply(message, {}))
        elif not (mcp_protocol.version(message) or self._blender.session):
            hint = "begin with initialize, or give each request its version in _meta (2026-07-28)"
            self._output.message(mcp_protocol.error(message["id"], mcp_protocol.INVALID_REQUEST, hint))
        else:
            self._start(Request(message, text))

    def _initialize(self, message: Message) -> None:
        """Blender's own answer if it is there, else the recorded one."""
        parameters = dict(mcp_protocol.params(message))
        if parameters.get("protocolVersion") not in mcp_protocol.HANDSHAKE_VERSIONS:
            parameters["protocolVersion"] = mcp_protocol.HANDSHAKE_VERSIONS[-1]
        session = McpSession(self._blender.connect, parameters)
        try:
            result = session.begin()
        except (
            Unreachable,
            ConnectionLost,
            HttpError,
            ValueError,
        ) as error:  # the last: another program's answer
            log(f"Blender is not connected yet: {error}")
            version = parameters["protocolVersion"]
            result = {**(cached_lists.recorded("initialize") or {}), "protocolVersion": version}
        self._blender.session = session
        self._output.message(mcp_protocol.reply(message, result))

    def _forward(self, message: Message, text: bytes) -> None:
        """A notification, or the answer to a request of Blender's."""
        method = message.get("method")
        request = None
        if method == "notifications/initialized":  # Blender gets ours
            if self._notifications is None:
                self._notifications = notifications.NotificationStream(
                    self._blender, self._tools, self._output.line
                )
                self._notifications.start()
            return
        if method == "notifications/cancelled":
            id = mcp_protocol.params(message).get("requestId")
            with self._lock:
                request = self._requests.get(id) if isinstance(id, mcp_protocol.ID) else None
            if request is None:
                return
            request.cancel()
            if request.modern:
                return
        if mcp_protocol.version(message) or self._blender.session:
            threading.Thread(target=self._notify, args=(message, text, request), daemon=True).start()

    def _notify(self, message: Message, text: bytes, request: Request | None) -> None:
        """Forwards it; the cancelling of a request not before that request."""
        if request:
            request.delivered.wait(QUERY_TIMEOUT)
        try:
            self._blender.notify(message, text)
        except (Unreachable, ConnectionLost, HttpError) as error:
            log(f"{message.get('method', 'an answer')} was not forwarded: {error}")

    def _start(self, request: Request) -> None:
        with self._lock:
            full = len(self._requests) >= MAX_REQUESTS
            if not full:
                self._requests[request.message["id"]] = request
        if full:
            busy = f"{MAX_REQUESTS} requests are under way; wait for one to end"
            self._output.message(mcp_protocol.failure(request.message, busy))
        else:
            threading.Thread(target=self._answer_request, args=(request,), daemon=True).start()

    def _answer_request(self, request: Request) -> None:
        """Exactly one answer for the request, unless it is cancelled."""
        message = request.message
        try:
            if message["method"] == "subscriptions/listen":
                notifications.listen(self._blender, request, self._tools, self._output.line)
            else:
                self._request(request)
        except Unreachable as error:
            self._answer(request, self._without_blender(message, error))
        except ConnectionLost:
            what = f"the call of {mcp_protocol.params(message).get('name') or message['method']}"
            self._answer(
                request,
                self._recorded(message) or mcp_protocol.failure(message, messages.connection_lost(what)),
            )
        except HttpError as error:
            refusal = messages.http_error(error, self._blender.address)
            self._answer(request, self._recorded(message) or mcp_protocol.failure(message, refusal))
        except Exception as error:  # a fault of this program ends one request, not the conversation
            log(f"{message['method']}: {type(error).__name__}: {error}")
            self._answer(request, mcp_protocol.error(message["id"], mcp_protocol.INTERNAL_ERROR, f"{error}"))
        finally:
            request.delivered.set()
            with self._lock:
                if self._requests.get(message["id"]) is request:
                    del self._requests[message["id"]]

    def _answer(self, request: Request, message: Message) -> None:
        if not request.cancelled:
            self._output.message(message)

    def _request(self, request: Request) -> None:
        message = request.message
        self._remember(message)
        # What Tenon answers by itself is not waited for long: there is the record.
        limit = QUERY_TIMEOUT if message["method"] in cached_lists.snapshot() else None
        for text in self._blender.send(request, limit):
            response = mcp_protocol.response(text, message["id"])
            if request.cancelled and response:
                return
            if response is None:
                self._output.line(text)
                continue
            self._tools.note(message, response.get("result"))
            self._output.line(
                text
                if response.get("id") is not None
                else mcp_protocol.encoded({**response, "id": message["id"]})
            )
            return
        if not request.cancelled:
            raise ConnectionLost("the stream ended without an answer")

    def _remember(self, message: Message) -> None:
        """What holds for the session, and so for the one that may follow it."""
        session, parameters = self._blender.session, mcp_protocol.params(message)
        if session is None or mcp_protocol.version(message):
            return
        if message["method"] == "resources/subscribe":
            session.resources.add(str(parameters.get("uri")))
        elif message["method"] == "resources/unsubscribe":
            session.resources.discard(str(parameters.get("uri")))
        elif message["method"] == "logging/setLevel":
            session.level = str(parameters.get("level"))

    def _without_blender(self, message: Message, error: Unreachable) -> Message:
        if message["method"] in ("logging/setLevel", "resources/subscribe", "resources/unsubscribe"):
            return mcp_protocol.reply(message, {})  # remembered: done when Blender comes
        is_somebody_else = isinstance(error.__cause__, WrongServer)
        address = self._blender.address
        text = messages.not_running(address) if address and not is_somebody_else else str(error)
        return self._recorded(message) or mcp_protocol.failure(message, text)

    def _recorded(self, message: Message) -> Message | None:
        result = cached_lists.recorded(message["method"])
        if result is None:
            return None
        self._tools.note(message, result)
        return mcp_protocol.reply(message, result)


def log(text: str) -> None:
    print(f"tenon mcp: {text}", file=sys.stderr, flush=True)
