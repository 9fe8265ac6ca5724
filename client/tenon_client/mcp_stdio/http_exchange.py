"""One HTTP request and what comes back, as JSON texts; failures tell whether it can have had an effect.

In: an address, a method, headers, a body. Out: `messages()`, on the thread that asked; `close()` from any
thread ends it. `Unreachable`: the request was not delivered. `ConnectionLost`: it was, and the connection
ended before its answer. Each exchange has a connection of its own: one that was kept open might have been
closed by the other side a moment ago, and then nobody could say whether the request had arrived.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPMessage

from ..effects import ConnectionLost
from ..errors import Unreachable, WrongServer
from ..instances import Address
from ..transport_blocking import encrypted
from .event_stream import events

CONNECT_TIMEOUT = 2.0  # seconds; a Tenon on this machine accepts in microseconds, whatever Blender does
READ_SIZE = 1 << 16


class HttpError(Exception):
    """An HTTP error without a JSON-RPC message in it: the request was not carried out."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text}")
        self.status = status
        self.text = text


class HttpExchange:
    """A request that is made by `send` and answered through `messages`."""

    def __init__(self, address: Address, headers: Mapping[str, str], limit: float | None = None) -> None:
        self._address = address
        self._connection = http.client.HTTPConnection(address.host, address.port, timeout=CONNECT_TIMEOUT)
        self._headers = {"Accept": "application/json, text/event-stream", "Connection": "close", **headers}
        self._limit = limit  # seconds without a byte from the server; None waits for ever
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None
        self._closed = False

    def send(self, method: str, body: bytes | None = None) -> None:
        """Delivers the request, or raises `Unreachable`."""
        headers = {"Content-Type": "application/json", **self._headers} if body else self._headers
        try:
            self._connection.connect()
            if self._address.tls:
                self._connection.sock = encrypted(self._connection.sock, self._address)
            self._socket = self._connection.sock
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._closed:
                raise OSError("closed meanwhile")
            self._connection.request(method, "/mcp", body, headers)
        except (OSError, http.client.HTTPException, ConnectionLost, WrongServer) as error:
            self.close()
            # A request of which something is missing is never carried out.
            raise Unreachable(str(error)) from error

    def receive(self) -> HTTPMessage:
        """The answer's headers, once they are there."""
        if self._response is None:
            assert self._socket is not None
            try:
                self._socket.settimeout(self._limit)
                self._response = self._connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise ConnectionLost(str(error) or type(error).__name__) from error
        return self._response.headers

    def messages(self) -> Iterator[bytes]:
        """The JSON texts of the answer, each as one line; then the end. 202 has none."""
        self.receive()
        response = self._response
        assert response is not None
        kind = response.headers.get_content_type()
        unknown_session = response.status == 404 and "Mcp-Session-Id" in self._headers
        try:
            if kind == "text/event-stream" and response.status == 200:
                # Tenon closes a stream only when it has answered or ends, so there is nothing to resume.
                for text in events(self._pieces(response)):
                    yield one_line(text)
            elif response.status >= 400 or kind == "application/json":
                text = response.read()
                if kind == "application/json" and b'"jsonrpc"' in text and not unknown_session:
                    yield one_line(text)
                elif response.status >= 400:
                    raise HttpError(response.status, text.decode("utf-8", "replace")[:500])
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error
        finally:
            self.close()

    @staticmethod
    def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
        while piece := response.read1(READ_SIZE):
            yield piece

    def close(self) -> None:
        """Ends the exchange: a reader, wherever it waits, meets the end of the stream."""
        self._closed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def one_line(text: bytes) -> bytes:
    """The same JSON on one line: outside of strings a line's end means nothing, and inside none can be."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ").strip()
