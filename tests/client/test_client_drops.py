"""A connection that breaks at every stage of a command: Blender counts how often it ran, and that is once."""

from __future__ import annotations

import random
import socket
import threading
import time
import uuid

import pytest
import tenon_client
from fault_proxy import Proxy, Stage
from wire import PATIENCE, Client

COUNT = """
import bpy
counts = bpy.app.driver_namespace.setdefault("counts", {{}})
counts["{0}"] = counts.get("{0}", 0) + 1
"""
STAGES = pytest.mark.parametrize("stage", list(Stage), ids=lambda stage: stage.value)


def counted(mark, text="done"):
    """Code that counts itself under the mark."""
    return {"code": COUNT.format(mark) + f"print({text!r})"}


def runs(blender, mark):
    with Client(blender.address) as client:
        code = f"import bpy; print(bpy.app.driver_namespace.get('counts', {{}}).get('{mark}', 0))"
        return int(client.result("execute_code", {"code": code})["result"])


def ran_once(blender, proxy, mark):
    return proxy.broken.wait(PATIENCE) and (runs(blender, mark), proxy.cuts) == (1, 1)


@pytest.fixture
def mark():
    return uuid.uuid4().hex


@pytest.fixture
def proxy(blender):
    with Proxy(blender.address) as between:
        yield between


@STAGES
def test_a_command_runs_once(blender, proxy, reach, mark, stage):
    client = reach(proxy.address)
    session = client.create_session()
    proxy.arm(stage)
    result = client.send_command(session, "execute_code", counted(mark))
    assert result["result"] == "done\n"
    assert ran_once(blender, proxy, mark)
    assert [entry["command"] for entry in client.history(session)] == ["execute_code"]


@STAGES
def test_a_submitted_task_runs_once(blender, proxy, reach, mark, stage):
    client = reach(proxy.address)
    session = client.create_session()
    proxy.arm(stage)
    task = client.submit(session, "execute_code", counted(mark))
    assert client.wait_task(task)["result"] == "done\n"
    assert ran_once(blender, proxy, mark)


@STAGES
def test_a_command_that_fails_fails_once(blender, proxy, reach, mark, stage):
    client = reach(proxy.address)
    proxy.arm(stage)
    with pytest.raises(tenon_client.CommandFailed, match="ZeroDivisionError"):
        client.send_command(None, "execute_code", {"code": COUNT.format(mark) + "1 / 0"})
    assert ran_once(blender, proxy, mark)


def test_cut_while_it_waits_for_its_turn(blender, proxy, reach, mark, tmp_path):
    """Another client's script keeps Blender until the connection is cut."""
    gate = tmp_path / "gate"
    wait = {"code": f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.005)"}
    client = reach(proxy.address)
    with Client(blender.address) as other, Client(blender.address) as watch:
        other.send({"type": "execute_code", "params": wait})
        watch.running("execute_code")

        def delivered():
            watch.until("get_server_status", lambda status: status["queue"]["waiting"] >= 1)
            threading.Timer(0.05, gate.touch).start()

        proxy.arm(Stage.DELIVERED, delivered)
        assert client.send_command(None, "execute_code", counted(mark))["result"] == "done\n"
        assert other.receive()["status"] == "success"
    assert ran_once(blender, proxy, mark)


def test_cut_while_it_runs(blender, proxy, reach, mark, tmp_path):
    gate = tmp_path / "gate"
    code = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.005)\n"
    client = reach(proxy.address)
    with Client(blender.address) as watch:

        def begun():
            watch.running("execute_code")
            threading.Timer(0.05, gate.touch).start()

        proxy.arm(Stage.DELIVERED, begun)
        result = client.send_command(None, "execute_code", {"code": code + counted(mark)["code"]})
    assert result["result"] == "done\n"
    assert ran_once(blender, proxy, mark)


def test_a_large_result_comes_back_whole(proxy, reach, mark, blender):
    client = reach(proxy.address)
    text = "x" * 200_000
    proxy.arm(Stage.NOT_ANSWERED)
    result = client.send_command(None, "execute_code", counted(mark, text))
    assert result["result"] == text + "\n"
    assert runs(blender, mark) == 1


def test_a_connection_that_broke_while_idle(blender, proxy, reach, mark):
    client = reach(proxy.address)
    own = client.session_id
    client.send_command(None, "execute_code", {"code": "pass"})
    proxy.cut()
    assert client.send_command(None, "execute_code", counted(mark))["result"] == "done\n"
    assert runs(blender, mark) == 1
    assert client.session_id == own, "it goes on in its session"


def test_cut_again_and_again(blender, proxy, reach):
    """At moments of chance, from another thread, while commands follow each other."""
    client = reach(proxy.address)
    chance = random.Random(4)
    stop = threading.Event()

    def cutter():
        while not stop.wait(chance.uniform(0.0, 0.02)):
            proxy.cut()

    cutting = threading.Thread(target=cutter)
    cutting.start()
    marks: list[str] = []
    give_up = time.monotonic() + PATIENCE
    try:
        while proxy.cuts < 40 and time.monotonic() < give_up:
            marks.append(uuid.uuid4().hex)
            result = client.send_command(None, "execute_code", counted(marks[-1], marks[-1]))
            assert result["result"] == f"{marks[-1]}\n"
    finally:
        stop.set()
        cutting.join()
    code = f"import bpy; c = bpy.app.driver_namespace['counts']; print({{c.get(m, 0) for m in {marks!r}}})"
    assert client.send_command(None, "execute_code", {"code": code})["result"] == "{1}\n"
    assert proxy.cuts >= 40


def test_questions_are_simply_repeated(proxy, reach):
    client = reach(proxy.address)
    session = client.create_session()
    for ask in (
        lambda: client.list_sessions(),
        lambda: client.get_session_info(session),
        lambda: client.update_state(session, mood="calm")["mood"],
        lambda: client.history(session),
        lambda: client.status(),
    ):
        proxy.cut()
        assert ask() is not None
    assert client.get_session_info(session)["state"]["mood"] == "calm"


def test_a_server_that_stays_away_is_told_with_what_to_do(reach, server):
    with Proxy(server.address) as proxy:
        client = reach(proxy.address, reconnect=0.3)
        client.send_command(None, "echo")
    with pytest.raises(tenon_client.Unreachable, match="Start Blender"):
        client.send_command(None, "echo")
    with pytest.raises(tenon_client.Unreachable, match="Start Blender"):
        client.list_sessions()


def test_lost_under_way_and_not_found_again_is_an_outcome_unknown(reach, server):
    with Proxy(server.address) as proxy:
        client = reach(proxy.address, reconnect=0.3)
        proxy.arm(Stage.DELIVERED, lambda: proxy.__exit__())
        with pytest.raises(tenon_client.OutcomeUnknown, match="'spin'") as caught:
            client.send_command(None, "spin", {"seconds": 0.5})
    assert caught.value.command == "spin" and uuid.UUID(caught.value.task_id)
    assert caught.value.code == "outcome_unknown"


def test_nothing_there_at_all(reach):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(tenon_client.Unreachable, match=f"{address} .*Start Blender"):
        reach(address, reconnect=PATIENCE)


def test_a_time_limit_is_the_commands_own(blender, reach):
    client = reach(blender.address)
    with pytest.raises(tenon_client.CommandTimeout, match="Timeout waiting for Blender response") as caught:
        client.send_command(None, "execute_code", {"code": "while True: pass"}, timeout=0.2)
    with pytest.raises(tenon_client.CommandTimeout):  # it was interrupted, not only left alone
        client.wait_task(caught.value.task_id)


def test_patience_ends_but_the_work_goes_on(blender, reach, mark):
    client = reach(blender.address, patience=0.2)
    code = "import time; time.sleep(0.6)\n" + counted(mark)["code"]
    with pytest.raises(tenon_client.CommandTimeout, match="Timeout waiting for Blender response") as caught:
        client.send_command(None, "execute_code", {"code": code})
    assert client.wait_task(caught.value.task_id)["result"] == "done\n"
    assert runs(blender, mark) == 1
