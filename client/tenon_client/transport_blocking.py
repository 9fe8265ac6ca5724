"""Blocking sockets: a connection for requests, and the iterator of events over one of its own. No protocol
here.

In: messages to send, or a subscription. Out: replies, events, and `ConnectionLost` when a connection ends.
One thread at a time uses each; `Slot` sees to that for requests.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from . import tls
from .codec import ReplyReader, encode
from .effects import Backoff, ConnectionLost, ReplyTimeout, Server
from .instances import Address
from .subscription import Event, Subscription

CONNECT_TIMEOUT = 5.0  # seconds
READ_SIZE = 1 << 18


def open_socket(address: Address) -> socket.socket:
    """A connected socket, or `ConnectionLost`."""
    try:
        opened = socket.create_connection((address.host, address.port), CONNECT_TIMEOUT)
    except OSError as error:
        raise ConnectionLost(error.strerror or str(error)) from error
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return encrypted(opened, address) if address.tls else opened


def encrypted(opened: socket.socket, address: Address) -> ssl.SSLSocket:
    """The same after TLS's handshake with who is trusted; `ConnectionLost`, or `WrongServer`."""
    try:
        wrapped = tls.context(address.tls).wrap_socket(opened, server_hostname=address.host)
    except OSError as error:
        opened.close()
        raise ConnectionLost(str(error)) from error
    try:
        tls.check(address.tls, wrapped.getpeercert(binary_form=True), str(address))
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def connect(address: Address) -> Connection:
    return Connection(open_socket(address))


class Connection:
    """A connection for requests: one message, one reply."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._replies = ReplyReader()
        self.server: Server | None = None  # set by the handshake
        self.is_outdated = False  # not to be used again

    def close(self) -> None:
        self._socket.close()

    def is_stale(self) -> bool:
        """Whether the other side has closed it while no request was under way."""
        self._socket.settimeout(0)
        try:
            # Whatever came is of no use, so with TLS, which cannot look without taking, it may be taken.
            self._socket.recv(1, 0 if isinstance(self._socket, ssl.SSLSocket) else socket.MSG_PEEK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            pass
        return True  # ended, or it sent something that was not requested

    def request(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Sends the message and waits for its reply."""
        line = encode(message)
        deadline = time.monotonic() + seconds
        try:
            self._set_timeout(deadline)
            self._socket.sendall(line)
            while (reply := self._replies.feed(self._receive(deadline))) is None:
                pass
        except TimeoutError:
            raise ReplyTimeout(f"no reply in {seconds:g} s", self.server) from None
        except (OSError, ValueError) as error:
            raise ConnectionLost(str(error), self.server) from error
        if reply.get("id", message["id"]) != message["id"]:
            raise ConnectionLost("a reply to something else", self.server)
        return reply

    def _receive(self, deadline: float) -> bytes:
        self._set_timeout(deadline)
        data = self._socket.recv(READ_SIZE)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def _set_timeout(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(left, 1e6))


class Slot:
    """Room for one connection, which one request at a time has to itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.connection: Connection | None = None

    def enter(self) -> None:
        self._lock.acquire()

    def try_enter(self) -> bool:
        """Enters if that needs no waiting; whether it did."""
        return self._lock.acquire(blocking=False)

    def leave(self) -> None:
        self._lock.release()

    def discard(self) -> None:
        """Closes the connection; only for who has entered."""
        held, self.connection = self.connection, None
        if held:
            held.close()

    def close(self) -> None:
        """Closes the connection once nobody uses it."""
        with self._lock:
            self.discard()


class Events:
    """Events as they come, subscribed once this is made. `close` ends them, from any thread."""

    def __init__(self, address: Address, subscription: Subscription, backoff: Backoff) -> None:
        self._address = address
        self._subscription = subscription
        self._backoff = backoff
        self._pending: list[Event] = []
        self._socket: socket.socket | None = None
        self._is_closed = False
        while not subscription.is_caught_up:
            self._pending += self._more()

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> Event:
        while not self._pending:
            if self._is_closed:
                raise StopIteration
            self._pending = self._more()
        return self._pending.pop(0)

    def close(self) -> None:
        self._is_closed = True
        self._disconnect()

    def _disconnect(self) -> None:
        held, self._socket = self._socket, None
        if held:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)  # wakes a thread that reads it
            held.close()

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _more(self) -> list[Event]:
        """What one read brings; a lost connection is replaced."""
        try:
            return self._read()
        except ConnectionLost as lost:
            self._disconnect()
            if not self._is_closed:
                time.sleep(self._backoff.delay(lost).seconds)
            return []
        except BaseException:
            self._disconnect()
            raise

    def _read(self) -> list[Event]:
        if self._socket is None:
            self._socket = open_socket(self._address)
            self._socket.settimeout(self._subscription.IDLE_TIMEOUT)
            self._send(self._subscription.connected())
        self._subscription.check_open()
        try:
            data = self._socket.recv(READ_SIZE) if self._socket else b""
        except TimeoutError:
            self._subscription.on_idle()
            self._send(self._subscription.take_outgoing())
            return []
        except OSError as error:
            raise ConnectionLost(str(error)) from error
        events = self._subscription.receive(data)
        self._send(self._subscription.take_outgoing())
        if self._subscription.is_caught_up:
            self._backoff.reset()
        return events

    def _send(self, data: bytes) -> None:
        try:
            if data and self._socket:
                self._socket.sendall(data)
        except OSError as error:
            raise ConnectionLost(str(error)) from error
