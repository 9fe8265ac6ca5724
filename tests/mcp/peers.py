"""The clients of other people, each in an environment of its own, made once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "blender"))

from headless import Headless

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "target" / "clients"
SDKS = ("1.30.0", "2.3.0")
INSPECTOR = ("@modelcontextprotocol/inspector@2.12.0", "node@22")
LONGEST = 120  # seconds that a client's program may take


def python_with_sdk(version: str) -> Path:
    """The Python of an environment that holds the protocol's own SDK, made once."""
    folder = CLIENTS / f"mcp-{version}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "installed"
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"mcp=={version}"], check=True)
        stamp.touch()
    return python


def installed_inspector() -> list[str]:
    """The command that starts the inspector, with the Node it wants."""
    npm = shutil.which("npm")
    assert npm, "npm is missing; on Debian: apt-get install npm"
    folder = CLIENTS / "inspector-2.12.0"
    stamp = folder / "installed"
    if not stamp.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([npm, "install", *quiet, *INSPECTOR], check=True, cwd=folder)
        stamp.touch()
    modules = folder / "node_modules"
    script = modules / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build" / "index.js"
    return [str(modules / "node" / "bin" / "node"), str(script)]


def port_of(blender: Headless) -> str:
    return blender.address.rsplit(":", 1)[1]


def reached_by(way: str, port: str) -> dict[str, Any]:
    """What a client is told: an address, or the program to start."""
    if way == "http":
        return {"url": f"http://127.0.0.1:{port}/mcp"}
    return {"command": [sys.executable, "-m", "tenon_client", "mcp", "--port", port]}


def client_environment() -> dict[str, str]:
    """For programs of the SDK, and for the program that they start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}
    return {**kept, "PYTHONPATH": str(ROOT / "client"), "PYTHONDONTWRITEBYTECODE": "1"}


def run_client(sdk: str, script: str, told: dict[str, Any]) -> dict[str, Any]:
    """What a script of this folder reports, run with that SDK."""
    ended = subprocess.run(
        [str(python_with_sdk(sdk)), str(Path(__file__).with_name(script)), json.dumps(told)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
        env=client_environment(),
    )
    assert ended.returncode == 0, (ended.stdout[-2000:], ended.stderr[-4000:])
    return dict(json.loads(ended.stdout.splitlines()[-1]))
