"""What the rules ask of whoever does the talking, and what they may be told. Pure: no socket, no clock.

The rules of a conversation are generators: they yield a step, are sent what it came to, or have `Lost` thrown
in. `client.py` takes the steps with blocking sockets, `aio.py` with asyncio's; neither knows the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from .errors import Unreachable

T = TypeVar("T")


@dataclass(frozen=True)
class Exchange:
    """Connect if there is no connection, send the message, wait so many seconds for its reply: a `Reply`."""

    message: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class HangUp:
    """Close the connection; the next exchange opens another."""


Step: TypeAlias = Exchange | Pause | HangUp
Steps: TypeAlias = Generator[Step, Any, T]
Greeting: TypeAlias = Generator[Exchange, Mapping[str, Any], "Server"]  # on one connection, sent bare replies


@dataclass(frozen=True)
class Server:
    """Who answered the greeting of a connection."""

    instance: str | None  # none: a Tenon that does not take task ids from its clients
    store: str | None  # which, if one is open
    version: str

    @classmethod
    def of(cls, status: Mapping[str, Any]) -> Server:
        """From what `get_server_status` answers."""
        store = status.get("store")
        which = None
        if isinstance(store, dict) and store.get("state") == "open":
            which = str(store.get("id") or store.get("path") or "open")
        instance = status.get("instance")
        return cls(str(instance) if instance else None, which, str(status.get("version", "")))

    def would_know(self, other: Server) -> bool:
        """Whether this one knows every task that the other has accepted."""
        same = self.instance is not None and self.instance == other.instance
        return same or (self.store is not None and self.store == other.store)


@dataclass(frozen=True)
class Reply:
    """A reply and who gave it; `again` when the question had to be repeated."""

    message: Mapping[str, Any]
    server: Server
    again: bool = False


class Lost(Exception):
    """No reply will come: no connection, or it broke. `server` is whom the message may have reached."""

    def __init__(self, reason: str, server: Server | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.server = server


class Late(Lost):
    """No reply came in time. The connection is given up, since the reply might come still."""


class Backoff:
    """Pauses that double, beginning with none, until it has been too long. `where` is for the words."""

    SHORTEST, LONGEST = 0.05, 2.0

    def __init__(self, where: str, seconds: float, clock: Callable[[], float]) -> None:
        self._where = where
        self._seconds = seconds
        self._clock = clock
        self._until: float | None = None
        self._next = 0.0

    def pause(self, lost: Lost) -> Pause:
        """How long to wait before the next attempt; `Unreachable` when there shall be none."""
        now = self._clock()
        if self._until is None:
            self._until = now + self._seconds
        if now >= self._until:
            raise unreachable(self._where, lost) from lost
        pause = min(self._next, self._until - now)
        self._next = min(max(2 * self._next, self.SHORTEST), self.LONGEST)
        return Pause(pause)

    def rest(self) -> None:
        """It went well: the next loss begins anew."""
        self._until, self._next = None, 0.0


def unreachable(where: str, lost: Lost) -> Unreachable:
    """What a loss is to the caller when nothing is tried again."""
    how = "Start Blender; in its 3D View press N, open the tab Tenon and press 'Connect to MCP server'."
    return Unreachable(f"No Tenon answers at {where} ({lost.reason}). {how}", data={"address": where})
