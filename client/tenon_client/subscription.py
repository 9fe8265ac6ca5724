"""Events over connections that break: told in order, none of them twice, and what was missed is said. Pure.

In: what arrives on each WebSocket. Out: events, and bytes to send. Ids ascend over all channels and from run
to run, so the last one told is all there is to remember. On a new connection everything is subscribed again
and replayed from there; a ping behind that marks, by its answer, where catching up ends.
"""

from __future__ import annotations

import json
from typing import Any, TypedDict
from urllib.parse import quote

from .errors import InvalidParams, error_of
from .frames import WebSocket
from .steps import Lost


class Event(TypedDict):
    """What a channel tells. A `missed` is the client's own word for events that can no longer be told."""

    type: str
    channel: str | None
    data: dict[str, Any]
    timestamp: str
    id: int | None


class Subscription:
    """Channels, and the last event of them that was told."""

    QUIET = 45.0  # seconds without a sign (Tenon gives one every 30) before it is asked for one

    def __init__(
        self, host: str, channels: tuple[str, ...], since: int | None, client_id: str, token: str | None
    ) -> None:
        if not channels:
            raise InvalidParams("Name at least one channel, such as 'tasks' or 'scene'")
        self._channels = channels
        self._last = since
        self._before = 0  # the last event before the subscription
        self._host, self._token = host, token
        self._path = f"/ws?client_id={quote(client_id)}"
        self._asked = False
        self._catching_up: list[Event] | None = []
        self._socket = WebSocket(host, self._path, token)
        self._has_subscribed = False

    @property
    def is_caught_up(self) -> bool:
        """Whether what comes now is told as it comes."""
        return self._catching_up is None

    def connected(self) -> bytes:
        """A new connection stands: what to send on it first."""
        self._socket = WebSocket(self._host, self._path, self._token)
        self._catching_up, self._has_subscribed, self._asked = [], False, False
        return self.take_outgoing()

    def take_outgoing(self) -> bytes:
        out = bytes(self._socket.outgoing)
        self._socket.outgoing.clear()
        return out

    def quiet(self) -> None:
        """Nothing came for `QUIET` seconds: asks for a sign, and takes it for lost the second time."""
        if self._asked or not self._socket.is_open:
            raise Lost("no sign of the server")
        self._asked = True
        self._socket.ping()

    def go_on(self) -> None:
        """Raises `Lost` when this connection will tell nothing more."""
        if self._socket.ended:
            raise self._socket.ended

    def receive(self, data: bytes) -> list[Event]:
        """The events to tell now; `TenonError` when the subscription is refused."""
        if not data:
            raise Lost("the server closed the connection")
        self._asked = False
        texts = self._socket.receive(data)
        if self._socket.is_open and not self._has_subscribed:
            self._subscribe()
        events: list[Event] = []
        for text in texts:
            events += self._hear(json.loads(text))
        return events

    def _subscribe(self) -> None:
        self._has_subscribed = True
        subscribing: list[dict[str, Any]] = [
            {"action": "subscribe", "channel": channel} for channel in self._channels
        ]
        replaying: list[dict[str, Any]] = [
            {"action": "replay", "channel": channel, "since": self._last or 0} for channel in self._channels
        ]
        # The first time, what has been is replayed only to learn where it ends: before anything new can come.
        actions = [*replaying, *subscribing] if self._last is None else [*subscribing, *replaying]
        for action in [*actions, {"action": "ping"}]:
            self._socket.send(json.dumps(action))

    def _hear(self, message: dict[str, Any]) -> list[Event]:
        kind, channel = message.get("type"), message.get("channel")
        if kind == "pong":
            return self._caught_up()
        if kind == "missed" and channel is None:
            return [] if self._last is None else self._tell(_missed(None, message))
        if kind == "error" and channel is None:
            raise error_of({"code": InvalidParams.CODE, **message})
        if kind == "subscribed" and "id" not in message:
            self._last = self._before if self._last is None else self._last
            return []
        if kind == "replay" and "id" not in message:
            return [] if message.get("complete") or not self._last else self._tell(_missed(channel, message))
        return self._tell(
            Event(
                type=str(kind),
                channel=channel,
                data=message.get("data") or {},
                timestamp=str(message.get("timestamp", "")),
                id=message.get("id"),
            )
        )

    def _tell(self, event: Event) -> list[Event]:
        if self._last is None:
            self._before = max(self._before, event["id"] or 0)
            return []
        if self._catching_up is not None:
            self._catching_up.append(event)
            return []
        return [event] if self._is_new(event) else []

    def _caught_up(self) -> list[Event]:
        collected, self._catching_up = self._catching_up or [], None
        collected.sort(key=lambda event: event["id"] or 0)
        return [event for event in collected if self._is_new(event)]

    def _is_new(self, event: Event) -> bool:
        """Whether it was not told yet; it is now."""
        number = event["id"]
        if number is None:
            return True
        if self._last is not None and number <= self._last:
            return False
        self._last = number
        return True


def _missed(channel: str | None, message: dict[str, Any]) -> Event:
    said: dict[str, Any] = {name: message[name] for name in ("count", "since") if name in message}
    return Event(type="missed", channel=channel, data=said, timestamp=str(message["timestamp"]), id=None)
