"""What blocks: one connection for commands, and the iterator of events over its own. No rules here.

In: messages to exchange, or a subscription. Out: replies, events, and `Lost` when a connection ends. One
thread at a time uses each.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from .instances import Address
from .messages import Replies, encode
from .steps import Backoff, Late, Lost, Server
from .subscription import Event, Subscription

CONNECTING = 5.0  # seconds
PIECE = 1 << 18


def dial(address: Address) -> socket.socket:
    """A connected socket, or `Lost`."""
    try:
        dialled = socket.create_connection((address.host, address.port), CONNECTING)
    except OSError as error:
        raise Lost(error.strerror or str(error)) from error
    dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return dialled


class Wire:
    """A connection for commands: one message, one reply."""

    def __init__(self, address: Address) -> None:
        self._socket = dial(address)
        self._replies = Replies()
        self.server: Server | None = None  # set when it has been greeted

    def close(self) -> None:
        self._socket.close()

    def is_stale(self) -> bool:
        """Whether the other side has closed it while nothing was asked."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True  # ended, or it speaks without being asked

    def swap(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Sends the message and waits for its reply."""
        line = encode(message)
        until = time.monotonic() + seconds
        try:
            self._wait_until(until)
            self._socket.sendall(line)
            while (reply := self._replies.feed(self._receive(until))) is None:
                pass
        except TimeoutError:
            raise Late(f"no reply in {seconds:g} s", self.server) from None
        except (OSError, ValueError) as error:
            raise Lost(str(error), self.server) from error
        if reply.get("id", message["id"]) != message["id"]:
            raise Lost("a reply to something else", self.server)
        return reply

    def _receive(self, until: float) -> bytes:
        self._wait_until(until)
        data = self._socket.recv(PIECE)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def _wait_until(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(left, 1e6))


class Events:
    """Events as they come, subscribed once this is made. `close` ends them, from any thread."""

    def __init__(self, address: Address, subscription: Subscription, backoff: Backoff) -> None:
        self._address = address
        self._subscription = subscription
        self._backoff = backoff
        self._told: list[Event] = []
        self._socket: socket.socket | None = None
        self._is_closed = False
        while not subscription.is_caught_up:
            self._told += self._more()

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> Event:
        while not self._told:
            if self._is_closed:
                raise StopIteration
            self._told = self._more()
        return self._told.pop(0)

    def close(self) -> None:
        self._is_closed = True
        self._hang_up()

    def _hang_up(self) -> None:
        held, self._socket = self._socket, None
        if held:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)  # which a thread that reads it hears at once
            held.close()

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _more(self) -> list[Event]:
        """What one read brings; a lost connection is made anew."""
        try:
            return self._read()
        except Lost as lost:
            self._hang_up()
            if not self._is_closed:
                time.sleep(self._backoff.pause(lost).seconds)
            return []
        except BaseException:
            self._hang_up()
            raise

    def _read(self) -> list[Event]:
        if self._socket is None:
            self._socket = dial(self._address)
            self._socket.settimeout(self._subscription.QUIET)
            self._send(self._subscription.connected())
        self._subscription.go_on()
        try:
            data = self._socket.recv(PIECE) if self._socket else b""
        except TimeoutError:
            self._subscription.quiet()
            self._send(self._subscription.take_outgoing())
            return []
        except OSError as error:
            raise Lost(str(error)) from error
        told = self._subscription.receive(data)
        self._send(self._subscription.take_outgoing())
        if self._subscription.is_caught_up:
            self._backoff.rest()
        return told

    def _send(self, data: bytes) -> None:
        try:
            if data and self._socket:
                self._socket.sendall(data)
        except OSError as error:
            raise Lost(str(error)) from error
