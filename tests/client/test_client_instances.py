"""Which Blender is meant: descriptor files and their locks, the environment, and what the caller says."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import tenon_client
from headless import Headless
from serving import Serving
from tenon_client.instances import Instance, list_instances, locate
from wire import PATIENCE

HOLD = """
import fcntl, sys
held = [open(path) for path in sys.argv[1:]]
for file in held:
    fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has another claim")


def instance(pid, port, file="", **more):
    told = {"instance": f"i{port}", "pid": pid, "host": "localhost", "port": port, "blender": "5.0.1"}
    return {**told, "file": file, "started_at": float(port), "version": "0.1.0", **more}


@pytest.fixture
def living(tmp_path):
    """`living(*instances)`: their files, locked by a process that lives; the environment to look with."""
    holders = []

    def make(*instances):
        folder = tmp_path / "instances"
        folder.mkdir(exist_ok=True)
        paths = [folder / f"{each['pid']}-{each['port']}.json" for each in instances]
        for path, each in zip(paths, instances, strict=True):
            path.write_text(json.dumps(each) + "   \n")
        words = [sys.executable, "-c", HOLD, *map(str, paths)]
        holders.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert holders[-1].stdout.readline() == b"held\n"
        return {"TENON_STATE_DIR": str(tmp_path)}

    yield make
    for holder in holders:
        holder.kill()
        holder.communicate()


@posix
def test_the_living_are_listed_oldest_first_and_the_dead_are_not(living, tmp_path):
    environ = living(instance(2, 9877), instance(1, 9876, "/a/kitchen.blend"))
    (tmp_path / "instances" / "3-9878.json").write_text(json.dumps(instance(3, 9878)))
    (tmp_path / "instances" / "4-9879.new").write_text("half")
    assert [each.port for each in list_instances(environ)] == [9876, 9877]
    assert list_instances(environ)[0] == Instance(**instance(1, 9876, "/a/kitchen.blend"))
    assert (tmp_path / "instances" / "3-9878.json").exists(), "reading removes nothing"


@posix
def test_a_file_that_says_nothing_is_passed_over(living, tmp_path):
    environ = living(instance(1, 9876), {"pid": 2, "port": 9877})
    assert [each.pid for each in list_instances(environ)] == [1]


def test_nobody_has_ever_served_here(tmp_path):
    assert list_instances({"TENON_STATE_DIR": str(tmp_path / "none")}) == []


@posix
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"instance": 1}, 9876),
        ({"instance": "9877"}, 9877),
        ({"instance": "kitchen.blend"}, 9876),
        ({"instance": "kitchen"}, 9876),
        ({"instance": "/b/room.blend"}, 9877),
        ({"instance": "i9878"}, 9878),
        ({"port": 5}, 5),
        ({"instance": "room"}, "More than one Blender fits.*pid 2, port 9877.*pid 3, port 9878"),
        ({"instance": "cellar"}, "No Blender fits.*kitchen.blend"),
        ({}, "More than one Blender fits.*pid 1, port 9876, kitchen.blend.*pid 2"),
    ],
)
def test_one_of_several_is_meant(living, said, expected):
    environ = living(
        instance(1, 9876, "C:\\home\\kitchen.blend"),
        instance(2, 9877, "/b/room.blend"),
        instance(3, 9878, "/c/room.blend"),
    )
    if isinstance(expected, int):
        assert locate(environ=environ, **said).port == expected
    else:
        with pytest.raises(tenon_client.SeveralInstances, match=expected):
            locate(environ=environ, **said)


@posix
@pytest.mark.parametrize(
    ("said", "environment", "expected"),
    [
        ({}, {}, "localhost:9900"),
        ({"port": 5}, {}, "127.0.0.1:5"),
        ({}, {"TENON_PORT": "7"}, "127.0.0.1:7"),
        ({"port": 5}, {"TENON_PORT": "7"}, "127.0.0.1:5"),
        ({"host": "far"}, {}, "far:9876"),
        ({}, {"TENON_HOST": "far", "TENON_PORT": "7"}, "far:7"),
        ({}, {"TENON_HOST": "0.0.0.0"}, "127.0.0.1:9876"),
        ({"host": "::1", "port": 5}, {}, "[::1]:5"),
        ({"instance": 1}, {"TENON_PORT": "7"}, "localhost:9900"),
    ],
)
def test_the_only_one_is_meant_unless_something_else_is_said(living, said, environment, expected):
    environ = {**living(instance(1, 9900)), **environment}
    assert str(locate(environ=environ, **said)) == expected


@posix
def test_one_that_listens_everywhere_is_reached_here(living):
    assert str(locate(environ=living(instance(1, 9900, host="0.0.0.0")))) == "127.0.0.1:9900"


def test_nobody_serves_so_the_usual_port(tmp_path):
    environ = {"TENON_STATE_DIR": str(tmp_path)}
    assert str(locate(environ=environ)) == "127.0.0.1:9876"
    with pytest.raises(tenon_client.SeveralInstances, match="No Blender with Tenon runs"):
        locate(instance="kitchen", environ=environ)


def test_a_real_blender_is_found_by_its_file_until_it_is_killed(tmp_path):
    make = "import bpy, sys\nbpy.ops.wm.save_mainfile(filepath=sys.argv[1])"
    path = tmp_path / "kitchen.blend"
    subprocess.run([sys.executable, "-c", make, str(path)], check=True, capture_output=True, timeout=PATIENCE)
    environ = {"TENON_STATE_DIR": str(tmp_path / "state")}
    with Headless(tmp_path, blend=str(path), **environ) as blender:
        [found] = list_instances(environ)
        assert (found.pid, found.file) == (blender.process.pid, str(path))
        assert locate(instance="kitchen", environ=environ).port == int(blender.address.rsplit(":", 1)[1])
        blender.process.kill()
        blender.end()
        assert list_instances(environ) == []


def test_two_that_run_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TENON_STATE_DIR", str(tmp_path))
    folder = f'state_folder="{tmp_path}"'
    with Serving(folder) as one, Serving(folder) as other:
        with pytest.raises(tenon_client.SeveralInstances, match=f"pid {other.process.pid}"):
            tenon_client.connect()
        with tenon_client.connect(instance=one.process.pid) as client:
            assert client.send_command(None, "echo", {"value": 1}) == 1
            assert str(client.address.port) == one.address.rsplit(":", 1)[1]
        other.process.kill()
        other.end()
        with tenon_client.connect() as client:
            assert client.address.port == int(one.address.rsplit(":", 1)[1])
