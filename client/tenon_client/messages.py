"""Messages into bytes and bytes into replies, in the dialect `type`/`params`. Pure: no socket, no clock.

In: a command's members, and whatever bytes arrive. Out: one line of JSON, and the replies in their order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import error_of

LONGEST = 1 << 30  # bytes of one reply; more than Tenon sends, and a bound


def encode(message: Mapping[str, Any]) -> bytes:
    """One line. What JSON cannot hold is the caller's error: TypeError or ValueError."""
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"


class Replies:
    """The stream of replies, taken apart. Each byte is looked at once, whatever the pieces they come in."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._looked_at = 0

    def feed(self, data: bytes) -> dict[str, Any] | None:
        """The next reply, if it is complete now; ValueError if that is not one."""
        self._received += data
        end = self._received.find(b"\n", self._looked_at)
        if end < 0:
            self._looked_at = len(self._received)
            if self._looked_at > LONGEST:
                raise ValueError(f"a reply of over {LONGEST} bytes")
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self._looked_at = 0
        reply = json.loads(line)
        if not isinstance(reply, dict) or reply.get("status") not in ("success", "error"):
            raise ValueError(f"not a reply of Tenon's: {line[:80]!r}")
        return reply


def outcome(reply: Mapping[str, Any]) -> Any:
    """The result that a reply holds, or its error raised."""
    if reply["status"] == "success":
        return reply.get("result")
    raise error_of(reply)
