"""Processes that use the built native module without Blender, and how they end.

In: the module that `build_addon.py build` stages, and a script. Out: a serving process with its address, or
the exit code and output of one that has ended. Each wait is bounded.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from wire import PATIENCE

SCRIPT = Path(__file__).with_name("serving_process.py")


class Serving:
    """`serving_process.py` at work."""

    def __init__(self, *words: str, pass_fds: tuple[int, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(SCRIPT), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=pass_fds,
        )
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()
        assert self.address, self.process.communicate()[1]

    def end(self) -> tuple[int, str, str]:
        """Exit code, output and errors, once the process has ended by itself."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def run_script(source: str, *words: str) -> tuple[int, str, str]:
    """Run Python text in a process of its own, with the module as `_native`; exit code, output, errors."""
    start = f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); import built_module\n{source}"
    ended = subprocess.run(
        [sys.executable, "-c", start, *words], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return ended.returncode, ended.stdout, ended.stderr
