"""The connection that Slack delivers over: slack_sdk's Socket Mode client, acknowledging first.

In: the app-level token. Out: each envelope to `on_envelope`, after it was acknowledged. Envelopes come on the
client's own thread, so `on_envelope` only puts them somewhere. Slack's `disconnect` and lost connections are
the client's to handle; what is added here is when it may ask for a new connection.
"""

from __future__ import annotations

import contextlib
import json
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient

from .web_api import WHAT_TO_DO, SlackError, refused, retry_after

STABLE = 60.0  # seconds that a connection holds before the next one is opened at once
FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0  # seconds
PING_INTERVAL = 2.0  # seconds; after four or five without an answer the connection counts as lost
LAST_RECEIVE = 0.25  # seconds that a connection which is being replaced listens at a time
KINDS = ("events_api", "slash_commands", "interactive")

log = logging.getLogger(__name__)


class ConnectionOpener:
    """Stands where the client expects its `WebClient`, of which it uses these two members. The client asks
    for a new connection at once and for ever, which with `too_many_websockets` is a stampede."""

    def __init__(
        self,
        web: WebClient,
        closing: threading.Event,
        clock: Callable[[], float] = time.monotonic,
        first_delay: float = FIRST_DELAY,
    ) -> None:
        self.ssl = web.ssl
        self._web, self._closing, self._clock, self._first_delay = web, closing, clock, first_delay
        self._lock = threading.Lock()
        self._opened_at: float | None = None
        self._in_a_row = 0  # connections that did not hold

    def apps_connections_open(self, *, app_token: str) -> Any:
        with self._lock:
            while True:
                self._wait(self._delay())
                self._opened_at = self._clock()
                try:
                    return self._web.apps_connections_open(app_token=app_token)
                except SlackApiError as error:
                    seconds = retry_after(error)
                    if seconds is None:
                        code = str(error.response.get("error"))
                        log.error("Slack opens no connection: %s %s", code, WHAT_TO_DO.get(code, ""))
                        raise
                    log.info("Slack wants a pause of %g s before the next connection", seconds)
                    self._wait(seconds)

    def _delay(self) -> float:
        """Doubled with every connection that did not hold; random, as there may be several bots."""
        now = self._clock()
        if self._opened_at is None or now - self._opened_at > STABLE + self._longest():
            self._in_a_row = 0
            return 0.0
        delay = self._longest()
        self._in_a_row += 1
        return delay * random.uniform(0.5, 1.0)

    def _longest(self) -> float:
        return min(self._first_delay * 2.0 ** min(self._in_a_row, 16), LONGEST_DELAY)

    def _wait(self, seconds: float) -> None:
        if self._closing.wait(seconds) if seconds > 0 else self._closing.is_set():
            raise ConnectionAbortedError("the bot is being ended")


class Connection:
    """`reply` makes the payload of an acknowledgement, for the kinds that take one."""

    def __init__(
        self,
        app_token: str,
        opener: ConnectionOpener,
        on_envelope: Callable[[Mapping[str, Any]], None],
        reply: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
        ping_interval: float = PING_INTERVAL,
    ) -> None:
        self._on_envelope, self._reply = on_envelope, reply
        web: Any = opener
        self._client = SocketModeClient(
            app_token,
            logger=log.getChild("client"),
            web_client=web,
            ping_interval=ping_interval,
            receive_buffer_size=1 << 16,
            concurrency=1,  # nothing is left for its workers to do
            # Earlier than its request listeners: they wait while the client opens another connection.
            on_message_listeners=[self._on_text],
        )

    def open(self) -> None:
        """Opened once; from then on it is kept. `SlackError` if Slack refuses."""
        try:
            self._client.connect_to_new_endpoint()
        except SlackApiError as error:
            raise refused("apps.connections.open", error) from error
        except OSError as error:
            raise SlackError(f"apps.connections.open: Slack cannot be reached: {error}") from error

    def close(self) -> None:
        self._client.logger.setLevel(logging.CRITICAL)  # that the connection ends is no error now
        session = self._client.current_session
        if session is not None and session.sock is not None:
            # Else the client waits until its receiving thread looks up. Not the method of TLS's own socket,
            # which that thread is using.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(session.sock, socket.SHUT_RDWR)
        self._client.close()

    def _on_text(self, text: str) -> None:
        """Never raises: it runs where the client receives."""
        try:
            envelope = json.loads(text)
        except ValueError:
            return  # Slack also sends lines that are not JSON
        kind = envelope.get("type")
        if kind == "hello":
            log.info("connected to Slack")
        elif kind == "disconnect":
            log.info("Slack asks for another connection: %s", envelope.get("reason"))
            # The client closes this one once the other stands. Until its receiving thread looks up, 3 s
            # later, nothing could be acknowledged on either.
            session = self._client.current_session
            if session is not None and session.sock is not None:
                session.sock.settimeout(LAST_RECEIVE)
        elif kind in KINDS and envelope.get("envelope_id"):
            self._acknowledge(envelope)
            try:
                self._on_envelope(envelope)
            except Exception:
                log.exception("an envelope of the kind %s was not handled", kind)

    def _acknowledge(self, envelope: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
        if envelope.get("accepts_response_payload") and (payload := self._reply(envelope)):
            answer["payload"] = payload
        try:
            self._client.send_socket_mode_response(answer)
        except Exception as error:
            # Slack delivers it again then, which is told by its id.
            log.warning("an envelope could not be acknowledged: %s", error)
