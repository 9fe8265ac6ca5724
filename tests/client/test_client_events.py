"""Events over both shells: as they come, in order, none twice and none lost when the connection is cut."""

from __future__ import annotations

import threading

import pytest
import tenon_client
from fault_proxy import Proxy
from wire import PATIENCE, Client


@pytest.fixture
def proxy(server):
    with Proxy(server.address) as between:
        yield between


def completed(events, count):
    """The ids of the tasks that these events tell the end of, and the ids of all events."""
    tasks, told = [], []
    while len(tasks) < count:
        event = next(events)
        told.append(event["id"])
        if event["type"] == "task_completed":
            tasks.append(event["data"]["task_id"])
    return tasks, told


def test_they_are_told_as_they_come(server, reach):
    client = reach(server.address)
    events = client.events("tasks", "memory_updates")
    task = client.submit(None, "echo", {"value": 1})
    tasks, told = completed(events, 1)
    assert tasks == [task] and told == sorted(set(told))
    events.close()


def test_since_tells_what_was_before(server, reach):
    client = reach(server.address)
    events = client.events("tasks")
    first, second = (client.submit(None, "echo") for _ in range(2))
    seen = []
    while not seen or seen[-1]["data"]["task_id"] != second:
        seen.append(next(events))
    events.close()
    later = client.events("tasks", since=seen[0]["id"])
    assert [next(later)["id"] for _ in seen[1:]] == [event["id"] for event in seen[1:]]
    assert {event["data"]["task_id"] for event in seen} == {first, second}
    later.close()


def test_cut_between_two_none_is_lost_and_none_told_twice(proxy, server, reach):
    client = reach(proxy.address)
    events = client.events("tasks")
    with Client(server.address) as other:
        told = []
        for _ in range(4):
            sent = [other.begin("echo") for _ in range(5)]
            other.task(sent[-1])
            proxy.cut()
            sent += [other.begin("echo") for _ in range(5)]
            tasks, ids = completed(events, len(sent))
            assert tasks == sent
            told += ids
    assert told == sorted(set(told))
    assert proxy.cuts == 4
    events.close()


def test_cut_before_the_first_none_is_lost(proxy, server, reach):
    client = reach(proxy.address)
    with Client(server.address) as other:
        other.task(other.begin("echo"))  # before the subscription: not to be told
        events = client.events("tasks")
        proxy.cut()
        sent = [other.begin("echo") for _ in range(3)]
    assert completed(events, 3)[0] == sent
    events.close()


def test_cut_again_and_again_while_they_come(proxy, server, reach):
    client = reach(proxy.address)
    events = client.events("tasks")
    sent, seen = [], []
    heard = threading.Event()

    def work():
        with Client(server.address) as other:
            for _ in range(60):  # three events each: fewer than are kept for who comes back
                sent.append(other.begin("echo"))
                heard.wait(PATIENCE)  # so the client gets on between two cuts
                heard.clear()
                proxy.cut()
            other.begin("memory")  # the last

    working = threading.Thread(target=work)
    working.start()
    while not seen or (seen[-1]["data"]["type"], seen[-1]["type"]) != ("memory", "task_completed"):
        seen.append(next(events))
        heard.set()
    working.join(PATIENCE)
    ended = [event["data"]["task_id"] for event in seen if event["type"] == "task_completed"]
    told = [event["id"] for event in seen]
    assert ended[:-1] == sent and told == sorted(set(told))
    assert proxy.cuts >= 3
    events.close()


@pytest.mark.parametrize("channels", [("nonsense",), ("tasks", "nonsense")])
def test_an_unknown_channel_is_refused_with_those_there_are(server, reach, channels):
    with pytest.raises(tenon_client.InvalidParams, match="Invalid channel: nonsense") as caught:
        reach(server.address).events(*channels)
    assert "scene" in caught.value.data["available_channels"]


def test_no_channel_is_refused(server, reach):
    with pytest.raises(tenon_client.InvalidParams, match="at least one channel"):
        reach(server.address).events()


def test_a_long_event_comes_whole(server, reach):
    client = reach(server.address)
    events = client.events("tasks")
    with Client(server.address) as other:
        other.send({"type": "nope" + "e" * 200_000})  # an event tells it
        logs = client.events("error_firewall")
        other.receive()
        other.send({"type": "nope" + "f" * 200_000})
    event = next(logs)
    assert event["type"] == "error_blocked"
    logs.close()
    events.close()


def test_the_server_goes_away_for_good(reach, server):
    with Proxy(server.address) as proxy:
        client = reach(proxy.address, reconnect=0.3)
        events = client.events("tasks")
    with pytest.raises(tenon_client.Unreachable, match="Start Blender"):
        next(events)
    events.close()
