"""What `tenon slack --check` asks Slack: whether both tokens work, and whether the app has its scopes.

In: the tokens. Out: a line for people, or a `SlackError` that says what is missing. Opens no WebSocket: the
address that Slack gives for one is used once, and this one never.
"""

from __future__ import annotations

import threading

from slack_sdk.errors import SlackApiError, SlackClientError

from .config import Tokens
from .web_api import NEEDED_SCOPES, SlackError, WebApi, refused


def slack(secrets: Tokens) -> str:
    api = WebApi(secrets, threading.Event())
    me = api.call("auth.test")
    scopes = me.get("scopes")
    if scopes is not None:  # what Slack lists them in is a header
        missing = sorted(set(NEEDED_SCOPES) - {each.strip() for each in str(scopes).split(",")})
        if missing:
            raise SlackError(f"the app lacks the scopes {', '.join(missing)}; add them and install it again")
    try:
        api.client.apps_connections_open(app_token=secrets.app)
    except SlackApiError as error:
        raise refused("apps.connections.open", error) from error
    except (OSError, SlackClientError) as error:
        raise SlackError(f"apps.connections.open: {error}") from error
    return f"{me.get('user')} in the workspace {me.get('team')}; both tokens work"
