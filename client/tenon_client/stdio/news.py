"""What Blender says unasked, for as long as the assistant is there, whether Blender comes or goes.

Older era: the stream of the session (GET), on a thread of its own. Newer era: the assistant's own
`subscriptions/listen`, on the thread of that request. In: JSON texts of Blender. Out: the same texts, and
`list_changed` when Blender, having come (back), has other tools than the assistant was told of.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from . import protocol
from .blender import Blender, Request
from .exchange import Lost, Refused, Unreachable
from .lists import CHANGED, Tools
from .protocol import Message

PAUSE = 1.0  # seconds between two looks for a Blender that is not there
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
Say = Callable[[bytes], None]


class News(threading.Thread):
    """The stream of the older era's session."""

    def __init__(self, blender: Blender, tools: Tools, say: Say) -> None:
        super().__init__(name="news", daemon=True)
        self._blender = blender
        self._tools = tools
        self._say = say

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
                    self._say(protocol.encoded({"method": CHANGED}))
                for text in stream.messages():
                    self._say(text)
            except Refused as error:
                if error.status == 405:  # a server without such a stream
                    return
                if error.status == 404:
                    session.forget(headers)
            except (Unreachable, Lost, ValueError):  # the last: what listens there speaks something else
                pass
            pause.wait(PAUSE)


def listen(blender: Blender, request: Request, tools: Tools, say: Say) -> None:
    """Keeps the assistant's subscription until it is cancelled; Blender's ends are not its end."""
    message = request.message
    wanted = protocol.params(message).get("notifications") or {}
    meta = {"_meta": protocol.params(message).get("_meta")}
    acknowledged = False
    pause = threading.Event()

    def ask(method: str, more: Message) -> Message:
        return blender.result(method, {**meta, **more})

    while not request.cancelled:
        try:
            for text in blender.ask(request):
                response = protocol.response(text, message["id"])
                if response is not None and "error" in response:
                    say(text)
                    return
                if response is not None:
                    break  # Blender ends in good order
                if json.loads(text).get("method") != ACKNOWLEDGED:
                    say(text)
                    continue
                if not acknowledged:
                    say(text)
                acknowledged = True
                if wanted.get("toolsListChanged") and tools.changed(ask):
                    say(subscribed(message, CHANGED))
        except Unreachable:
            if not acknowledged and not request.cancelled:
                say(subscribed(message, ACKNOWLEDGED, {"notifications": wanted}))
            acknowledged = True
        except Lost:
            pass
        if not request.cancelled:
            pause.wait(PAUSE)


def subscribed(request: Message, method: str, parameters: Message | None = None) -> bytes:
    """A notification of this subscription."""
    meta = {protocol.SUBSCRIPTION_KEY: request["id"]}
    return protocol.encoded({"method": method, "params": {"_meta": meta, **(parameters or {})}})
