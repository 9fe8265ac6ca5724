"""A Blender without a window in a process of its own, serving as `build_addon.py run` makes it serve.

In: a folder for what Blender would keep for the user, and what to listen on or open. Out: its address once
clients can connect, and how it ended. Each wait is bounded by `PATIENCE`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from wire import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
SERVE = ROOT / "build_steps" / "serve.py"


class Headless:
    """The process. `output` grows while it runs: standard output and errors, line by line."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "",
        port: str = "0",
        blend: str = "",
        settings: dict[str, object] | None = None,
        **more: str,
    ) -> None:
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(SERVE), host, port, blend, json.dumps(settings or {})],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**_environment(folder), **more},
        )
        self._told = threading.Event()  # it serves, or never will
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._told.wait(PATIENCE), self.output
        started = [line for line in self.output if line.startswith("Tenon server started on ")]
        self.address = started[0].split()[-1] if started else ""

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            if line.startswith("Tenon server started on "):
                self._told.set()
        self._told.set()

    def end(self) -> int:
        """The exit code, once the process has ended by itself; `output` is complete then."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def __enter__(self) -> Headless:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.end()


def _environment(folder: Path) -> dict[str, str]:
    """This process's, but away from the user's own preferences and settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TENON_", "BLENDER_"))}
    for name in ("resources", "config", "scripts", "extensions", "datafiles"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        kept[f"BLENDER_USER_{name.upper()}"] = str(folder / name)
    return {**kept, "TENON_STATE_DIR": str(folder / "state")}
