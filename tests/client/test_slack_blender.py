"""The bot as it is used, with a real Blender: sentences, pictures, undo, roles, questions, deliveries."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("slack_sdk", reason="slack_sdk is in tests/requirements.txt")

from slack_workspace import ADMIN, CODER, MAKER, OTHER, READER, STRANGER, pixels
from tenon_client.slack import texts
from wire import Client

# Sentences, pictures, undo


def test_a_sentence_is_done_shown_and_taken_back(work):
    thread = work.say(MAKER, "make a red cube")
    message = work.see(thread, "create_object: Cube")
    assert list(work.objects()) == ["Cube"]
    [png] = work.slack.until(lambda: work.pictures(thread))
    width, height, size, rows = pixels(png)
    assert width >= 200 and height >= 100
    spots = [rows[at : at + 3] for at in range(0, len(rows), size)]
    red = sum(r > g + 60 and r > b + 60 for r, g, b in spots)
    assert red > len(spots) / 200, "the cube is in the picture"
    work.press(MAKER, message, texts.UNDO)
    work.see(thread, "Taken back: create_object")
    assert work.objects() == {}
    work.slack.until(lambda: len(work.pictures(thread)) == 2)
    work.press(MAKER, message, texts.UNDO)
    work.see(thread, "`undo` was done since, so nothing was taken back")


def test_undo_by_a_button_never_takes_back_somebody_elses_change(work):
    thread = work.say(MAKER, "make a cube")
    message = work.see(thread, "create_object: Cube")
    other = work.ask(CODER, "create_object type=CONE name=Theirs", "create_object: Theirs")
    work.press(MAKER, message, texts.UNDO)
    work.see(thread, "`create_object` was done since")
    work.press(MAKER, other, texts.UNDO)
    work.slack.until(lambda: f"Only <@{CODER}> or an admin can press this." in work.whispers(MAKER))
    assert set(work.objects()) == {"Cube", "Theirs"}
    work.press(ADMIN, other, texts.UNDO)
    work.see(other["thread_ts"], "Taken back")
    assert set(work.objects()) == {"Cube"}


def test_what_is_not_understood_is_told_and_changes_nothing(work):
    message = work.ask(MAKER, "make a red cubee and frobnicate", "not_understood: Nothing was done")
    assert "cubee" in message["text"] and work.objects() == {}
    assert (
        "There is no command nothing_like_it" in work.ask(MAKER, "/nothing_like_it a=1", "no command")["text"]
    )
    assert "invalid_params" in work.ask(MAKER, "create_object type=BANANA", "BANANA")["text"]


def test_two_threads_are_two_sessions(work):
    first = work.say(MAKER, "make a cone")
    work.see(first, "create_object: Cone")
    second = work.say(MAKER, "make a sphere at (5, 0, 0)")
    work.see(second, "create_object: Uv Sphere")
    work.say(MAKER, "move it up 2 m", first)
    work.see(first, "move_objects: Cone")
    assert work.objects() == {"Cone": [0, 0, 2], "Uv Sphere": [5, 0, 0]}


def test_a_restart_of_the_bot_goes_on_in_the_same_session(work):
    thread = work.say(MAKER, "make a cone")
    message = work.see(thread, "create_object: Cone")
    session = json.loads(message["blocks"][-1]["elements"][0]["value"])["session"]
    assert work.bot.end() == 0
    work.bot.start()
    work.say(MAKER, "move it up 2 m", thread)
    again = work.see(thread, "move_objects: Cone")
    assert json.loads(again["blocks"][-1]["elements"][0]["value"])["session"] == session
    assert work.objects() == {"Cone": [0, 0, 2]}, "it knows what 'it' is"
    with Client(work.address) as client:
        said = [
            each.get("user_input") for each in client.result("get_session_history", {"session_id": session})
        ]
    assert "make a cone" in said and "move it up 2 m" in said, "in the person's own words"


# Roles


def test_code_is_for_coders(work):
    refused = work.ask(MAKER, "```bpy.ops.mesh.primitive_cube_add()```", "needs the role")
    assert "needs the role *coder*; yours here is *maker*" in refused["text"] and work.objects() == {}
    refused = work.ask(
        MAKER, 'batch {"commands": [{"type": "execute_code", "params": {"code": "1"}}]}', "needs"
    )
    assert "coder" in refused["text"]
    thread = work.say(CODER, "this:\n```python\nbpy.ops.mesh.primitive_cube_add()\nprint(1 &lt; 2)\n```")
    question = work.see(thread, "Python code")
    assert work.objects() == {}, "not before the button"
    work.press(CODER, question, texts.CONFIRM)
    message = work.see(thread, "True")
    assert list(work.objects()) == ["Cube"]
    work.slack.until(lambda: work.pictures(thread))
    work.press(CODER, message, texts.UNDO)
    work.see(thread, "Taken back: execute_code")
    assert work.objects() == {}
    work.ask(MAKER, "make a cone", "create_object: Cone")
    thread = work.say(CODER, "```print('nothing')```")
    work.press(CODER, work.see(thread, "Python code"), texts.CONFIRM)
    work.press(CODER, work.see(thread, "^```\nnothing"), texts.UNDO)
    work.see(thread, r"another one \(create_object\), so nothing was taken back")
    assert list(work.objects()) == ["Cone"]
    thread = work.say(CODER, "```1/0```")
    work.press(CODER, work.see(thread, "Python code"), texts.CONFIRM)
    assert "ZeroDivisionError" in work.see(thread, "command_failed")["text"]


def test_readers_read_and_channels_limit_everybody(work):
    assert "needs the role *maker*" in work.ask(READER, "make a cube", "needs the role")["text"]
    work.ask(READER, "how many cubes are there?", "count")
    thread = work.say(READER, "look view=top size=128")
    assert pixels(work.slack.until(lambda: work.pictures(thread))[0])[0] == 128
    thread = work.say(CODER, "make a cube", channel=OTHER)
    assert "yours here is *reader*" in work.see(thread, "needs the role")["text"]
    assert "needs the role *admin*" in work.ask(CODER, "set_settings", "needs the role")["text"]
    assert work.objects() == {}


def test_strangers_are_told_once_and_bots_and_edits_are_ignored(work):
    work.say(STRANGER, "make a cube", channel=work.channel)
    work.slack.until(lambda: work.whispers(STRANGER))
    work.say(STRANGER, "make a cube", channel=work.channel)
    work.slack.mention("UBOT", work.channel, "make a cube")
    work.slack.mention(MAKER, work.channel, "make a cube", bot_id="B2")
    work.slack.mention(MAKER, work.channel, "make a cube", edited={"ts": "1.0"})
    work.slack.mention(MAKER, work.channel, "make a cube", subtype="message_changed")
    work.ask(MAKER, "make a cone", "create_object: Cone")  # behind all of them
    assert list(work.objects()) == ["Cone"] and len(work.whispers(STRANGER)) == 1


# What destroys


def test_what_destroys_is_asked_back_about(work):
    work.ask(MAKER, "make a cube", "create_object: Cube")
    thread = work.say(MAKER, "delete the cube")
    question = work.see(thread, r"can delete or overwrite something \(`delete_object")
    assert list(work.objects()) == ["Cube"]
    work.press(CODER, question, texts.CONFIRM)
    work.slack.until(lambda: f"Only <@{MAKER}> or an admin can press this." in work.whispers(CODER))
    work.press(MAKER, question, texts.DISMISS)
    work.see(thread, "Left as it is")
    assert list(work.objects()) == ["Cube"]
    thread = work.say(MAKER, "delete_object name=Cube")
    question = work.see(thread, "Do it")
    work.press(MAKER, question, texts.CONFIRM)
    work.see(thread, "delete_object|Cube")
    work.slack.until(lambda: work.pictures(thread))
    assert work.objects() == {}
    elements = {
        "blocks": [
            {"elements": [{"action_id": texts.CONFIRM, "value": '{"question": "?", "user": "UMAKER"}'}]}
        ]
    }
    work.press(MAKER, {**question, **elements}, texts.CONFIRM)
    work.slack.until(lambda: any("asked too long ago" in each for each in work.whispers(MAKER)))


def test_a_question_is_asked_again_when_its_sentence_means_something_else_by_now(work):
    thread = work.say(MAKER, "make a cube")
    work.see(thread, "create_object: Cube")
    work.say(MAKER, "delete it", thread)
    question = work.see(thread, "“delete it” can delete")
    value = question["blocks"][-1]["elements"][0]["value"]
    work.say(MAKER, "make a cone", thread)
    work.see(thread, "create_object: Cone")
    work.press(MAKER, question, texts.CONFIRM)
    work.slack.until(lambda: question["blocks"][-1].get("elements", [{"value": value}])[0]["value"] != value)
    assert set(work.objects()) == {"Cube", "Cone"}
    work.press(MAKER, question, texts.CONFIRM)
    work.see(thread, "delete_object")
    work.slack.until(lambda: len(work.pictures(thread)) == 3)
    assert set(work.objects()) == {"Cube"}


# Deliveries


def test_a_repeated_delivery_is_done_once(work):
    thread = work.say(MAKER, "make a cone")
    first = work.slack.deliveries[-1]
    for attempt in (1, 2):
        work.slack.repeat(first, attempt)
    work.see(thread, "create_object: Cone")
    other_event = {**first.envelope["payload"]["event"]}
    work.slack.event(other_event)  # the same message, told by another event
    work.ask(MAKER, "make a cube", "create_object: Cube")
    assert set(work.objects()) == {"Cone", "Cube"}


def test_what_comes_too_late_is_not_done(work):
    event = {
        "type": "app_mention",
        "user": MAKER,
        "channel": work.channel,
        "ts": "5.0",
        "text": "<@UBOT> make a cube",
    }
    work.slack.event(event, age=3000)
    work.slack.until(lambda: any("too late" in each for each in work.whispers(MAKER)))
    assert work.objects() == {}


def test_direct_messages_and_slash_commands(work):
    ts = work.slack.direct(CODER, "make a cone")
    work.see(ts, "create_object: Cone")
    slash = work.slack.slash(CODER, work.channel, "make a torus")
    work.slack.until(lambda: slash.acknowledged_at)
    assert "in a thread" in slash.payload["text"]
    root = work.slack.until(
        lambda: [each for each in work.slack.messages.values() if each["text"] == f"<@{CODER}>: make a torus"]
    )[0]
    work.see(root["ts"], "create_object: Torus")
    refused = work.slack.slash(STRANGER, work.channel, "make a cube")
    work.slack.until(lambda: refused.acknowledged_at)
    assert "may not do anything" in refused.payload["text"]
    assert set(work.objects()) == {"Cone", "Torus"}
