"""What waits in asyncio: one connection for commands, and the iterator of events over its own. No rules here.

In: messages to exchange, or a subscription. Out: replies, events, and `Lost` when a connection ends. On the
event loop that uses them.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from .instances import Address
from .messages import Replies, encode
from .sockets import CONNECTING, PIECE
from .steps import Backoff, Late, Lost, Server
from .subscription import Event, Subscription

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def dial(address: Address) -> Streams:
    """A connection, or `Lost`."""
    try:
        opening = asyncio.open_connection(address.host, address.port)
        return await asyncio.wait_for(opening, CONNECTING)
    except asyncio.TimeoutError:
        raise Lost("timed out") from None
    except OSError as error:
        raise Lost(error.strerror or str(error)) from error


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):  # it had broken already
        await writer.wait_closed()


class Wire:
    """A connection for commands: one message, one reply."""

    def __init__(self, streams: Streams) -> None:
        self._reader, self._writer = streams
        self._replies = Replies()
        self.server: Server | None = None  # set when it has been greeted

    def close(self) -> None:
        self._writer.close()

    async def aclose(self) -> None:
        await _end(self._writer)

    async def is_stale(self) -> bool:
        """Whether the other side has closed it while nothing was asked."""
        # What the system knows already: one turn of the loop to read it, one to be told.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return self._reader.at_eof() or self._writer.is_closing()

    async def swap(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Sends the message and waits for its reply."""
        line = encode(message)
        try:
            limit = None if math.isinf(seconds) else seconds
            reply = await asyncio.wait_for(self._swap(line), limit)
        except asyncio.TimeoutError:
            raise Late(f"no reply in {seconds:g} s", self.server) from None
        except (OSError, ValueError) as error:
            raise Lost(str(error), self.server) from error
        if reply.get("id", message["id"]) != message["id"]:
            raise Lost("a reply to something else", self.server)
        return reply

    async def _swap(self, line: bytes) -> dict[str, Any]:
        self._writer.write(line)
        await self._writer.drain()
        while True:
            data = await self._reader.read(PIECE)
            if not data:
                raise ConnectionError("the server closed the connection")
            if (reply := self._replies.feed(data)) is not None:
                return reply


class Events:
    """Events as they come, until closed; subscribed with its first, or once an `async with` has begun."""

    def __init__(self, address: Address, subscription: Subscription, backoff: Backoff) -> None:
        self._address = address
        self._subscription = subscription
        self._backoff = backoff
        self._told: list[Event] = []
        self._streams: Streams | None = None
        self._is_closed = False

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        while not self._told:
            if self._is_closed:
                raise StopAsyncIteration
            self._told = await self._more()
        return self._told.pop(0)

    async def __aenter__(self) -> Events:
        while not self._subscription.is_caught_up:
            self._told += await self._more()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self._is_closed = True
        await self._hang_up()

    async def _hang_up(self) -> None:
        streams, self._streams = self._streams, None
        if streams:
            await _end(streams[1])

    async def _more(self) -> list[Event]:
        """What one read brings; a lost connection is made anew."""
        try:
            return await self._read()
        except Lost as lost:
            await self._hang_up()
            if not self._is_closed:
                await asyncio.sleep(self._backoff.pause(lost).seconds)
            return []

    async def _read(self) -> list[Event]:
        if self._streams is None:
            self._streams = await dial(self._address)
            self._streams[1].write(self._subscription.connected())
        reader, writer = self._streams
        self._subscription.go_on()
        try:
            data = await asyncio.wait_for(reader.read(PIECE), self._subscription.QUIET)
            told = self._subscription.receive(data)
        except asyncio.TimeoutError:
            self._subscription.quiet()
            told = []
        except OSError as error:
            raise Lost(str(error)) from error
        writer.write(self._subscription.take_outgoing())
        if self._subscription.is_caught_up:
            self._backoff.rest()
        return told
