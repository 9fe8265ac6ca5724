"""The rows of tasks over HTTP and of events: how fast they are accepted, told about and delivered.

In: a `Stage`, and how much of everything it wants. Out: `Row`s, as in `rows.py`. Tasks are accepted by a
windowless Blender of their own, whose queue has room for all of them; events are delivered by a Tenon inside
the load generator, because their age needs one clock.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from programs import STAGED, Program, user_folders
from rows import PASS, Row, ms
from stage import Stage

CLIENTS, WINDOW = 4, 32
ACCEPTED = 20_000  # a second
DELIVERED = 200_000  # a second
STALLED = 20  # subscribers that never read
FEW_SUBSCRIBERS = 40  # that do, while these fill up
PAIR = "two of these at once, until both are answered"
ROOM = 1_000_000  # tasks that may wait: the most that the setting allows
SERVE = """
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, {stage!r})
import bpy, addon_utils
addon_utils.enable("tenon", default_set=True).server.headless.serve({chosen!r})
"""


class Roomy(Program):
    """A windowless Blender as `build_addon.py run` starts it, with a longer queue."""

    def __init__(self, home: Path) -> None:
        code = SERVE.format(stage=str(STAGED.parent), chosen={"port": 0, "queue_size": ROOM})
        env = {
            **user_folders(home),
            "BLENDER_USER_EXTENSIONS": str(home),
            "BLENDER_USER_RESOURCES": str(home),
        }
        super().__init__([sys.executable, "-u", "-c", code], env)
        try:
            self.port = int(self.wait_for("Tenon server started on ").rpartition(":")[2])
        except BaseException:
            self.close()
            raise


def accept(stage: Stage) -> Iterator[Row]:
    """Blender runs the tasks meanwhile, on the same cores."""
    with contextlib.ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="tenon-bench-"))
        port = opened.enter_context(contextlib.closing(Roomy(Path(folder)))).port
        for door, what in (("http", "HTTP"), ("json", "the JSON port")):
            report = stage.load.run(
                "accept", port=port, door=door, clients=CLIENTS, window=WINDOW, count=stage.amounts.small
            )
            complete = report["accepted"] == report["sent"] == report["ran"]
            yield Row(
                f"accepting asynchronous {PASS} over {what}, {CLIENTS} clients, pipelined",
                f"{report['per_second']:,.0f} a second; of {report['sent']:,}, {report['accepted']:,} "
                f"accepted, {report['full']:,} refused, {report['ran']:,} run",
                f"{report['per_second'] / ACCEPTED:.2f} of goal",
                f"≥ {ACCEPTED:,} a second, all run",
                complete and report["per_second"] >= ACCEPTED,
                report,
            )


def fetch(stage: Stage) -> Iterator[Row]:
    seconds = stage.amounts.busy
    report = stage.load.run("fetch", port=stage.windowless().port, seconds=seconds)
    fresh, kept = report["fresh"], report["kept"]
    slowest, count = max(fresh["p99"], kept["p99"]), fresh["count"] + kept["count"]
    yield Row(
        f"{count:,} times `GET /mcp/task/{{id}}`, during a Python loop of {seconds:g} s, windowless",
        f"p99 on a fresh connection {ms(fresh['p99'])}, on a kept one {ms(kept['p99'])}",
        f"{slowest / 5e-3:.2f} of goal",
        "p99 < 5 ms",
        slowest < 5e-3,
        report,
    )


def events(stage: Stage) -> Iterator[Row]:
    """Told at fifty a second, for their age, to many beside a loop that only writes; then as many as go,
    which grow old in the buffers."""
    report = deliveries(stage, 1, stage.amounts.events, every=0.02)
    p50, p99 = report["age"]["p50"], report["age"]["p99"]
    yield Row(
        "event to subscriber, 1 on one channel",
        f"p50 {ms(p50)}, p99 {ms(p99)}",
        f"{p50 / 1e-3:.2f} and {p99 / 20e-3:.2f} of goal",
        "p50 < 1 ms, p99 < 20 ms",
        p50 < 1e-3 and p99 < 20e-3 and whole(report),
        report,
    )
    report = deliveries(stage, stage.amounts.subscribers, stage.amounts.events, every=0.02, bare=1)
    age, bare = report["age"], report["bare"]
    times = [age[share] / bare[share] for share in ("p50", "p99")]
    yield Row(
        f"event to subscriber, {stage.amounts.subscribers:,} on one channel",
        f"p50 {ms(age['p50'])}, p99 {ms(age['p99'])}; a bare loop of writes: "
        f"{ms(bare['p50'])}, {ms(bare['p99'])}",
        f"{times[0]:.2f} and {times[1]:.2f} of the bare loop",
        "p50 and p99 at most 1.3 of the bare loop",
        max(times) <= 1.3 and whole(report),
        report,
    )
    yield from flat_out(stage)
    # Enough to fill every buffer of a client that never reads, its kernel's too.
    number = 10 * stage.amounts.flat_out
    free, beside = (deliveries(stage, FEW_SUBSCRIBERS, number, 3e-5, stalled) for stalled in (0, STALLED))
    p99 = beside["age"]["p99"]
    yield Row(
        f"{number:,} events to {FEW_SUBSCRIBERS} subscribers, beside {STALLED} whose buffers fill up",
        f"p50 {ms(beside['age']['p50'])}, p99 {ms(p99)}",
        f"{beside['age']['p50'] / free['age']['p50']:.2f} times p50 without",
        "p99 < 20 ms",
        p99 < 20e-3 and whole(beside),
        [free, beside],
    )


def flat_out(stage: Stage) -> Iterator[Row]:
    """With and without subscribers that never read, in turn: what else the machine does changes both."""
    subscribers, number = stage.amounts.subscribers, stage.amounts.flat_out
    turns = [deliveries(stage, subscribers, number, stalled=stalled) for stalled in (0, STALLED) * 2]
    free, beside = (max(report["per_second"] for report in turns[begin::2]) for begin in (0, 1))
    missed = [sum(report["missed"] for report in turns[begin::2]) for begin in (0, 1)]
    complete = all(map(whole, turns))
    yield Row(
        f"events flat out to {subscribers:,} subscribers",
        f"{free:,.0f} deliveries a second, {missed[0]:,} missed and told so",
        f"{free / DELIVERED:.2f} of goal",
        f"≥ {DELIVERED:,} a second",
        complete and free >= DELIVERED,
        turns[0::2],
    )
    yield Row(
        f"the same beside {STALLED} clients that never read",
        f"{beside:,.0f} deliveries a second, {missed[1]:,} missed and told so",
        f"{beside / free:.2f} times without",
        "≥ 0.8 times without",
        complete and beside >= 0.8 * free,
        turns[1::2],
    )


def deliveries(
    stage: Stage, subscribers: int, events: int, every: float = 0, stalled: int = 0, bare: int = 0
) -> Any:
    options = {"subscribers": subscribers, "events": events, "every": every, "stalled": stalled, "bare": bare}
    return stage.load.run("deliveries", **options)


def whole(report: dict[str, Any]) -> bool:
    """Every event was delivered, or the subscriber was told that it missed it."""
    return report["deliveries"] + report["missed"] == report["subscribers"] * report["events"]


def keep_alive(stage: Stage) -> Iterator[Row]:
    """Rounds of each in turn. Without TCP_NODELAY only a pair takes longer: 44 ms."""
    amounts, port = stage.amounts, stage.windowless().port
    post = {
        "method": "POST",
        "path": "/mcp",
        "body": json.dumps({"type": "execute_code", "params": {"code": "pass"}}),
    }
    kinds: dict[str, Callable[[], Any]] = {
        f"the JSON port, sequential {PASS}": lambda: stage.load.run(
            "sequential", port=port, count=amounts.sequential
        ),
        f"`POST /mcp` with {PASS}, waiting for its result": lambda: stage.load.run(
            "keep_alive", port=port, count=amounts.sequential, **post
        ),
        PAIR: lambda: stage.load.run("keep_alive", port=port, count=amounts.sequential, window=2, **post),
        "`GET /health`": lambda: stage.load.run("keep_alive", port=port, count=amounts.sequential),
    }
    rounds = [{kind: measure() for kind, measure in kinds.items()} for _ in range(amounts.rounds // 3 or 1)]
    json_port, *over_http = kinds
    for kind in over_http:
        p50, p99 = (median(turn[kind][name] for turn in rounds) for name in ("p50", "p99"))
        ratio = median(turn[kind]["p50"] / turn[json_port]["p50"] for turn in rounds)
        yield Row(
            f"kept HTTP connection, {kind}",
            f"p50 {ms(p50)}, p99 {ms(p99)}",
            f"{ratio:.1f} times {json_port}",
            "p99 < 20 ms (44 without TCP_NODELAY)" if kind == PAIR else "",
            p99 < 20e-3 if kind == PAIR else None,
            {"count": sum(turn[kind]["count"] for turn in rounds), "p50": p50, "p99": p99},
        )


TASK_ROWS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    row.__name__: row for row in (accept, fetch, events, keep_alive)
}
