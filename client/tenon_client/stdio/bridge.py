"""JSON-RPC lines of an assistant in, Blender's answers and news out as lines; every request is answered once.

The thread of `run` reads the lines; each request has a thread of its own, so many can be under way; `Output`
keeps lines whole. Nothing is repeated whose fate is unknown.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from io import RawIOBase
from typing import BinaryIO

from . import lists, news, protocol, words
from .blender import ANSWERING, Blender, Request
from .exchange import Lost, Refused, Unreachable
from .protocol import Message
from .session import Session

UNDER_WAY = 256  # requests at once
FAREWELL = 0.5  # seconds that an assistant's leaving may take


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
        self.line(protocol.encoded(message))


class Bridge:
    def __init__(self, blender: Blender, output: Output) -> None:
        self._blender = blender
        self._output = output
        self._tools = lists.Tools()
        self._under_way: dict[object, Request] = {}
        self._lock = threading.Lock()  # of `_under_way`
        self._news: news.News | None = None

    def run(self, source: BinaryIO) -> None:
        """Serves until the source ends."""
        for text in source:
            if text.strip():
                self._read(text.strip())
        if self._blender.session:
            farewell = threading.Thread(target=self._leave, args=(self._blender.session,), daemon=True)
            farewell.start()
            farewell.join(FAREWELL)

    @staticmethod
    def _leave(session: Session) -> None:
        with contextlib.suppress(Unreachable, Lost, Refused):
            session.end()

    def _read(self, text: bytes) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            self._output.message(protocol.error(None, protocol.PARSE_ERROR, f"not JSON: {error}"))
            return
        if isinstance(message, list):  # 2025-03-26 had batches; each of them may be answered by itself
            for each in message:
                self._take(each, json.dumps(each).encode())
        else:
            self._take(message, text)

    def _take(self, message: object, text: bytes) -> None:
        if not isinstance(message, dict) or not ("method" in message or "id" in message):
            self._output.message(protocol.error(None, protocol.INVALID_REQUEST, "not a JSON-RPC message"))
        elif not protocol.is_request(message):
            self._pass_on(message, text)
        elif message["method"] == "initialize":
            self._initialize(message)  # here: what is read after it stands on it
        elif message["method"] == "ping":
            self._output.message(protocol.reply(message, {}))
        elif not (protocol.version(message) or self._blender.session):
            complaint = "begin with initialize, or give each request its version in _meta (2026-07-28)"
            self._output.message(protocol.error(message["id"], protocol.INVALID_REQUEST, complaint))
        else:
            self._begin(Request(message, text))

    def _initialize(self, message: Message) -> None:
        """Greets in Blender's words if it is there, else in those recorded of it."""
        parameters = dict(protocol.params(message))
        if parameters.get("protocolVersion") not in protocol.HANDSHAKE_VERSIONS:
            parameters["protocolVersion"] = protocol.HANDSHAKE_VERSIONS[-1]
        session = Session(self._blender.connect, parameters)
        try:
            result = session.begin()
        except (Unreachable, Lost, Refused, ValueError) as error:  # the last: another program's answer
            log(f"Blender is not connected yet: {error}")
            version = parameters["protocolVersion"]
            result = {**(lists.recorded("initialize") or {}), "protocolVersion": version}
        self._blender.session = session
        self._output.message(protocol.reply(message, result))

    def _pass_on(self, message: Message, text: bytes) -> None:
        """A notification, or the answer to a question of Blender's."""
        method = message.get("method")
        request = None
        if method == "notifications/initialized":  # Blender hears ours
            if self._news is None:
                self._news = news.News(self._blender, self._tools, self._output.line)
                self._news.start()
            return
        if method == "notifications/cancelled":
            id = protocol.params(message).get("requestId")
            with self._lock:
                request = self._under_way.get(id) if isinstance(id, protocol.ID) else None
            if request is None:
                return
            request.cancel()
            if request.modern:
                return
        if protocol.version(message) or self._blender.session:
            threading.Thread(target=self._notify, args=(message, text, request), daemon=True).start()

    def _notify(self, message: Message, text: bytes, request: Request | None) -> None:
        """Passes it on; the cancelling of a request not before that request."""
        if request:
            request.delivered.wait(ANSWERING)
        try:
            self._blender.notify(message, text)
        except (Unreachable, Lost, Refused) as error:
            log(f"{message.get('method', 'an answer')} was not passed on: {error}")

    def _begin(self, request: Request) -> None:
        with self._lock:
            full = len(self._under_way) >= UNDER_WAY
            if not full:
                self._under_way[request.message["id"]] = request
        if full:
            busy = f"{UNDER_WAY} requests are under way; wait for one to end"
            self._output.message(protocol.failure(request.message, busy))
        else:
            threading.Thread(target=self._serve, args=(request,), daemon=True).start()

    def _serve(self, request: Request) -> None:
        """Exactly one answer for the request, unless it is cancelled."""
        message = request.message
        try:
            if message["method"] == "subscriptions/listen":
                news.listen(self._blender, request, self._tools, self._output.line)
            else:
                self._ask(request)
        except Unreachable as error:
            self._answer(request, self._without_blender(message, error))
        except Lost:
            what = f"the call of {protocol.params(message).get('name') or message['method']}"
            self._answer(request, self._recorded(message) or protocol.failure(message, words.lost(what)))
        except Refused as error:
            refusal = words.refused(error, self._blender.address)
            self._answer(request, self._recorded(message) or protocol.failure(message, refusal))
        except Exception as error:  # a fault of this program ends one request, not the conversation
            log(f"{message['method']}: {type(error).__name__}: {error}")
            self._answer(request, protocol.error(message["id"], protocol.INTERNAL_ERROR, f"{error}"))
        finally:
            request.delivered.set()
            with self._lock:
                if self._under_way.get(message["id"]) is request:
                    del self._under_way[message["id"]]

    def _answer(self, request: Request, message: Message) -> None:
        if not request.cancelled:
            self._output.message(message)

    def _ask(self, request: Request) -> None:
        message = request.message
        self._remember(message)
        # What Tenon answers by itself is not waited for long: there is the record.
        limit = ANSWERING if message["method"] in lists.snapshot() else None
        for text in self._blender.ask(request, limit):
            response = protocol.response(text, message["id"])
            if request.cancelled and response:
                return
            if response is None:
                self._output.line(text)
                continue
            self._tools.note(message, response.get("result"))
            self._output.line(
                text
                if response.get("id") is not None
                else protocol.encoded({**response, "id": message["id"]})
            )
            return
        if not request.cancelled:
            raise Lost("the stream ended without an answer")

    def _remember(self, message: Message) -> None:
        """What holds for the session, and so for the one that may follow it."""
        session, parameters = self._blender.session, protocol.params(message)
        if session is None or protocol.version(message):
            return
        if message["method"] == "resources/subscribe":
            session.resources.add(str(parameters.get("uri")))
        elif message["method"] == "resources/unsubscribe":
            session.resources.discard(str(parameters.get("uri")))
        elif message["method"] == "logging/setLevel":
            session.level = str(parameters.get("level"))

    def _without_blender(self, message: Message, error: Unreachable) -> Message:
        if message["method"] in ("logging/setLevel", "resources/subscribe", "resources/unsubscribe"):
            return protocol.reply(message, {})  # remembered: done when Blender comes
        text = words.closed(self._blender.address) if self._blender.address else str(error)
        return self._recorded(message) or protocol.failure(message, text)

    def _recorded(self, message: Message) -> Message | None:
        result = lists.recorded(message["method"])
        if result is None:
            return None
        self._tools.note(message, result)
        return protocol.reply(message, result)


def log(text: str) -> None:
    print(f"tenon mcp: {text}", file=sys.stderr, flush=True)
