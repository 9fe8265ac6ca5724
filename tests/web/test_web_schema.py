"""The page's types are those of the API: `web/src/api/schema.d.ts` against a running Tenon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
sys.path.insert(0, str(ROOT / "tests" / "blender"))

from headless import Headless  # noqa: E402


def test_the_types_are_not_stale(tmp_path: Path) -> None:
    if not (WEB / "node_modules" / "openapi-typescript").is_dir():
        pytest.skip("made by npm's packages: python3 build_addon.py test lint installs them")
    made = tmp_path / "schema.d.ts"
    with Headless(tmp_path) as blender:
        command = ["node", "scripts/api.mjs", f"http://{blender.address}", str(made)]
        run = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    kept = (WEB / "src" / "api" / "schema.d.ts").read_text(encoding="utf-8")
    assert made.read_text(encoding="utf-8") == kept, (
        "start Tenon (python3 build_addon.py run), then in web/: npm run api -- http://localhost:9876"
    )
