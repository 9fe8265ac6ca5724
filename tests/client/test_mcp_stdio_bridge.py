"""`tenon mcp` with a server that fails in every way: a request is answered once, and never made twice."""

from __future__ import annotations

import json
import threading
import time

import pytest
from assistant import MODERN, Assistant, free_port, words
from scripted_tenon import ScriptedTenon
from wire import PATIENCE

SEEN = {"content": [{"type": "text", "text": "seen"}]}


def see(connection, message):
    connection.result(message, SEEN)


@pytest.fixture
def tenon():
    with ScriptedTenon() as tenon:
        tenon.answers["tools/call"] = see
        yield tenon


@pytest.fixture
def assistant(tenon):
    with Assistant(tenon.port) as assistant:
        assistant.greet()
        tenon.wait_for("GET")
        yield assistant


def test_blender_itself_greets_when_it_is_there(tenon):
    with Assistant(tenon.port) as assistant:
        assert assistant.greet("2025-03-26")["serverInfo"]["name"] == "scripted"
        _, asked = tenon.wait_for("initialize")
        assert asked["params"]["protocolVersion"] == "2025-03-26"
        assert asked["params"]["capabilities"] == {"roots": {}}
        assert asked["params"]["clientInfo"]["name"] == "tests"
        headers, _ = tenon.wait_for("notifications/initialized")
        assert headers["MCP-Protocol-Version"] == "2025-03-26"


def test_a_request_goes_through_as_it_is(tenon, assistant):
    text = b'{"jsonrpc":"2.0","id":"\\u00e9","method":"tools/call","params":{"name":"look","n":1e400,"i":%d}}'
    assistant.write(text % 10**40 + b"\n")
    assert assistant.answer("é")["result"] == SEEN
    headers, message = tenon.wait_for("tools/call")
    assert message["params"]["i"] == 10**40
    assert headers["Mcp-Session-Id"] == "session-1" and "Authorization" not in headers


def test_the_newer_eras_headers_repeat_the_request(tenon):
    with Assistant(tenon.port, TENON_TOKEN="s3cret") as assistant:
        assert assistant.ask("tools/call", name="größe", arguments={}, modern=True) == SEEN
    headers, _ = tenon.wait_for("tools/call")
    assert headers["MCP-Protocol-Version"] == "2026-07-28" and headers["Mcp-Method"] == "tools/call"
    assert headers["Mcp-Name"] == "=?base64?Z3LDtsOfZQ==?="
    assert headers["Authorization"] == "Bearer s3cret" and "Mcp-Session-Id" not in headers


def test_progress_comes_before_the_answer_and_a_picture_in_one_line(tenon, assistant):
    picture = "A" * (8 << 20)

    def work(connection, message):
        connection.begin_stream()
        for step in range(3):
            progress = {"progressToken": 7, "progress": step}
            connection.event(json.dumps({"method": "notifications/progress", "params": progress}))
        result = {"content": [{"type": "image", "data": picture, "mimeType": "image/png"}]}
        connection.event(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}))
        connection.end_stream()

    tenon.answers["tools/call"] = work
    assistant.say("tools/call", id=1, name="look")
    assert [assistant.hear()["params"]["progress"] for _ in range(3)] == [0, 1, 2]
    [image] = assistant.hear()["result"]["content"]
    assert image["data"] == picture


def test_news_of_the_session_are_passed_on(tenon, assistant):
    tenon.news.put('{"jsonrpc":"2.0",\ndata: "method":"notifications/resources/updated"}')
    heard = assistant.hear()
    assert heard["method"] == "notifications/resources/updated" and heard["line"].count(b"\n") == 1


def test_an_answer_to_blenders_question_is_passed_on(tenon, assistant):
    tenon.news.put('{"jsonrpc":"2.0","id":"q","method":"roots/list"}')
    assert assistant.hear()["method"] == "roots/list"
    assistant.write(b'{"jsonrpc":"2.0","id":"q","result":{"roots":[]}}\n')
    _, answer = tenon.wait_for("answer")
    assert answer["result"] == {"roots": []}


def test_many_requests_are_under_way_at_once(tenon, assistant):
    def when_all_are_there(connection, message):
        connection.tenon.barrier.wait()
        connection.result(message, {**SEEN, "of": message["params"]["n"]})

    tenon.barrier = threading.Barrier(50, timeout=20)
    tenon.answers["tools/call"] = when_all_are_there
    for number in range(50):
        assistant.say("tools/call", id=number, name="look", n=number)
    answers = [assistant.hear() for _ in range(50)]
    assert sorted(each["id"] for each in answers) == list(range(50))
    assert all(each["result"]["of"] == each["id"] for each in answers)


@pytest.mark.parametrize("when", ["before its answer", "in its answer", "in its stream"])
@pytest.mark.parametrize("modern", [False, True])
def test_a_call_whose_fate_is_unknown_is_never_repeated(tenon, assistant, when, modern):
    def fail(connection, message):
        if when == "in its answer":
            connection.send_response(200)
            connection.send_header("Content-Type", "application/json")
            connection.send_header("Content-Length", "1000")
            connection.end_headers()
            connection.wfile.write(b'{"jsonrpc"')
        elif when == "in its stream":
            connection.begin_stream()
            connection.wfile.write(b"9\r\ndata: {}\n\r\n")
        connection.vanish()

    tenon.answers["tools/call"] = fail
    text = words(assistant.call("render", modern=modern))
    assert "call of render" in text and "unknown" in text and "get_session_history" in text
    tenon.wait_for("tools/call")
    tenon.answers["tools/call"] = see
    assert assistant.call("look") == SEEN
    _, next_call = tenon.wait_for("tools/call")
    assert next_call["params"]["name"] == "look"


def test_a_stream_that_ends_without_an_answer_is_as_unknown(tenon, assistant):
    def end(connection, message):
        connection.begin_stream()
        connection.end_stream()

    tenon.answers["tools/call"] = end
    assert "unknown" in words(assistant.call("render"))


def test_a_session_that_blender_forgot_is_begun_again_unseen(tenon, assistant):
    assistant.ask("logging/setLevel", level="debug")
    assistant.ask("resources/subscribe", uri="blender://scene")
    tenon.sessions.clear()
    tenon.sessions.add("another")  # so that the next name is a new one
    assert assistant.call("look") == SEEN
    refused, _ = tenon.wait_for("tools/call")
    _, greeting = tenon.wait_for("initialize")
    assert greeting["params"]["clientInfo"]["name"] == "tests"
    _, again = tenon.wait_for("resources/subscribe")
    assert again["params"] == {"uri": "blender://scene"}
    _, level = tenon.wait_for("logging/setLevel")
    assert level["params"] == {"level": "debug"}
    taken, _ = tenon.wait_for("tools/call")
    assert (refused["Mcp-Session-Id"], taken["Mcp-Session-Id"]) == ("session-1", "session-2")


def test_cancelling_tells_blender_and_is_not_answered(tenon, assistant):
    def until_cancelled(connection, message):
        assert connection.tenon.cancelled.wait(PATIENCE)
        connection.begin_stream()
        connection.end_stream()

    tenon.answers["tools/call"] = until_cancelled
    assistant.say("tools/call", id=5, name="render")
    tenon.wait_for("tools/call")
    assistant.say("notifications/cancelled", requestId=5, reason="enough")
    _, asked = tenon.wait_for("notifications/cancelled")
    assert asked["params"] == {"requestId": 5, "reason": "enough"}
    tenon.answers["tools/call"] = see
    assert assistant.call("look") == SEEN
    assert assistant.end() == 0 and assistant.hears_nothing_more()


def test_cancelling_in_the_newer_era_closes_the_stream(tenon, assistant):
    def until_closed(connection, message):
        connection.begin_stream()
        connection.tenon.asked.put(("closed", {}, {"rest": connection.connection.recv(1)}))

    tenon.answers["tools/call"] = until_closed
    assistant.say("tools/call", id=5, name="render", modern=True)
    tenon.wait_for("tools/call")
    assistant.say("notifications/cancelled", requestId=5, modern=True)
    assert tenon.wait_for("closed")[1] == {"rest": b""}
    assert assistant.end() == 0 and assistant.hears_nothing_more()


def test_it_ends_with_its_input_whatever_is_under_way(tenon, assistant):
    tenon.answers["tools/call"] = lambda connection, message: connection.tenon.cancelled.wait(PATIENCE)
    assistant.say("tools/call", id=1, name="render")
    tenon.wait_for("tools/call")
    begin = time.monotonic()
    assert assistant.end() == 0
    assert time.monotonic() - begin < 1
    assert assistant.hears_nothing_more() and assistant.log == []


def test_its_session_ends_with_it(tenon, assistant):
    assert assistant.end() == 0
    headers, _ = tenon.wait_for("DELETE")
    assert headers["Mcp-Session-Id"] == "session-1"


def test_a_token_that_is_missing_is_named(tenon, assistant):
    tenon.answers["tools/call"] = lambda connection, message: connection.whole(401, "text/plain", b"token")
    assert "TENON_TOKEN" in words(assistant.call("look"))


def test_what_is_not_a_tenon_is_said_to_be_none(tenon, assistant):
    tenon.answers["tools/call"] = lambda connection, message: connection.whole(501, "text/html", b"<p>")
    text = words(assistant.call("look"))
    assert "HTTP 501" in text and "--port" in text


def test_an_error_of_blenders_is_passed_on(tenon, assistant):
    body = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"no"}}'
    tenon.answers["tools/call"] = lambda connection, message: connection.whole(400, "application/json", body)
    assistant.say("tools/call", id="x", name="look")
    assert assistant.answer("x")["error"] == {"code": -32602, "message": "no"}


@pytest.mark.parametrize(
    ("text", "code"),
    [(b"{", -32700), (b"7", -32600), (b"{}", -32600), (b"[" * 10**5, -32700)],
    ids=["open", "number", "empty", "deep"],
)
def test_what_is_no_message_is_answered_and_the_next_one_read(assistant, text, code):
    assistant.write(text + b"\n\n \n")
    assert assistant.hear()["error"]["code"] == code
    assert assistant.ask("ping") == {}


def test_a_batch_of_the_version_that_had_them(assistant):
    assistant.write(b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]\n')
    assert {assistant.hear()["id"], assistant.hear()["id"]} == {1, 2}


def test_a_request_before_the_greeting_is_told_to_greet():
    with Assistant(free_port()) as assistant:
        assistant.say("tools/list", id=1)
        assert "initialize" in assistant.answer(1)["error"]["message"]


def test_calls_of_the_newer_era_share_a_session_of_their_own(tenon, assistant):
    tenon.answers["tools/call"] = lambda connection, message: connection.result(
        message, {"of": message["params"]["arguments"]}
    )
    begin = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":%s,"name":"look"'
    begin %= json.dumps(MODERN).encode()
    for arguments, heard in [
        (b"", {"session_id": "made"}),
        (b',"arguments":{}', {"session_id": "made"}),
        (b',"arguments": {"x": 1.0, "y": 12345678901234567890}', {"x": 1.0, "y": 12345678901234567890}),
        (b',"arguments":{"session_id":"mine"}', {"session_id": "mine"}),
    ]:
        assistant.write(begin + arguments + b"}}\n")
        assert assistant.answer(1)["result"]["of"] == {"session_id": "made", **heard}
    tenon.wait_for("create_session")
    assert "create_session" not in [asked for asked, *_ in tenon.asked.queue], "made once"


def test_a_session_of_the_newer_era_that_blender_forgot_is_made_again(tenon, assistant):
    def call(connection, message):
        if message["params"]["arguments"]["session_id"] == "again":
            connection.result(message, SEEN)
        else:
            text = "session_not_found: Session not found"
            connection.result(message, {"isError": True, "content": [{"type": "text", "text": text}]})

    tenon.answers["tools/call"] = call
    assistant.say("tools/call", id="x", modern=True, name="look", arguments={"session_id": "mine"})
    assert words(assistant.answer("x")["result"]).startswith("session_not_found"), "that is the assistant's"
    assert words(assistant.call("look", modern=True)).startswith("session_not_found"), "tried once more only"
    tenon.answers["create_session"] = lambda connection, message: connection.result(
        message, {"structuredContent": {"session_id": "again"}}
    )
    assert assistant.call("look", modern=True) == SEEN


def test_a_server_without_sessions_gets_calls_as_they_are(tenon, assistant):
    tenon.answers["create_session"] = lambda connection, message: connection.result(
        message, {"isError": True}
    )
    assert assistant.call("look", modern=True) == SEEN
    assert tenon.wait_for("tools/call")[1]["params"]["arguments"] == {}


def test_a_call_whose_session_could_not_be_made_had_no_effect(tenon, assistant):
    tenon.answers["create_session"] = lambda connection, message: connection.vanish()
    assert "no effect" in words(assistant.call("render", modern=True))
    assert "tools/call" not in [asked for asked, *_ in tenon.asked.queue]


@pytest.mark.parametrize(
    "answer", [b"[]", b"{}", b'{"jsonrpc":"2.0","id":"tenon-1","result":7}', b"<html>", b""]
)
def test_another_program_at_the_port_is_as_good_as_nobody(tenon, answer):
    tenon.answers["initialize"] = lambda connection, _: connection.whole(200, "application/json", answer)
    with Assistant(tenon.port) as assistant:
        assert assistant.greet()["serverInfo"]["name"] == "tenon"
        assert assistant.ask("tools/list")["tools"]
        assert assistant.call("look")["isError"]


@pytest.mark.parametrize("id", [[], {}, None, 99, "none"])
def test_cancelling_what_is_not_under_way_does_nothing(assistant, id):
    assistant.say("notifications/cancelled", requestId=id)
    assert assistant.ask("ping") == {}
