"""Commands offered to clients: the table, parameters, what becomes of exceptions, and what is put back."""

from __future__ import annotations

import json
import sys
import time

import pytest
from wire import PATIENCE, Client

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "whom to greet"},
        "times": {"type": "integer", "minimum": 1, "default": 1},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def row(bridge, name):
    return next((row for row in bridge.commands() if row["name"] == name), None)


def test_code_and_composites_are_known_by_their_rows_not_by_their_names(bridge, served):
    bridge.register("studio.run", lambda: 1, runs_code=True)
    bridge.register("several", lambda commands: {"success": True, "results": commands}, composite="batch")
    with pytest.raises(ValueError, match="composite"):
        bridge.register("odd", lambda: 1, composite="sandwich")

    def talk(address):
        with Client(address) as client:
            alone = client.ask("studio.run")
            together = client.ask("several", {"commands": ["studio.run"]})
            return alone["code"], together["result"]["results"][0]["error"]["code"]

    assert served(talk, allow_code=False) == ("blocked", "blocked")


# ---- the table ----


def test_a_registered_command_is_listed_and_called_by_all_its_names(bridge, ask):
    def greet(name, times=1):
        return f"hello {name}" * times

    bridge.register(
        "greet",
        greet,
        title="Greet",
        description="Say hello.",
        schema=json.dumps(SCHEMA),
        aliases=["hello", "say.hello"],
        destructive=True,
    )
    assert row(bridge, "greet") == {
        "name": "greet",
        "title": "Greet",
        "description": "Say hello.",
        "schema": SCHEMA,
        "aliases": ["hello", "say.hello"],
        "reads_only": False,
        "destructive": True,
        "idempotent": False,
        "open_world": False,
        "tool": False,
        "output_schema": None,
        "native": False,
    }
    for name in ("greet", "hello", "say.hello"):
        assert ask(name, {"name": "you"})["result"] == "hello you"


def test_registering_again_replaces_and_unregistering_takes_the_aliases_too(bridge, ask):
    bridge.register("answer", lambda: 1, aliases=["reply"])
    bridge.register("answer", lambda: 2)
    assert ask("answer")["result"] == 2
    assert ask("reply")["code"] == "unknown_command"
    bridge.unregister("answer")
    bridge.unregister("answer")
    assert ask("answer")["code"] == "unknown_command"
    assert row(bridge, "answer") is None


def test_natively_answered_commands_are_listed_and_stay(bridge, ask):
    assert row(bridge, "ping")["native"] is True
    with pytest.raises(ValueError, match="'ping' is answered natively"):
        bridge.register("ping", lambda: "mine")
    with pytest.raises(ValueError, match="'ping' is answered natively"):
        bridge.register("mine", lambda: "mine", aliases=["ping"])
    bridge.unregister("ping")
    assert ask("ping")["result"]["pong"] is True


@pytest.mark.parametrize("schema", ["{", '{"type": 5}', '{"properties": []}'])
def test_a_schema_that_is_none_is_refused(bridge, schema):
    with pytest.raises(ValueError, match="schema"):
        bridge.register("broken", lambda: 1, schema=schema)
    assert row(bridge, "broken") is None


# ---- parameters ----


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "greet: 'name' is missing (whom to greet)"),
        ({"name": 5}, "greet: 'name': expected a string, got 5"),
        ({"name": "x", "times": 1.5}, "greet: 'times': expected a whole number, got 1.5"),
        ({"name": "x", "times": 0}, "greet: 'times': 0 is less than the minimum of 1"),
        ({"name": "x", "tmes": 1}, "greet: 'tmes' is not a parameter; expected only: name, times"),
    ],
)
def test_wrong_parameters_never_reach_the_function(bridge, ask, params, message):
    called = []
    bridge.register("greet", lambda **given: called.append(given), schema=json.dumps(SCHEMA))
    reply = ask("greet", params)
    assert (reply["code"], reply["message"]) == ("invalid_params", message)
    assert called == []


def test_what_any_command_may_carry_is_not_the_functions(bridge, ask):
    bridge.register("given", lambda **given: given)
    reply = ask("given", {"user_prompt": "make it red", "a": 1})
    assert reply["result"] == {"a": 1}


def test_a_name_that_the_function_does_not_take_is_its_own_error(bridge, ask):
    bridge.register("lonely", lambda: 1)
    reply = ask("lonely", {"a": 1})
    assert reply["code"] == "command_failed"
    assert "TypeError" in reply["message"] and "'a'" in reply["message"]


# ---- exceptions ----


class CommandError(Exception):
    """As the add-on's own, which the native module knows by its name."""

    def __init__(self, message, *, code="command_failed", data=None):
        super().__init__(message)
        self.message, self.code, self.data = message, code, data


class Unprintable(Exception):
    def __str__(self):
        raise OSError("no words")


def raising(error):
    def fail():
        raise error

    return fail


def recurse():
    return recurse()


@pytest.mark.parametrize(
    ("function", "code", "message"),
    [
        (raising(ValueError("bad value")), "command_failed", "ValueError: bad value"),
        (raising(KeyError("k")), "command_failed", "KeyError: 'k'"),
        (raising(RuntimeError()), "command_failed", "RuntimeError"),
        (raising(Unprintable()), "command_failed", "Unprintable"),
        (raising(ValueError("\ud800 é")), "command_failed", None),
        (raising(StopIteration(5)), "command_failed", "StopIteration: 5"),
        (raising(SystemExit(3)), "command_failed", "SystemExit: 3"),
        (raising(KeyboardInterrupt()), "command_failed", "KeyboardInterrupt"),
        (raising(GeneratorExit()), "command_failed", "GeneratorExit"),
        (recurse, "command_failed", None),
        (raising(CommandError("Object not found: X")), "command_failed", "Object not found: X"),
        (raising(CommandError("not now", code="blocked")), "blocked", "not now"),
        (raising(CommandError("odd", code="no such code")), "command_failed", "odd"),
    ],
)
def test_an_exception_is_the_reply_and_the_server_goes_on(bridge, ask, function, code, message):
    bridge.register("fail", function)
    bridge.register("work", lambda: "done")
    reply = ask("fail")
    assert reply["status"] == "error" and reply["code"] == code
    assert message is None or reply["message"] == message
    if function is recurse:
        assert reply["message"].startswith("RecursionError: ")
    assert ask("work")["result"] == "done"


def test_a_cancelled_of_the_functions_own_is_cancelled(native, bridge, ask):
    assert issubclass(native.Cancelled, BaseException) and not issubclass(native.Cancelled, Exception)
    bridge.register("fail", raising(native.Cancelled()))
    assert ask("fail")["code"] == "cancelled"


def test_the_data_of_an_error_stands_beside_its_message(bridge, ask):
    data = {"stdout": "so far", "list": [1], "status": "shadow", "code": "shadow"}
    bridge.register("fail", raising(CommandError("no", data=data)))
    reply = ask("fail")
    assert (reply["status"], reply["code"], reply["message"]) == ("error", "command_failed", "no")
    assert (reply["stdout"], reply["list"]) == ("so far", [1])


# ---- round a command ----


@pytest.mark.parametrize("fails", [False, True])
def test_the_streams_are_put_back(bridge, ask, fails):
    before = sys.stdout, sys.stderr

    def replace():
        sys.stdout = sys.stderr = None
        if fails:
            raise ValueError

    bridge.register("replace", replace)
    ask("replace")
    assert (sys.stdout, sys.stderr) == before


def test_a_command_knows_its_session_and_task(bridge, served):
    bridge.register("who", lambda: [bridge.session_id, bridge.task_id])

    def talk(address):
        with Client(address) as client:
            reply = client.ask("who")
            task_id = client.begin("who")
            return reply, task_id, client.task(task_id)

    reply, task_id, task = served(talk)
    assert reply["result"][0] == reply["session_id"] == task["session_id"]
    assert task["result"] == [reply["session_id"], task_id]
    assert (bridge.session_id, bridge.task_id) == (None, None)


def test_on_change_is_told_after_each_command_that_may_change_something(bridge, ask):
    told = []
    bridge.register("look", lambda: 1, reads_only=True)
    bridge.register("move", lambda: 1, aliases=["shift"])
    bridge.register("fail", raising(ValueError()))
    bridge.on_change(lambda *what: told.append(("old", what)))
    bridge.on_change(lambda *what: told.append(what))
    for name in ("look", "move", "shift", "fail", "ping", "unknown"):
        ask(name)
    assert told == [("move", True), ("move", True), ("fail", False)]


def test_a_callback_that_raises_changes_nothing_for_the_client(bridge, ask):
    bridge.register("move", lambda: "moved")
    bridge.on_change(lambda name, succeeded: 1 / 0)
    assert ask("move")["result"] == "moved"


# ---- what the panel reads ----


def test_status_sessions_and_generation_tell_what_clients_do(bridge, served):
    bridge.register("fail", raising(ValueError("oh")))

    def talk(address):
        with Client(address) as client:
            reply = client.ask("fail")
            return reply["session_id"], bridge.status(), bridge.sessions(), client.result("get_sessions_info")

    bridge.start(port=0)
    before = bridge.generation
    session, status, sessions, told = served(talk)
    assert bridge.generation > before
    assert bridge.address == status["address"] == f"localhost:{bridge.port}"
    assert (status["clients"], status["sessions"], status["connections_total"]) == (1, 1, 1)
    assert status["commands_served"] >= 1
    assert status["queue"] == {"capacity": 100, "waiting": 0, "running": 0, "suspended": 0}
    assert status["main_thread"]["state"] == "idle"
    assert (status["last_error"]["code"], status["last_error"]["message"]) == (
        "command_failed",
        "ValueError: oh",
    )
    assert [each["session_id"] for each in sessions] == [session]
    assert sessions[0].keys() == told[0].keys()
    assert (sessions[0]["command_count"], told[0]["command_count"]) == (1, 2)


def test_a_session_closed_by_the_user_loses_its_connection(bridge, served):
    bridge.register("work", lambda: 1)

    def talk(address):
        with Client(address) as client:
            session = client.ask("work")["session_id"]
            return bridge.ask("close_session", session_id=session), session, client.closed()

    answer, session, closed = served(talk)
    assert answer == {"session_id": session, "closed": True} and closed
    with pytest.raises(ValueError, match=f"Session not found: {session}") as raised:
        bridge.ask("close_session", session_id=session)
    assert raised.value.code == "session_not_found"


def test_commands_that_need_no_blender_are_asked_from_python_too(bridge, ask):
    with pytest.raises(RuntimeError, match="not running"):
        bridge.ask("ping")
    seen = {}

    def work():
        seen["own"] = bridge.ask("update_state", plan="a house")["plan"]
        seen["id"] = bridge.ask("get_session_info")["session_id"]

    bridge.register("work", work)
    reply = ask("work")
    assert seen == {"own": "a house", "id": reply["session_id"]}
    assert bridge.ask("ping")["pong"] is True
    for command, params, code, words in (
        ("get_session_info", {}, "invalid_params", "is about a session"),
        ("get_session_history", {"limit": "many"}, "invalid_params", "limit"),
        ("unheard_of", {}, "unknown_command", "unheard_of"),
    ):
        with pytest.raises(ValueError, match=words) as raised:
            bridge.ask(command, **params)
        assert raised.value.code == code
    with pytest.raises(ValueError, match="needs Blender"):
        bridge.ask("work")


def test_the_panel_asks_how_the_language_model_is(bridge):
    bridge.start(port=0, llm=True, llm_address="http://127.0.0.1:1", llm_key="hush")
    status = bridge.ask("get_llm_status")
    assert (status["state"], status["error"]["code"]) == ("unavailable", "model_unavailable")
    assert status["has_key"] and "hush" not in str(status)
    with pytest.raises(ValueError, match=r"Nothing answers at http://127\.0\.0\.1:1") as raised:
        bridge.ask("list_llm_models")
    assert raised.value.code == "model_unavailable"


def test_sessions_that_were_left_are_listed_and_restored(bridge, served):
    bridge.register("work", lambda: 1)
    assert bridge.recent_sessions() == []

    def talk(address):
        ids = []
        for _ in range(3):
            with Client(address) as client:
                ids.append(client.ask("work")["session_id"])
        deadline = time.monotonic() + PATIENCE
        while len(bridge.recent_sessions()) < 3:  # asked for anew as things change
            assert time.monotonic() < deadline, bridge.recent_sessions()
        before = bridge.generation
        bridge.ask("restore_session", session_id=ids[1])
        assert bridge.generation != before
        while len(bridge.recent_sessions()) > 2:
            assert time.monotonic() < deadline, bridge.recent_sessions()
        return ids

    first, second, third = served(talk)
    listed = bridge.recent_sessions()
    assert [(each["session_id"], each["status"]) for each in listed] == [(third, "parked"), (first, "parked")]
    assert [each["session_id"] for each in bridge.sessions()] == [second]
    assert len(bridge.recent_sessions(1)) == 1
