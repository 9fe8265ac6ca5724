"""The programs that the bench measures with: started, spoken to, and ended by their own handles.

In: the staged add-on, the load generator. Out: a Blender without a window and one with, each with the port it
serves on; the load generator's reports. Every wait is for something the program says, and bounded.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STAGED = ROOT / "target" / "addon" / "tenon"
PATIENCE = 60.0  # seconds; only a broken program takes that long

sys.path.append(str(ROOT / "tests" / "blender" / "windowed"))
from blender_window import Display, user_folders  # noqa: E402


class Unavailable(Exception):
    """What a row needs is not there; the message says why, with the line that helps."""


class Program:
    """A child process whose lines are heard as they come."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.pid = self.process.pid
        self.lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def wait_for(self, words: str, seconds: float = PATIENCE) -> str:
        """What follows these words in the next line that has them; two threads may print on one line."""
        deadline, said = time.monotonic() + seconds, []
        while True:
            try:
                line = self.lines.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                line = None
            if line is None:
                shown = "\n".join(said[-15:])
                raise Unavailable(f"{self.process.args[0]} did not say '{words}':\n{shown}")  # type: ignore[index]
            if words in line:
                return line.partition(words)[2].strip()
            said.append(line)

    def close(self) -> None:
        """Asks it to end, then ends it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()


class Windowless(Program):
    """`build_addon.py run` on a free port, as it runs once everything is built."""

    def __init__(self, home: Path, **more: str) -> None:
        env = {
            **user_folders(home),
            "BLENDER_USER_EXTENSIONS": str(home),
            "BLENDER_USER_RESOURCES": str(home),
            **more,
        }
        super().__init__([sys.executable, "-u", ROOT / "build_steps" / "serve.py", "", "0", ""], env)
        try:
            self.port = int(self.wait_for("Tenon server started on ").rpartition(":")[2])
        except BaseException:
            self.close()
            raise

    def version(self) -> str:
        code = {"code": "import bpy; print(bpy.app.version_string)"}
        with socket.create_connection(("localhost", self.port), timeout=PATIENCE) as client:
            client.sendall(json.dumps({"type": "execute_code", "params": code}).encode() + b"\n")
            with client.makefile("rb") as lines:
                return json.loads(lines.readline())["result"]["result"].strip()


class Windowed(Program):
    """The system's Blender on a display of its own, with the add-on; not connected yet."""

    def __init__(self, home: Path) -> None:
        wanted = {"blender": "blender", "Xvfb": "xvfb"}
        if missing := [package for program, package in wanted.items() if not shutil.which(program)]:
            raise Unavailable(f"needs: apt-get install -y {' '.join(missing)}")
        self.addons = home / "scripts" / "addons"
        shutil.copytree(STAGED, self.addons / "tenon", ignore=shutil.ignore_patterns("__pycache__"))
        self.display = Display()
        try:
            env = {
                **user_folders(home),
                "DISPLAY": self.display.name,
                "LIBGL_ALWAYS_SOFTWARE": "1",
                "TENON_PORT": "0",
            }
            super().__init__(["blender", "--python", HERE / "inside_window.py"], env)
            self.order("bpy.ops.preferences.addon_enable(module='tenon')")
            self.port = 0
        except BaseException:
            self.close()
            raise

    def order(self, code: str, seconds: float = PATIENCE) -> Any:
        """Runs code inside; returns what it left in `answer`."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.wait_for("bench:", seconds))
        if "error" in told:
            raise Unavailable(told["error"])
        return told["answer"]

    def connect(self) -> int:
        """The port that it serves on, from now on at the latest."""
        if not self.port:
            bridge = "__import__('sys').modules['tenon'].bridge.bridge"
            self.port = self.order(f"bpy.ops.tenon.connect(); answer = {bridge}.port")
        return self.port

    def version(self) -> str:
        return self.order("answer = bpy.app.version_string")

    def disconnect(self) -> None:
        if self.port:
            self.order("bpy.ops.tenon.disconnect()")
            self.port = 0

    def close(self) -> None:
        with contextlib.suppress(AttributeError):  # it was never started
            super().close()
        self.display.close()


class Load:
    """The native load generator, built when the sources have changed."""

    def __init__(self, release: bool) -> None:
        cargo = shutil.which("cargo") or str(Path.home() / ".cargo" / "bin" / "cargo")
        profile = ["--release"] if release else []
        subprocess.run([cargo, "build", "--quiet", *profile, "--example", "load"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        self.program = target / ("release" if release else "debug") / "examples" / "load"

    def command(self, part: str, options: Mapping[str, object]) -> list[str]:
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        return [str(self.program), part, *words]

    def run(self, part: str, **options: object) -> Any:
        """Its report; an answer that was not the expected one is an error, and ends the row."""
        ended = subprocess.run(
            self.command(part, options), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if ended.returncode != 0:
            raise Unavailable(ended.stderr.strip())
        return json.loads(ended.stdout)

    @contextlib.contextmanager
    def running(self, part: str, **options: object) -> Iterator[Any]:
        """The first report of a part that goes on until the block ends."""
        program = Program(self.command(part, options))
        try:
            yield json.loads("{" + program.wait_for("{"))
        finally:
            program.close()
