"""The rows of the table: each function measures one thing and says how far it is from its goal.

In: a `Stage`, and how much of everything it wants. Out: `Row`s. A figure that cannot be had is
an exception, which the table shows in its place.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from programs import PATIENCE, Unavailable
from stage import Stage

PRINT_TAG = {"params": """{"code":"print('{tag}')"}""", "result": r'{"executed":true,"result":"{tag}\n"}'}
SESSION_BYTES = 16 * 1024
QUIET = 10.0  # percent of a core: a window at rest, which still turns its loop
PASS = '`execute_code` "pass"'
NATIVE = ("ping", "get_server_status", "get_sessions_info")


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None  # None: nothing was promised
    data: Any = None  # the figures behind it


def sequential(stage: Stage) -> Iterator[Row]:
    """Rounds of echo and Tenon in turn, each compared with its neighbour: where the scheduler puts client and
    server, on one core or on two, changes both threefold, and changes from minute to minute.
    """
    blender, count = stage.windowless(), stage.amounts.sequential
    with stage.load.running("echo") as echo:
        rounds = [
            (
                stage.load.run("sequential", port=echo["port"], count=count, peer="echo"),
                stage.load.run("sequential", port=blender.port, count=count),
            )
            for _ in range(stage.amounts.rounds)
        ]
    echo_p50 = median(echo["p50"] for echo, _ in rounds)
    p50, p99 = (median(tenon[name] for _, tenon in rounds) for name in ("p50", "p99"))
    ratio = median(tenon["p50"] / echo["p50"] for echo, tenon in rounds)
    yield Row("bare echo server, sequential", f"p50 {ms(echo_p50)}", "1", data=echo_p50)
    yield Row(
        f"windowless, sequential {PASS}",
        f"p50 {ms(p50)}, p99 {ms(p99)}",
        f"{ratio:.1f} times echo",
        "p50 ≤ 2.5 times echo",
        ratio <= 2.5,
        {"count": sum(tenon["count"] for _, tenon in rounds), "p50": p50},
    )


def throughput(stage: Stage) -> Iterator[Row]:
    blender, small = stage.windowless(), stage.amounts.small
    for what, exchange, goal in (
        (PASS, {}, 100_000),
        ("`ping`", {"type": "ping", "params": "{}", "result": "*"}, None),
    ):
        report = stage.load.run("crowd", port=blender.port, clients=4, window=32, count=small, **exchange)
        yield Row(
            f"windowless, pipelined {what}, 4 clients",
            f"{report['per_second']:,.0f} a second",
            f"{report['per_second'] / goal:.2f} of goal" if goal else "",
            f"≥ {goal:,} a second, none lost" if goal else "",
            report["per_second"] >= goal and faultless(report) if goal else None,
            report,
        )


def crowd(stage: Stage) -> Iterator[Row]:
    amounts = stage.amounts
    report = stage.load.run(
        "crowd", port=stage.windowless().port, clients=amounts.clients, count=amounts.each, **PRINT_TAG
    )
    faults = ", ".join(f"{report[name]} {name}" for name in ("lost", "wrong", "surplus"))
    yield Row(
        f"{amounts.clients} clients at once, {amounts.each} commands each",
        f"{report['right']:,} of {report['sent']:,} right, {faults}, {report['per_second']:,.0f} a second",
        goal="nothing lost or crossed",
        reached=faultless(report),
        data=report,
    )


def large(stage: Stage) -> Iterator[Row]:
    sizes = stage.load.run("large", port=stage.windowless().port, mib=stage.amounts.mib)
    times = {row["mib"]: row["seconds"] for row in sizes}
    largest = max(times)
    each = {mib: seconds / mib for mib, seconds in times.items()}
    growth = each[largest] / median(each.values())
    yield Row(
        f"command of {largest:g} MiB",
        f"{times[largest]:.3f} s",
        f"{times[largest] / 0.5:.2f} of goal",
        "< 0.5 s",
        times[largest] < 0.5,
        times,
    )
    yield Row(
        f"time for each MiB, at {', '.join(f'{mib:g}' for mib in times)} MiB",
        f"{', '.join(f'{seconds * 1e3:.1f}' for seconds in each.values())} ms",
        f"{growth:.2f} times median at {largest:g}",
        "linear: ≤ 1.5 times median",
        growth <= 1.5,
    )


def sessions(stage: Stage) -> Iterator[Row]:
    """Resident memory of a Blender that has served little, so that no freed memory hides what is needed;
    but as many commands as task records are kept, or those would count.
    """
    blender, count = stage.fresh_windowless(), stage.amounts.sessions
    stage.load.run("sequential", port=blender.port, count=1100)
    before = resident(blender.pid)
    with stage.load.running("hold", port=blender.port, count=count) as held:
        each = (resident(blender.pid) - before) / count
    yield Row(
        f"{held['sessions']:,} live sessions, each with one command behind it",
        f"{each / 1024:.1f} KiB of memory each",
        f"{each / SESSION_BYTES:.2f} of goal",
        "≤ 16 KiB each",
        each <= SESSION_BYTES and held["sessions"] == count,
        {**held, "each": each},
    )


def idle(stage: Stage) -> Iterator[Row]:
    blender, seconds = stage.windowless(), stage.amounts.idle
    with using_cpu(blender.pid) as share:
        time.sleep(seconds)
    yield Row(
        "idle server, windowless",
        f"{share():.2f} % of a core",
        goal="not measurable (≤ 0.1 %)",
        reached=share() <= 0.1,
        data=share(),
    )
    window = stage.windowed()
    shares = []
    settle(window.pid)
    # In turn, because the window's own use varies: off, on, off, on.
    for connected in (False, True, False, True):
        window.connect() if connected else window.disconnect()
        with using_cpu(window.pid) as share:
            time.sleep(seconds)
        shares.append(share())
    off, on = (shares[0] + shares[2]) / 2, (shares[1] + shares[3]) / 2
    yield Row(
        "idle server, windowed",
        f"{on:.2f} % of a core, {off:.2f} % without it",
        f"{on - off:+.2f} points",
        "not measurable (≤ 0.5 points)",
        on - off <= 0.5,
        {"on": on, "off": off},
    )


def flood(stage: Stage) -> Iterator[Row]:
    """Ten clients, each with 32 commands under way, and a timer of nobody's that wants every turn."""
    window, seconds = stage.windowed(), stage.amounts.flood
    port = window.connect()
    settle(window.pid)
    for where, goal in (("", 12e-3), (", its sidebar open and drawn in software", None)):
        window.order(f"show_sidebar({bool(where)}); watch_turns()")
        report = stage.load.run("crowd", port=port, clients=10, window=32, seconds=seconds)
        gaps = sorted(window.order("answer = gaps(); show_sidebar(False)"))
        p99 = gaps[int(len(gaps) * 0.99)]
        yield Row(
            f"main loop of a window{where}, under ten clients' {report['per_second']:,.0f} commands a second",
            f"gap between turns p50 {ms(median(gaps))}, p99 {ms(p99)}, longest {ms(gaps[-1])}",
            f"{p99 / goal:.2f} of goal" if goal else "",
            "p99 ≤ 12 ms" if goal else "",
            p99 <= goal and faultless(report) if goal else None,
            {**report, "turns": len(gaps), "p99": p99},
        )


def windowed(stage: Stage) -> Iterator[Row]:
    """Ours, then the peer in the same Blender."""
    amounts, port = stage.amounts, stage.windowed().connect()
    turns = range(amounts.rounds)
    rounds = [stage.load.run("sequential", port=port, count=amounts.sequential) for _ in turns]
    p50, p99 = (median(report[name] for report in rounds) for name in ("p50", "p99"))
    # A command keeps the tick hot for a second; and the pauses must not be a multiple of its 50 ms.
    first = stage.load.run("sequential", port=port, count=amounts.pauses, warm=0, pause=1.317)
    try:
        theirs = stage.load.run("sequential", port=stage.peer(), count=amounts.peer, warm=2, peer="other")
        ratio = f"1/{theirs['p50'] / p50:.0f} of the peer"
        told = f"p50 {ms(theirs['p50'])}, p99 {ms(theirs['p99'])}"
    except Unavailable as error:
        theirs, ratio, told = None, "", f"not measured: {error}"
    yield Row(
        f"windowed, sequential {PASS}",
        f"p50 {ms(p50)}, p99 {ms(p99)}",
        ratio,
        "p50 ≤ 0.2 ms",
        p50 <= 0.2e-3,
        {"count": sum(report["count"] for report in rounds), "p50": p50, "p99": p99},
    )
    yield Row(
        "windowed, first command after idle",
        f"p50 {ms(first['p50'])}, slowest of {first['count']} {ms(first['max'])}",
        f"{first['max'] / 55e-3:.2f} of goal",
        "≤ 55 ms",
        first["max"] <= 55e-3,
        first,
    )
    yield Row(f"the peer in the same window, sequential {PASS}", told, data=theirs)


def busy(stage: Stage) -> Iterator[Row]:
    """Fresh connections ask while a Python loop holds the main thread."""
    seconds = stage.amounts.busy
    port = stage.windowed().connect()
    report = stage.load.run("probe", port=port, seconds=seconds, types=",".join(NATIVE))
    slowest = max(report[kind]["p99"] for kind in NATIVE)
    counted = sum(report[kind]["count"] for kind in NATIVE)
    yield Row(
        f"{counted:,} questions from fresh connections, during a Python loop of {seconds:g} s",
        "p99 " + ", ".join(f"`{kind}` {ms(report[kind]['p99'])}" for kind in NATIVE),
        f"{slowest / 5e-3:.2f} of goal",
        "p99 ≤ 5 ms",
        slowest <= 5e-3 and report["lost"] == 0,
        report,
    )
    report = stage.load.run("probe", port=stage.peer(), seconds=seconds, every=seconds / 20)
    yield Row(
        f"the peer's `ping` from fresh connections, during a Python loop of {seconds:g} s",
        f"p50 {ms(report['ping']['p50'])}, p99 {ms(report['ping']['p99'])}",
        data=report,
    )


# In this order: what is started later must not weigh on what is measured before.
ROWS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    row.__name__: row for row in (idle, sequential, throughput, crowd, large, sessions, flood, windowed, busy)
}


def ms(seconds: float) -> str:
    value = seconds * 1e3
    return f"{value:.3f} ms" if value < 1 else f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def faultless(report: dict[str, Any]) -> bool:
    nothing = all(report[name] == 0 for name in ("lost", "wrong", "surplus"))
    return nothing and report["right"] == report["sent"] and report["sessions"] == report["clients"]


def resident(pid: int) -> int:
    """Bytes of memory that are the process's own and in use."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"process {pid} has no VmRSS")


@contextlib.contextmanager
def using_cpu(pid: int) -> Iterator[Callable[[], float]]:
    """Percent of one core that the process used in the block, to be read after it."""
    before, begun = processor_time(pid), time.monotonic()
    share: list[float] = []
    yield lambda: share[0]
    share.append(100 * (processor_time(pid) - before) / (time.monotonic() - begun))


def settle(pid: int) -> None:
    """Waits until a program that has just started, with all it draws at first, has come to rest."""
    deadline, share = time.monotonic() + PATIENCE, 100.0
    while share > QUIET:
        if time.monotonic() > deadline:
            raise Unavailable(f"the window uses {share:.0f} % of a core and does not come to rest")
        with using_cpu(pid) as used:
            time.sleep(0.5)
        share = used()


def processor_time(pid: int) -> float:
    """Seconds that all threads of a process have run; finer than the hundredths in /proc/PID/stat."""
    files = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(file.read_text(encoding="ascii").split()[0]) for file in files) / 1e9
