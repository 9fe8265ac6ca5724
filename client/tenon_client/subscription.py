"""Events over connections that break: delivered in order, none of them twice, and a gap is reported. Pure.

In: what arrives on each WebSocket. Out: events, and bytes to send. Ids ascend over all channels and from run
to run, so the last one delivered is all there is to remember. On a new connection everything is subscribed
again and replayed from there; the answer to a ping sent behind that marks the end of the replay.
"""

from __future__ import annotations

import json
from typing import Any, TypedDict
from urllib.parse import quote

from .effects import ConnectionLost
from .errors import InvalidParams, error_of
from .websocket_frames import WebSocket


class Event(TypedDict):
    """One event of a channel. The client itself makes the type `missed`, for events that are gone."""

    type: str
    channel: str | None
    data: dict[str, Any]
    timestamp: str
    id: int | None


class Subscription:
    """Channels, and the last of their events that was delivered."""

    IDLE_TIMEOUT = 45.0  # seconds without a byte (Tenon pings every 30) before the client pings

    def __init__(
        self, host: str, channels: tuple[str, ...], since: int | None, client_id: str, token: str | None
    ) -> None:
        if not channels:
            raise InvalidParams("Name at least one channel, such as 'tasks' or 'scene'")
        self._channels = channels
        self._last = since
        self._last_before = 0  # the last event before the subscription
        self._host, self._token = host, token
        self._path = f"/ws?client_id={quote(client_id)}"
        self._pinged = False
        self._replayed: list[Event] | None = []  # collected until the replay is over
        self._socket = WebSocket(host, self._path, token)
        self._has_subscribed = False

    @property
    def is_caught_up(self) -> bool:
        """Whether the replay is over, so that events are delivered as they come."""
        return self._replayed is None

    def connected(self) -> bytes:
        """A new connection stands: what to send on it first."""
        self._socket = WebSocket(self._host, self._path, self._token)
        self._replayed, self._has_subscribed, self._pinged = [], False, False
        return self.take_outgoing()

    def take_outgoing(self) -> bytes:
        out = bytes(self._socket.outgoing)
        self._socket.outgoing.clear()
        return out

    def on_idle(self) -> None:
        """Nothing came for `IDLE_TIMEOUT` seconds: pings, and takes the connection for lost the second
        time."""
        if self._pinged or not self._socket.is_open:
            raise ConnectionLost("the server is silent")
        self._pinged = True
        self._socket.ping()

    def check_open(self) -> None:
        """Raises `ConnectionLost` when nothing more comes on this connection."""
        if self._socket.ended:
            raise self._socket.ended

    def receive(self, data: bytes) -> list[Event]:
        """The events to deliver now; `TenonError` when the subscription is refused."""
        if not data:
            raise ConnectionLost("the server closed the connection")
        self._pinged = False
        texts = self._socket.receive(data)
        if self._socket.is_open and not self._has_subscribed:
            self._subscribe()
        events: list[Event] = []
        for text in texts:
            events += self._on_message(json.loads(text))
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

    def _on_message(self, message: dict[str, Any]) -> list[Event]:
        kind, channel = message.get("type"), message.get("channel")
        if kind == "pong":
            return self._end_replay()
        if kind == "missed" and channel is None:
            return [] if self._last is None else self._deliver(_missed(None, message))
        if kind == "error" and channel is None:
            raise error_of({"code": InvalidParams.CODE, **message})
        if kind == "subscribed" and "id" not in message:
            self._last = self._last_before if self._last is None else self._last
            return []
        if kind == "replay" and "id" not in message:
            return (
                [] if message.get("complete") or not self._last else self._deliver(_missed(channel, message))
            )
        return self._deliver(
            Event(
                type=str(kind),
                channel=channel,
                data=message.get("data") or {},
                timestamp=str(message.get("timestamp", "")),
                id=message.get("id"),
            )
        )

    def _deliver(self, event: Event) -> list[Event]:
        if self._last is None:
            self._last_before = max(self._last_before, event["id"] or 0)
            return []
        if self._replayed is not None:
            self._replayed.append(event)
            return []
        return [event] if self._is_new(event) else []

    def _end_replay(self) -> list[Event]:
        collected, self._replayed = self._replayed or [], None
        collected.sort(key=lambda event: event["id"] or 0)
        return [event for event in collected if self._is_new(event)]

    def _is_new(self, event: Event) -> bool:
        """Whether it was not delivered yet; from now on it was."""
        number = event["id"]
        if number is None:
            return True
        if self._last is not None and number <= self._last:
            return False
        self._last = number
        return True


def _missed(channel: str | None, message: dict[str, Any]) -> Event:
    data: dict[str, Any] = {name: message[name] for name in ("count", "since") if name in message}
    return Event(type="missed", channel=channel, data=data, timestamp=str(message["timestamp"]), id=None)
