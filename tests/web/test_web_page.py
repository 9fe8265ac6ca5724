"""The management page in a real Chromium, against a real Blender that serves it.

In: the `*.spec.mjs` beside this, each with a Blender of its own, and the page as it was built into the staged
add-on (`build_steps/web.py`). Out: what node's test runner says. `TENON_PICTURES` is a folder for pictures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "blender"))

from headless import Headless  # noqa: E402

PATIENCE = 600  # seconds, for all tests of a page
# Room for the 10,000 tasks of the queue's test, and a secret that no page may show.
SETTINGS = {"queue_size": 20_000, "keep_tasks": 20_000, "llm_key": "hush-hush"}
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.parametrize("spec", sorted(HERE.glob("*.spec.mjs")), ids=lambda spec: spec.name.split(".")[0])
def test_page(spec: Path, tmp_path: Path) -> None:
    if BROWSER is None:
        pytest.skip("a page needs a browser: apt-get install -y chromium")
    with Headless(tmp_path, settings=SETTINGS) as blender:
        run = subprocess.run(
            ["node", "--test", "--test-reporter=spec", str(spec)],
            env={**os.environ, "TENON_URL": f"http://{blender.address}", "CHROMIUM": BROWSER},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
