"""The rows of the Model Context Protocol: what a tool call costs, and what asks nothing of Blender meanwhile.

In: a `Stage`, and how much of everything it wants. Out: `Row`s, as in `rows.py`. Requests go over connections
that are kept, from the load generator; the handshake before them is made here.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from programs import PATIENCE
from rows import PASS, Row, ms, resident
from stage import Stage

VERSION = "2025-11-25"
STATELESS = "2026-07-28"
CALL = {"name": "execute_code", "arguments": {"code": "pass"}}
TIMES, LISTED = 3.0, 5e-3  # as much as over the JSON port; seconds for a list
GIVEN_BACK = 4096  # bytes that an abandoned session may leave


class Door:
    """One HTTP connection, and the handshakes that are made on it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE)

    def post(self, message: dict[str, Any], headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.request("POST", "/mcp", json.dumps(message), {**JSON, **headers})
        response = self._connection.getresponse()
        response.body = response.read()  # type: ignore[attr-defined]
        assert response.status in (200, 202), response.body  # type: ignore[attr-defined]
        return response

    def greet(self) -> dict[str, str]:
        """The headers of a session of the older era."""
        told = {
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        }
        answer = self.post(request("initialize", told), {})
        headers = {"Mcp-Session-Id": answer.headers["Mcp-Session-Id"], "MCP-Protocol-Version": VERSION}
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, headers)
        return headers

    def close(self) -> None:
        self._connection.close()


JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def request(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def sent(headers: dict[str, str], message: dict[str, Any]) -> dict[str, str]:
    """As the load generator takes a request."""
    lines = {"Accept": JSON["Accept"], **headers}
    return {
        "method": "POST",
        "path": "/mcp",
        "headers": "".join(f"{name}: {value}\r\n" for name, value in lines.items()),
        "body": json.dumps(message),
    }


def modern(method: str, params: dict[str, Any]) -> dict[str, str]:
    """A request of the era without sessions."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {"MCP-Protocol-Version": STATELESS, "Mcp-Method": method}
    if "name" in params:
        headers["Mcp-Name"] = params["name"]
    return sent(headers, request(method, {**params, "_meta": meta}))


def tool_call(stage: Stage) -> Iterator[Row]:
    """Rounds of each in turn, on kept connections."""
    amounts, port = stage.amounts, stage.windowless().port
    door = Door(port)
    kinds = {
        f"of {VERSION}": sent(door.greet(), request("tools/call", CALL)),
        f"of {STATELESS}": modern("tools/call", CALL),
    }
    rounds = []
    for _ in range(amounts.rounds // 3 or 1):
        plain = stage.load.run("sequential", port=port, count=amounts.sequential)["p50"]
        times = {
            kind: stage.load.run("keep_alive", port=port, count=amounts.sequential, **asked)
            for kind, asked in kinds.items()
        }
        rounds.append((plain, times))
    for kind in kinds:
        ratio = median(times[kind]["p50"] / plain for plain, times in rounds)
        p50, p99 = (median(times[kind][name] for _, times in rounds) for name in ("p50", "p99"))
        yield Row(
            f"`tools/call` {kind}, {PASS}, windowless",
            f"p50 {ms(p50)}, p99 {ms(p99)}",
            f"{ratio:.1f} times the JSON port",
            f"p50 ≤ {TIMES:g} times the JSON port",
            ratio <= TIMES,
            {"count": sum(times[kind]["count"] for _, times in rounds), "p50": p50, "ratio": ratio},
        )
    door.close()


def tools_while_busy(stage: Stage) -> Iterator[Row]:
    """During a Python loop that keeps the main thread."""
    port, seconds = stage.windowless().port, stage.amounts.busy
    door = Door(port)
    asked = sent(door.greet(), request("tools/list", {}))
    loop = f"import time; end = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
    door.post({"type": "execute_code", "command": loop, "async": True}, {"Accept": "application/json"})
    report = stage.load.run("keep_alive", port=port, count=stage.amounts.sequential, **asked)
    yield Row(
        f"{report['count']:,} times `tools/list` during a Python loop of {seconds:g} s, windowless",
        f"p50 {ms(report['p50'])}, p99 {ms(report['p99'])}",
        f"{report['p99'] / LISTED:.2f} of goal",
        "p99 < 5 ms",
        report["p99"] < LISTED,
        report,
    )
    door.close()


def abandoned(stage: Stage) -> Iterator[Row]:
    """Handshakes whose clients never come back: more than the protocol's sessions that are kept at once."""
    blender, count = stage.fresh_windowless(), stage.amounts.sessions // 2 or 1
    door = Door(blender.port)
    for _ in range(count):
        door.greet()
    before = resident(blender.pid)
    for _ in range(count):
        door.greet()
    each = (resident(blender.pid) - before) / count
    door.close()
    yield Row(
        f"{count:,} abandoned sessions of the protocol, after as many before",
        f"{each / 1024:.1f} KiB of memory left by each",
        f"{each / GIVEN_BACK:.2f} of goal",
        "≤ 4 KiB each",
        each <= GIVEN_BACK,
        {"sessions": count, "each": each},
    )


MCP_ROWS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    row.__name__: row for row in (tool_call, tools_while_busy, abandoned)
}
