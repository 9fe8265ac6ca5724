"""The bot while Blender works, and when Blender or the bot ends and comes again."""

from __future__ import annotations

import itertools
import json
import signal

import pytest

pytest.importorskip("slack_sdk", reason="slack_sdk is in tests/requirements.txt")

from headless import Headless
from slack_workspace import CODER, MAKER, Bot, Workspace, run_code
from tenon_client.slack import texts
from wire import Client

LOOP = """import time
for step in range(600):
    progress(step / 600, f"step {step} &lt;!channel&gt;")
    time.sleep(0.05)
"""


def test_progress_is_shown_and_cancel_stops_it(work):
    thread = run_code(work, LOOP)
    message = work.see(thread, r"is being done … \d+ %")
    assert "&lt;!channel&gt;" in message["text"], "what a script says mentions nobody"
    shown = message["text"]
    work.slack.until(lambda: "being done" in message["text"] and message["text"] != shown)
    here = work.where[thread]
    began = [work.say(MAKER, "how many cubes are there?", channel=here) for _ in range(3)]
    work.slack.until(lambda: all(work.slack.in_thread(each) for each in began))
    work.press(MAKER, message, texts.CANCEL)
    work.slack.until(lambda: any("Only" in each for each in work.whispers(MAKER)))
    work.press(CODER, message, texts.CANCEL)
    assert "cancelled" in work.see(thread, "cancelled")["text"]
    for each in began:
        work.see(each, "count")
    edits = [
        each.at for each in work.slack.called("chat.update") if each.params["channel"] == work.where[thread]
    ]
    assert min(b - a for a, b in itertools.pairwise(edits)) > 0.9, "once a second in a channel"


def test_the_word_cancel_stops_what_runs_in_the_thread(work):
    thread = run_code(work, LOOP)
    work.say(CODER, "cancel", thread)
    work.see(thread, "cancelled")


RENDER = """import time
scene = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 16, False
scene.render.resolution_x = scene.render.resolution_y = 200
scene.camera = bpy.data.objects.new("Eye", bpy.data.cameras.new("Eye"))
scene.collection.objects.link(scene.camera)
scene.camera.location.z = 5
bpy.ops.mesh.primitive_monkey_add()
end = time.monotonic() + 3
while time.monotonic() < end:
    bpy.ops.render.render()
print("all rendered")
"""


def test_acknowledged_while_blender_renders(work):
    thread = run_code(work, RENDER.replace("<", "&lt;"))
    work.see(thread, "frame 1: rendering")
    late = [work.slack.mention(MAKER, work.channel, "help") for _ in range(3)]
    work.slack.until(lambda: all(each.acknowledged_at for each in work.slack.deliveries))
    with Client(work.address) as client:
        doing = client.result("get_server_status")["main_thread"]["command"]
    assert doing == "execute_code", "it renders still"
    acknowledged = [each.acknowledged_at - each.sent_at for each in work.slack.deliveries[-3:]]
    assert max(acknowledged) < 3, acknowledged
    for each in late:
        work.see(each, "Write to me")
    work.see(thread, "all rendered")


def test_a_long_answer_is_a_file(work):
    thread = run_code(work, "import time; time.sleep(0.5)\nprint('line &amp; ' * 2000)")
    work.see(thread, "All of it is in the file below")
    [file] = work.slack.until(
        lambda: [
            each
            for each in work.slack.files.values()
            if each.get("thread_ts") == thread and each["data"].startswith(b"line")
        ]
    )
    assert file["filename"] == "answer.txt" and file["data"] == ("line & " * 2000).rstrip("\n").encode()


# Blender goes and comes


def test_a_restart_of_blender_is_told_and_the_thread_goes_on(slack, tmp_path):
    store = {"TENON_STORE_FOLDER": str(tmp_path / "store")}
    first = Headless(tmp_path, **store)
    bot = None
    try:
        bot = Bot(slack, first.address, tmp_path)
        work = Workspace(slack, bot, first.address)
        thread = work.say(MAKER, "make a cone")
        message = work.see(thread, "create_object: Cone")
        session = json.loads(message["blocks"][-1]["elements"][0]["value"])["session"]
        slack.until(lambda: work.pictures(thread))
        first.__exit__()
        work.say(MAKER, "make a cube", thread)
        work.see(thread, "Blender does not answer. I connect again by myself")
        with Headless(tmp_path, port=first.address.rsplit(":", 1)[1], **store):
            message = work.see(thread, "create_object: Cube")
            assert json.loads(message["blocks"][-1]["elements"][0]["value"])["session"] == session
            slack.until(lambda: len(work.pictures(thread)) == 2)
    finally:
        first.__exit__()
        if bot:
            assert bot.end() == 0, bot.log


def test_without_blender_the_answer_says_what_to_do(slack, tmp_path):
    bot = Bot(slack, "127.0.0.1:9", tmp_path)
    try:
        work = Workspace(slack, bot, bot.address)
        told = work.see(work.say(MAKER, "make a cone"), "unreachable")["text"]
        assert "Start Blender" in told and "Nothing was done. Send it again" in told
        assert "Write to me" in work.see(work.say(MAKER, "help"), "Write to me")["text"]
    finally:
        assert bot.end() == 0, bot.log


def test_the_bot_that_is_ended_says_so(slack, bot, work):
    thread = run_code(work, LOOP)
    work.see(thread, "being done")
    assert bot.end(signal.SIGINT) == 0
    assert "The bot was ended" in work.see(thread, "ended")["text"]
    with Client(work.address) as client:
        task = client.running("execute_code")["task_id"]
        client.result("cancel_task", {"task_id": task})
    bot.start()
