"""The supervisor with the real Blender: killed, hung, busy, robbed of its port, out of disk, and in crash loops."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from service_profile import BLENDER, PATIENCE, Client, Profile, Service, is_alive

pytestmark = [
    pytest.mark.skipif(BLENDER is None, reason="no Blender is installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="tests the ways in which POSIX processes end"),
]

SUICIDE = {"code": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"}


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path / "user")


@pytest.fixture
def service(profile):
    begun = []

    def make(name="default", **more):
        begun.append(Service(profile, name, **more))
        return begun[-1]

    yield make
    for each in begun:
        each.close()


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


def test_a_hung_blender_is_killed_and_the_watchdog_is_not_fed_meanwhile(service, tmp_path):
    listener = Listener(tmp_path / "notify")
    one = service(limits={"answer": 0.3, "stop": 0.5})
    one.start(NOTIFY_SOCKET=listener.path)
    pid = one.serving()
    listener.until("WATCHDOG=1")
    os.kill(pid, signal.SIGSTOP)
    one.serving(other_than=pid)
    end = one.state["last_end"]
    assert end["how"] == "was ended, since it did not answer 3 times in a row, 0.3 s each"
    assert not is_alive(pid)


def test_a_main_thread_that_hangs_without_a_command_is_found(service, profile):
    """It hangs in another add-on's timer: sockets answer, and no command runs."""
    one = service(limits={"silence": 2.0, "stop": 1.0})
    one.start()
    pid = one.serving()
    code = "import bpy, time\nbpy.app.timers.register(lambda: time.sleep(600), first_interval=0.5)"
    with one.client() as client:
        client.result("execute_code", {"code": code})
        one.serving(other_than=pid)
    assert "has given no sign for" in one.state["last_end"]["how"]


def test_busy_is_not_dead(service):
    """The main thread gives no sign for longer than an idle one may."""
    one = service(limits={"silence": 1.0})
    one.start()
    pid = one.serving()
    with one.client() as client:
        client.begin("execute_code", {"code": "while True: pass"})
        state = one.until(lambda s: s.get("busy"))
        assert "busy with 'execute_code'" in state["detail"]
        assert (state["state"], state["blender_pid"], state["restarts"]) == ("serving", pid, 0)
        assert is_alive(pid)


def test_a_task_over_its_limit_ends_blender(service):
    one = service(task_limit=1.0, limits={"stop": 0.5})
    one.start()
    pid = one.serving()
    with one.client() as client:
        task = client.begin("execute_code", {"code": "import time\ntime.sleep(600)"})
        one.serving(other_than=pid)
    end = one.state["last_end"]
    assert "'execute_code' has run for" in end["how"] and "over the limit for a task" in end["how"]
    assert [each["task_id"] for each in end["tasks"]] == [task]


def test_an_idle_service_stays_as_it_is(service):
    """Longer than the silence that is allowed: without a window the main thread gives signs of its own accord."""
    one = service(limits={"silence": 2.0})
    one.start()
    pid = one.serving()
    until = time.monotonic() + 4.0
    while time.monotonic() < until:
        assert one.state["blender_pid"] == pid
        time.sleep(0.2)
    assert one.state["restarts"] == 0


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
    assert Path(end["crash_file"]).read_text().startswith("# Blender 3.")
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


def test_port_theft_is_told_and_is_no_crash(service):
    one = service()
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", one.definition.port))
        thief.listen()
        one.start()
        state = one.until(lambda s: s.get("state") == "port_taken")
        assert f"port {one.definition.port} is taken by" in state["detail"]
        assert f"(pid {os.getpid()})" in state["detail"] and state["restarts"] == 0
    one.serving()
    assert one.state["restarts"] == 0 and one.state.get("last_end") is None


def test_another_service_on_the_port_is_told_by_its_blender(service):
    one = service("one")
    one.start()
    pid = one.serving()
    other = service("other", port=one.definition.port)
    other.start()
    state = other.until(lambda s: s.get("state") == "port_taken")
    assert f"another Blender with Tenon (pid {pid}, port {one.definition.port}" in state["detail"]
    one.stop()
    other.serving()


def test_two_services_at_once(service, profile, tmp_path):
    token = tmp_path / "token"
    token.write_text("secret-of-two\n")
    one, two = service("one"), service("two", token_file=str(token), env={"TENON_ALLOW_CODE": "off"})
    for each in (one, two):
        each.start()
    pids = {one.serving(), two.serving()}
    assert len(pids) == 2
    with one.client() as client:
        assert client.result("execute_code", {"code": "print(1)"})["result"] == "1\n"
    with two.client() as client:
        assert client.error("execute_code", {"code": "print(1)"})[0] == "blocked"
    status = json.loads(profile.tenon("service", "status", "--json").stdout)
    assert [(each["name"], each["state"]) for each in status] == [("one", "serving"), ("two", "serving")]
    command_lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids]
    assert not any(b"secret-of-two" in each for each in command_lines)
    one.stop()
    assert not one.state["blender_pid"] and two.serving()


def test_a_second_supervisor_of_the_same_service_is_refused(service, profile):
    one = service()
    one.start()
    one.serving()
    done = profile.tenon("service", "run", "default")
    assert done.returncode == 78 and "is running already" in done.stderr
    assert one.serving()


def test_a_killed_supervisor_leaves_a_blender_that_the_next_one_ends(service):
    one = service()
    one.start()
    pid = one.until(lambda s: s.get("tenon_pid"))["tenon_pid"]
    one.supervisor.kill()
    one.supervisor.communicate()
    assert is_alive(pid)
    one.start()
    one.serving(other_than=pid)
    assert not is_alive(pid) and f"has left (pid {pid})" in one.log


def test_a_crash_loop_fails_after_one_try_with_factory_settings(service, tmp_path):
    program, ran = tmp_path / "blender", tmp_path / "ran"
    program.write_text(f'#!/bin/sh\necho "$@" >> {ran}\necho "cannot find the moon"\nexit 9\n')
    program.chmod(0o755)
    one = service(blender=str(program), limits={"first_delay": 0.02, "longest_delay": 0.05})
    one.start()
    code, output = one.end()
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
        assert client.result("get_server_status")["store"]["state"] == "open", "sessions are kept all the same"


def test_without_the_add_on_it_fails_at_once(service, profile):
    shutil.rmtree(Path(profile.blender["BLENDER_USER_SCRIPTS"]) / "addons" / "tenon")
    one = service()
    one.start()
    code, output = one.end()
    assert code == 70 and one.state["restarts"] == 0
    assert "the add-on is not installed in this Blender" in one.state["detail"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one MiB."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=False).returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_costs_lines_and_nothing_else(service, profile, small_disk):
    profile.environ["TENON_STATE_DIR"] = str(small_disk)
    one = service()
    one.start()
    pid = one.serving()
    filling = small_disk / "filling"
    with filling.open("wb", buffering=0) as stream, pytest.raises(OSError):
        while True:
            stream.write(bytes(4096))
    os.kill(pid, signal.SIGKILL)
    # The state cannot be written either, so Blender itself is asked.
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            with one.client() as client:
                assert client.result("execute_code", {"code": "print('alive')"})["result"] == "alive\n"
                break
        except OSError:
            assert time.monotonic() < give_up
    filling.unlink()
    state = one.until(lambda s: s.get("restarts") == 1 and s["state"] == "serving" and not s["log_trouble"])
    assert state["blender_pid"] != pid
    assert "lines are lost: the log cannot be written: [Errno 28]" in one.log
    _, output = one.stop()
    assert "No space left on device" in output, "told on standard error, which systemd keeps"


def test_the_log_is_rotated_while_blender_talks(service):
    one = service(limits={"log_bytes": 4000, "log_files": 3})
    one.start()
    one.serving()
    with one.client() as client:
        client.result("execute_code", {"code": "import sys\nfor n in range(500): print('line', n, file=sys.__stdout__)"})
        client.result("execute_code", {"code": "print('last', file=sys.__stdout__, flush=True)"} | {})
    one.until(lambda _: "| last" in one.log)
    files = sorted(each.name for each in one.files.folder.glob("service.log*"))
    assert files == ["service.log", "service.log.1", "service.log.2"]
    assert all((one.files.folder / each).stat().st_size <= 4000 for each in files)
    shown = one.profile.tenon("service", "logs", "-n", "60").stdout.splitlines()
    numbers = [int(line.rpartition(" ")[2]) for line in shown if "| line " in line]
    assert numbers == list(range(numbers[0], 500)) and len(numbers) > 40, "in order, over the rotated files"


def test_stop_by_the_file(service):
    """As on Windows, where a scheduled task hears no signal."""
    one = service()
    one.start()
    pid = one.serving()
    one.files.stop.touch()
    code, _ = one.end()
    assert code == 0 and not is_alive(pid) and one.state["state"] == "stopped"


def test_logs_follow_until_they_are_stopped(service):
    one = service()
    one.start()
    pid = one.serving()
    words = [sys.executable, "-m", "tenon_client", "service", "logs", "-f", "-n", "0"]
    with subprocess.Popen(words, env=one.profile.environ, stdout=subprocess.PIPE, text=True) as following:
        try:
            # It reads from the end on: what is said once it has begun.
            give_up = time.monotonic() + PATIENCE
            with one.client() as client:
                said = "import sys; print('said now', file=sys.__stdout__, flush=True)"
                os.set_blocking(following.stdout.fileno(), False)
                text = ""
                while "said now" not in text:
                    assert time.monotonic() < give_up
                    client.result("execute_code", {"code": said})
                    text += following.stdout.read() or ""
                    time.sleep(0.1)
        finally:
            following.kill()
    assert is_alive(pid)
