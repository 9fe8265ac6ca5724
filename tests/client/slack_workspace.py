"""A workspace around the bot: `tenon slack` in a process of its own, and people who write to it.

In: a Slack on loopback and a Blender's address. Out: what people see in Slack, and what there is in Blender.
"""

from __future__ import annotations

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

from fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
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
FORBIDDEN = ("Traceback", "ERROR", APP_TOKEN, BOT_TOKEN)  # in its log


class Bot:
    """The process, and what it logs."""

    def __init__(self, slack: FakeSlack, address: str, folder: Path) -> None:
        self._slack, self.address, self._folder = slack, address, folder
        (folder / "slack.json").write_text(json.dumps(CONFIG))
        self.log: list[str] = []
        self.start()

    def start(self) -> None:
        links = len(self._slack.links)
        host, port = self.address.rsplit(":", 1)
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


def run_code(work, code, user=CODER):
    """Its thread, once it runs."""
    thread = work.say(user, f"```{code}```")
    work.press(user, work.see(thread, "Python code"), texts.CONFIRM)
    with Client(work.address) as client:
        client.running("execute_code")
    return thread


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
