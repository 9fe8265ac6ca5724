"""A background Blender of a Blender that serves, over real sockets: others are served meanwhile, and it ends
when its task is cancelled."""

import os
import threading
import time

import pytest
from wire import PATIENCE, Client

COMMAND = "run_in_background_blender"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_there(path):
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    return True


def has_ended(pid):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        threading.Event().wait(0.05)
    return False


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads what Linux tells of processes")
def test_others_are_served_and_cancelling_ends_it(fresh_blender, fresh_client, tmp_path):
    told = tmp_path / "pid"
    code = f"""
import os, time
with open({str(told) + ".new"!r}, "w") as file:
    file.write(str(os.getpid()))
os.rename({str(told) + ".new"!r}, {str(told)!r})
time.sleep(600)
"""
    fresh_client.send({"type": COMMAND, "params": {"code": code}})
    with Client(fresh_blender.address) as other:
        task_id = other.running(COMMAND)["task_id"]
        assert is_there(told)
        pid = int(told.read_text())
        before, begin = cpu_seconds(fresh_blender.process.pid), time.monotonic()
        for _ in range(20):
            assert other.result("get_selection")["active"] == "Cube"
        threading.Event().wait(1.0)
        share = (cpu_seconds(fresh_blender.process.pid) - before) / (time.monotonic() - begin)
        print(f"waiting takes {share:.0%} of a core")
        assert share < 0.6
        other.result("cancel_task", {"task_id": task_id})
        assert fresh_client.receive()["code"] == "cancelled" and has_ended(pid)
        assert other.result("get_selection")["active"] == "Cube"
