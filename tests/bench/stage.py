"""What the rows measure with: every program started once, when a row first asks for it, all ended at the end.

In: how much to measure, and a folder for what Blender keeps for its user. Out: a `Stage`. What could not be
started is not tried again: each later row gets the same reason.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peer
from programs import Load, Windowed, Windowless


@dataclass(frozen=True)
class Amounts:
    """How much is measured."""

    rounds: int = 15  # of each sequential figure; the median counts
    sequential: int = 1500  # commands of a round
    small: int = 25_000  # commands of each of four clients
    clients: int = 500
    each: int = 20  # commands of each of those
    sessions: int = 5000
    stored: int = 10_000  # sessions in a store, each with so many entries:
    entries: int = 100
    mib: str = "1,2,4,8,16,32"
    busy: float = 5.0  # seconds of Python loop
    flood: float = 6.0  # seconds
    idle: float = 4.0  # seconds, five times
    pauses: int = 10  # first commands after idle
    peer: int = 60  # of its commands, 50 ms each
    subscribers: int = 1000  # of one channel
    events: int = 200  # a few at a time
    flat_out: int = 5000  # events; ten times that, beside clients that never read


# Shows that everything works; the figures mean nothing.
FEW = Amounts(
    rounds=1, sequential=20, small=50, clients=20, each=3, sessions=50, stored=104, entries=100,
    mib="0.25,0.5", busy=0.5, flood=0.5, idle=0.2, pauses=1, peer=3, subscribers=20, events=10, flat_out=10,
)  # fmt: skip


class Stage(contextlib.ExitStack):
    def __init__(self, load: Load, amounts: Amounts) -> None:
        super().__init__()
        self.load = load
        self.amounts = amounts
        self._folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="tenon-bench-")))
        self._started: dict[str, Any] = {}

    def windowless(self) -> Windowless:
        return self._once("windowless", lambda: self._closing(Windowless(self._folder / "windowless")))

    def fresh_windowless(self) -> Windowless:
        """One that nothing has used yet."""
        return self._once("fresh", lambda: self._closing(Windowless(self._folder / "fresh")))

    def windowed(self) -> Windowed:
        return self._once("windowed", lambda: self._closing(Windowed(self._folder / "windowed")))

    def peer(self) -> int:
        """The port of the peer, in the same window."""
        return self._once("peer", lambda: peer.start(self.windowed()))

    def versions(self) -> list[str]:
        """Of all that was started."""
        names = [name for name, program in self._started.items() if not isinstance(program, Exception)]
        versions = {
            "windowless": lambda: f"Blender {self.windowless().version()} without a window",
            "windowed": lambda: f"Blender {self.windowed().version()} with one",
            "peer": lambda: f"mcp-for-blender {peer.version()}",
        }
        return [told() for name, told in versions.items() if name in names]

    def _closing(self, program: Any) -> Any:
        self.callback(program.close)
        return program

    def _once(self, name: str, start: Callable[[], Any]) -> Any:
        if name not in self._started:
            try:
                self._started[name] = start()
            except Exception as error:
                self._started[name] = error
        if isinstance(self._started[name], Exception):
            raise self._started[name]
        return self._started[name]
