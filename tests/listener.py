"""A subscriber of the WebSocket, in plain sockets: runs wherever Python runs, inside Blender too.

In: an address and channels. Out: the events as dicts, in their order. Any thread; each wait is bounded by
`PATIENCE`.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from wire import PATIENCE

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Listener:
    """One connection, subscribed when this returns."""

    def __init__(self, address: str, *channels: str) -> None:
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self._stream = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws?client_id=listener HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        status = self._stream.readline()
        assert b" 101 " in status, status
        while self._stream.readline().strip():
            pass
        for channel in channels:
            self.say({"action": "subscribe", "channel": channel})
        self._early = [self._message() for _ in channels]  # the answers, and what came between
        while sum(message["type"] == "subscribed" for message in self._early) < len(channels):
            self._early.append(self._message())

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self.socket.close()

    def say(self, message: dict[str, Any]) -> None:
        payload = json.dumps(message).encode()
        assert len(payload) < 126
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self.socket.sendall(bytes([0x80 | TEXT, 0x80 | len(payload)]) + mask + masked)

    def events(self, channel: str) -> Iterator[dict[str, Any]]:
        """The channel's events from the subscription on, as they come."""
        while True:
            message = self._early.pop(0) if self._early else self._message()
            if message.get("channel") == channel and message["type"] != "subscribed":
                yield message

    def _message(self) -> dict[str, Any]:
        text = b""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:  # Tenon's pings come for ever
            first, length = self._stream.read(2)
            if length == 126:
                (length,) = struct.unpack(">H", self._stream.read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._stream.read(8))
            payload = self._stream.read(length)
            assert first & 0x0F != CLOSE, payload
            if first & 0x0F not in (PING, PONG):
                text += payload
                if first & 0x80:  # the last piece
                    return json.loads(text)
        raise TimeoutError
