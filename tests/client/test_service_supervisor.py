"""The supervisor with the real Blender: killed, hung, busy, and in crash loops."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from service_profile import BLENDER, PATIENCE, is_alive

pytestmark = [
    pytest.mark.skipif(BLENDER is None, reason="no Blender is installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="tests the ways in which POSIX processes end"),
]

SUICIDE = {"code": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"}


class Listener:
    """Stands in systemd's place at NOTIFY_SOCKET, and reads all the time as it does."""

    def __init__(self, path):
        self.path, self.heard = str(path), []
        self._news = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            lines = self._socket.recv(1 << 16).decode().split("\n")
            with self._news:
                self.heard += lines
                self._news.notify_all()

    def until(self, wanted):
        """Everything heard so far, as soon as a line of it is the wanted one."""
        with self._news:
            assert self._news.wait_for(lambda: wanted in self.heard, PATIENCE), self.heard
            return list(self.heard)

    def clear(self):
        with self._news:
            self.heard.clear()


def test_a_kill_is_told_and_blender_is_back(service, tmp_path):
    listener = Listener(tmp_path / "notify")
    one = service()
    one.start(NOTIFY_SOCKET=listener.path)
    pid = one.serving()
    heard = listener.until("READY=1")
    assert f"STATUS=Blender starts (pid {pid})" in heard
    with one.client() as client:
        assert client.result("execute_code", {"code": "print('here')"})["result"] == "here\n"
    os.kill(pid, signal.SIGKILL)
    assert one.serving(other_than=pid) != pid
    state = one.state
    assert state["restarts"] == 1
    assert state["last_end"]["how"] == "was ended by SIGKILL" and state["last_end"]["tasks"] == []
    assert "Tenon server started on" in "\n".join(state["last_end"]["log"])
    code, output = one.stop()
    assert (code, one.state["state"]) == (0, "stopped")
    assert not is_alive(state["blender_pid"])
    assert "Tenon server stopped" in one.log, "it ended by itself, not by force"
    listener.until("STOPPING=1")
    assert "blender | Tenon server started" in one.log and "was ended by SIGKILL; started again" in output


def test_a_hung_blender_is_killed_whichever_way_it_hangs(service, tmp_path):
    listener = Listener(tmp_path / "notify")
    one = service(limits={"answer": 0.3, "silence": 3.0, "stop": 0.3})
    one.start(NOTIFY_SOCKET=listener.path)
    pid = one.serving()
    listener.until("WATCHDOG=1")
    # The whole process.
    os.kill(pid, signal.SIGSTOP)
    hung = one.serving(other_than=pid)
    assert one.state["last_end"]["how"] == "was ended, since it did not answer 3 times in a row, 0.3 s each"
    assert not is_alive(pid)
    # The main thread alone, in another add-on's timer: sockets answer, and no command runs.
    code = "import bpy, time\nbpy.app.timers.register(lambda: time.sleep(600), first_interval=0.1)"
    with one.client() as client:
        client.result("execute_code", {"code": code})
        one.serving(other_than=hung)
    assert "has given no sign for" in one.state["last_end"]["how"]
    assert not is_alive(hung)


def test_neither_idle_nor_busy_is_dead_but_a_task_over_its_limit_is(service):
    """Idle for longer than the silence that is allowed, the main thread gives signs by itself; busy, none."""
    one = service(limits={"silence": 3.0, "busy": 0.5, "stop": 0.3}, task_limit=3.6)
    one.start()
    pid = one.serving()
    until = time.monotonic() + 3.5
    while time.monotonic() < until:
        assert one.state["blender_pid"] == pid
        time.sleep(0.1)
    with one.client() as client:
        task = client.begin("execute_code", {"code": "import time\nbegun = time.time()\ntime.sleep(600)"})
        state = one.until(lambda s: s.get("busy"))
        assert state["busy"] == {"command": "execute_code", "task_id": task}
        assert "busy with 'execute_code'" in state["detail"]
        assert (state["state"], state["blender_pid"], state["restarts"]) == ("serving", pid, 0)
        one.serving(other_than=pid)
    end = one.state["last_end"]
    assert "'execute_code' has run for 4 s, over the limit for a task" in end["how"]
    assert [each["task_id"] for each in end["tasks"]] == [task]


def test_the_task_under_which_blender_died_is_told_and_twice_the_killer_is_refused(service):
    one = service()
    one.start()
    pid = one.serving()
    ids = []
    for _ in range(2):
        with one.client() as client:
            ids.append(client.begin("execute_code", SUICIDE))
            pid = one.serving(other_than=pid)
    end = one.until(lambda s: s["last_end"]["tasks"][0].get("store"))["last_end"]
    (task,) = end["tasks"]
    assert (task["task_id"], task["command"], task["count"]) == (ids[-1], "execute_code", 2)
    assert task["refused"] and task["store"] == "interrupted"
    assert end["how"] == "was ended by SIGSEGV"
    assert Path(end["crash_file"]) == one.files.crash and one.files.crash.read_text().startswith("# Blender")
    with one.client() as client:
        code, message = client.error("execute_code", SUICIDE)
        assert code == "blocked" and "Blender ended 2 times while it ran" in message
        assert "`tenon service restart --name default --forget-tasks`" in message
        assert client.result("get_task", {"task_id": ids[0]})["error"]["code"] == "interrupted"
        assert client.result("execute_code", {"code": "print('other code runs')"})["result"]
    status = one.profile.tenon("service", "status").stdout
    assert f"it ran 'execute_code' (task {ids[-1]}), 2x so far; it is not run again" in status
    assert "Tenon tells clients: interrupted" in status


def test_a_generator_is_told_between_its_steps_and_what_runs_then_is_told_first(service):
    """A batch is a generator; what runs between two steps of it is another's."""
    one = service(limits={"killer": 9})
    one.start()
    pid = one.serving()
    slow = [{"type": "execute_code", "command": "import time; time.sleep(0.05)"}] * 200
    with one.client() as client, one.client() as other:
        client.begin("batch", {"commands": slow})
        killer = other.begin("execute_code", SUICIDE)
        one.serving(other_than=pid)
    assert [each["task_id"] for each in one.state["last_end"]["tasks"]] == [killer]


def test_a_killed_supervisor_leaves_a_blender_that_the_next_one_ends(service, tmp_path):
    wrapper = tmp_path / "blender"
    wrapper.write_text(f'#!/bin/sh\n{BLENDER} "$@"\n')
    wrapper.chmod(0o755)
    one = service(blender=str(wrapper))
    one.start()
    state = one.until(lambda s: s.get("tenon_pid"))
    pid = state["tenon_pid"]
    assert pid != state["blender_pid"], "the script's"
    one.supervisor.kill()
    one.supervisor.communicate()
    assert is_alive(pid)
    one.start()
    one.serving(other_than=state["blender_pid"])
    assert not is_alive(pid) and f"has left (pid {pid})" in one.log


def test_a_blender_that_blender_starts_notes_nothing(service):
    """It inherits the variables, and must not write over what its parent runs."""
    one = service()
    one.start()
    pid = one.serving()
    code = (
        "import bpy, os, signal, subprocess\n"
        "enable = 'import addon_utils; assert addon_utils.enable(\"tenon\")'\n"
        "words = [bpy.app.binary_path, '-b', '--python-exit-code', '1', '--python-expr', enable]\n"
        "subprocess.run(words, check=True)\n"
        "os.kill(os.getpid(), signal.SIGSEGV)"
    )
    with one.client() as client:
        killer = client.begin("execute_code", {"code": code})
        one.serving(other_than=pid)
    assert one.state["last_end"]["how"] == "was ended by SIGSEGV"
    assert [each["task_id"] for each in one.state["last_end"]["tasks"]] == [killer]


def test_a_crash_loop_fails_after_one_try_with_factory_settings(service, tmp_path):
    program, ran = tmp_path / "blender", tmp_path / "ran"
    program.write_text(f'#!/bin/sh\necho "$@" >> {ran}\necho "cannot find the moon"\nexit 9\n')
    program.chmod(0o755)
    one = service(blender=str(program), limits={"first_delay": 0.02, "longest_delay": 0.05})
    one.start()
    code, _output = one.end()
    assert code == 70
    starts = ran.read_text().splitlines()
    assert [line for line in starts if line.startswith("--background")], starts
    factory = ["--factory-startup" in line for line in starts if line.startswith("--background")]
    assert factory == [False] * 5 + [True]
    state = one.state
    assert state["state"] == "failed" and "with --factory-startup too" in state["detail"]
    assert state["last_end"]["log"] == ["cannot find the moon"] and state["last_end"]["exit_code"] == 9
    told = one.profile.tenon("service", "status")
    assert told.returncode == 1 and "    | cannot find the moon" in told.stdout


def test_a_broken_startup_file_is_passed_by_with_factory_settings(service, profile):
    """What the user's own startup scripts break, the one try repairs."""
    startup = Path(profile.blender["BLENDER_USER_SCRIPTS"]) / "startup"
    startup.mkdir()
    # Blender reads it with --factory-startup too, so it looks for itself.
    script = "import os, sys\nif '--factory-startup' not in sys.argv: os._exit(7)\n"
    (startup / "broken.py").write_text(script)
    one = service(limits={"first_delay": 0.02, "longest_delay": 0.05})
    one.start()
    one.serving()
    state = one.state
    assert state["factory_startup"] and "with --factory-startup" in state["detail"]
    assert state["restarts"] == 5
    with one.client() as client:
        assert client.result("get_server_status")["store"]["state"] == "open", (
            "sessions are kept all the same"
        )


def test_without_the_add_on_it_fails_at_once(service, profile):
    shutil.rmtree(Path(profile.blender["BLENDER_USER_SCRIPTS"]) / "addons" / "tenon")
    one = service()
    one.start()
    code, _output = one.end()
    assert code == 70 and one.state["restarts"] == 0
    assert "the add-on is not installed in this Blender" in one.state["detail"]
