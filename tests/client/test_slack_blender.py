"""The bot as it is used: `tenon slack` in a process of its own, a Slack on loopback, a real Blender."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest

pytest.importorskip("slack_sdk", reason="slack_sdk is in tests/requirements.txt")

from fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from headless import Headless
from tenon_client.slack import texts
from wire import PATIENCE, Client

CLIENT = Path(__file__).resolve().parents[2] / "client"
OTHER = "C2"
# One for each thread: in a channel, one edit a second has its turn.
CHANNELS = [f"C1{number:02}" for number in range(99)]
MAKER, CODER, ADMIN, READER, STRANGER = "UMAKER", "UCODER", "UADMIN", "UREADER", "USTRANGER"
CONFIG = {
    "people": {MAKER: "maker", CODER: "coder", ADMIN: "admin", READER: "reader"},
    "channels": {**dict.fromkeys(CHANNELS, "admin"), OTHER: "reader"},
}
FORBIDDEN = ("Traceback", "ERROR")


class Bot:
    """The process, and what it logs."""

    def __init__(self, slack: FakeSlack, address: str, folder: Path) -> None:
        self._slack, self._address, self._folder = slack, address, folder
        (folder / "slack.json").write_text(json.dumps(CONFIG))
        self.log: list[str] = []
        self.start()

    def start(self) -> None:
        links = len(self._slack.links)
        host, port = self._address.rsplit(":", 1)
        kept = {name: each for name, each in os.environ.items() if not name.startswith(("TENON_", "SLACK_"))}
        environ = {
            **kept,
            "HOME": str(self._folder),
            "TENON_STATE_DIR": str(self._folder / "state"),
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_API_URL": self._slack.base_url,
            "PYTHONPATH": os.pathsep.join([str(CLIENT), os.environ.get("PYTHONPATH", "")]),
        }
        words = ["slack", "--config", str(self._folder / "slack.json"), "--host", host, "--port", port]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tenon_client", *words],
            env=environ,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        self._slack.until(lambda: len(self._slack.links) > links or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        self._link = self._slack.links[-1]

    def _read(self, process: subprocess.Popen[str]) -> None:
        for line in process.stderr:
            self.log.append(line.rstrip("\n"))

    def end(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self._slack.until(lambda: self._link.ended_at)  # so that nothing is delivered to it any more
        self._reader.join(PATIENCE)
        return code


class Workspace:
    """What a person in Slack does and sees, and a look into Blender."""

    def __init__(self, slack: FakeSlack, bot: Bot, address: str) -> None:
        self.slack, self.bot, self.address = slack, bot, address
        self.channel = self._channel()
        self.where: dict[str, str] = {}  # threads to channels

    @staticmethod
    def _channel() -> str:
        CHANNELS.append(CHANNELS.pop(0))
        return CHANNELS[-1]

    def say(self, user: str, text: str, thread: str | None = None, channel: str = "") -> str:
        """The thread."""
        channel = channel or (self.where[thread] if thread else self._channel())
        ts = self.slack.mention(user, channel, text, thread)
        self.where.setdefault(thread or ts, channel)
        return thread or ts

    def see(self, thread: str, words: str) -> dict:
        """The newest message of the thread that has the words, once it is there."""

        def found():
            for each in reversed(self.slack.in_thread(thread)):
                if re.search(words, each["text"]):
                    return each
            return None

        return self.slack.until(found)

    def ask(self, user: str, text: str, words: str, thread: str | None = None) -> dict:
        return self.see(self.say(user, text, thread), words)

    def press(self, user: str, message: dict, action: str) -> None:
        self.slack.press(user, message, action)

    def pictures(self, thread: str) -> list[bytes]:
        shared = [each for each in self.slack.files.values() if each.get("thread_ts") == thread]
        return [each["data"] for each in shared if each["filename"].endswith(".png")]

    def whispers(self, user: str) -> list[str]:
        told = self.slack.called("chat.postEphemeral")
        return [each.params["text"] for each in told if each.params["user"] == user]

    def objects(self) -> dict[str, list[float]]:
        """In Blender, to their places; looked up by a command that only reads."""
        with Client(self.address) as client:
            found = client.result("get_scene_info", {"limit": 100})["objects"]
        return {each["name"]: each["location"] for each in found}


@pytest.fixture(scope="module")
def slack():
    with FakeSlack() as running:
        yield running


@pytest.fixture(scope="module")
def bot(slack, blender, tmp_path_factory):
    process = Bot(slack, blender.address, tmp_path_factory.mktemp("bot"))
    yield process
    if process.process.poll() is None:
        process.end()
    assert not [line for line in process.log if any(each in line for each in FORBIDDEN)]
    assert not [line for line in process.log if APP_TOKEN in line or BOT_TOKEN in line]


@pytest.fixture
def work(slack, bot, blender):
    with Client(blender.address) as client:
        client.result("new_file", {"empty": True})
    yield Workspace(slack, bot, blender.address)
    for each in slack.deliveries:
        slack.until(lambda each=each: each.acknowledged_at)
        assert each.acknowledged_at - each.sent_at < 3, (each, bot.log[-20:])
    slack.deliveries.clear()


def pixels(png: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, bytes of a pixel and the rows with their filters taken off, of an 8-bit PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, head = 8, b"", b""
    while at < len(png):
        (length,), kind = struct.unpack("!I", png[at : at + 4]), png[at + 4 : at + 8]
        chunk = png[at + 8 : at + 8 + length]
        assert struct.unpack("!I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + chunk)
        head, data = (chunk if kind == b"IHDR" else head), data + (chunk if kind == b"IDAT" else b"")
        at += 12 + length
    width, height, depth, color, *_ = struct.unpack("!IIBBBBB", head)
    size = {2: 3, 6: 4}[color]
    assert depth == 8
    raw, stride, above, rows = zlib.decompress(data), width * size, bytes(width * size), []
    for row in range(height):
        start = row * (stride + 1)
        line, kind = bytearray(raw[start + 1 : start + 1 + stride]), raw[start]
        for x in range(stride):
            left, up = line[x - size] if x >= size else 0, above[x]
            corner = above[x - size] if x >= size else 0
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda each: abs(guess - each))
            line[x] = (line[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 0xFF
        above = bytes(line)
        rows.append(above)
    return width, height, size, b"".join(rows)


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


# Long work


def run_code(work, code, user=CODER):
    """Its thread, once it runs."""
    thread = work.say(user, f"```{code}```")
    work.press(user, work.see(thread, "Python code"), texts.CONFIRM)
    with Client(work.address) as client:
        client.running("execute_code")
    return thread


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


def test_the_bot_that_is_ended_says_so(slack, bot, work):
    thread = run_code(work, LOOP)
    work.see(thread, "being done")
    assert bot.end(signal.SIGINT) == 0
    assert "The bot was ended" in work.see(thread, "ended")["text"]
    with Client(work.address) as client:
        task = client.running("execute_code")["task_id"]
        client.result("cancel_task", {"task_id": task})
    bot.start()
