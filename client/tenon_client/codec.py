"""Messages into bytes and bytes into replies, one JSON object a line. Pure: no socket, no clock.

In: a command's members, and whatever bytes arrive. Out: one line of JSON, and the replies in their order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import error_of

MAX_REPLY = 1 << 30  # bytes; more than Tenon sends, and a bound


def encode(message: Mapping[str, Any]) -> bytes:
    """One line. What JSON cannot hold is the caller's error: TypeError or ValueError."""
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"


class ReplyReader:
    """Splits the stream into replies. Each byte is looked at once, whatever the pieces they come in."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._scanned = 0

    def feed(self, data: bytes) -> dict[str, Any] | None:
        """The next reply, if it is complete now; ValueError if that is not one."""
        self._received += data
        end = self._received.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = len(self._received)
            if self._scanned > MAX_REPLY:
                raise ValueError(f"a reply of over {MAX_REPLY} bytes")
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self._scanned = 0
        reply = json.loads(line)
        if not isinstance(reply, dict) or reply.get("status") not in ("success", "error"):
            raise ValueError(f"not a reply of Tenon's: {line[:80]!r}")
        return reply


def result_of_reply(reply: Mapping[str, Any]) -> Any:
    """The result that a reply holds, or its error raised."""
    if reply["status"] == "success":
        return reply.get("result")
    raise error_of(reply)
