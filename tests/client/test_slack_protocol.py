"""`tenon slack` and Slack's protocol, with every fault that Slack is known for. No Blender.

The Slack on loopback is proven by Slack's own client.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("slack_sdk", reason="slack_sdk is in tests/requirements.txt")

from fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from tenon_client.slack import web_api
from tenon_client.slack.config import Tokens
from tenon_client.slack.socket_mode import Connection, ConnectionOpener
from tenon_client.slack.web_api import SlackError, WebApi
from wire import PATIENCE

CLIENT = Path(__file__).resolve().parents[2] / "client"


@pytest.fixture
def slack():
    with FakeSlack() as running:
        yield running


@pytest.fixture
def closing():
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def api(slack, closing):
    return WebApi(Tokens(APP_TOKEN, BOT_TOKEN, slack.base_url), closing)


@pytest.fixture
def connect(slack, closing):
    """Opens a `Connection`; what it hears is in `connect.heard`."""
    opened = []

    def one(first_delay=0.1, reply=lambda _: None):
        web = WebClient(BOT_TOKEN, base_url=slack.base_url, retry_handlers=[])
        opener = ConnectionOpener(web, closing, first_delay=first_delay)
        hear = lambda envelope: slack.note(lambda: one.heard.append(envelope))  # noqa: E731
        opened.append(Connection(APP_TOKEN, opener, hear, reply, ping_interval=0.2))
        opened[-1].open()
        return opened[-1]

    one.heard = []
    yield one
    closing.set()
    for each in opened:
        each.close()


def acknowledged(slack, delivery):
    slack.until(lambda: delivery.acknowledged_at)
    return delivery.acknowledged_at - delivery.sent_at


MENTION = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.0", "text": "<@UBOT> hello"}


# Slack's own client against the Slack on loopback


def test_the_official_client_accepts_the_fake_slack(slack):
    """So that the rest is tested against more than our own reading of the documents."""
    requests = []

    def listen(client, request):
        requests.append((request.type, request.envelope_id, request.retry_attempt))
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    official = SocketModeClient(APP_TOKEN, web_client=WebClient(BOT_TOKEN, base_url=slack.base_url))
    official.socket_mode_request_listeners.append(listen)
    official.connect()
    try:
        first = slack.event(MENTION)
        assert acknowledged(slack, first) < 3
        slack.disconnect(slack.links[0], "refresh_requested")
        slack.until(lambda: slack.links[0].ended_at and len(slack.links) == 2)
        assert slack.links[1].opened_at < slack.links[0].ended_at, "the new one first"
        again = slack.repeat(first)
        assert again.connection == slack.links[1].number and acknowledged(slack, again) < 3
        assert acknowledged(slack, slack.slash("U1", "C1", "hello")) < 3
        kinds = [(kind, attempt) for kind, _, attempt in requests]
        assert kinds == [("events_api", None), ("events_api", 1), ("slash_commands", None)]
    finally:
        official.close()
    assert official.web_client.auth_test()["user_id"] == "UBOT"
    uploaded = official.web_client.files_upload_v2(content=b"abc", filename="a.txt", channel="C1")
    assert slack.files[uploaded["files"][0]["id"]]["data"] == b"abc"


def test_an_address_is_used_once(slack):
    official = SocketModeClient(
        APP_TOKEN, web_client=WebClient(BOT_TOKEN, base_url=slack.base_url), auto_reconnect_enabled=False
    )
    try:
        official.connect()
        assert official.is_connected()
        official.connect()  # with the address that it has
        assert not official.is_connected() and slack.refused_tickets == 1
    finally:
        official.close()


# Socket Mode


def test_every_kind_is_acknowledged_before_it_is_looked_at(slack, connect):
    connect(reply=lambda envelope: {"text": f"for {envelope['type']}"})
    event, slash = slack.event(MENTION), slack.slash("U1", "C1", "hello")
    assert acknowledged(slack, event) < 3 and acknowledged(slack, slash) < 3
    assert (event.payload, slash.payload) == (None, {"text": "for slash_commands"}), "where it is accepted"
    slack.until(lambda: len(connect.heard) == 2)
    again = slack.repeat(event, attempt=2)
    assert acknowledged(slack, again) < 3
    slack.until(lambda: connect.heard[-1].get("retry_attempt") == 2)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_new_connection_stands_before_the_old_one_ends(slack, connect, reason):
    at_once = []

    def greet(link):
        slack.hello(link)
        if len(slack.links) == 2:
            at_once.append(slack.event(MENTION, link=link))

    slack.greet = greet
    connect()
    slack.disconnect(slack.until(slack.alive)[0], reason)
    slack.until(lambda: slack.links[0].ended_at and at_once)
    assert acknowledged(slack, at_once[0]) < 1.5, "slack_sdk alone takes 3 s to let go of the old one"
    first, second = slack.links
    assert second.opened_at < first.ended_at
    assert acknowledged(slack, slack.event(MENTION)) < 3


def test_events_are_acknowledged_while_slack_lets_no_new_connection_be_opened(slack, connect):
    connect()
    old = slack.until(slack.alive)[0]
    slack.fail("apps.connections.open", "ratelimited", status=429, Retry_After="2")
    slack.disconnect(old, "warning")
    slack.until(lambda: len(slack.called("apps.connections.open")) == 2)
    late = [slack.event(MENTION, link=old) for _ in range(3)]
    assert max(acknowledged(slack, each) for each in late) < 1
    assert len(slack.links) == 1, "over the old one"
    slack.until(lambda: len(slack.links) == 2)
    _, refused, opened = slack.called("apps.connections.open")
    assert opened.at - refused.at >= 2, "Retry-After"


@pytest.mark.parametrize("fault", ["broken", "closed", "closed, and TCP left open"])
def test_a_lost_connection_is_opened_again(slack, connect, fault):
    connect()
    link = slack.until(slack.alive)[0]
    slack.closes_tcp = fault != "closed, and TCP left open"
    (slack.drop if fault == "broken" else slack.close)(link)
    slack.until(lambda: len(slack.links) == 2 and link.ended_at)
    assert acknowledged(slack, slack.event(MENTION, link=slack.links[1])) < 3


def test_an_expired_address_is_asked_for_again(slack, connect):
    connect()
    real, expired = slack.serve_link, []

    def serve(connection, ticket, key):
        if not expired:
            expired.append(ticket)
            slack._tickets[ticket] = True
        real(connection, ticket, key)

    slack.serve_link = serve
    slack.disconnect(slack.until(slack.alive)[0], "refresh_requested")
    slack.until(lambda: len(slack.links) == 2)
    assert slack.refused_tickets == 1 and len(slack.called("apps.connections.open")) == 3
    assert acknowledged(slack, slack.event(MENTION)) < 3


@pytest.mark.parametrize("reason", ["too_many_websockets", "link_disabled"])
def test_refused_connections_are_no_stampede(slack, connect, reason):
    """slack_sdk by itself asks for the next one at once, for ever."""
    slack.greet = lambda link: slack.disconnect(link, reason)
    connect(first_delay=0.2)
    slack.until(lambda: len(slack.called("apps.connections.open")) == 5)
    times = [each.at for each in slack.called("apps.connections.open")]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    for gap, least in zip(gaps, (0.1, 0.2, 0.4, 0.8), strict=True):
        assert gap >= least, gaps
    greeted = []

    def greet(link):
        slack.hello(link)
        slack.note(lambda: greeted.append(link))

    slack.greet = greet
    held = slack.until(lambda: greeted)[0]
    assert acknowledged(slack, slack.event(MENTION, link=held)) < 3


def test_the_delay_is_bounded_and_forgotten_once_a_connection_has_held(closing):
    now = [0.0]
    opener = ConnectionOpener(WebClient(), closing, lambda: now[0])
    delays = []
    for _ in range(12):
        delays.append(opener._delay())
        opener._opened_at = now[0]
        now[0] += 1
    assert delays[0] == 0 and all(0.5 * 2**at <= delays[at + 1] <= 2**at for at in range(6)), delays
    assert 30 <= delays[-1] <= 60
    now[0] += 3600
    assert opener._delay() == 0


def test_a_refused_token_is_said_and_tried_again_slowly(slack, connect, caplog):
    slack.fail("apps.connections.open", "invalid_auth", times=2)
    with pytest.raises(SlackError, match="invalid_auth: the token is not valid"):
        connect()
    assert "the token is not valid" in caplog.text


# The Web API


def test_retry_after_holds_for_everybody_who_calls_the_method(slack, api):
    slack.fail("chat.postMessage", "ratelimited", status=429, Retry_After="1")
    threads = [threading.Thread(target=api.post, args=("C1", None, f"text {at}")) for at in range(3)]
    threads[0].start()
    slack.until(lambda: slack.called("chat.postMessage"))
    for each in threads[1:]:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    refused, *sent = slack.called("chat.postMessage")
    assert refused.answer["status"] == 429 and len(sent) == 3
    # Between the refusal and the pause a call may slip through; of these there is none after the pause began.
    assert min(each.at for each in sent if each.params == refused.params) - refused.at >= 1


def test_edits_are_once_a_second_in_a_channel(slack, api):
    first, other = api.post("C1", None, "a"), api.post("C2", None, "a")
    for at in range(3):
        api.update("C1", first, f"edit {at}")
        assert not api.update_if_free("C1", first, "progress", []), "it is not its turn"
    api.update("C2", other, "elsewhere")
    here = [each.at for each in slack.called("chat.update") if each.params["channel"] == "C1"]
    assert min(b - a for a, b in itertools.pairwise(here)) >= 0.95
    there = slack.called("chat.update")[-1]
    assert there.at - here[-1] < 0.5, "another channel does not wait"
    assert slack.messages["C1", first]["text"] == "edit 2"


def test_a_429_for_progress_is_obeyed_without_waiting(slack, api):
    ts = api.post("C1", None, "a")
    slack.fail("chat.update", "ratelimited", status=429, Retry_After="1")
    began = time.monotonic()
    assert not api.update_if_free("C1", ts, "50 %", [])
    assert time.monotonic() - began < 0.9
    api.update("C1", ts, "done")
    refused, sent = slack.called("chat.update")
    assert sent.at - refused.at >= 1 and slack.messages["C1", ts]["text"] == "done"


def test_slacks_own_failures_are_tried_again_and_refusals_are_not(slack, api):
    slack.fail("chat.postMessage", "internal_error", status=503)
    assert api.post("C1", None, "a")
    assert len(slack.called("chat.postMessage")) == 2
    slack.fail("chat.postMessage", "not_in_channel")
    with pytest.raises(SlackError, match=r"chat\.postMessage: not_in_channel: invite the bot"):
        api.post("C1", None, "a")
    assert len(slack.called("chat.postMessage")) == 3


def test_slack_that_cannot_be_reached(slack, monkeypatch, closing):
    monkeypatch.setattr(web_api, "MAX_ATTEMPTS", 2)
    gone = WebApi(Tokens(APP_TOKEN, BOT_TOKEN, "http://127.0.0.1:9/api/"), closing)
    with pytest.raises(SlackError, match=r"auth\.test: Slack cannot be reached"):
        gone.call("auth.test")


def test_a_file_goes_in_three_steps(slack, api):
    data = bytes(range(256)) * 50
    name = api.upload("C1", "1.0", "a.png", data, "A title", alt_txt="seen")
    methods = [each.method for each in slack.calls]
    assert methods == ["files.getUploadURLExternal", "files.completeUploadExternal"]
    stored = slack.files[name]
    assert (stored["data"], stored["channel_id"], stored["thread_ts"]) == (data, "C1", "1.0")
    assert (stored["title"], stored["initial_comment"], stored["blocks"]) == ("A title", None, None)
    assert "blocks" not in slack.calls[-1].params, "they would be ignored, or answered internal_error"


def test_each_step_of_a_file_is_tried_again(slack, api):
    slack.fail("files.getUploadURLExternal", "ratelimited", status=429, Retry_After="1")
    slack.fail("upload", "", status=500)
    slack.fail("files.completeUploadExternal", "internal_error", status=500)
    assert slack.files[api.upload("C1", "1.0", "a.txt", b"abc", "A")]["shared"]
    slack.fail("upload", "", status=403)
    with pytest.raises(SlackError, match="could not be sent"):
        api.upload("C1", "1.0", "a.txt", b"abc", "A")


def test_the_end_of_the_bot_ends_the_waits(slack, api, closing):
    slack.fail("chat.postMessage", "ratelimited", status=429, Retry_After="200")
    began = time.monotonic()
    threading.Thread(target=lambda: slack.until(lambda: slack.calls) and closing.set()).start()
    with pytest.raises(SlackError, match="being ended"):
        api.post("C1", None, "a")
    assert time.monotonic() - began < 20


# The command line


@pytest.fixture
def tenon(slack, tmp_path):
    """`tenon(*words)` with everything right but Blender: exit code, output, errors."""
    (tmp_path / "slack.json").write_text(json.dumps({"people": {"U1": "coder"}, "channels": {"C1": "maker"}}))

    def run(*words, **more):
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("TENON_", "SLACK_"))
        }
        environ |= {
            "TENON_STATE_DIR": str(tmp_path / "state"),
            "TENON_SLACK_CONFIG": str(tmp_path / "slack.json"),
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_API_URL": slack.base_url,
            "PYTHONPATH": os.pathsep.join([str(CLIENT), os.environ.get("PYTHONPATH", "")]),
            **more,
        }
        ended = subprocess.run(
            [sys.executable, *words],
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr

    return run


CHECK = ("-m", "tenon_client", "slack", "--check", "--port", "9")


def test_check_says_what_is_there_and_what_is_missing(slack, tenon):
    code, out, _ = tenon(*CHECK)
    assert code == 1
    file, told, blender = out.splitlines()
    assert "ok" in file and "1 people, 1 channels" in file
    assert "tenon in the workspace Fake; both tokens work" in told
    assert blender.startswith("Blender  missing") and "127.0.0.1:9" in blender
    slack.scopes = "chat:write,app_mentions:read"
    assert "lacks the scopes commands, files:write, im:history" in tenon(*CHECK)[1]
    slack.fail("apps.connections.open", "missing_scope")
    slack.scopes = None
    assert "apps.connections.open: missing_scope: add the scope" in tenon(*CHECK)[1]
    out = tenon(*CHECK, SLACK_BOT_TOKEN="xoxb-other", TENON_SLACK_CONFIG="nowhere.toml")[1]
    assert "auth.test: invalid_auth: the token is not valid" in out and "nowhere.toml is missing" in out
    assert BOT_TOKEN not in out and "xoxb-other" not in out


def test_without_slack_sdk_it_says_what_to_install(tenon):
    hide = "import sys; sys.modules['slack_sdk'] = None; from tenon_client.cli import main; sys.exit(main("
    code, _, err = tenon("-c", f"{hide}['slack']))")
    assert code == 1 and "pip install 'tenon-client[slack]'" in err
    code, out, _ = tenon("-c", f"{hide}['slack', '--check', '--port', '9']))")
    assert code == 1 and "pip install 'tenon-client[slack]'" in out


def test_a_wrong_token_ends_the_bot_with_words(tenon):
    code, _, err = tenon("-m", "tenon_client", "slack", SLACK_BOT_TOKEN="xoxb-other")
    assert code == 1 and "auth.test: invalid_auth" in err and "xoxb-other" not in err
    code, _, err = tenon("-m", "tenon_client", "slack", SLACK_APP_TOKEN="xapp-other")
    assert code == 1 and "apps.connections.open: invalid_auth" in err and "Traceback" not in err
