"""The assistant's session of the older era at Blender: begun when it is first needed, and begun anew behind
the assistant's back when Blender no longer knows it.

In: the assistant's own `initialize`. Out: headers for its later requests. Any thread.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping

from . import protocol
from .exchange import Exchange, Lost, Refused
from .protocol import Message

Connect = Callable[[Mapping[str, str], float | None], Exchange]

GREETING = 2.0  # seconds; Tenon greets without waiting for Blender
NAME = "Mcp-Session-Id"


class Session:
    def __init__(self, connect: Connect, parameters: Message) -> None:
        self._connect = connect
        self._parameters = parameters
        self._headers: dict[str, str] | None = None
        self._lock = threading.RLock()
        self._begun = 0
        self.level: str | None = None  # of log messages, if the assistant has chosen one
        self.resources: set[str] = set()  # those it has subscribed to

    def begin(self) -> Message:
        """Greets Blender; its answer. Raises what an exchange raises."""
        with self._lock:
            return self._begin()

    def _begin(self) -> Message:
        self._begun += 1
        request = {"id": f"tenon-{self._begun}", "method": "initialize", "params": self._parameters}
        exchange = self._connect({}, GREETING)
        exchange.send("POST", protocol.encoded(request))
        given = exchange.receive().get(NAME)
        result = answer(exchange, request)
        chosen = str(result.get("protocolVersion", ""))
        headers = {"MCP-Protocol-Version": chosen, **({NAME: given} if given else {})}
        self._say(headers, {"method": "notifications/initialized"})
        self._headers = headers
        # What the assistant asked of the session before holds for this one too.
        wishes = [("resources/subscribe", {"uri": uri}) for uri in sorted(self.resources)]
        if self.level:
            wishes.append(("logging/setLevel", {"level": self.level}))
        for method, parameters in wishes:
            with contextlib.suppress(Refused):
                self._say(headers, {"id": f"tenon-{method}", "method": method, "params": parameters})
        return result

    def headers(self) -> dict[str, str]:
        """What a request of this session carries; begins it if it is not."""
        with self._lock:
            if self._headers is None:
                self._begin()
            assert self._headers is not None
            return self._headers

    def forget(self, headers: Mapping[str, str]) -> None:
        """Blender does not know the session that these headers name."""
        with self._lock:
            if self._headers is headers:
                self._headers = None

    def end(self) -> None:
        """Tells Blender that the assistant has gone, if it hears that at once."""
        with self._lock:
            if self._headers and NAME in self._headers:
                exchange = self._connect(self._headers, GREETING)
                exchange.send("DELETE")
                exchange.receive()

    def _say(self, headers: Mapping[str, str], message: Message) -> None:
        exchange = self._connect(headers, GREETING)
        exchange.send("POST", protocol.encoded(message))
        for _ in exchange.messages():
            pass


def answer(exchange: Exchange, request: Message) -> Message:
    """The result of a request of ours."""
    for text in exchange.messages():
        message = protocol.response(text, request["id"])
        if message is not None:
            exchange.close()
            if not isinstance(message.get("result"), dict):
                raise Refused(200, json.dumps(message.get("error")))
            return dict(message["result"])
    raise Lost("the stream ended without an answer")
