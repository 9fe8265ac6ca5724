"""Which Blender `tenon mcp` talks to, by the files that running Tenons keep and lock."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))

from tenon_client.errors import Unreachable
from tenon_client.instances import DEFAULT_ADDRESS, Address
from tenon_client.mcp_stdio.locator import Locator

fcntl = pytest.importorskip("fcntl")


class Running:
    """A Tenon, as far as its file tells, until it ends."""

    all: list[Running] = []

    def __init__(self, folder: Path, name: str, port: int, started_at: float | None = None) -> None:
        self.file = folder / "instances" / f"{name}.json"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        described = {"instance": name, "pid": 1, "host": "localhost", "port": port, "blender": "5.0.1"}
        described |= {"file": f"/{name}.blend", "version": "1", "started_at": started_at or time.time()}
        self.file.write_text(json.dumps(described))
        self.lock = self.file.open("r+")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.all.append(self)

    def end(self) -> None:
        self.lock.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("TENON_HOST", "TENON_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TENON_STATE_DIR", str(tmp_path))
    yield tmp_path
    while Running.all:
        Running.all.pop().end()


def test_with_nobody_there_it_is_the_usual_address(folder):
    assert Locator()() == DEFAULT_ADDRESS


def test_the_only_one_is_it_and_is_kept_to(folder):
    where = Locator()
    first = Running(folder, "first", 9001)
    assert where().port == 9001
    Running(folder, "second", 9002)
    assert where().port == 9001
    first.end()
    assert where().port == 9001, "the second one holds another's work"


def test_the_one_that_comes_back_is_found_at_another_port(folder):
    where = Locator()
    first = Running(folder, "first", 9001)
    assert where().port == 9001
    first.end()
    assert where().port == 9001
    Running(folder, "again", 9005)
    assert where().port == 9005


def test_of_several_that_come_the_old_port_is_it(folder):
    where = Locator()
    first = Running(folder, "first", 9001)
    where()
    first.end()
    Running(folder, "again", 9001)
    Running(folder, "other", 9002)
    assert where().port == 9001


def test_several_without_a_choice_are_named(folder):
    Running(folder, "first", 9001, started_at=1.0)
    Running(folder, "second", 9002)
    with pytest.raises(Unreachable, match=r"9001, first.blend.*9002, second.blend.*no effect.*TENON_PORT"):
        Locator()()


def test_one_is_called_by_its_file(folder):
    Running(folder, "house", 9001)
    Running(folder, "garden", 9002)
    assert Locator(instance="garden.blend")().port == 9002
    assert Locator(instance="9001")().port == 9001
    with pytest.raises(Unreachable, match=r"No Blender fits 'street'.*house.blend; .*garden.blend"):
        Locator(instance="street")()


def test_a_choice_is_a_choice(folder, monkeypatch):
    Running(folder, "first", 9001)
    assert Locator(port=9003)() == Address("127.0.0.1", 9003)
    monkeypatch.setenv("TENON_PORT", "9004")
    assert Locator()() == Address("127.0.0.1", 9004)
    assert Locator("there", 1)() == Address("there", 1)
