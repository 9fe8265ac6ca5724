"""The built native module in plain Python: no Blender, real sockets.

In: `target/addon/tenon/_native_VERSION`, which `build_addon.py build` stages. Out: the module, a bridge, and
ways to serve it: on pytest's own main thread while a client talks in another, or in a process of its own.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from serving import Serving
from wire import Client


@pytest.fixture(scope="session")
def native() -> Any:
    """The module. The tests that run Blender in this process may have loaded it already."""
    if module := sys.modules.get("tenon._native"):
        return module
    return importlib.import_module("built_module")._native


@pytest.fixture
def bridge(native: Any) -> Iterator[Any]:
    bridge = native.Bridge()
    yield bridge
    bridge.stop()


Talk = Callable[[str], Any]  # given the address; what it returns is the test's to look at


@pytest.fixture
def served(bridge: Any) -> Callable[..., Any]:
    """`served(talk, **settings)`: serve on this thread until `talk(address)` has returned in another."""

    def serve(talk: Talk, **settings: Any) -> Any:
        if not bridge.running:
            bridge.start(**{"port": 0, **settings})
        talking = Talking(talk, bridge.address)
        talking.start()
        # Ticks as Blender's timer calls it; the linger inside is what gives the other thread the GIL.
        while talking.is_alive():
            wait = bridge.tick()
            talking.join(0.001 if wait is None else min(wait, 0.001))
        if talking.error:
            raise talking.error
        return talking.answer

    return serve


class Talking(threading.Thread):
    """A client at work beside the main thread."""

    def __init__(self, talk: Talk, address: str) -> None:
        super().__init__(daemon=True)
        self.talk, self.address = talk, address
        self.answer: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.answer = self.talk(self.address)
        except BaseException as error:
            self.error = error


@pytest.fixture
def ask(served: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """`ask(command, params)`: one command on a connection of its own; the whole reply."""

    def one(command: str, params: dict[str, Any] | None = None, **top: Any) -> dict[str, Any]:
        def talk(address: str) -> dict[str, Any]:
            with Client(address) as client:
                return client.ask(command, params, **top)

        return dict(served(talk))

    return one


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving() as process:
        yield process
