"""The rows of the hand-over to the main thread: `execute_code` beside the natively answered `ping`.

In: a `Stage`. Out: `Row`s, as in `rows.py`. Both commands are asked by a client in Python and by the native
load generator, in neighbouring rounds, so that they are compared within one run.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from statistics import median

from programs import PATIENCE
from rows import PASS, Row, ms, settle
from stage import Stage

GOAL = 0.05e-3  # seconds that the way to the main thread and back may add
FIRST = 2.0  # seconds after Connect
EXECUTE = {"type": "execute_code", "params": {"code": "pass"}}
PING = {"type": "ping", "params": {}}
NATIVE_PING = {"type": "ping", "params": "{}", "result": "*"}


class Client:
    """One command after another over one connection, from Python."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def took(self, message: dict[str, object]) -> float:
        """Seconds from the request to its whole reply, which must be a success."""
        request = json.dumps(message).encode() + b"\n"
        begun = time.perf_counter()
        self._socket.sendall(request)
        reply = self._socket.recv(65536)
        while not reply.endswith(b"\n"):
            reply += self._socket.recv(65536)
        seconds = time.perf_counter() - begun
        if json.loads(reply)["status"] != "success":
            raise ValueError(f"not the reply that was expected: {reply!r}")
        return seconds


def handover(stage: Stage) -> Iterator[Row]:
    """Without a window and, hot, in one; a client in Python and one in Rust."""
    rounds, count = stage.amounts.rounds, stage.amounts.sequential

    def of_python(port: int) -> list[tuple[float, float]]:
        with Client(port) as client:
            for _ in range(count // 10 + 2):  # warm
                client.took(PING), client.took(EXECUTE)
            return [
                (
                    median(client.took(PING) for _ in range(count)),
                    median(client.took(EXECUTE) for _ in range(count)),
                )
                for _ in range(rounds)
            ]

    def of_rust(port: int) -> list[tuple[float, float]]:
        run = stage.load.run
        return [
            (
                run("sequential", port=port, count=count, **NATIVE_PING)["p50"],
                run("sequential", port=port, count=count)["p50"],
            )
            for _ in range(rounds)
        ]

    ports: tuple[tuple[str, Callable[[], int]], ...] = (
        ("windowless", lambda: stage.windowless().port),
        ("windowed, hot", lambda: stage.windowed().connect()),
    )
    for where, port in ports:
        for who, measured in (("Python", of_python), ("Rust", of_rust)):
            pairs = measured(port())
            ping, execute = (median(pair[at] for pair in pairs) for at in (0, 1))
            more = median(execute - ping for ping, execute in pairs)
            yield Row(
                f"{where}, a client in {who}: {PASS} beside `ping`",
                f"p50 {ms(execute)} beside {ms(ping)}",
                f"{ms(more)} more",
                f"≤ {ms(GOAL)} more",
                more <= GOAL,
                {"rounds": len(pairs), "count": count, "ping": ping, "execute": execute, "more": more},
            )


def connected(stage: Stage) -> Iterator[Row]:
    """The first two seconds after Connect in a window beside as long a time later."""
    window = stage.windowed()
    window.disconnect()
    settle(window.pid)
    port = window.connect()
    taken: list[tuple[float, float]] = []
    with Client(port) as client:
        begun = time.perf_counter()
        while (since := time.perf_counter() - begun) < 3 * FIRST:
            taken.append((since, client.took(EXECUTE)))
    parts = [
        sorted(seconds for since, seconds in taken if first <= since < first + FIRST)
        for first in (0.0, 2 * FIRST)
    ]
    early, late = ((median(part), part[int(len(part) * 0.99)]) for part in parts)
    yield Row(
        f"windowed, {PASS} in the first {FIRST:g} seconds after Connect, beside as long later",
        f"p50 {ms(early[0])}, p99 {ms(early[1])}, slowest {ms(parts[0][-1])}; "
        f"later {ms(late[0])}, {ms(late[1])}, {ms(parts[1][-1])}",
        f"{early[1] / late[1]:.1f} times p99",
        "p99 ≤ 1.5 times",
        early[1] <= 1.5 * late[1],
        {"early": len(parts[0]), "late": len(parts[1])},
    )


HANDOVER_ROWS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    row.__name__: row for row in (handover, connected)
}
