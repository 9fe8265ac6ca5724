"""The README's Python runs as it stands, in order, against a real Blender."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from wire import PATIENCE

CLIENT = Path(__file__).resolve().parents[2] / "client"

BLOCKS = re.findall(r"```python\n(.*?)```", (CLIENT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def test_there_is_something_to_run():
    assert len(BLOCKS) >= 4


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_it_runs(blender, block, tmp_path):
    host, port = blender.address.rsplit(":", 1)
    ended = subprocess.run(
        [sys.executable, "-c", block.replace("/tmp/kitchen.blend", str(tmp_path / "kitchen.blend"))],
        env={**os.environ, "PYTHONPATH": str(CLIENT), "TENON_HOST": host, "TENON_PORT": port},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert bool(ended.stdout) is ("except" not in block), (
        "it shows something, unless only what could go wrong"
    )
