"""Code that waits for the user's yes, where the assistant's own program asks: PyPI's `mcp`, in each era."""

from __future__ import annotations

import pytest
from peers import SDKS, Headless, port_of, reached_by, run_client

FIRST, SECOND = SDKS


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    with Headless(tmp_path_factory.mktemp("user"), TENON_ALLOW_CODE="ask") as blender:
        yield blender


@pytest.fixture(
    params=[
        (FIRST, "http", None),
        (FIRST, "stdio", None),
        (SECOND, "http", None),
        (SECOND, "stdio", None),
        (SECOND, "http", "legacy"),
    ],
    ids=lambda case: " ".join(filter(None, case)),
)
def ask(request, asking):
    """`ask(*answers)`: what the client reports whose user answers so."""
    sdk, way, mode = request.param
    told = {**reached_by(way, port_of(asking)), **({"mode": mode} if mode else {})}
    told["name"] = request.node.name
    return lambda *answers: run_client(sdk, "asking.py", {**told, "answers": answers})


def text(result):
    return "\n".join(part["text"] for part in result["content"] if part["type"] == "text")


def test_each_code_is_asked_for_and_runs_or_does_not(ask):
    report = ask("yes", "yes", "decline")
    assert len(report["questions"]) == 3 and "bpy.context.scene['ran'] = 'one'" in report["questions"][0]
    first, second, third = report["calls"]
    assert not first.get("isError"), first
    assert "one" in text(second)
    assert third["isError"] and "blocked" in text(third) and "said no" in text(third), third
    assert not report["scene"].get("isError"), "what runs no code is not asked for"
    assert "user is asked before code runs" in report["greeting"]["instructions"]


def test_yes_for_the_session_is_asked_once(ask):
    report = ask("session")
    assert len(report["questions"]) == 1
    assert not any(call.get("isError") for call in report["calls"]), report["calls"]


def test_cancelled_is_no(ask):
    report = ask("cancel", "no", "always")
    assert len(report["questions"]) == 3
    assert all(call["isError"] and "said no" in text(call) for call in report["calls"]), report["calls"]


@pytest.mark.parametrize("sdk", SDKS)
def test_a_client_that_cannot_ask_is_refused_where_there_is_no_window(asking, sdk):
    report = run_client(sdk, "asking.py", reached_by("http", port_of(asking)))
    for call in report["calls"]:
        assert call["isError"] and "has no window" in text(call), call
    assert not report["scene"].get("isError")
