"""The client's side of RFC 6455 as bytes: the opening handshake, frames out masked, frames in checked. No
sockets.

In: what arrives, in any pieces. Out: whole text messages; what must be sent is added to `outgoing`. There are
no extensions and no subprotocols: Tenon has none. Own code instead of the package `websockets`, so that the
client has no dependency and can be copied into Blender's own Python.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct

from .effects import ConnectionLost
from .errors import TenonError, error_of

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
MAX_MESSAGE = 64 << 20  # bytes of one message, and of the answer to the opening
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocket:
    """One connection: hand `receive` what arrives, and send `outgoing` whenever there is some."""

    def __init__(self, host: str, path: str, token: str | None = None) -> None:
        key = base64.b64encode(os.urandom(16))
        self._accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest())
        shown = f"Authorization: Bearer {token}\r\n" if token else ""
        self.outgoing = bytearray(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key.decode()}\r\n{shown}\r\n".encode()
        )
        self.is_open = False
        self.ended: ConnectionLost | None = None
        self._received = bytearray()
        self._pieces: bytearray | None = None  # of a message whose end has not come

    def send(self, text: str) -> None:
        self.outgoing += frame(TEXT, text.encode())

    def ping(self) -> None:
        self.outgoing += frame(PING, b"")

    def receive(self, data: bytes) -> list[str]:
        """The messages that are whole now; `TenonError` when the opening is refused. Behind the last of them
        `ended` says why there are no more, however that came."""
        texts: list[str] = []
        self._received += data
        try:
            if not self.is_open:
                self._open()
            while self.is_open and not self.ended and (found := self._next_frame()):
                texts += self._on_frame(*found)
        except ConnectionLost as lost:
            self.ended = self.ended or lost
        return texts

    def _open(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > MAX_MESSAGE:
                raise ConnectionLost("no answer to the opening of the WebSocket")
            return
        status, *lines = bytes(self._received[:end]).split(b"\r\n")
        fields = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)
        }
        if b" 101 " not in status + b" ":
            length = fields.get(b"content-length", b"0")
            if not length.isdigit() or len(self._received) >= end + 4 + int(length):
                raise _refusal(status, bytes(self._received[end + 4 :]))
            return
        if fields.get(b"sec-websocket-accept") != self._accept:
            raise ConnectionLost("what answered is not a WebSocket server")
        del self._received[: end + 4]
        self.is_open = True

    def _next_frame(self) -> tuple[int, bool, bytes] | None:
        """Kind, whether it is the last of its message, payload; none while that is incomplete."""
        got = self._received
        if len(got) < 2:
            return None
        first, length, start = got[0], got[1], 2
        if first & 0x70 or length & 0x80:
            raise ConnectionLost("a frame that no server may send")
        if length >= 126:
            code, start = ("!H", 4) if length == 126 else ("!Q", 10)
            if len(got) < start:
                return None
            (length,) = struct.unpack_from(code, got, 2)
        if length > MAX_MESSAGE:
            raise ConnectionLost(f"a message of over {MAX_MESSAGE} bytes")
        if len(got) < start + length:
            return None
        payload = bytes(got[start : start + length])
        del got[: start + length]
        return first & 0x0F, bool(first & 0x80), payload

    def _on_frame(self, kind: int, is_last: bool, payload: bytes) -> list[str]:
        if kind & 8:
            if not is_last or len(payload) > 125:
                raise ConnectionLost("a control frame that is none")
            if kind == PING:
                self.outgoing += frame(PONG, payload)
            elif kind == CLOSE:
                self.outgoing += frame(CLOSE, payload[:2])
                raise ConnectionLost(
                    payload[2:].decode(errors="replace") or "the server closed the WebSocket"
                )
            return []
        if (kind == 0) is (self._pieces is None) or kind not in (0, TEXT):
            raise ConnectionLost("a frame out of turn")
        pieces = self._pieces if self._pieces is not None else bytearray()
        pieces += payload
        if len(pieces) > MAX_MESSAGE:
            raise ConnectionLost(f"a message of over {MAX_MESSAGE} bytes")
        self._pieces = None if is_last else pieces
        try:
            return [pieces.decode()] if is_last else []
        except UnicodeDecodeError as error:
            raise ConnectionLost("a text that is not UTF-8") from error


def frame(kind: int, payload: bytes) -> bytes:
    """One whole frame, masked as a client must."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | kind, 0x80 | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", 0x80 | kind, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | kind, 0x80 | 127, length)
    mask = os.urandom(4)
    repeated = (mask * (length // 4 + 1))[:length]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return head + mask + masked.to_bytes(length, "big")


def _refusal(status: bytes, body: bytes) -> TenonError | ConnectionLost:
    """The error that the answer holds; one that may pass is a loss like any other."""
    try:
        error = error_of(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ConnectionLost(f"the WebSocket was answered {status.decode(errors='replace')!r}")
    return (
        ConnectionLost(error.message)
        if error.code in ("queue_full", "too_many_connections", "shutting_down")
        else error
    )
