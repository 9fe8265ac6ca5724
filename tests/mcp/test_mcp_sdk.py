"""PyPI's `mcp`, 1.x and 2.x, the SDK that most assistants' clients are made of, against a real Blender.

Over HTTP, and over stdio through `tenon mcp`, in each era that it speaks.
"""

from __future__ import annotations

import base64
import struct

import pytest
from peers import SDKS, port_of, reached_by, run_client

FIRST, SECOND = SDKS
LATEST = {FIRST: "2025-11-25", SECOND: "2026-07-28"}


@pytest.fixture(
    scope="module",
    params=[
        (FIRST, "http", None),
        (FIRST, "stdio", None),
        (SECOND, "http", None),
        (SECOND, "stdio", None),
        (SECOND, "http", "legacy"),
        (SECOND, "stdio", "legacy"),
    ],
    ids=lambda case: " ".join(filter(None, case)),
)
def report(request, blender):
    sdk, way, mode = request.param
    told = {**reached_by(way, port_of(blender)), **({"mode": mode} if mode else {})}
    found = run_client(sdk, "conversation.py", told)
    assert found["version"] == ("2025-11-25" if mode else LATEST[sdk])
    return found


def text(result):
    return "\n".join(part["text"] for part in result["content"] if part["type"] == "text")


def test_the_server_says_who_it_is(report):
    assert report["name"] == "tenon" and "drive a running Blender" in report["instructions"]


def test_tools_are_described(report):
    assert {"look", "execute_code", "get_scene", "list_commands", "run_command"} <= set(report["tools"])
    for name, tool in report["tools"].items():
        assert tool["description"] and tool["title"] and tool["inputSchema"]["type"] == "object", name
        # What destroys is asked only of what does more than read.
        told = tool["annotations"]
        assert told["readOnlyHint"] is True or "destructiveHint" in told, name


def test_a_call_changes_the_scene_and_another_sees_it(report):
    assert not report["made"].get("isError"), report["made"]
    assert "Größe" in text(report["scene"]) and report["scene"]["structuredContent"]


def test_errors_are_results_that_say_what_to_do(report):
    for name, words in {"missing": "Nothing", "wrong": "HOUSE", "broken": "too small"}.items():
        assert report[name]["isError"] and words in text(report[name]), name
    assert "line 2" in text(report["broken"]), "the line of the submitted code"
    assert "no_such_tool" in str(report["unknown"])


def test_progress_is_told_while_the_work_goes_on(report):
    assert "done" in text(report["worked"])
    done = [each[0] for each in report["progress"]]
    assert done and done == sorted(done)
    assert any(each[2] and each[2].startswith("step ") for each in report["progress"])


def test_a_picture_comes_as_one(report):
    [(_, mime, data)] = [each for each in report["picture"] if each[0] == "image"]
    picture = base64.b64decode(data)
    assert mime in ("image/png", "image/jpeg")
    if mime == "image/png":
        assert max(struct.unpack(">II", picture[16:24])) <= 200


def test_resources_prompts_and_completions(report):
    assert "blender://scene" in report["resources"]
    assert "blender://object/{name}" in report["templates"]
    assert report["cube"]["name"] == "Cube" and report["updated"] == "blender://object/Cube"
    assert report["prompts"] == ["blender_guide", "building_terms"] and "a chair" in report["guide"]
    assert report["completed"] == ["Cube"]


def test_calls_at_once_are_each_answered_with_their_own(report):
    assert [text(each).count(str(number)) > 0 for number, each in enumerate(report["several"])] == [True] * 20


def test_the_session_remembers(report):
    assert "execute_code" in text(report["history"])
