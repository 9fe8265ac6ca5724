"""Whole processes: how they end, whatever the server does at that time, and how they fare for long."""

from __future__ import annotations

import re
import signal
import sys
import time

import pytest
from serving import Serving, run_script
from wire import PATIENCE, Client


def test_a_process_may_end_without_stopping():
    script = """
import _native, socket
bridge = _native.Bridge()
bridge.register("echo", lambda value: value)
bridge.start(port=0)
client = socket.create_connection(("localhost", bridge.port))
client.sendall(b'{"type":"echo","params":{"value":1}}\\n')
while not bridge.status()["commands_served"]:
    bridge.tick()
client.sendall(b'{"type":"echo","params":{"value":2}}\\n' * 3)
print("the last line")
"""
    assert run_script(script) == (0, "the last line\n", "")


@pytest.mark.parametrize("how", ["sys.exit(3)", "os._exit(3)", "bridge = None; gc.collect(); sys.exit(3)"])
def test_a_process_may_end_in_any_way_while_it_serves(how):
    script = f"""
import _native, gc, os, sys
bridge = _native.Bridge()
bridge.start(port=0)
bridge.tick()
{how}
"""
    assert run_script(script) == (3, "", "")


def test_an_idle_main_thread_gives_a_sign_of_life_again_and_again():
    """So that a supervisor can tell it from one that hangs."""
    with Serving() as server, Client(server.address) as client:

        def last_sign():
            return client.result("get_server_status")["main_thread"]["last_sign"]

        for _ in range(2):
            begin, before = time.monotonic(), last_sign()
            while (now := last_sign()) >= before:
                assert time.monotonic() - begin < PATIENCE
                time.sleep(0.05)
                before = now
            assert now < 5


def test_a_stop_at_any_moment_ends_run_forever():
    script = """
import _native, threading, time
for tenths in range(40):
    bridge = _native.Bridge()
    bridge.start(port=0)
    begin = threading.Event()

    def stop():
        begin.wait()
        time.sleep(tenths / 10_000)
        bridge.request_stop()

    thread = threading.Thread(target=stop)
    thread.start()
    begin.set()
    bridge.run_forever()
    thread.join()
    bridge.stop()
print("ended")
"""
    assert run_script(script) == (0, "ended\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in an endless loop"])
def test_a_signal_ends_run_forever(number, busy):
    with Serving() as serving, Client(serving.address) as client, Client(serving.address) as other:
        assert other.result("echo", {"value": 1}) == 1  # it serves, and so it listens for signals
        if busy:
            client.send({"type": "loop"})
            other.running("loop")
        begin = time.perf_counter()
        serving.process.send_signal(number)
        if busy:
            assert client.receive()["code"] == "shutting_down"
        assert client.closed() and other.closed()
        assert serving.end() == (0, "ended\n", "")
        print(f"ended {time.perf_counter() - begin:.3f} s after the signal")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_second_signal_ends_what_does_not_listen():
    with Serving() as serving, Client(serving.address) as client, Client(serving.address) as other:
        client.send({"type": "deaf", "params": {"seconds": 60}})
        other.running("deaf")
        serving.process.send_signal(signal.SIGTERM)
        assert client.receive()["code"] == "shutting_down"  # so the first has been taken
        give_up = time.monotonic() + PATIENCE
        while serving.process.poll() is None and time.monotonic() < give_up:
            serving.process.send_signal(signal.SIGTERM)
        assert serving.end()[0] == 130


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_hundred_thousand_commands_leave_no_memory_behind(serving):
    with Client(serving.address) as client:

        def commands(count):
            window = 500
            message = b'{"type":"echo","params":{"value":["some text",{"n":1.5}]}}\n' * window
            for _ in range(count // window):
                client.send(message, end=b"")
                received = 0
                while received < window:
                    received += client.socket.recv(1 << 20).count(b"\n")
            return client.result("memory")

        before = commands(20_000)
        begin = time.perf_counter()
        after = commands(100_000)
        print(f"{100_000 / (time.perf_counter() - begin):.0f}/s, {(after - before) / 2**20:+.1f} MiB")
        assert after - before < 16 * 2**20
        assert client.result("get_server_status")["commands_served"] >= 120_000
        assert re.fullmatch(r"blender-\d{8}-\d{6}-[0-9a-f]{8}", client.ask("ping")["session_id"])
