"""The assistant's MCP session of the older era at Blender: begun when it is first needed, and begun anew,
without the assistant noticing, when Blender no longer knows it.

In: the assistant's own `initialize`. Out: headers for its later requests. Any thread.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping

from ..effects import ConnectionLost
from . import mcp_protocol
from .http_exchange import HttpError, HttpExchange
from .mcp_protocol import Message

Connect = Callable[[Mapping[str, str], float | None], HttpExchange]

HANDSHAKE_TIMEOUT = 2.0  # seconds; Tenon answers it without waiting for Blender
SESSION_HEADER = "Mcp-Session-Id"


class McpSession:
    def __init__(self, connect: Connect, parameters: Message) -> None:
        self._connect = connect
        self._parameters = parameters
        self._headers: dict[str, str] | None = None
        self._lock = threading.RLock()
        self._count = 0
        self.level: str | None = None  # of log messages, if the assistant has chosen one
        self.resources: set[str] = set()  # those it has subscribed to

    def begin(self) -> Message:
        """The handshake; Blender's answer. Raises what an exchange raises."""
        with self._lock:
            return self._begin()

    def _begin(self) -> Message:
        self._count += 1
        request = {"id": f"tenon-{self._count}", "method": "initialize", "params": self._parameters}
        exchange = self._connect({}, HANDSHAKE_TIMEOUT)
        exchange.send("POST", mcp_protocol.encoded(request))
        given = exchange.receive().get(SESSION_HEADER)
        result = answer(exchange, request)
        chosen = str(result.get("protocolVersion", ""))
        headers = {"MCP-Protocol-Version": chosen, **({SESSION_HEADER: given} if given else {})}
        self._send(headers, {"method": "notifications/initialized"})
        self._headers = headers
        # What the assistant set in the session before holds for this one too.
        settings = [("resources/subscribe", {"uri": uri}) for uri in sorted(self.resources)]
        if self.level:
            settings.append(("logging/setLevel", {"level": self.level}))
        for method, parameters in settings:
            with contextlib.suppress(HttpError):
                self._send(headers, {"id": f"tenon-{method}", "method": method, "params": parameters})
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
        """Ends it at Blender, if that answers at once."""
        with self._lock:
            if self._headers and SESSION_HEADER in self._headers:
                exchange = self._connect(self._headers, HANDSHAKE_TIMEOUT)
                exchange.send("DELETE")
                exchange.receive()

    def _send(self, headers: Mapping[str, str], message: Message) -> None:
        exchange = self._connect(headers, HANDSHAKE_TIMEOUT)
        exchange.send("POST", mcp_protocol.encoded(message))
        for _ in exchange.messages():
            pass


def answer(exchange: HttpExchange, request: Message) -> Message:
    """The result of a request of ours."""
    for text in exchange.messages():
        message = mcp_protocol.response(text, request["id"])
        if message is not None:
            exchange.close()
            if not isinstance(message.get("result"), dict):
                raise HttpError(200, json.dumps(message.get("error")))
            return dict(message["result"])
    raise ConnectionLost("the stream ended without an answer")
