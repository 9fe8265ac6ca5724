"""Slack's Web API at the speed that Slack allows, and files in its three steps.

In: methods and their parameters. Out: what Slack answers, or a `SlackError` that says what to do. Any thread.
A method that was answered 429 waits for everybody until its Retry-After is over; messages are edited once a
second in a channel.
"""

from __future__ import annotations

import logging
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from ..errors import TenonError
from .config import Tokens

MAX_ATTEMPTS = 6
MAX_RETRY_AFTER = 300.0  # seconds; who is told to wait longer gives up
UPDATE_INTERVAL = 1.0  # seconds between two edits in a channel
TIMEOUT = 30  # seconds for one request
NEEDED_SCOPES = ("app_mentions:read", "chat:write", "commands", "files:write", "im:history")
WHAT_TO_DO = {
    "invalid_auth": "the token is not valid; copy it again from the app's page",
    "not_authed": "the token is missing",
    "token_revoked": "the token was revoked; install the app again",
    "token_expired": "the token has expired; install the app again",
    "account_inactive": "the app was removed from the workspace; install it again",
    "not_allowed_token_type": "this is a token of another kind; see docs/slack.md",
    "missing_scope": "add the scope to the app and install it again",
    "not_in_channel": "invite the bot to the channel: /invite @its-name",
    "channel_not_found": "invite the bot to the channel: /invite @its-name",
    "is_archived": "the channel is archived",
    "link_disabled": "switch Socket Mode on, on the app's page",
}

log = logging.getLogger(__name__)


class SlackError(TenonError):
    """Slack refused a call, or could not be reached."""

    CODE = "slack"


class WebApi:
    """`closing` ends every wait."""

    def __init__(self, tokens: Tokens, closing: threading.Event) -> None:
        self.client = WebClient(tokens.bot, base_url=tokens.api_url, timeout=TIMEOUT, retry_handlers=[])
        self._closing = closing
        self._lock = threading.Lock()
        self._resume_at: dict[str, float] = defaultdict(float)  # by method, after a 429
        self._edit_at: dict[str, float] = defaultdict(float)  # by channel

    # Calls

    def call(self, method: str, as_form: bool = False, **params: Any) -> Mapping[str, Any]:
        """What the method answers. Tried again after a 429, and when Slack cannot be reached or fails: a
        message twice is better than none."""
        given = {name: value for name, value in params.items() if value is not None}
        for attempt in range(1, MAX_ATTEMPTS + 1):
            self._wait(self._resume_at[method] - time.monotonic())
            try:
                return self._once(method, as_form, given)
            except SlackApiError as error:
                seconds = retry_after(error)
                if seconds is None and error.response.status_code < 500:
                    raise refused(method, error) from error
                if attempt == MAX_ATTEMPTS or (seconds or 0) > MAX_RETRY_AFTER:
                    raise refused(method, error) from error
                self._pause(method, 2.0**attempt / 4 if seconds is None else seconds)
            except (OSError, SlackClientError) as error:
                if attempt == MAX_ATTEMPTS:
                    raise SlackError(f"{method}: Slack cannot be reached: {error}") from error
                log.warning("%s: Slack cannot be reached, trying again: %s", method, error)
                self._wait(2.0**attempt / 4)
        raise AssertionError  # the last attempt returns or raises

    def _once(self, method: str, as_form: bool, params: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self.client.api_call(method, **({"params": params} if as_form else {"json": params}))
        headers = {str(name).lower(): value for name, value in (answer.headers or {}).items()}
        return {**dict(answer.data), "scopes": headers.get("x-oauth-scopes")}

    def _pause(self, method: str, seconds: float) -> None:
        log.info("%s: Slack wants a pause of %g s", method, seconds)
        with self._lock:
            self._resume_at[method] = max(self._resume_at[method], time.monotonic() + seconds)

    def _wait(self, seconds: float) -> None:
        if seconds > 0 and self._closing.wait(seconds):
            raise SlackError("the bot is being ended")

    # Messages

    def post(self, channel: str, thread: str | None, text: str, blocks: list[Any] | None = None) -> str:
        """A new message; its timestamp, by which it is edited."""
        answer = self.call("chat.postMessage", channel=channel, thread_ts=thread, text=text, blocks=blocks)
        return str(answer["ts"])

    def tell(self, channel: str, thread: str | None, user: str, text: str) -> None:
        """A message that only one person sees."""
        self.call("chat.postEphemeral", channel=channel, thread_ts=thread, user=user, text=text)

    def update(self, channel: str, ts: str, text: str, blocks: list[Any] | None = None) -> None:
        """Edits a message when it is the channel's turn."""
        with self._lock:
            turn = max(self._edit_at[channel], time.monotonic())
            self._edit_at[channel] = turn + UPDATE_INTERVAL
        self._wait(turn - time.monotonic())
        # Without blocks the message would keep those it has.
        self.call("chat.update", channel=channel, ts=ts, text=text, blocks=blocks or [])

    def update_if_free(self, channel: str, ts: str, text: str, blocks: list[Any]) -> bool:
        """Edits a message if that needs no waiting, for progress that is soon out of date; whether it did."""
        now = time.monotonic()
        with self._lock:
            if max(self._edit_at[channel], self._resume_at["chat.update"]) > now:
                return False
            self._edit_at[channel] = now + UPDATE_INTERVAL
        try:
            self._once("chat.update", False, {"channel": channel, "ts": ts, "text": text, "blocks": blocks})
        except SlackApiError as error:
            seconds = retry_after(error)
            if seconds is None:
                log.warning("%s", refused("chat.update", error).message)
            else:
                self._pause("chat.update", seconds)
            return False
        except (OSError, SlackClientError) as error:
            log.warning("chat.update: %s", error)
            return False
        return True

    # Files

    def upload(self, channel: str, thread: str, name: str, data: bytes, title: str, **more: Any) -> str:
        """A file in the thread; its id. `more` are parameters of the first step, as `alt_txt`."""
        asked = {"filename": name, "length": len(data), **more}
        place = self.call("files.getUploadURLExternal", as_form=True, **asked)
        self._send(str(place["upload_url"]), data)
        files = [{"id": place["file_id"], "title": title}]
        # No text goes with it: `blocks` would be ignored beside `initial_comment`.
        self.call("files.completeUploadExternal", files=files, channel_id=channel, thread_ts=thread)
        return str(place["file_id"])

    def _send(self, url: str, data: bytes) -> None:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            request = urllib.request.Request(url, data, {"Content-Type": "application/octet-stream"})
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT, context=self.client.ssl):
                    return
            except OSError as error:
                status = error.code if isinstance(error, urllib.error.HTTPError) else 500
                wanted = (
                    error.headers.get("Retry-After") if isinstance(error, urllib.error.HTTPError) else None
                )
                if attempt == MAX_ATTEMPTS or (status < 500 and status != 429):
                    raise SlackError(f"the file could not be sent to Slack: {error}") from error
                self._wait(float(wanted) if wanted and wanted.isdigit() else 2.0**attempt / 4)


def retry_after(error: SlackApiError) -> float | None:
    """The seconds that Slack wants to be left alone; None if that is not what it says."""
    if error.response.status_code != 429 and error.response.get("error") != "ratelimited":
        return None
    headers = {str(name).lower(): value for name, value in (error.response.headers or {}).items()}
    try:
        return max(float(headers.get("retry-after", 30)), 0.1)
    except ValueError:
        return 30.0


def refused(method: str, error: SlackApiError) -> SlackError:
    code = str(error.response.get("error", error.response.status_code))
    needed = error.response.get("needed")
    advice = WHAT_TO_DO.get(code)
    text = f"{method}: {code}" + (f" ({needed})" if needed else "") + (f": {advice}" if advice else "")
    return SlackError(text, data={"error": code})
