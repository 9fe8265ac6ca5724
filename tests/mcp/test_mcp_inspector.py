"""The inspector's command line, the protocol's own tool for looking at servers, against a real Blender."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from peers import LONGEST, ROOT, client_environment, port_of


@pytest.fixture(params=["http modern", "http legacy", "stdio modern", "stdio legacy"])
def inspect(request, inspector, blender, tmp_path):
    """Runs one method, and gives its result."""
    way, era = request.param.split()
    port = port_of(blender)
    target = [f"http://127.0.0.1:{port}/mcp", "--transport", "http"]
    if way == "stdio":
        target = [sys.executable, "-m", "tenon_client", "mcp", "--port", port]

    def run(method: str, *more: str):
        options = ["--protocol-era", era, "--format", "json", "-q", "--method", method, *more]
        # What follows a program's name is its own, so the options come first there.
        if way == "http":
            words = [*target, *options]
        else:
            words = ["-e", f"PYTHONPATH={ROOT / 'client'}", *options, "--", *target]
        ended = subprocess.run(
            [*inspector, "--cli", *words],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
            env={**client_environment(), "HOME": str(tmp_path), "NO_COLOR": "1"},
        )
        assert ended.returncode == 0, (ended.returncode, ended.stdout, ended.stderr)
        return json.loads(ended.stdout)["result"]

    return run


def test_it_lists_the_tools_and_finds_no_error_in_them(inspect):
    tools = inspect("tools/list", "--strict")["tools"]
    assert {"look", "run_command"} <= {tool["name"] for tool in tools}


def test_it_calls_a_tool(inspect):
    result = inspect("tools/call", "--tool-name", "get_scene")
    assert not result.get("isError") and "Cube" in json.dumps(result)


def test_it_reads_what_there_is_to_read(inspect):
    assert "blender://scene" in [each["uri"] for each in inspect("resources/list")["resources"]]
    [content] = inspect("resources/read", "--uri", "blender://object/Cube")["contents"]
    assert json.loads(content["text"])["name"] == "Cube"
    names = [each["name"] for each in inspect("prompts/list")["prompts"]]
    assert names == ["blender_guide", "building_terms"]
