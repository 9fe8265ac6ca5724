"""What the protocol asks of a transport, and what comes back. Pure: no socket, no clock.

The protocol's operations are generators. They yield an effect, and are sent its outcome or have
`ConnectionLost` thrown in. `aio.py` carries the effects out with asyncio; `client.py`, which is generated
from it, with blocking sockets. Neither knows the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from .errors import Unreachable

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """Connect if there is no connection, send the message, wait so many seconds for its reply: a `Reply`.

    `immediate`: the server answers without Blender's main thread, so this need not wait for a command that
    runs, and gets a connection of its own while one does.
    """

    message: Mapping[str, Any]
    seconds: float
    immediate: bool = False


@dataclass(frozen=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Disconnect:
    """The connections are no longer to be used; the next request opens another."""


Effect: TypeAlias = Request | Sleep | Disconnect
Operation: TypeAlias = Generator[Effect, Any, T]
Handshake: TypeAlias = Generator[Request, Mapping[str, Any], "Server"]  # on one connection, sent bare replies


@dataclass(frozen=True)
class Server:
    """Who answered the handshake of a connection."""

    instance: str | None  # None: a Tenon that does not take task ids from its clients
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

    def has_tasks_of(self, other: Server) -> bool:
        """Whether this one knows every task that the other has accepted."""
        same = self.instance is not None and self.instance == other.instance
        return same or (self.store is not None and self.store == other.store)


@dataclass(frozen=True)
class Reply:
    """A reply and who gave it; `repeated` when its request had to be sent again."""

    message: Mapping[str, Any]
    server: Server
    repeated: bool = False


class ConnectionLost(Exception):
    """No reply will come: no connection, or it broke. `server` is whom the message may have reached."""

    def __init__(self, reason: str, server: Server | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.server = server


class ReplyTimeout(ConnectionLost):
    """No reply came in time. The connection is given up, since the reply might come still."""


class Backoff:
    """Delays between attempts: none, then doubling ones, until it has been too long."""

    SHORTEST, LONGEST = 0.05, 2.0

    def __init__(self, where: str, seconds: float, clock: Callable[[], float]) -> None:
        self._where = where  # for the error's message
        self._seconds = seconds
        self._clock = clock
        self._deadline: float | None = None
        self._next = 0.0

    def delay(self, lost: ConnectionLost) -> Sleep:
        """How long to wait before the next attempt; `Unreachable` when there shall be none."""
        now = self._clock()
        if self._deadline is None:
            self._deadline = now + self._seconds
        if now >= self._deadline:
            raise unreachable(self._where, lost) from lost
        seconds = min(self._next, self._deadline - now)
        self._next = min(max(2 * self._next, self.SHORTEST), self.LONGEST)
        return Sleep(seconds)

    def reset(self) -> None:
        """It went well: the next loss starts with the shortest delay again."""
        self._deadline, self._next = None, 0.0


def unreachable(where: str, lost: ConnectionLost) -> Unreachable:
    """What a loss is to the caller when nothing is tried again."""
    how = "Start Blender; in its 3D View press N, open the tab Tenon and press 'Connect to MCP server'."
    return Unreachable(f"No Tenon answers at {where} ({lost.reason}). {how}", data={"address": where})
