"""The rows of sessions that last: what keeping them costs, and how fast ten thousand of them are read.

In: a `Stage`, and how much of everything it wants. Out: `Row`s, as in `rows.py`. A Blender that keeps nothing
stands beside one that does; the large archive is filled by the load generator and then served by a Blender.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from programs import PATIENCE, Windowless
from rows import PASS, Row, ms
from stage import Stage

CREATED = 20e-6  # seconds for one
READ = 0.020  # seconds for a list, a search, a history
OPENED = 0.200  # seconds that starting takes longer


def recording(stage: Stage) -> Iterator[Row]:
    """Rounds with the store and without, in turn: each ratio is one of neighbours. Both Blenders stand on one
    core and the client on another, or the scheduler's choice would outweigh what is measured.
    """
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="tenon-bench-")))
        forgetful = Windowless(folder / "forgotten", TENON_STORE_FOLDER="off")
        opened.callback(forgetful.close)
        faithful = Windowless(folder / "kept")
        opened.callback(faithful.close)
        ports = faithful.port, forgetful.port
        opened.enter_context(apart(faithful.pid, forgetful.pid))
        count = stage.amounts.sequential
        rounds = [
            [stage.load.run("sequential", port=port, count=count)["p50"] for port in ports]
            for _ in range(stage.amounts.rounds)
        ]
    ratio = median(kept / forgotten for kept, forgotten in rounds)
    kept, forgotten = (median(column) for column in zip(*rounds, strict=True))
    yield Row(
        f"recording: sequential {PASS}, sessions kept and not",
        f"p50 {ms(kept)} and {ms(forgotten)}",
        f"{ratio:.3f} times not kept",
        "p50 ≤ 1.05 times not kept",
        ratio <= 1.05,
        {"kept": kept, "forgotten": forgotten, "ratio": ratio},
    )


@contextlib.contextmanager
def apart(*servers: int) -> Iterator[None]:
    """The servers' threads on one core, ours and those we start on another; the store's writers anywhere."""
    ours = os.sched_getaffinity(0)
    first, *others = sorted(ours)
    for pid in servers:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            if (thread / "comm").read_text().strip() not in ("tenon-store", "tenon-wal"):
                os.sched_setaffinity(int(thread.name), {first})
    os.sched_setaffinity(0, set(others) or ours)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def creating(stage: Stage) -> Iterator[Row]:
    """Pipelined, so that the time is the server's: parsing, creating, recording, answering."""
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="tenon-bench-")))
        blender = Windowless(folder)
        opened.callback(blender.close)
        report = stage.load.run(
            "crowd",
            port=blender.port,
            clients=2,
            window=32,
            count=stage.amounts.sessions // 2,
            type="create_session",
            params="{}",
            result="*",
        )
    each = 1 / report["per_second"]
    yield Row(
        "a session made and recorded, pipelined",
        f"{each * 1e6:.1f} µs each, {report['per_second']:,.0f} a second",
        f"{each / CREATED:.2f} of goal",
        "< 20 µs",
        each < CREATED,
        report,
    )


class Asker:
    """One connection of dialect A."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("localhost", port), timeout=PATIENCE)
        self._lines = self._socket.makefile("rb")

    def ask(self, kind: str, **params: Any) -> Any:
        self._socket.sendall(json.dumps({"type": kind, "params": params}).encode() + b"\n")
        reply = json.loads(self._lines.readline())
        if reply["status"] != "success":
            raise RuntimeError(f"{kind}: {reply['message']}")
        return reply["result"]

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


def archive(stage: Stage) -> Iterator[Row]:
    """A store filled as by years of work, then asked; and how long a server takes to start on it."""
    sessions, entries = stage.amounts.stored, stage.amounts.entries
    with tempfile.TemporaryDirectory(prefix="tenon-bench-") as folder:
        store = str(Path(folder) / "store")
        filled = stage.load.run("fill", folder=store, sessions=sessions, entries=entries)
        yield Row(
            f"{filled['entries']:,} entries of {sessions:,} sessions into the store",
            f"{filled['per_second']:,.0f} a second; record {filled['record_ns']:,.0f} ns, settle "
            f"{filled['settle_ns']:,.0f} ns each",
            data=filled,
        )
        report = stage.load.run("stored", folder=store, rounds=30)
        asked = {
            "all sessions listed": "list_all",
            "a page of 100 of a history": "history_100",
            "search for a word that each entry has": "search_common",
            "search for a rare word": "search_rare",
            "search inside one session": "search_in_session",
        }
        slowest = max(report[name]["p50"] for name in asked.values())
        yield Row(
            f"asked of a store with {filled['entries']:,} entries of {sessions:,} sessions",
            ", ".join(f"{what} p50 {ms(report[name]['p50'])}" for what, name in asked.items()),
            f"{slowest / READ:.2f} of goal at the slowest",
            "< 20 ms each",
            slowest < READ,
            report,
        )
        empty, full = (
            median(started(Path(folder) / name, where) for _ in range(3))
            for name, where in (("a", str(Path(folder) / "none")), ("b", store))
        )
        yield Row(
            "a server's start on that store, beside one on an empty one",
            f"{ms(full)} and {ms(empty)}",
            f"{(full - empty) / OPENED:.2f} of goal",
            "< 200 ms more",
            full - empty < OPENED,
            {"empty": empty, "full": full},
        )


def started(home: Path, store: str) -> float:
    """Seconds that `connect` takes inside a Blender without a window, as it says itself."""
    with contextlib.closing(Windowless(home, TENON_STORE_FOLDER=store)) as blender:
        asker = Asker(blender.port)
        with contextlib.closing(asker):
            code = (
                "import time, tenon\n"
                "from tenon._native import Bridge\n"
                "bridge = Bridge(); begun = time.perf_counter()\n"
                f"bridge.start(port=0, store_folder={store!r})\n"
                "print(time.perf_counter() - begun)\nbridge.stop()"
            )
            return float(asker.ask("execute_code", code=code)["result"])


SESSION_ROWS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    row.__name__: row for row in (recording, creating, archive)
}
