"""Blender is killed in the middle: with a store the client learns what became of its command, without one it
says that it cannot. Each test starts its Blenders on one port, one after the other.
"""

from __future__ import annotations

import pytest
import tenon_client
from fault_proxy import Proxy, Stage
from headless import Headless
from wire import Client

STORES = {"open": {}, "off": {"TENON_STORE_FOLDER": "off"}}


class Again:
    """A Blender that can be killed and started again on its port, as the same user."""

    def __init__(self, folder, store):
        self._folder, self._words = folder, {**STORES[store]}
        if store == "open":
            self._words["TENON_STORE_FOLDER"] = str(folder / "store")
        self._blender = Headless(folder, **self._words)
        self.address = self._blender.address

    def kill(self):
        self._blender.__exit__()

    def restart(self):
        self.kill()
        port = self.address.rsplit(":", 1)[1]
        self._blender = Headless(self._folder, port=port, **self._words)
        assert self._blender.address == self.address


@pytest.fixture
def start(tmp_path):
    begun = []

    def one(store):
        begun.append(Again(tmp_path, store))
        with Client(begun[-1].address) as client:
            state = client.result("get_server_status")["store"]["state"]
        if state != store:
            pytest.skip(f"the store is {state}")
        return begun[-1]

    yield one
    for blender in begun:
        blender.kill()


def line_in(path):
    """Code whose run can be counted after Blender is gone: a line in a file."""
    return {"code": f"open({str(path)!r}, 'a').write('x')\nprint('done')"}


@pytest.mark.parametrize("stage", [Stage.NOT_DELIVERED, Stage.NOT_ANSWERED], ids=lambda stage: stage.value)
def test_with_a_store_the_command_runs_once_over_a_restart(start, reach, tmp_path, stage):
    blender, ran = start("open"), tmp_path / "ran"
    with Proxy(blender.address) as proxy:
        client = reach(proxy.address)
        session = client.create_session()
        client.send_command(session, "execute_code", {"code": "pass"})
        proxy.arm(stage, meanwhile=blender.restart)
        assert client.send_command(session, "execute_code", line_in(ran))["result"] == "done\n"
        assert ran.read_text() == "x"
        assert len(client.history(session)) == 2, "the session is the one it was"


def test_with_a_store_a_command_under_way_was_interrupted(start, reach, tmp_path):
    blender, ran = start("open"), tmp_path / "ran"
    with Proxy(blender.address) as proxy, Client(blender.address) as watch:
        client = reach(proxy.address)

        def begun():
            watch.running("execute_code")
            watch.until("ping", lambda _: ran.exists() and ran.read_text() == "x")
            blender.restart()

        proxy.arm(Stage.DELIVERED, begun)
        with pytest.raises(tenon_client.Interrupted):
            client.send_command(None, "execute_code", {"code": line_in(ran)["code"] + "\nwhile True: pass"})
    assert ran.read_text() == "x"


@pytest.mark.parametrize("stage", [Stage.NOT_DELIVERED, Stage.NOT_ANSWERED], ids=lambda stage: stage.value)
def test_without_a_store_the_outcome_is_unknown(start, reach, tmp_path, stage):
    blender, ran = start("off"), tmp_path / "ran"
    with Proxy(blender.address) as proxy:
        client = reach(proxy.address)
        proxy.arm(stage, meanwhile=blender.restart)
        with pytest.raises(tenon_client.OutcomeUnknown, match="keeps no store"):
            client.send_command(None, "execute_code", line_in(ran))
        assert ran.exists() == (stage is Stage.NOT_ANSWERED)
        assert client.send_command(None, "execute_code", line_in(ran))["result"] == "done\n"


def test_a_session_of_its_own_is_made_anew_and_a_named_one_is_not(start, reach):
    blender = start("off")
    client, other = reach(blender.address), reach(blender.address)
    own, named = client.session_id, other.create_session()
    client.send_command(None, "ping")
    client.send_command(None, "execute_code", {"code": "pass"})
    blender.restart()
    assert client.send_command(None, "execute_code", {"code": "print(1)"})["result"] == "1\n"
    assert client.session_id != own
    with pytest.raises(tenon_client.SessionNotFound, match=named):
        other.send_command(named, "execute_code", {"code": "pass"})


def test_events_go_on_after_a_restart(start, reach):
    blender = start("off")
    client = reach(blender.address)
    events = client.events("tasks")
    client.send_command(None, "execute_code", {"code": "pass"})
    before = [next(events) for _ in range(3)]
    blender.restart()
    missed = next(events)
    assert (missed["type"], missed["channel"]) == ("missed", "tasks"), "an earlier run's can be told no more"
    after = []
    with Client(blender.address) as other:
        other.result("execute_code", {"code": "pass"})
        while "task_completed" not in [event["type"] for event in after]:
            after.append(next(events))
    told = [event["id"] for event in [*before, *after]]
    assert told == sorted(set(told))
    assert {event["type"] for event in before} == {"task_queued", "task_started", "task_completed"}
    events.close()
