"""The parts of `tenon slack` without Slack and Blender: its file, what a message means, who may do what."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from pathlib import Path

import pytest
from tenon_client import slack
from tenon_client.errors import InvalidParams, TenonError, UnknownCommand
from tenon_client.setup.platform_paths import System
from tenon_client.slack import texts
from tenon_client.slack.config import config_file, parse_config, read_config, tokens
from tenon_client.slack.conversations import MAX_THREADS, Conversations, Place
from tenon_client.slack.deliveries import MAX_REMEMBERED, SeenIds, message_of
from tenon_client.slack.lanes import Lanes
from tenon_client.slack.message import Call, Cancel, Code, Help, Sentence, parse, plain
from tenon_client.slack.roles import ADMINISTRATIVE, Role, may_press, role_needed
from wire import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

LOOK = {"name": "look", "reads_only": True, "destructive": False, "params": {"properties": {"view": {}}}}
MAKE = {"name": "create_object", "reads_only": False, "destructive": False, "params": {"properties": {}}}
CODE = {"name": "run_it", "reads_only": False, "destructive": True, "params": {"properties": {"code": {}}}}
ROWS = {"look": LOOK, "create_object": MAKE, "object.create": MAKE}

# Messages


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("<@U1> make a cube", "make a cube"),
        ("<@U1|tenon>: <@U1>, make a cube", "make a cube"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        (
            "see <http://a.example|a.example> and <https://b.example/x>",
            "see a.example and https://b.example/x",
        ),
        ("<mailto:a@b.example|a@b.example> in <#C1|general>", "a@b.example in #general"),
        ("<!here> <!date^1^{date}|today> <@U2>", "@here today @U2"),
        ("&amp;lt; stays escaped once", "&lt; stays escaped once"),
    ],
)
def test_slacks_escapes_are_undone(sent, typed):
    assert plain(sent) == typed


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("<@U1> make a red cube", Sentence("make a red cube")),
        ("赤い立方体を作成", Sentence("赤い立方体を作成")),
        ("rename it to \u201cTower\u201d", Sentence('rename it to "Tower"')),
        ("look at the cube", Sentence("look at the cube")),
        ("look", Call(LOOK, "look", {})),
        ("`look view=top`", Call(LOOK, "look", {"view": "top"})),
        ("<@U1> /look", Call(LOOK, "look", {})),
        (
            "create_object type=CUBE location=[0, 0, 1] name=\u201cBig box\u201d",
            Call(MAKE, "create_object", {"type": "CUBE", "location": [0, 0, 1], "name": "Big box"}),
        ),
        ('/create_object {"type": "CUBE"}', Call(MAKE, "create_object", {"type": "CUBE"})),
        ("object.create", Call(MAKE, "create_object", {})),
        ("```print(1 &lt; 2)```", Code("print(1 < 2)")),
        ("this please:\n```python\nx = 1\nprint(x)\n```", Code("x = 1\nprint(x)")),
        ("```python```", Code("python")),
        ("```print(\u201chi\u201d)```", Code('print("hi")')),
        ("```print('\u201c')```", Code("print('\u201c')")),
        ("<@U1>", Help()),
        ("Help", Help()),
        ("<@U1> stop", Cancel()),
    ],
)
def test_what_a_message_means(text, request_):
    assert parse(text, ROWS.get) == request_


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("/no_such x=1", UnknownCommand, "no_such"),
        ("/look at this", InvalidParams, "key=value"),
        ("look {broken", InvalidParams, "not JSON"),
        ("```a``` and ```b```", InvalidParams, "one block"),
        ("``` ```", InvalidParams, "empty"),
        ("``` never closed", InvalidParams, "one block"),
    ],
)
def test_what_is_refused_says_why(text, kind, words):
    with pytest.raises(kind, match=words):
        parse(text, ROWS.get)


# Roles


def test_the_role_that_a_command_needs():
    assert role_needed(LOOK, {}, "s1") is Role.READER
    assert role_needed(MAKE, {}, "s1") is Role.MAKER
    assert role_needed(CODE, {}, "s1") is Role.CODER
    assert role_needed({**LOOK, "name": "cancel_task"}, {}, "s1") is Role.ADMIN
    assert role_needed(LOOK, {"session_id": "s1"}, "s1") is Role.READER
    assert role_needed(LOOK, {"session_id": "s2"}, "s1") is Role.ADMIN


def test_every_native_command_that_changes_others_work_is_administrative():
    """By the table of commands: a new one has to be put on a side."""
    harmless = {"create_session", "save_session", "send_command", "update_state", "write_design_document"}
    told = (ROOT / "docs" / "commands.md").read_text("utf-8")
    sections = re.split(r"^## ", told, flags=re.MULTILINE)[1:]
    native = {each.splitlines()[0] for each in sections if "*native*" in each and "*reads*" not in each}
    assert native - harmless == ADMINISTRATIVE


def test_who_may_press():
    assert may_press(Role.READER, True)
    assert not may_press(Role.CODER, False)
    assert may_press(Role.ADMIN, False)
    assert not may_press(Role.MAKER, True, Role.ADMIN)


# The file and the environment


def test_the_file_in_toml_and_in_json(tmp_path):
    whole = {
        "slack": {"strangers": "silent", "confirm_by": "admin", "pictures": False, "direct_messages": "off"},
        "people": {"U1": "coder", "W2": "reader"},
        "channels": {"C1": "maker"},
    }
    (tmp_path / "slack.json").write_text(json.dumps(whole))
    config = read_config(tmp_path / "slack.json")
    assert config.people == {"U1": Role.CODER, "W2": Role.READER}
    assert (config.channels, config.direct_messages) == ({"C1": Role.MAKER}, Role.NONE)
    assert (config.answer_strangers, config.admin_confirms) == (False, True)
    assert (config.pictures, config.confirm_code) == (False, True)
    (tmp_path / "slack.toml").write_text(
        '[slack]\nstrangers = "silent"\nconfirm_by = "admin"\npictures = false\ndirect_messages = "off"\n'
        '[people]\nU1 = "coder"\nW2 = "reader"\n[channels]\nC1 = "maker"\n'
    )
    if sys.version_info >= (3, 11):
        assert read_config(tmp_path / "slack.toml") == config
    else:
        with pytest.raises(InvalidParams, match=r"slack\.json"):
            read_config(tmp_path / "slack.toml")


@pytest.mark.parametrize(
    ("whole", "words"),
    [
        ([], "tables"),
        ({"people": {}}, "nobody"),
        ({"people": {"U1": "coder"}, "chanels": {}}, "chanels is not known"),
        ({"people": {"ada": "coder"}}, "people.ada: expected a member id"),
        ({"people": {"U1": "coder"}, "channels": {"#general": "maker"}}, "a channel id"),
        ({"people": {"U1": "boss"}}, "reader, maker, coder or admin"),
        ({"people": {"U1": "coder"}, "slack": {"pictures": "yes"}}, "slack.pictures"),
        ({"people": {"U1": "coder"}, "slack": {"strangers": "shout"}}, "tell or silent"),
        ({"people": {"U1": "coder"}, "slack": {"token": "xoxb-secret"}}, "slack.token is not known"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(whole, words):
    with pytest.raises(InvalidParams, match=words) as refused:
        parse_config(whole)
    assert "secret" not in str(refused.value)


def test_a_missing_or_broken_file(tmp_path):
    with pytest.raises(InvalidParams, match=r"(?s)is missing.*\[people\]"):
        read_config(tmp_path / "slack.toml")
    (tmp_path / "slack.json").write_text("{")
    with pytest.raises(InvalidParams, match=r"slack\.json: this is not JSON"):
        read_config(tmp_path / "slack.json")


@pytest.mark.parametrize(
    ("platform", "environ", "place"),
    [
        ("linux", {}, "home/.config/tenon/slack.toml"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/tenon/slack.toml"),
        ("darwin", {}, "home/Library/Application Support/tenon/slack.toml"),
        ("win32", {}, "home/AppData/Roaming/tenon/slack.toml"),
        ("win32", {"TENON_SLACK_CONFIG": "/x/mine.json"}, "/x/mine.json"),
    ],
)
def test_where_the_file_lies(platform, environ, place):
    system = System(platform, Path("home"), environ)
    assert config_file(None, system) == Path(place)
    assert config_file("named.toml", system) == Path("named.toml")


def test_the_tokens_come_from_the_environment_and_are_not_printed():
    good = {"SLACK_APP_TOKEN": "xapp-1-secret", "SLACK_BOT_TOKEN": "xoxb-secret"}
    assert tokens(good).api_url == "https://slack.com/api/"
    assert "secret" not in repr(tokens(good))
    assert (
        tokens({**good, "SLACK_API_URL": "https://slack-gov.com/api"}).api_url == "https://slack-gov.com/api/"
    )
    swapped = {"SLACK_APP_TOKEN": "xoxb-secret", "SLACK_BOT_TOKEN": "xapp-1-secret"}
    for environ, words in [
        ({}, "SLACK_APP_TOKEN"),
        (swapped, "does not begin with xapp-"),
        ({**good, "SLACK_API_URL": "http://slack.example/api/"}, "https"),
    ]:
        with pytest.raises(InvalidParams, match=words) as refused:
            tokens(environ)
        assert "secret" not in str(refused.value)


def test_no_token_is_logged():
    formatter = slack.RedactingFormatter("%(message)s")
    record = logging.LogRecord(
        "x", 20, "x", 1, "a xoxb-1-2-abc b %s wss://x/link/?ticket=ab-cd&app_id=A1 c", (), None
    )
    record.args = ("xapp-1-A1-zz",)
    assert formatter.format(record) == "a [token] b [token] wss://x/link/?ticket=[token]&app_id=A1 c"
    try:
        raise ValueError("xoxp-7-secret")
    except ValueError:
        record.exc_info = sys.exc_info()
    assert "secret" not in formatter.format(record)


# Threads and deliveries


def test_sessions_of_threads_outlive_the_bot(tmp_path):
    first = Conversations(tmp_path)
    first.remember(Place("C1", "1.0"), "scene-a")
    first.remember(Place("C1", "2.0"), "scene-b")
    first.remember(Place("C1", "1.0"), "scene-c")
    again = Conversations(tmp_path)
    assert again.session(Place("C1", "1.0")) == "scene-c"
    assert again.session(Place("C1", "2.0")) == "scene-b"
    assert again.session(Place("C2", "1.0")) is None
    assert [each.name for each in tmp_path.iterdir()] == ["threads.json"], "nothing is left beside it"


def test_a_broken_file_of_threads_is_put_aside(tmp_path, caplog):
    (tmp_path / "threads.json").write_text('{"threads": [')
    kept = Conversations(tmp_path)
    assert kept.session(Place("C1", "1.0")) is None
    assert (tmp_path / "threads.json.unreadable").read_text() == '{"threads": ['
    assert "cannot be read" in caplog.text
    kept.remember(Place("C1", "1.0"), "scene-a")
    assert Conversations(tmp_path).session(Place("C1", "1.0")) == "scene-a"


def test_the_threads_are_bounded(tmp_path):
    many = {f"C1:{number}": "s" for number in range(MAX_THREADS)}
    (tmp_path / "threads.json").write_text(json.dumps({"threads": many}))
    kept = Conversations(tmp_path)
    kept.remember(Place("C2", "1"), "s")
    assert len(json.loads((tmp_path / "threads.json").read_text())["threads"]) == MAX_THREADS
    assert kept.session(Place("C1", "0")) is None and kept.session(Place("C1", "1")) == "s"


def test_a_delivery_counts_once_in_ten_minutes():
    now = [0.0]
    seen = SeenIds(lambda: now[0])
    assert seen.is_new("event:a", "message:1")
    assert not seen.is_new("event:b", "message:1"), "the same message as another event"
    now[0] = 599
    assert not seen.is_new("event:a")
    now[0] = 1300
    assert seen.is_new("event:a")
    for number in range(3 * MAX_REMEMBERED):
        seen.is_new(f"event:{number}")
    assert len(seen._seen) <= MAX_REMEMBERED + 1


def test_which_events_are_messages():
    event = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "2.0", "text": "x"}

    def found(**more):
        return message_of({"event_id": "Ev1", "event_time": 5, "event": {**event, **more}}, "UBOT")

    assert found().place == Place("C1", "2.0")
    assert found(thread_ts="1.0").place == Place("C1", "1.0")
    assert found().ids == ("event:Ev1", "message:C1:2.0")
    assert found(type="message", channel_type="im", channel="D1").place == Place("D1", "2.0")
    for ignored in (
        {"bot_id": "B1"},
        {"user": "UBOT"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"edited": {"ts": "3.0"}},
        {"type": "message", "channel_type": "channel"},
        {"type": "reaction_added"},
        {"user": None},
    ):
        assert found(**ignored) is None, ignored


# Lanes


def test_a_lane_is_in_order_and_lanes_run_at_once():
    lanes, order, met = Lanes(), [], threading.Barrier(2, timeout=PATIENCE)
    done = threading.Semaphore(0)

    def work(name, meet=False):
        def run():
            if meet:
                met.wait()  # passes only if the other lane's runs too
            order.append(name)
            done.release()

        return run

    assert lanes.put("a", work("a1", meet=True)) and lanes.put("a", work("a2"))
    assert lanes.put("b", work("b1", meet=True))
    for _ in range(3):
        assert done.acquire(timeout=PATIENCE)
    assert order.index("a1") < order.index("a2") and "b1" in order


def test_a_failure_does_not_end_a_lane_and_too_much_is_refused(caplog):
    lanes, begun, go, done = Lanes(1, 2), threading.Event(), threading.Event(), threading.Event()

    def first():
        begun.set()
        go.wait(PATIENCE)

    assert lanes.put("a", first) and begun.wait(PATIENCE)
    assert not lanes.put("b", done.set), "there is one lane"
    assert lanes.put("a", lambda: 1 / 0) and lanes.put("a", done.set)
    assert not lanes.put("a", done.set), "two wait in it"
    go.set()
    assert done.wait(PATIENCE)
    assert "ZeroDivisionError" in caplog.text


# Texts


def test_what_is_told_mentions_nobody():
    printed = "<!channel> & ```"
    assert texts.code_block(printed) == "```\n&lt;!channel&gt; &amp; `\u200b``\n```"
    asked = texts.said(Sentence("<!here>" + "x" * 500))
    assert "<!" not in asked and len(asked) < 250
    working = texts.working(
        Sentence("a"), {"status": "processing", "progress": {"fraction": 0.5, "message": "<@U1>"}}
    )
    assert "50 %" in working and "<@U1>" not in working


def test_an_error_has_its_code_and_a_scripts_traceback():
    assert texts.error(TenonError("Do this.", code="busy")) == "busy: Do this."
    raised = TenonError(json.dumps({"traceback": "Traceback: boom\n"}), code="command_failed")
    assert texts.error(raised) == "command_failed: Traceback: boom"
