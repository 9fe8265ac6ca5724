"""Which deliveries of Slack's are to be answered: each once, none of the bot's own, none that is long past.

In: envelopes of Socket Mode. Out: whether it is the first, and the `Message` in it. Any thread.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .conversations import Place

REMEMBERED = 600.0  # seconds; Slack delivers again within these
MAX_REMEMBERED = 10_000


class SeenIds:
    """Ids of the last ten minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, *ids: str) -> bool:
        """Whether none of them was seen; from now on they were."""
        now = self._clock()
        with self._lock:
            while self._seen and (
                len(self._seen) > MAX_REMEMBERED or next(iter(self._seen.values())) < now - REMEMBERED
            ):
                self._seen.popitem(last=False)
            new = not any(each in self._seen for each in ids)
            for each in ids:
                self._seen.setdefault(each, now)
            return new


@dataclass(frozen=True)
class Message:
    """What a person wrote to the bot."""

    user: str
    place: Place
    text: str
    ids: tuple[str, ...]  # by which another delivery of it is told
    sent_at: float  # Unix seconds


def message_of(payload: Mapping[str, Any], bot_user: str) -> Message | None:
    """The message of an `events_api` payload; None if it is not one for the bot to answer."""
    event = payload.get("event") or {}
    direct = event.get("type") == "message" and event.get("channel_type") == "im"
    if not direct and event.get("type") != "app_mention":
        return None
    # Bots, itself among them, edited and deleted messages, and notes such as "has joined the channel".
    if event.get("bot_id") or event.get("subtype") or event.get("edited") or event.get("hidden"):
        return None
    user, channel, ts = event.get("user"), event.get("channel"), event.get("ts")
    if not user or user == bot_user or not channel or not ts:
        return None
    return Message(
        user=str(user),
        place=Place(str(channel), str(event.get("thread_ts") or ts)),
        text=str(event.get("text") or ""),
        # One message may come as two events, a mention and a direct message.
        ids=(f"event:{payload.get('event_id')}", f"message:{channel}:{ts}"),
        sent_at=float(payload.get("event_time") or 0),
    )
