"""The Blender that is driven: requests of both eras in, JSON texts out.

Blocks the calling thread. Raises `Unreachable`, `ConnectionLost` or `HttpError` (see `http_exchange.py`),
each of which says whether the request can have had an effect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping

from ..effects import ConnectionLost
from ..errors import Unreachable
from ..instances import Address
from . import mcp_protocol
from .http_exchange import HttpError, HttpExchange
from .mcp_protocol import Message
from .mcp_session import SESSION_HEADER, McpSession, answer
from .named_session import NamedSession, is_unknown, with_session

QUERY_TIMEOUT = 2.0  # seconds for what Tenon answers without Blender


class Request:
    """One request of the assistant under way."""

    def __init__(self, message: Message, text: bytes) -> None:
        self.message = message
        self.text = text
        self.modern = mcp_protocol.version(message) is not None
        self.cancelled = False
        self.delivered = threading.Event()  # or never will be
        self.exchange: HttpExchange | None = None

    def cancel(self) -> None:
        """No answer is wanted any more; in the newer era, closing its stream is what stops it."""
        self.cancelled = True
        if self.modern and self.exchange:
            self.exchange.close()


class Blender:
    """`find` says where Blender is now, or where it would be."""

    def __init__(self, find: Callable[[], Address], token: str | None) -> None:
        self._find = find
        self._token = token
        self.address: Address | None = None  # None if it is not clear which Blender is meant
        self.session: McpSession | None = None  # of an assistant of the older era
        self._named = NamedSession(self.result)  # of one of the newer era

    def connect(self, headers: Mapping[str, str], limit: float | None) -> HttpExchange:
        self.address = None
        self.address = address = self._find()
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return HttpExchange(address, {"User-Agent": "tenon-mcp", **bearer, **headers}, limit)

    def send(self, request: Request, limit: float | None = None) -> Iterator[bytes]:
        """Delivers the request, once; what comes back for it up to its answer.

        A session that Blender does not know has made it refuse the request, so that goes into a new one.
        """
        for again in (True, False):
            text, named = self._in_session(request)
            headers = self._headers(request)
            request.exchange = self.connect(headers, limit)
            if request.cancelled:
                return
            request.exchange.send("POST", text)
            request.delivered.set()
            try:
                for answer_text in request.exchange.messages():
                    if again and named and is_unknown(answer_text):
                        self._named.forget(named)
                        break
                    yield answer_text
                else:
                    return
            except HttpError as error:
                if not (again and error.status == 404 and self.session and SESSION_HEADER in headers):
                    raise
                self.session.forget(headers)

    def _in_session(self, request: Request) -> tuple[bytes, str | None]:
        """The request's text, and the session that was written into it."""
        message = request.message
        if not request.modern or message["method"] != "tools/call":
            return request.text, None
        try:
            named = self._named.id(mcp_protocol.params(message).get("_meta"))
        except ConnectionLost as error:  # that was our question; the request itself has not been delivered
            raise Unreachable(str(error)) from error
        text = with_session(message, request.text, named) if named else request.text
        return text, named if text is not request.text else None

    def _headers(self, request: Request) -> dict[str, str]:
        if request.modern:
            return mcp_protocol.routing_headers(request.message)
        assert self.session is not None
        return self.session.headers()

    def result(self, method: str, parameters: Message) -> Message:
        """What Blender answers to a question of our own, in either era by its `_meta`."""
        message = {"id": f"tenon-{method}", "method": method, "params": parameters}
        request = Request(message, mcp_protocol.encoded(message))
        exchange = self.connect(self._headers(request), QUERY_TIMEOUT)
        exchange.send("POST", request.text)
        return answer(exchange, message)

    def notify(self, message: Message, text: bytes) -> None:
        """Passes on what wants no answer."""
        request = Request(message, text)
        exchange = self.connect(self._headers(request), QUERY_TIMEOUT)
        exchange.send("POST", text)
        for _ in exchange.messages():
            pass
