"""`tenon mcp` started before a real Blender, which then comes, as it was expected or otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

import headless
import pytest
from headless import Headless
from serve_restricted import TOKEN

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "client"))

from assistant import Assistant, free_port, words


@pytest.fixture
def port() -> int:
    return free_port()


def without_version(answer):
    """What only a Blender that runs can say is taken out, where it is said."""
    if "instructions" not in answer:
        return answer
    said = answer["instructions"].partition("\nThis is Blender ")
    assert said[1], "it does not say which Blender it is"
    return {**answer, "instructions": said[0]}


@pytest.mark.parametrize("modern", [False, True])
def test_it_says_before_what_blender_says_after(tmp_path, port, modern):
    with Assistant(port) as assistant:
        if not modern:
            greeting = assistant.greet()
        questions = ["tools/list", "prompts/list", "resources/templates/list"]
        # A session of the older era has resources of its own.
        questions += ["server/discover", "resources/list"] if modern else []
        before = [assistant.ask(question, modern=modern) for question in questions]
        assert "Connect to MCP server" in words(assistant.call("get_scene", modern=modern))
        with Headless(tmp_path, port=str(port)):
            assert "Cube" in str(assistant.call("get_scene", modern=modern)["content"])
            after = [assistant.ask(question, modern=modern) for question in questions]
            assert [without_version(answer) for answer in after] == before
            if not modern:
                with Assistant(port) as later:
                    assert without_version(later.greet()) == greeting


def test_one_that_allows_less_is_noticed(tmp_path, port, monkeypatch):
    monkeypatch.setattr(headless, "SERVE", Path(__file__).with_name("serve_restricted.py"))
    with Assistant(port, TENON_TOKEN=TOKEN) as assistant, Assistant(port) as stranger:
        stranger.greet()
        assistant.greet()
        assert "execute_code" in [tool["name"] for tool in assistant.ask("tools/list")["tools"]]
        with Headless(tmp_path, port=str(port)):
            while assistant.hear().get("method") != "notifications/tools/list_changed":
                pass
            names = [tool["name"] for tool in assistant.ask("tools/list")["tools"]]
            assert "get_scene" in names and "execute_code" not in names
            assert "Cube" in str(assistant.call("get_scene")["content"])
            assert "TENON_TOKEN" in words(stranger.call("get_scene"))
