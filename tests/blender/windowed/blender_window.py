"""A real Blender with a window on a virtual display, used with a real mouse and keyboard.

In: a user folder in which the add-on is installed. Out: clicks, keys, screenshots, orders to the code inside
(`inside.py`), and the events that it tells. Every wait is for an event and bounded. Test process; its
children are ended by their own handles.
"""

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 1280, 800
PATIENCE = 30.0  # seconds; only a broken Blender takes that long

# From the sidebar's top to the big button's middle: panel header, margin and half of a button of 1.6 rows.
BUTTON_BELOW_TOP = 51
TAB_FROM_RIGHT = 13


class Display:
    """An X server without a screen, on the first free number."""

    def __init__(self):
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as announced:
            self.name = f":{int(announced.readline())}"

    def close(self):
        self.server.terminate()
        self.server.wait()


def user_folders(home):
    """Environment that keeps Blender out of the real user's settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}
    for kind in ("CONFIG", "SCRIPTS", "DATAFILES"):
        environment[f"BLENDER_USER_{kind}"] = str(home / kind.lower())
        (home / kind.lower()).mkdir(parents=True, exist_ok=True)
    environment["TENON_STATE_DIR"] = str(home / "state")
    return environment


class BlenderWindow:
    def __init__(self, display, home, settings=None):
        self.tracebacks = 0  # how many a test expects to be printed
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(PATIENCE)
        self.environment = {
            **user_folders(home),
            "DISPLAY": display.name,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "TENON_TEST_CONTROL": str(listener.getsockname()[1]),
            "TENON_PORT": "0",
            **(settings or {}),
        }
        self.output = home / "output.txt"
        geometry = ["--window-geometry", "0", "0", str(WIDTH), str(HEIGHT)]
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                ["blender", *geometry, "--python", str(HERE / "inside.py")],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self.control, _ = listener.accept()
        except TimeoutError:
            self.process.kill()
            raise
        finally:
            listener.close()
        self.received = b""
        self.events = []

    # --- orders and events

    def order(self, code):
        """Run code inside, outside any client's command; returns what it left in `answer`."""
        self.control.sendall(json.dumps({"order": code}).encode() + b"\n")
        while True:
            message = self._read(PATIENCE)
            if "error" in message:
                raise AssertionError(message["error"])
            if "answer" in message:
                return message["answer"]
            self.events.append(message)

    def wait_for(self, event, seconds=PATIENCE, **expected):
        """The next event with these values, from now on or among those told while orders ran."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.events.pop(0) if self.events else self._read(deadline - time.monotonic())
            if message.get("event") == event and all(message[name] == expected[name] for name in expected):
                return message

    def until(self, expression):
        """Ask until it holds inside; the inner timer paces the questions."""
        deadline = time.monotonic() + PATIENCE
        while not self.order(f"answer = bool({expression})"):
            assert time.monotonic() < deadline, f"never: {expression}"

    def _read(self, seconds):
        deadline = time.monotonic() + seconds
        while b"\n" not in self.received:
            self.control.settimeout(max(deadline - time.monotonic(), 0.001))
            piece = self.control.recv(65536)
            assert piece, f"Blender has gone:\n{self.printed()}"
            self.received += piece
        line, _, self.received = self.received.partition(b"\n")
        return json.loads(line)

    # --- hands

    def _xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True)

    def click(self, x, y):
        # By way of the 3D View: that closes the box in which Blender shows an error under the mouse.
        self._xdotool("mousemove", WIDTH // 3, HEIGHT // 2, "mousemove", x, y, "click", 1)

    def press(self, key, x=WIDTH // 3, y=HEIGHT // 2):
        """A key with the mouse over the 3D View."""
        self._xdotool("mousemove", x, y, "key", key)

    def screenshot(self, path):
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment, check=True)

    # --- what a user does with Tenon

    def show_panel(self):
        """Open the sidebar and click down its tabs until Tenon's panel is drawn; returns what it shows."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            left, top, width, height = self.order("answer = sidebar()")
            self.events.clear()
            for y in [None, *range(top + 25, top + min(height, 350), 30)]:
                if y is None:  # its tab may be the open one
                    self.order("sidebar(redraw=True)")
                else:
                    self.click(left + width - TAB_FROM_RIGHT, y)
                with contextlib.suppress(TimeoutError):
                    return self.wait_for("drawn", seconds=0.5)
        raise AssertionError("The tab Tenon was not found")

    def press_button(self):
        """Click where the big button is: Connect to MCP server, or Disconnect."""
        left, top, width, _ = self.order("answer = sidebar()")
        self.events.clear()
        self.click(left + width // 2 - TAB_FROM_RIGHT, top + BUTTON_BELOW_TOP)

    def connect(self):
        """Show the panel, press the button; returns the port that clients connect to."""
        self.show_panel()
        self.press_button()
        return port_of(self.wait_for("drawn", running=True))

    def printed(self):
        return self.output.read_text(errors="replace")

    def wait(self):
        """The exit code, once Blender has quit."""
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.control.close()


class Client:
    """A client of dialect A, one reply a line."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("localhost", port), timeout=PATIENCE)
        self.lines = self.socket.makefile("rb")

    def send(self, type, /, **message):
        self.socket.sendall(json.dumps({"type": type, **message}).encode() + b"\n")

    def reply(self):
        """The next reply; None: the server closed the connection."""
        line = self.lines.readline()
        return json.loads(line.rstrip(b"\0")) if line else None

    def answered(self):
        """Whether a reply has come that was not read."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def call(self, type, /, **params):
        self.send(type, params=params)
        reply = self.reply()
        assert reply and reply["status"] == "success", reply
        return reply["result"]

    def close(self):
        self.lines.close()
        self.socket.close()


def port_of(drawn):
    return int(re.fullmatch(r".*:(\d+)", drawn["address"]).group(1))


def answers(port):
    """Whether a client can connect."""
    try:
        socket.create_connection(("localhost", port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True
