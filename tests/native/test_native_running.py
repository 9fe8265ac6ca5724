"""Starting, ticking and stopping in one process: settings, ports, threads, and a stop from anywhere."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from pathlib import Path

import pytest
from wire import Client


def native_threads():
    """Our threads of this process, by name."""
    names = []
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            names.append(Path(f"/proc/self/task/{task}/comm").read_text().strip())
    return sorted(name for name in names if name.startswith("tenon"))


def ended_threads(wanted, seconds=10):
    """Our threads once they are `wanted`, or after so many seconds. A thread that was joined leaves /proc a
    moment later: the kernel wakes who joins before it takes the thread from its list."""
    end = time.monotonic() + seconds
    while (found := native_threads()) != wanted and time.monotonic() < end:
        time.sleep(0.001)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="threads are listed from /proc")
def test_start_and_stop_fifty_times_in_one_process(bridge, served):
    bridge.register("echo", lambda value: value)
    logging_threads = native_threads()

    def talk(address):
        with Client(address) as client:
            return client.result("echo", {"value": 1})

    for _ in range(50):
        assert (bridge.running, bridge.address, bridge.port) == (False, None, None)
        assert served(talk) == 1
        assert bridge.running and bridge.port
        assert {"tenon-io-0", "tenon-watchdog"} <= set(native_threads())
        bridge.stop()
        assert ended_threads(logging_threads) == logging_threads
    assert (bridge.tick(), bridge.status(), bridge.sessions()) == (None, {}, [])
    bridge.stop()  # stopping what is stopped does nothing
    bridge.request_stop()


def test_the_port_is_free_again_after_stopping(bridge):
    bridge.start(port=0)
    port = bridge.port
    with Client(bridge.address) as client:
        client.ask("ping")  # a connection that was used leaves the port in TIME_WAIT
        bridge.stop()
        assert client.closed()
    bridge.start(port=port)
    assert bridge.port == port


def test_a_port_in_use_is_an_os_error_that_names_it(native, bridge):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=rf"\b{port}\b.*in use"):
            bridge.start(port=port)
    assert not bridge.running
    bridge.start(port=port)
    second = native.Bridge()
    with pytest.raises(OSError, match=rf"\b{port}\b.*in use"):
        second.start(port=port)
    with pytest.raises(RuntimeError, match="running already"):
        bridge.start(port=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"port": 70000}, "setting 'port': expected a whole number from 0 to 65535, got 70000"),
        ({"port": "9876"}, "setting 'port': expected a whole number from 0 to 65535, got \"9876\""),
        ({"keep_connected": 1}, "setting 'keep_connected': expected true or false, got 1"),
        ({"idle_timeout": -1}, "setting 'idle_timeout': -1 is not between 0 and 31536000"),
        ({"queue_size": 0}, "setting 'queue_size': 0 is not between 1 and 1000000 \\(tasks\\)"),
        ({"tick_budget": 5.0}, "setting 'tick_budget': 5 is not between"),
        ({"tick_linger": float("nan")}, "setting 'tick_linger': expected a number of seconds"),
        ({"host": " "}, "setting 'host': is empty"),
        ({"host": "0.0.0.0"}, "setting 'token': '0.0.0.0' can be reached from other machines"),
        ({"require_token": True}, "setting 'token': a token is required"),
        ({"colour": "red"}, "setting 'colour': there is no such setting"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(bridge, settings, message):
    with pytest.raises(ValueError, match=message):
        bridge.start(**{"port": 0, **settings})
    assert not bridge.running


def test_a_host_that_is_not_ours_is_an_os_error(bridge):
    with pytest.raises(OSError, match=r"192\.0\.2\.1"):
        bridge.start(host="192.0.2.1", port=0, token="secret")


def test_the_token_is_asked_for_on_loopback_when_required(bridge, served):
    def talk(address):
        with Client(address) as client:
            without = client.error("ping")[0]
            wrong = client.error("ping", token="secret2")[0]
            return without, wrong, client.result("ping", token="secret")["pong"]

    assert served(talk, token="secret", require_token=True) == ("unauthorized", "unauthorized", True)


def test_idle_ticks_are_wanted_rarely_and_hot_ones_at_once(bridge, served):
    bridge.register("echo", lambda value: value)
    bridge.start(port=0, idle_interval=0.25)
    assert bridge.tick() == 0.0  # hot after the start too: the first command comes soon
    while (wanted := bridge.tick()) == 0.0:
        pass
    assert wanted == 0.25

    def talk(address):
        with Client(address) as client:
            return client.result("echo", {"value": 1})

    served(talk)
    assert bridge.tick() == 0.0


def test_a_tick_inside_a_command_does_nothing(bridge, served):
    order = []

    def outer():
        order.append("outer begins")
        order.append(bridge.tick())
        bridge.run_forever()
        order.append("outer ends")

    bridge.register("outer", outer)
    bridge.register("inner", lambda: order.append("inner"))

    def talk(address):
        with Client(address) as one, Client(address) as other:
            one.send({"type": "outer"})
            other.send({"type": "inner"})
            return one.receive()["status"], other.receive()["status"]

    bridge.start(port=0, idle_interval=0.25)
    assert served(talk) == ("success", "success")
    at = order.index("outer begins")
    assert order[at : at + 3] == ["outer begins", 0.25, "outer ends"]


def test_stopping_from_inside_a_command(bridge, served):
    def stop():
        bridge.stop()
        return [bridge.running, bridge.tick()]

    bridge.register("stop", stop)
    bridge.register("echo", lambda: 1)

    def talk(address):
        with Client(address) as one, Client(address) as other:
            one.send({"type": "stop"})
            one.send({"type": "echo"})
            replies = [one.receive()["code"]]
            return replies, one.closed() or "more", other.closed()

    codes, one, other = served(talk)
    assert codes == ["shutting_down"] and other is True
    assert one in (True, "more")  # the second command may have been read, and then has its reply too
    assert bridge.running is False
    bridge.start(port=0)
    assert bridge.running


def test_stopping_tells_everyone_who_waits(bridge, served):
    bridge.register("echo", lambda value: value)
    bridge.start(port=0)
    clients = [Client(bridge.address) for _ in range(20)]
    for client in clients:
        for number in range(3):
            client.send({"type": "echo", "params": {"value": number}})
    with Client(bridge.address) as other:  # answered natively: nobody ticks here
        other.until("get_queue_status", lambda queue: queue["pending"] == 60)
    bridge.stop()
    for client in clients:
        assert [client.receive()["code"] for _ in range(3)] == ["shutting_down"] * 3
        assert client.closed()
        client.socket.close()
