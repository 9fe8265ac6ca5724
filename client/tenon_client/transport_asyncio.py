"""asyncio streams: a connection for requests, and the iterator of events over one of its own. No protocol
here.

In: messages to send, or a subscription. Out: replies, events, and `ConnectionLost` when a connection ends. On
the event loop that uses them.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from . import tls
from .codec import ReplyReader, encode
from .effects import Backoff, ConnectionLost, ReplyTimeout, Server
from .instances import Address
from .subscription import Event, Subscription
from .transport_blocking import CONNECT_TIMEOUT, READ_SIZE

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def open_streams(address: Address) -> Streams:
    """Connected streams, or `ConnectionLost`."""
    secured = tls.context(address.tls) if address.tls else None
    try:
        opening = asyncio.open_connection(address.host, address.port, ssl=secured)
        reader, writer = await asyncio.wait_for(opening, CONNECT_TIMEOUT)
    except asyncio.TimeoutError:
        raise ConnectionLost("timed out") from None
    except OSError as error:
        raise ConnectionLost(error.strerror or str(error)) from error
    if secured:
        try:
            shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            tls.check(address.tls, shown, str(address))
        except BaseException:
            writer.close()
            raise
    return reader, writer


async def connect(address: Address) -> Connection:
    return Connection(await open_streams(address))


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):  # it had broken already
        await writer.wait_closed()


class Connection:
    """A connection for requests: one message, one reply."""

    def __init__(self, streams: Streams) -> None:
        self._reader, self._writer = streams
        self._replies = ReplyReader()
        self.server: Server | None = None  # set by the handshake
        self.is_outdated = False  # not to be used again

    def close(self) -> None:
        self._writer.close()

    async def aclose(self) -> None:
        await _close(self._writer)

    async def is_stale(self) -> bool:
        """Whether the other side has closed it while no request was under way."""
        # What the system knows already: one turn of the loop to read it, one to pass it on.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return self._reader.at_eof() or self._writer.is_closing()

    async def request(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Sends the message and waits for its reply."""
        line = encode(message)
        try:
            limit = None if math.isinf(seconds) else seconds
            reply = await asyncio.wait_for(self._exchange(line), limit)
        except asyncio.TimeoutError:
            raise ReplyTimeout(f"no reply in {seconds:g} s", self.server) from None
        except (OSError, ValueError) as error:
            raise ConnectionLost(str(error), self.server) from error
        if reply.get("id", message["id"]) != message["id"]:
            raise ConnectionLost("a reply to something else", self.server)
        return reply

    async def _exchange(self, line: bytes) -> dict[str, Any]:
        self._writer.write(line)
        await self._writer.drain()
        while True:
            data = await self._reader.read(READ_SIZE)
            if not data:
                raise ConnectionError("the server closed the connection")
            if (reply := self._replies.feed(data)) is not None:
                return reply


class Slot:
    """Room for one connection, which one request at a time has to itself."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._users = 0  # who has entered, and who waits to
        self.connection: Connection | None = None

    async def enter(self) -> None:
        self._users += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._users -= 1
            raise

    async def try_enter(self) -> bool:
        """Enters if that needs no waiting; whether it did."""
        if self._users:
            return False
        await self.enter()  # at once, since nobody holds the lock or waits for it
        return True

    def leave(self) -> None:
        self._users -= 1
        self._lock.release()

    def discard(self) -> None:
        """Closes the connection; only for who has entered."""
        held, self.connection = self.connection, None
        if held:
            held.close()

    async def aclose(self) -> None:
        """Closes the connection once nobody uses it."""
        await self.enter()
        try:
            held, self.connection = self.connection, None
            if held:
                await held.aclose()
        finally:
            self.leave()


class Events:
    """Events as they come, until closed; subscribed with its first, or once an `async with` has begun."""

    def __init__(self, address: Address, subscription: Subscription, backoff: Backoff) -> None:
        self._address = address
        self._subscription = subscription
        self._backoff = backoff
        self._pending: list[Event] = []
        self._streams: Streams | None = None
        self._is_closed = False

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        while not self._pending:
            if self._is_closed:
                raise StopAsyncIteration
            self._pending = await self._more()
        return self._pending.pop(0)

    async def __aenter__(self) -> Events:
        while not self._subscription.is_caught_up:
            self._pending += await self._more()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self._is_closed = True
        await self._disconnect()

    async def _disconnect(self) -> None:
        streams, self._streams = self._streams, None
        if streams:
            await _close(streams[1])

    async def _more(self) -> list[Event]:
        """What one read brings; a lost connection is replaced."""
        try:
            return await self._read()
        except ConnectionLost as lost:
            await self._disconnect()
            if not self._is_closed:
                await asyncio.sleep(self._backoff.delay(lost).seconds)
            return []

    async def _read(self) -> list[Event]:
        if self._streams is None:
            self._streams = await open_streams(self._address)
            self._streams[1].write(self._subscription.connected())
        reader, writer = self._streams
        self._subscription.check_open()
        try:
            data = await asyncio.wait_for(reader.read(READ_SIZE), self._subscription.IDLE_TIMEOUT)
            events = self._subscription.receive(data)
        except asyncio.TimeoutError:
            self._subscription.on_idle()
            events = []
        except OSError as error:
            raise ConnectionLost(str(error)) from error
        writer.write(self._subscription.take_outgoing())
        if self._subscription.is_caught_up:
            self._backoff.reset()
        return events
