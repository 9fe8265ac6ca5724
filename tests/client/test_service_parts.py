"""The parts of `tenon service`: definition, log, lock, ports, notification, counted tasks, wrong usage."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tenon_client import service
from tenon_client.cli import main
from tenon_client.errors import InvalidParams
from tenon_client.instances import Address
from tenon_client.service import crash, definition, lock, logs, ports
from tenon_client.service.definition import Definition, Files, Limits
from tenon_client.service.health import Prober
from tenon_client.service.notify import notify

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("TENON_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def definition_of(**more):
    return Definition(**{"name": "x", "blender": sys.executable, "port": 9876, **more})


def test_a_definition_is_kept_for_the_user_alone(state):
    wanted = definition_of(token="secret", env={"A": "b"}, limits=Limits(poll=0.5))
    files = definition.files_of("x")
    definition.save(wanted, files)
    assert definition.load("x") == wanted and definition.names() == ["x"]
    assert "secret" not in repr(wanted)
    if sys.platform != "win32":
        assert files.definition.stat().st_mode & 0o077 == 0 and files.folder.stat().st_mode & 0o077 == 0
    changed = json.loads(files.definition.read_text()) | {"of_another_version": 1}
    files.definition.write_text(json.dumps(changed))
    assert definition.load("x") == wanted
    files.definition.write_text("{")
    with pytest.raises(InvalidParams, match="install the service again"):
        definition.load("x")
    assert service._limits("x") == Limits(), "which can be done"


def test_a_token_file_is_read_each_time(tmp_path):
    file = tmp_path / "token"
    found = definition_of(token_file=str(file))
    with pytest.raises(InvalidParams, match="cannot be read"):
        found.read_token()
    file.write_text("\n")
    with pytest.raises(InvalidParams, match="is empty"):
        found.read_token()
    for token in ("first", "second"):
        file.write_text(f"{token}\n")
        assert found.read_token() == token


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "Über"}, "small letters"),
        ({"blender": "/no/such/blender"}, "there is no Blender at /no/such/blender"),
        ({"blender": __file__}, "is not a program"),
        ({"blend": "/no/such.blend"}, "there is no file /no/such.blend"),
        ({"port": 0}, "expected a number from 1 to 65535"),
        ({"task_limit": 0.0}, "expected seconds above 0"),
        ({"host": "0.0.0.0"}, "give a --token or --token-file"),
        ({"token_file": "/no/such/token"}, "cannot be read"),
    ],
)
def test_what_a_definition_must_not_be(more, words):
    with pytest.raises(InvalidParams, match=words):
        definition_of(**more).check()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["start"], "no service 'default' is installed (installed: none)"),
        (["logs", "--name", "../x"], "expected at most 32 small letters"),
        (["uninstall"], "no service 'default' is installed"),
        (["install", "--blender", "/no/such/blender"], "no Blender can be used"),
        (["install", "--env", "A"], "expected KEY=VALUE"),
    ],
)
def test_wrong_usage_says_what_to_do(state, capsys, words, said):
    assert main(["service", *words]) == 1
    assert said in capsys.readouterr().err
    assert not list(state.glob("services/*")), "nothing is left"


def test_the_log_rotates_and_its_tail_goes_over_the_files(tmp_path):
    file = tmp_path / "x.log"
    log = logs.Log(file, most_bytes=600, most_files=3)
    for number in range(60):
        log.write("blender", f"line {number}")
    log.close()
    files = [logs.numbered(file, number) for number in range(4)]
    assert [each.exists() for each in files] == [True, True, True, False]
    assert all(each.stat().st_size <= 600 for each in files[:3])
    last = [line.rpartition(" ")[2] for line in logs.tail(file, 20)]
    assert last == [str(number) for number in range(40, 60)]
    assert list(log.last) == [f"line {number}" for number in range(10, 60)], "fifty, for the state"
    assert logs.tail(file, 0) == [] and logs.tail(tmp_path / "none", 5) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told_and_lines_are_counted(tmp_path):
    file = tmp_path / "x.log"
    file.symlink_to("/dev/full")
    log = logs.Log(file, most_bytes=10_000, most_files=2)
    for number in range(3):
        log.write("blender", f"lost {number}")
    assert "No space left on device" in log.trouble and list(log.last) == ["lost 0", "lost 1", "lost 2"]
    file.unlink()
    log.retry()
    assert log.trouble is None
    log.write("blender", "kept")
    first, second = file.read_text().splitlines()
    assert "service | 3 lines are lost: the log cannot be written: [Errno 28]" in first and "| kept" in second


def test_a_lock_lasts_as_long_as_its_process(tmp_path):
    file = tmp_path / "lock"
    assert not lock.is_taken(file)
    owned = lock.take(file)
    assert owned and lock.is_taken(file)
    assert lock.take(file) is None
    owned.close()
    assert not lock.is_taken(file)
    code = (
        "from pathlib import Path; from tenon_client.service import lock\n"
        f"own = lock.take(Path({str(file)!r}))\n"
        "print('has it', flush=True); input()"
    )
    client = str(Path(definition.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": client},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "has it\n" and lock.is_taken(file)
    process.kill()
    process.communicate()
    assert not lock.is_taken(file)


def test_whose_port_it_is(state):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.listen()
        assert not ports.is_free(Address("127.0.0.1", port))
        if sys.platform == "linux":
            assert f"(pid {os.getpid()})" in ports.owner(port) and "python" in ports.owner(port)
    assert ports.is_free(Address("127.0.0.1", port)) and ports.owner(port) == "another program"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's notify socket")
@pytest.mark.parametrize("abstract", [False, True])
def test_notifications_go_to_the_socket(tmp_path, abstract):
    address = f"@tenon-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + address[1:] if abstract else address)
        listener.settimeout(5)
        assert notify("READY=1", "STATUS=serves", environ={"NOTIFY_SOCKET": address})
        assert listener.recv(100) == b"READY=1\nSTATUS=serves"
    assert not notify("READY=1", environ={"NOTIFY_SOCKET": address}), "nobody is there any more"
    assert notify("READY=1", environ={}), "nobody is to be told"


def test_a_prober_is_bounded():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = Address("127.0.0.1", silent.getsockname()[1])
        begun = time.monotonic()
        assert Prober(address, None, timeout=0.2).look() is None
        assert time.monotonic() - begun < 2.0
    assert Prober(address, None, timeout=5.0).look() is None, "nobody listens"


@POSIX
@pytest.mark.parametrize(
    ("code", "words"),
    [(-11, "was ended by SIGSEGV"), (-9, "was ended by SIGKILL"), (3, "ended with exit code 3")],
)
def test_how_it_ended(code, words):
    assert crash.how(code) == words


def test_how_windows_programs_end():
    assert crash.how(0xC0000005) == "was ended by an access violation"


def test_the_crash_file_is_the_one_that_blender_names(tmp_path):
    named, newest, old = (tmp_path / f"{name}.crash.txt" for name in ("named", "newest", "old"))
    now = time.time()
    for file, age in ((named, 5), (newest, 0), (old, 500)):
        file.write_text("#")
        os.utime(file, (now - age, now - age))
    lines = ["Blender 3.4.1", f"Writing: {named}"]
    assert crash.crash_file(lines, tmp_path, since=now - 60) == named
    assert crash.crash_file([], tmp_path, since=now - 60) == newest
    newest.unlink()
    named.unlink()
    assert crash.crash_file(lines, tmp_path, since=now - 60) is None, "an earlier crash's"


@pytest.mark.parametrize(
    ("text", "tasks"),
    [
        ('{"active": null, "suspended": []}\n', []),
        ('{"active": {"digest": "a"}, "suspended": [{"digest": "b"}]}\n', ["a"]),
        ('{"active": null, "suspended": [{"digest": "b"}]}\n": garbage of a longer line', ["b"]),
        ('{"active": {"dig', []),
        ("", []),
        ("[]\n", []),
    ],
)
def test_what_ran_is_read_from_the_first_line(tmp_path, text, tasks):
    file = tmp_path / "running"
    file.write_text(text)
    assert [each["digest"] for each in crash.running_tasks(file)] == tasks
    assert crash.running_tasks(tmp_path / "none") == []


def test_killers_are_counted_over_runs_and_bounded(tmp_path):
    files = Files(tmp_path)
    task = {"digest": "d1", "command": "execute_code", "task_id": "t"}
    assert crash.Killers(files, "x", most=2).count(task) == 1
    assert json.loads(files.refused.read_text()) == {}
    killers = crash.Killers(files, "x", most=2)
    assert killers.count(task) == 2 and killers.refused() == ["d1"]
    assert "tenon service restart --name x --forget-tasks" in json.loads(files.refused.read_text())["d1"]
    for number in range(crash.MOST_KILLERS):
        killers.count({**task, "digest": f"other {number}"})
    assert len(killers.counts) == crash.MOST_KILLERS and "d1" not in killers.counts
