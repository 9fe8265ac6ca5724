"""The supervisor with the real Blender: robbed of its port, beside another, out of disk, and talkative."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from service_profile import BLENDER, PATIENCE, free_port, is_alive

pytestmark = [
    pytest.mark.skipif(BLENDER is None, reason="no Blender is installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="tests the ways in which POSIX processes end"),
]


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
    again = profile.tenon("service", "run", "one")
    assert again.returncode == 78 and "is running already" in again.stderr
    one.stop()
    assert not one.state["blender_pid"] and two.serving()


def test_without_a_service_manager(profile):
    """As in a container: defined, started by the test, stopped and removed by `tenon`."""
    port = free_port()
    told = profile.tenon("service", "install", "--manual", "--blender", BLENDER, "--port", str(port))
    assert told.returncode == 0 and "service run default" in told.stdout, told
    assert "nothing starts it but you" in profile.tenon("service", "status").stdout
    refused = profile.tenon("service", "start")
    assert refused.returncode == 1 and "start `tenon service run default` yourself" in refused.stderr
    words = shlex.split(told.stdout.partition("Nothing starts it but you: ")[2])
    with subprocess.Popen(words, env=profile.environ, stdout=subprocess.PIPE, text=True) as supervisor:
        try:
            while f"serves at 127.0.0.1:{port}" not in (line := supervisor.stdout.readline()):
                assert line
            stopped = profile.tenon("service", "stop")
            assert (stopped.returncode, stopped.stdout) == (0, "default: stopped\n"), stopped
            assert supervisor.wait(PATIENCE) == 0
        finally:
            supervisor.kill()
    removed = profile.tenon("service", "uninstall")
    assert removed.returncode == 0 and "Removed" in removed.stdout, removed
    assert list(Path(profile.environ["TENON_STATE_DIR"]).glob("services/*")) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one MiB."""
    place = tmp_path / "small"
    place.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=False).returncode
    ):
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
    with one.client() as client:
        said = (
            "import sys\nfor n in range(500): print('line', n, file=sys.__stdout__)\nsys.__stdout__.flush()"
        )
        client.result("execute_code", {"code": said})
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


def test_the_log_is_rotated_and_followed_while_blender_talks(service):
    one = service(limits={"log_bytes": 4000, "log_files": 3})
    one.start()
    pid = one.serving()
    words = [sys.executable, "-m", "tenon_client", "service", "logs", "-f", "-n", "1000"]
    with subprocess.Popen(words, env=one.profile.environ, stdout=subprocess.PIPE, text=True) as following:
        try:
            assert "Blender starts" in following.stdout.readline()
            said = (
                "import sys, time\n"
                "for n in range(500):\n"
                "    print('line', n, file=sys.__stdout__, flush=True)\n"
                "    time.sleep(0.05 * (n % 20 == 0))"
            )
            with one.client() as client:
                client.result("execute_code", {"code": said})
            followed = []
            while "| line 499" not in (line := following.stdout.readline()):
                followed.append(line)
        finally:
            following.kill()
    files = sorted(each.name for each in one.files.folder.glob("service.log*"))
    assert files == ["service.log", "service.log.1", "service.log.2"]
    assert all((one.files.folder / each).stat().st_size <= 4000 for each in files)
    shown = one.profile.tenon("service", "logs", "-n", "60").stdout.splitlines()
    for lines in (shown, followed):
        numbers = [int(line.rpartition(" ")[2]) for line in lines if "| line " in line]
        assert numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 40, (
            "over the rotated files"
        )
    # As on Windows, where a scheduled task hears no signal.
    one.files.stop.touch()
    code, _ = one.end()
    assert code == 0 and not is_alive(pid) and one.state["state"] == "stopped"
