"""The sign-in form of the built page, in a real Chromium.

In: the built module behind a token, serving the staged page, without Blender. Out: what node's test runner
says about `sign_in.mjs`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "native"))

from built_module import STAGED  # noqa: E402
from serving import Serving  # noqa: E402

TOKEN = "s3cret"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_sign_in() -> None:
    if BROWSER is None:
        pytest.skip("a page needs a browser: apt-get install -y chromium")
    page = json.dumps(str(STAGED / "web"))
    with Serving(f"token={json.dumps(TOKEN)}", "require_token=true", f"web_folder={page}") as serving:
        # The page is asked for by the name that its Origin will have.
        address = f"http://localhost:{serving.address.rsplit(':', 1)[1]}"
        run = subprocess.run(
            ["node", "--test", "--test-reporter=spec", str(HERE / "sign_in.mjs")],
            env={**os.environ, "TENON_URL": address, "TENON_TOKEN": TOKEN, "CHROMIUM": BROWSER},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
