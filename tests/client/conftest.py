"""The Python client as a package, both of its shells behind one face, and servers for it to talk to.

In: the client's sources and the built native module. Out: `reach`, which connects either shell; a Blender
without a window and a process that serves without Blender, each shared by the tests of one run.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
CLIENT = TESTS.parent / "client"
sys.path[:0] = [str(CLIENT), str(TESTS / "native"), str(TESTS / "blender")]

import tenon_client  # noqa: E402
from fake_slack import FakeSlack  # noqa: E402
from headless import Headless  # noqa: E402
from machine import SYSTEMS, Machine, make_zip  # noqa: E402
from service_profile import Profile, Service  # noqa: E402
from serving import Serving  # noqa: E402
from slack_workspace import FORBIDDEN, Bot, Workspace  # noqa: E402
from tenon_client import aio  # noqa: E402
from wire import PATIENCE, Client  # noqa: E402

# Whoever runs the tests may have a Blender of their own.
for name in ("TENON_HOST", "TENON_PORT", "TENON_TOKEN", "TENON_TLS"):
    os.environ.pop(name, None)


class Blocking:
    """The blocking shell, but for events that never come: then their iteration ends."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def events(self, *channels: str, **named: Any) -> Blocking:
        return Blocking(self._inner.events(*channels, **named))

    def __next__(self) -> Any:
        giving_up = threading.Timer(PATIENCE, self._inner.close)
        giving_up.start()
        try:
            return next(self._inner)
        finally:
            giving_up.cancel()


class Driven:
    """What asyncio's shell offers, called as the blocking one is: each call runs the loop until done."""

    def __init__(self, loop: asyncio.AbstractEventLoop, inner: Any) -> None:
        self._loop, self._inner = loop, inner

    def _finish(self, doing: Any) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(doing, PATIENCE))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*words: Any, **named: Any) -> Any:
            answer = found(*words, **named)
            if inspect.isawaitable(answer):
                return self._finish(answer)
            events = Driven(self._loop, answer)
            self._finish(answer.__aenter__())
            return events

        return call

    def __next__(self) -> Any:
        return self._finish(self._inner.__anext__())

    def __iter__(self) -> Driven:
        return self

    def close(self) -> None:
        self._finish((getattr(self._inner, "aclose", None) or self._inner.close)())


@pytest.fixture(params=["sync", "async"])
def reach(request: pytest.FixtureRequest) -> Iterator[Any]:
    """`reach(address, **more)`: a connected client of the one kind, then of the other."""
    loop = asyncio.new_event_loop()
    clients: list[Any] = []

    def connect(address: str, **more: Any) -> Any:
        host, port = address.rsplit(":", 1)
        given = {"host": host, "port": int(port), "reconnect": PATIENCE, **more}
        if request.param == "sync":
            client: Any = Blocking(tenon_client.connect(**given))
        else:

            async def opened() -> Any:
                return await aio.connect(**given)

            client = Driven(loop, loop.run_until_complete(opened()))
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close()
    loop.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Serving]:
    """Serves without Blender: `echo`, `spin` and the like."""
    with Serving() as process:
        yield process


@pytest.fixture(scope="session")
def blender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Headless]:
    with Headless(tmp_path_factory.mktemp("blender")) as process:
        yield process


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as running:
        yield running


@pytest.fixture(scope="module")
def bot(slack: FakeSlack, blender: Headless, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """`tenon slack` with a real Blender; what it logs has to be clean."""
    process = Bot(slack, blender.address, tmp_path_factory.mktemp("bot"))
    yield process
    if process.process.poll() is None:
        process.end()
    assert not [line for line in process.log if any(each in line for each in FORBIDDEN)]


@pytest.fixture
def work(slack: FakeSlack, bot: Bot, blender: Headless) -> Iterator[Workspace]:
    """A workspace in front of an empty file. Each delivery has to be acknowledged within 3 s."""
    with Client(blender.address) as client:
        client.result("new_file", {"empty": True})
    yield Workspace(slack, bot, blender.address)
    for each in slack.deliveries:
        acknowledged = slack.until(lambda each=each: each.acknowledged_at)
        assert acknowledged - each.sent_at < 3, (each, bot.log[-20:])
    slack.deliveries.clear()


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "user")


@pytest.fixture
def service(profile: Profile) -> Iterator[Any]:
    """`service(name, **more)`: a service of that user, whose supervisor the test starts."""
    begun: list[Service] = []

    def make(name: str = "default", **more: Any) -> Service:
        begun.append(Service(profile, name, **more))
        return begun[-1]

    yield make
    for each in begun:
        each.close()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The add-on's zip, of what is staged."""
    return make_zip(tmp_path_factory.mktemp("zip") / "tenon-0.1.0-linux-x64.zip")


@pytest.fixture(scope="session")
def installed_home(tmp_path_factory: pytest.TempPathFactory, archive: Path) -> Path:
    """A home folder with Tenon in the system's Blender, and in Gemini CLI; to be copied."""
    machine = Machine(tmp_path_factory.mktemp("installed"))
    machine.write(".gemini/settings.json", '{"theme": "dark"}\n').chmod(0o600)
    machine.tenon("install", "--zip", str(archive), "--blender", str(SYSTEMS), "--no-autostart", "--yes")
    return machine.home


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def installed(machine: Machine, installed_home: Path) -> Machine:
    """A machine with a copy of that home folder."""
    shutil.rmtree(machine.home)
    shutil.copytree(installed_home, machine.home, symlinks=True)
    return machine


@pytest.fixture
def older(installed: Machine) -> Machine:
    """A machine with an older Tenon, and two assistants' files."""
    installed.write(".config/blender/3.4/scripts/addons/tenon/of_an_older_version.py", "pass\n")
    installed.write(".cursor/mcp.json", '{\n\t"mcpServers": {}  // none\n}\n')
    return installed
