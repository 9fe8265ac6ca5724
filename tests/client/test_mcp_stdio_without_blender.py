"""`tenon mcp` before Blender is there, after it has gone, and when it comes back: nobody waits for it."""

from __future__ import annotations

import time

import pytest
from assistant import Assistant, free_port, words
from scripted_tenon import ScriptedTenon

LIST_CHANGED = "notifications/tools/list_changed"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_it_greets_in_every_version_of_the_older_era(port, version):
    with Assistant(port) as assistant:
        begin = time.monotonic()
        result = assistant.greet(version)
        assert time.monotonic() - begin < 1
        assert result["protocolVersion"] == version
        assert result["serverInfo"]["name"] == "tenon" and result["capabilities"]["tools"]["listChanged"]
        assert "resultType" not in assistant.ask("tools/list")
        assert assistant.ask("ping") == {}


def test_it_offers_its_latest_version_to_one_that_asks_for_another(port):
    with Assistant(port) as assistant:
        assert assistant.greet("2042-01-01")["protocolVersion"] == "2025-11-25"


def test_it_is_discovered_in_the_newer_era(port):
    with Assistant(port) as assistant:
        found = assistant.ask("server/discover", modern=True)
        assert "2026-07-28" in found["supportedVersions"] and found["resultType"] == "complete"
        tools = assistant.ask("tools/list", modern=True)
        assert tools["tools"] and tools["ttlMs"] == 0, "nobody may keep a list that was not Blender's"


@pytest.mark.parametrize("modern", [False, True])
def test_a_call_says_how_to_start_blender(port, modern):
    with Assistant(port) as assistant:
        if not modern:
            assistant.greet()
        result = assistant.call("look", modern=modern)
        assert result.get("resultType") == ("complete" if modern else None)
        text = words(result)
        assert f"127.0.0.1:{port}" in text and "Connect to MCP server" in text and "no effect" in text


def test_what_is_no_tool_is_an_error_with_the_same_words(port):
    with Assistant(port) as assistant:
        assistant.greet()
        assistant.say("resources/read", id="r", uri="blender://scene")
        assert "Connect to MCP server" in assistant.answer("r")["error"]["message"]


def test_blender_comes_and_goes_and_comes_back(port):
    with Assistant(port) as assistant:
        assistant.greet()
        assert assistant.ask("tools/list")["tools"]
        assert "not there" in words(assistant.call("look"))
        for visit in range(2):
            with ScriptedTenon(port) as tenon:
                tenon.tools = [{"name": f"look-{visit}", "inputSchema": {"type": "object"}}]
                tenon.answers["tools/call"] = lambda connection, message: connection.result(
                    message, {"content": [{"type": "text", "text": "seen"}]}
                )
                while assistant.hear().get("method") != LIST_CHANGED:
                    pass
                assert assistant.ask("tools/list")["tools"] == tenon.tools
                assert assistant.call("look")["content"][0]["text"] == "seen"
            assert "not there" in words(assistant.call("look"))


def test_a_subscription_of_the_newer_era_outlives_blender(port):
    key = "io.modelcontextprotocol/subscriptionId"

    def stream(connection, message):
        connection.begin_stream()
        while (text := connection.tenon.news.get()) is not None:
            connection.event(text)
        connection.end_stream()

    with Assistant(port) as assistant:
        assistant.ask("tools/list", modern=True)
        wanted = {"toolsListChanged": True}
        assistant.say("subscriptions/listen", id="s", modern=True, notifications=wanted)
        heard = assistant.hear()
        assert heard["method"] == "notifications/subscriptions/acknowledged"
        assert heard["params"] == {"_meta": {key: "s"}, "notifications": wanted}
        for visit in range(2):
            with ScriptedTenon(port) as tenon:
                tenon.tools = [{"name": f"look-{visit}", "inputSchema": {"type": "object"}}]
                tenon.answers["subscriptions/listen"] = stream
                tenon.news.put('{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged"}')
                heard = assistant.hear()
                assert (heard["method"], heard["params"]["_meta"]) == (LIST_CHANGED, {key: "s"})
                tenon.news.put('{"jsonrpc":"2.0","method":"notifications/resources/updated"}')
                assert assistant.hear()["method"] == "notifications/resources/updated"
        assistant.say("notifications/cancelled", requestId="s", modern=True)
        assert "not there" in words(assistant.call("look", modern=True))
        assert assistant.end() == 0 and assistant.hears_nothing_more()
