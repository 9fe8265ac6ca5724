"""What `tenon setup` writes, read by the assistants' own programs.

In: Continue's reader of its files and Qwen Code, from npm at the versions of `assistants/package-lock.json`;
a Blender that wants a token. Out: what they make of the files. Installing takes some seconds, once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from assistant import CLIENT, free_port
from headless import Headless
from npm_packages import installed
from tenon_client.setup.registry import named
from test_setup import Home
from wire import PATIENCE

ASSISTANTS = Path(__file__).with_name("assistants")
TOKEN = "s3cret"


@pytest.fixture(scope="module")
def packages() -> Path:
    # Not `npm ci`: it wants optional packages that some registries lack to be in the lock.
    words = ("install", "--no-save", "--omit=optional", "--ignore-scripts", "--loglevel=error")
    return installed(ASSISTANTS, *words) / "node_modules"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Headless]:
    """A Blender that answers nobody without its token."""
    folder = tmp_path_factory.mktemp("blender")
    with Headless(folder, settings={"require_token": True, "token": TOKEN}) as blender:
        yield blender


@pytest.fixture
def port() -> str:
    return str(free_port())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def node(home: Home, *words: object, **environment: str) -> str:
    path = os.environ["PATH"]  # where Node is
    ended = subprocess.run(
        ["node", *map(str, words)],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        cwd=home.folder,
        env={**home.environ, "PATH": path, "NO_COLOR": "1", **environment},
    )
    assert ended.returncode == 0, (ended.stdout.decode(), ended.stderr.decode())
    return ended.stdout.decode()


def by_continue(home: Home, packages: Path, **environment: str) -> list[dict[str, Any]]:
    """The servers that Continue finds in the file that we wrote."""
    reader = packages / "@continuedev" / "config-yaml" / "dist" / "index.js"
    file = home.file("continue").as_uri()
    answer = json.loads(node(home, ASSISTANTS / "continue_block.mjs", reader.as_uri(), file, **environment))
    assert answer["errors"] == []
    return answer["servers"]


def by_qwen(home: Home, packages: Path, **environment: str) -> str:
    """What Qwen Code says of its servers, each of which it connects to."""
    return node(home, packages / "@qwen-code" / "qwen-code" / "cli.js", "mcp", "list", **environment)


def test_continue_starts_the_program(home, packages):
    home.setup("--assistant", "continue", "--port", "9877", "--yes")
    arguments = ["-m", "tenon_client", "mcp", "--port", "9877"]
    wanted = {"name": "blender", "type": "stdio", "command": sys.executable, "args": arguments}
    [server] = by_continue(home, packages)
    assert {name: server[name] for name in wanted} == wanted and not server.get("env")


def test_continue_gives_the_program_the_token(home, packages):
    home.setup("--assistant", "continue", "--yes", "--token", TENON_TOKEN=TOKEN)
    [server] = by_continue(home, packages, TENON_TOKEN=TOKEN)
    assert server["env"] == {"TENON_TOKEN": TOKEN}


def test_continue_sends_the_token_in_a_header(home, packages, guarded):
    port = guarded.address.rpartition(":")[2]
    words = ("--assistant", "continue", "--http", "--port", port, "--yes", "--token")
    assert f"answers at 127.0.0.1:{port}" in home.setup(*words, TENON_TOKEN=TOKEN)
    [server] = by_continue(home, packages, TENON_TOKEN=TOKEN)
    assert server["type"] == "streamable-http" and server["url"] == f"http://127.0.0.1:{port}/mcp"
    assert server["requestOptions"]["headers"] == {"Authorization": f"Bearer {TOKEN}"}
    [server] = by_continue(home, packages)
    assert "secrets." in server["requestOptions"]["headers"]["Authorization"], "it says what is missing"


@pytest.mark.parametrize("token", [None, TOKEN])
def test_continue_reads_what_the_panel_copies(home, packages, token):
    home.write("continue", named("continue").pasted("http://127.0.0.1:9877/mcp", token))
    [server] = by_continue(home, packages)
    assert server["url"] == "http://127.0.0.1:9877/mcp"
    headers = server.get("requestOptions", {}).get("headers")
    assert headers == (token and {"Authorization": f"Bearer {token}"})


def test_qwen_code_starts_the_program_with_blender_closed(home, packages, port):
    home.setup("--assistant", "qwen", "--port", port, "--yes")
    assert " - Connected" in by_qwen(home, packages, PYTHONPATH=str(CLIENT))


def test_qwen_code_connects_with_the_token_that_its_environment_has(home, packages, guarded):
    port = guarded.address.rpartition(":")[2]
    home.setup("--assistant", "qwen", "--http", "--port", port, "--yes", "--token", TENON_TOKEN=TOKEN)
    assert TOKEN not in home.file("qwen").read_text()
    told = by_qwen(home, packages, TENON_TOKEN=TOKEN)
    assert f"blender: http://127.0.0.1:{port}/mcp (http) - Connected" in told
    assert " - Connected" not in by_qwen(home, packages, TENON_TOKEN="another")
