"""The operations on sessions over both shells, against a real server."""

from __future__ import annotations

import asyncio
import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import tenon_client
from serving import Serving
from tenon_client import aio
from wire import PATIENCE, Client


def test_a_session_from_its_making_to_its_end(server, reach):
    client = reach(server.address)
    session = client.create_session()
    assert re.fullmatch(r"scene-\d{8}-\d{6}-[0-9a-f]{8}", session)
    assert client.send_command(session, "echo", {"value": [1, None, "ä"]}) == [1, None, "ä"]
    state = client.update_state(session, selection="Cube", mood={"calm": True})
    assert (state["selection"], state["mood"]) == ("Cube", {"calm": True})
    info = client.get_session_info(session)
    assert info["session_id"] == session and info["state"]["last_command"] == "echo"
    assert client.get_session(session)["created_at"] == info["created_at"]
    [entry] = client.history(session)
    assert (entry["command"], entry["args"]) == ("echo", {"value": [1, None, "ä"]})
    assert client.get_session_history(session) == [entry]
    assert session in [each["session_id"] for each in client.list_sessions()]
    client.close_session(session)
    with pytest.raises(tenon_client.SessionNotFound, match=f"Session not found: {session}"):
        client.send_command(session, "echo")
    with pytest.raises(tenon_client.SessionNotFound):
        client.close_session(session)


def test_one_connection_moves_between_sessions(server, reach):
    client = reach(server.address)
    first, second = client.create_session(), client.create_session()
    for session in (first, second, first, None):
        client.send_command(session, "echo", {"value": session})
    assert [entry["args"] for entry in client.history(first)] == [{"value": first}] * 2
    assert [entry["args"] for entry in client.history(second)] == [{"value": second}]
    assert [entry["args"] for entry in client.history()] == [{"value": None}], "its own"


def test_several_clients_share_a_session(server, reach):
    one, other = reach(server.address), reach(server.address)
    session = one.create_session()
    one.update_state(session, by="one")
    assert other.get_session_info(session)["state"]["by"] == "one"
    joined = reach(server.address, session_id=session)
    assert joined.session_id == session
    assert joined.send_command(None, "echo", {"value": 2}) == 2
    assert len(other.history(session)) == 1


def test_an_unknown_session_is_refused_when_connecting(server, reach):
    with pytest.raises(tenon_client.SessionNotFound):
        reach(server.address, session_id="scene-19700101-000000-00000000")


def test_its_own_session_closed_it_goes_on_in_a_new_one(server, reach):
    client = reach(server.address)
    own = client.session_id
    client.close_session(own)
    assert client.send_command(None, "echo", {"value": 1}) == 1
    assert client.session_id not in (own, None)


def test_idle_sessions_are_cleaned_up(reach):
    with Serving() as server:  # of its own: this closes everybody's
        client = reach(server.address)
        session = client.create_session()
        assert client.cleanup_idle_sessions(timeout=PATIENCE) == []
        assert session in client.cleanup_idle_sessions(timeout=0.0)
        assert client.send_command(None, "echo", {"value": 1}) == 1


def test_tasks(server, reach):
    client = reach(server.address)
    chosen = str(uuid.uuid4())
    assert client.submit(None, "echo", {"value": 5}, task_id=chosen) == chosen
    assert client.wait_task(chosen, timeout=PATIENCE) == 5
    assert client.get_task(chosen)["status"] == "completed"
    with pytest.raises(tenon_client.DuplicateTask):
        client.send_command(None, "echo", task_id=chosen)
    with pytest.raises(tenon_client.TaskNotFound):
        client.get_task(str(uuid.uuid4()))
    endless = client.submit(None, "loop")
    with pytest.raises(tenon_client.CommandTimeout) as caught:
        client.wait_task(endless, timeout=0.05)
    assert caught.value.task_id == endless
    assert client.cancel_task(endless)["status"] in ("cancelling", "cancelled")
    with pytest.raises(tenon_client.CommandCancelled):
        client.wait_task(endless)


def test_a_command_is_cancelled_by_the_id_that_was_chosen_for_it(server, reach):
    client, chosen = reach(server.address), str(uuid.uuid4())

    def cancel():
        with Client(server.address) as other:
            other.until("get_server_status", lambda status: status["main_thread"]["task_id"] == chosen)
            other.result("cancel_task", {"task_id": chosen})

    cancelling = threading.Thread(target=cancel)
    cancelling.start()
    with pytest.raises(tenon_client.CommandCancelled):
        client.send_command(None, "loop", task_id=chosen)
    cancelling.join(PATIENCE)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_command_is_cancelled_through_the_client_that_waits_for_it(blender, kind):
    """From another thread, or another task of the loop: the id is chosen "to cancel it by"."""
    chosen, code = str(uuid.uuid4()), {"code": "while True: pass"}
    host, port = blender.address.rsplit(":", 1)

    def until_it_runs():
        with Client(blender.address) as other:
            other.until("get_server_status", lambda status: status["main_thread"]["task_id"] == chosen)

    def in_threads():
        with tenon_client.connect(host, int(port)) as client, ThreadPoolExecutor(1) as thread:
            # Should cancelling have to wait for the command, the command ends by its own limit instead.
            running = thread.submit(
                client.send_command, None, "execute_code", code, timeout=5.0, task_id=chosen
            )
            until_it_runs()
            told = client.cancel_task(chosen)
            with pytest.raises(tenon_client.CommandCancelled):
                running.result(PATIENCE)
            return told

    async def in_tasks():
        async with aio.connect(host, int(port)) as client:
            running = asyncio.ensure_future(
                client.send_command(None, "execute_code", code, timeout=5.0, task_id=chosen)
            )
            await asyncio.to_thread(until_it_runs)
            told = await client.cancel_task(chosen)
            with pytest.raises(tenon_client.CommandCancelled):
                await running
            return told

    told = in_threads() if kind == "sync" else asyncio.run(asyncio.wait_for(in_tasks(), PATIENCE))
    assert told["status"] in ("cancelling", "cancelled")


@pytest.mark.parametrize(
    ("command", "params", "kind", "words"),
    [
        ("nonsense", {}, tenon_client.UnknownCommand, "nonsense"),
        ("spin", {"seconds": 0, "speed": 1}, tenon_client.CommandFailed, "speed"),
        ("get_task", {}, tenon_client.InvalidParams, "task_id"),
        ("get_task", {"task_id": "x"}, tenon_client.TaskNotFound, "x"),
    ],
)
def test_errors_have_their_kind(server, reach, command, params, kind, words):
    with pytest.raises(kind, match=words) as caught:
        reach(server.address).send_command(None, command, params)
    assert caught.value.code == kind.CODE


def test_the_persons_words_are_no_parameter(server, reach):
    assert reach(server.address).send_command(None, "echo", {"value": 1}, user_prompt="say one") == 1


def test_what_json_cannot_hold_is_the_callers_error(server, reach):
    client = reach(server.address)
    for value in (float("nan"), {1, 2}):
        with pytest.raises((TypeError, ValueError)):
            client.send_command(None, "echo", {"value": value})
    assert client.send_command(None, "echo", {"value": 1}) == 1


def test_large_messages_both_ways(server, reach):
    text = "ä" * 3_000_000
    assert reach(server.address).send_command(None, "echo", {"value": text}) == text


def test_a_token_is_shown_to_commands_and_events(reach):
    with Serving('token="secret"', "require_token=true") as server:
        with pytest.raises(tenon_client.Unauthorized, match="token"):
            reach(server.address)
        with pytest.raises(tenon_client.Unauthorized):
            reach(server.address, token="wrong")
        client = reach(server.address, token="secret")
        events = client.events("tasks")
        assert client.send_command(None, "echo", {"value": 1}) == 1
        assert next(events)["channel"] == "tasks"
        events.close()


def test_a_token_that_is_wrong_for_events_alone(reach):
    with Serving('token="secret"', "require_token=true") as server:
        client = reach(server.address, token="secret")
        client._api.token = "wrong"
        with pytest.raises(tenon_client.Unauthorized, match="token"):
            client.events("tasks")


def test_status(server, reach):
    assert reach(server.address).status()["main_thread"]["state"] in ("idle", "busy", "running")


def test_one_connection_serves_all_of_it(server, reach):
    client = reach(server.address)
    before = client.status()["connections_total"]
    for session in (client.create_session(), None):
        client.send_command(session, "echo")
    assert client.status()["connections_total"] == before


def test_a_call_that_was_cancelled_leaves_no_reply_behind(server):
    async def talk():
        host, port = server.address.rsplit(":", 1)
        async with aio.connect(host, int(port)) as client:
            waiting = asyncio.ensure_future(client.send_command(None, "spin", {"seconds": 0.3}))
            with Client(server.address) as watch:
                await asyncio.to_thread(watch.running, "spin")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert await asyncio.gather(
                *(client.send_command(None, "echo", {"value": value}) for value in range(5))
            ) == list(range(5))

    asyncio.run(asyncio.wait_for(talk(), PATIENCE))


def test_threads_share_a_client(server):
    host, port = server.address.rsplit(":", 1)
    with tenon_client.connect(host, int(port)) as client, ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda value: client.send_command(None, "echo", {"value": value}), range(200))
        assert list(answers) == list(range(200))
