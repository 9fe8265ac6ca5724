"""Blender's notifications, for as long as the assistant is there, whether Blender comes or goes.

Older era: the stream of the session (GET), on a thread of its own. Newer era: the assistant's own
`subscriptions/listen`, on the thread of that request. In: JSON texts of Blender. Out: the same texts, and
`list_changed` when Blender, having come (back), has other tools than the assistant was given.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from ..effects import ConnectionLost
from ..errors import Unreachable
from . import mcp_protocol
from .blender import Blender, Request
from .cached_lists import CHANGED, CachedTools
from .http_exchange import HttpError
from .mcp_protocol import Message

RETRY_DELAY = 1.0  # seconds between two attempts to reach a Blender that is not there
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
Write = Callable[[bytes], None]


class NotificationStream(threading.Thread):
    """The stream of the older era's session."""

    def __init__(self, blender: Blender, tools: CachedTools, write: Write) -> None:
        super().__init__(name="notifications", daemon=True)
        self._blender = blender
        self._tools = tools
        self._write = write

    def run(self) -> None:
        pause = threading.Event()
        while True:
            session = self._blender.session
            assert session is not None
            try:
                headers = session.headers()
                stream = self._blender.connect(headers, None)
                stream.send("GET")
                stream.receive()
                if self._tools.changed(self._blender.result):
                    self._write(mcp_protocol.encoded({"method": CHANGED}))
                for text in stream.messages():
                    self._write(text)
            except HttpError as error:
                if error.status == 405:  # a server without such a stream
                    return
                if error.status == 404:
                    session.forget(headers)
            except (
                Unreachable,
                ConnectionLost,
                ValueError,
            ):  # the last: what listens there speaks something else
                pass
            pause.wait(RETRY_DELAY)


def listen(blender: Blender, request: Request, tools: CachedTools, write: Write) -> None:
    """Keeps the assistant's subscription until it is cancelled; the end of a Blender is not its end."""
    message = request.message
    filters = mcp_protocol.params(message).get("notifications") or {}
    meta = {"_meta": mcp_protocol.params(message).get("_meta")}
    acknowledged = False
    pause = threading.Event()

    def query(method: str, more: Message) -> Message:
        return blender.result(method, {**meta, **more})

    while not request.cancelled:
        try:
            for text in blender.send(request):
                response = mcp_protocol.response(text, message["id"])
                if response is not None and "error" in response:
                    write(text)
                    return
                if response is not None:
                    break  # Blender ends in good order
                if json.loads(text).get("method") != ACKNOWLEDGED:
                    write(text)
                    continue
                if not acknowledged:
                    write(text)
                acknowledged = True
                if filters.get("toolsListChanged") and tools.changed(query):
                    write(subscribed(message, CHANGED))
        except Unreachable:
            if not acknowledged and not request.cancelled:
                write(subscribed(message, ACKNOWLEDGED, {"notifications": filters}))
            acknowledged = True
        except ConnectionLost:
            pass
        if not request.cancelled:
            pause.wait(RETRY_DELAY)


def subscribed(request: Message, method: str, parameters: Message | None = None) -> bytes:
    """A notification of this subscription."""
    meta = {mcp_protocol.SUBSCRIPTION_KEY: request["id"]}
    return mcp_protocol.encoded({"method": method, "params": {"_meta": meta, **(parameters or {})}})
