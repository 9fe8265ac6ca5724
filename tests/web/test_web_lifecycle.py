"""An open page while Blender is killed and started again on the same port.

In: `lifecycle.mjs`, which asks for that by lines on its standard error. Out: what node's test runner says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from test_web_page import BROWSER, HERE, Headless

PATIENCE = 180  # seconds; it takes some twelve


def test_lifecycle(tmp_path: Path) -> None:
    if BROWSER is None:
        pytest.skip("a page needs a browser: apt-get install -y chromium")
    running = Headless(tmp_path)
    port = running.address.rsplit(":", 1)[1]
    try:
        run = subprocess.Popen(
            [shutil.which("node") or "node", str(HERE / "lifecycle.mjs")],
            env={**os.environ, "TENON_URL": f"http://{running.address}", "CHROMIUM": BROWSER},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert run.stdin and run.stdout and run.stderr
        overdue = threading.Timer(PATIENCE, run.kill)
        overdue.daemon = True
        overdue.start()
        for line in run.stderr:
            if line == "kill\n":
                running.process.kill()
                running.end()
            elif line == "start\n":
                running = Headless(tmp_path, port=port)
            elif line == "wait\n":
                time.sleep(3)  # more than any interval of the page
            else:
                continue
            run.stdin.write(line)
            run.stdin.flush()
        told = run.stdout.read()
        assert run.wait(60) == 0, told[-20_000:]
        overdue.cancel()
    finally:
        running.__exit__()
