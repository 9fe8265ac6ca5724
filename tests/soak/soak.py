"""A million mixed commands over every door of a real Blender: `python3 build_addon.py soak [COUNT]`.

In: the staged add-on, and how many commands. Out: a table of what was sent, and of the memory, file handles
and threads of Blender's process as it went; exit code 1 if these are not flat at the end, or something was
not answered as it should be. Not part of the tests: it takes minutes and both cores.

The clients: the three dialects of the JSON port, HTTP tasks, the Model Context Protocol in both eras, and
WebSockets that listen to what the others do. All connect anew again and again, and fail now and then.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "bench"))
from programs import Windowless  # noqa: E402

sys.path.append(str(ROOT / "client"))
from tenon_client.websocket_frames import WebSocket  # noqa: E402

LIMIT = 60.0  # seconds for one answer
TOGETHER = 16  # commands that a JSON client sends at once
# Commands until a client connects anew: so few that the thousand parked sessions in memory are there early.
STAY = 500
POINTS = 10  # times that the process is looked at on the way
# What may be more at the end than after half of the commands: the allocator's and Blender's own noise.
MORE_MEMORY = 0.03
VERSION, STATELESS = "2025-11-25", "2026-07-28"


class Wrong(Exception):
    """An answer that is not as it should be."""


@dataclasses.dataclass(frozen=True)
class Look:
    """Blender's process at one moment."""

    commands: int
    memory: int  # KiB
    handles: int
    threads: int

    @classmethod
    def at(cls, pid: int, commands: int) -> Look:
        process = Path("/proc") / str(pid)
        [memory] = re.findall(r"^VmRSS:\s+(\d+)", (process / "status").read_text(), re.MULTILINE)
        count = [len(list((process / folder).iterdir())) for folder in ("fd", "task")]
        return cls(commands, int(memory), *count)


class Soak:
    """All clients, and how far they are together."""

    def __init__(self, port: int, wanted: int) -> None:
        self.port = port
        self.wanted = wanted
        self.done: Counter[str] = Counter()
        self.events = 0
        self.names = itertools.count()

    def total(self) -> int:
        return sum(self.done.values())

    def is_over(self) -> bool:
        return self.total() >= self.wanted

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, limit=64 << 20)


def expect(wanted: bool, what: object) -> None:
    if not wanted:
        raise Wrong(f"{what!r:.2000}")


# ---- the JSON port ----


def typed(number: int, name: str) -> tuple[dict[str, Any], Callable[[Any], bool]]:
    """One command of mcp-for-blender's dialect, and what its reply must be."""

    def is_well(reply: Any) -> bool:
        return reply["status"] == "success"

    def is_error(reply: Any) -> bool:
        return reply["status"] == "error" and bool(reply["code"])

    kinds: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
        ({"type": "ping"}, is_well),
        ({"type": "execute_code", "params": {"code": "pass"}}, is_well),
        ({"type": "get_scene_info"}, is_well),
        ({"type": "update_state", "params": {"number": number}}, is_well),
        ({"type": "execute_code", "params": {"code": "print(len(bpy.data.objects))"}}, is_well),
        ({"type": "get_session_info"}, is_well),
        ({"type": "execute_code", "params": {"code": "raise ValueError('soak')"}}, is_error),
        ({"type": "no_such_command"}, is_error),
        ({"type": "get_server_status"}, is_well),
        ({"type": "execute_code", "params": {"code": "pass"}, "async": True}, is_well),
    ]
    if number % 97 == 0:
        return {"type": "create_object", "params": {"type": "CUBE", "name": name}}, is_well
    if number % 97 == 1 and number > 1:
        return {"type": "delete_object", "params": {"name": name}}, is_well
    return kinds[number % len(kinds)]


def lab(number: int, _: str) -> tuple[dict[str, Any], Callable[[Any], bool]]:
    if number % 10 == 9:
        message = {"type": "execute", "code": "1 / 0", "strict_json": False}
        return message, lambda reply: reply["status"] == "error"
    message = {"type": "execute", "code": f"result = {{'number': {number}}}", "strict_json": number % 2 == 0}
    return message, lambda reply: reply["status"] == "ok" and reply["result"] == {"number": number}


def server_line(number: int, _: str) -> tuple[dict[str, Any], Callable[[Any], bool]]:
    if number % 10 == 9:
        message = {"id": number, "command": "object.get_transform", "params": {"name": "nobody"}}
        return message, lambda reply: reply["id"] == number and not reply["success"]
    command = ("ping", "scene.get_info", "scene.list_objects")[number % 3]
    return {"id": number, "command": command}, lambda reply: reply["id"] == number and reply["success"]


async def json_client(
    soak: Soak,
    kind: str,
    make: Callable[[int, str], tuple[dict[str, Any], Callable[[Any], bool]]],
    end: bytes,
) -> None:
    name = f"Soak.{next(soak.names)}"
    numbers = itertools.count(1)
    while not soak.is_over():
        reader, writer = await soak.connect()
        for _ in range(STAY // TOGETHER):
            made = [make(next(numbers), name) for _ in range(TOGETHER)]
            writer.write(b"".join(json.dumps(message).encode() + end for message, _ in made))
            for message, is_right in made:
                reply = json.loads((await asyncio.wait_for(reader.readuntil(end), LIMIT))[:-1])
                expect(is_right(reply), (message, reply))
            soak.done[kind] += TOGETHER
            if soak.is_over():
                break
        if random.random() < 0.3:
            writer.write(b"no JSON\n" if random.random() < 0.5 else b'{"type": "pi')
        writer.close()


# ---- HTTP ----


@dataclasses.dataclass
class Http:
    """One connection that is kept."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers, and the JSON; of an event stream its last message."""
        text = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.port}", f"Content-Length: {len(text)}"]
        if text:
            lines.append("Content-Type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + text)
        return await asyncio.wait_for(self._answer(), LIMIT)

    async def _answer(self) -> tuple[int, dict[str, str], Any]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while length := int(await self.reader.readuntil(b"\r\n"), 16):
                body += (await self.reader.readexactly(length + 2))[:-2]
            await self.reader.readexactly(2)
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("content-type", "").startswith("text/event-stream"):
            data = [line[6:] for line in body.decode().splitlines() if line.startswith("data: {")]
            body = data[-1].encode() if data else b""
        return int(head[0].split()[1]), headers, json.loads(body) if body else None


async def tasks_client(soak: Soak) -> None:
    while not soak.is_over():
        http = Http(*await soak.connect(), soak.port)
        for number in range(STAY // 8):
            if soak.is_over():
                break
            match number % 6:
                case 0:
                    body: dict[str, Any] = {"type": "execute_code", "command": "pass"}
                    status, _, answer = await http.ask("POST", "/mcp", body)
                    expect(status == 200, answer)
                case 1:
                    body = {"type": "ping", "async": True, "metadata": {"user_prompt": "soak"}}
                    status, _, answer = await http.ask("POST", "/mcp", body)
                    expect(status in (200, 202), answer)
                case 2:
                    body = {"type": "execute_code", "command": "pass", "async": True}
                    _, _, answer = await http.ask("POST", "/mcp", body)
                    status, _, told = await http.ask("GET", f"/mcp/task/{answer['task_id']}")
                    expect(status == 200, told)
                case 3:
                    status, _, answer = await http.ask("GET", "/status")
                    expect(status == 200 and answer["clients"] > 0, answer)
                case 4:
                    items = [{"type": "execute_code", "command": "pass"}, {"type": "get_scene"}]
                    body = {"type": "batch", "params": {"commands": items}}
                    status, _, answer = await http.ask("POST", "/mcp", body)
                    expect(status == 200, answer)
                case _:
                    status, _, answer = await http.ask("POST", "/mcp", {"type": "no_such_command"})
                    expect(status >= 400 and answer["error"]["code"] == "unknown_command", (status, answer))
            soak.done["HTTP tasks"] += 1
        http.writer.close()


# ---- the Model Context Protocol ----

CALLS: list[tuple[str, dict[str, Any], bool]] = [
    ("tools/list", {}, True),
    ("tools/call", {"name": "execute_code", "arguments": {"code": "pass"}}, True),
    ("tools/call", {"name": "get_scene", "arguments": {}}, True),
    ("resources/list", {}, True),
    ("prompts/list", {}, True),
    ("tools/call", {"name": "execute_code", "arguments": {"code": "1 / 0"}}, True),
    ("tools/call", {"name": "no_such_tool", "arguments": {}}, False),
    ("tools/call", {"name": "ping", "arguments": {}}, True),
]


async def assistant_with_handshake(soak: Soak) -> None:
    accept = {"Accept": "application/json, text/event-stream"}
    while not soak.is_over():
        http = Http(*await soak.connect(), soak.port)
        params = {
            "protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "soak", "version": "1"},
        }  # fmt: skip
        hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
        status, headers, answer = await http.ask("POST", "/mcp", hello, accept)
        expect(status == 200, answer)
        known = {**accept, "Mcp-Session-Id": headers["mcp-session-id"], "MCP-Protocol-Version": VERSION}
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await http.ask("POST", "/mcp", ready, known)
        soak.done["MCP, handshake"] += 1
        for number in range(STAY // 16):
            if soak.is_over():
                break
            method, params, is_fine = CALLS[number % len(CALLS)]
            message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            _, _, answer = await http.ask("POST", "/mcp", message, known)
            expect(answer["id"] == number and ("result" in answer) >= is_fine, (message, answer))
            soak.done["MCP, handshake"] += 1
        if random.random() < 0.5:
            await http.ask("DELETE", "/mcp", None, known)
        http.writer.close()


async def assistant_without(soak: Soak) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientInfo": {"name": f"soak {next(soak.names)}", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    while not soak.is_over():
        http = Http(*await soak.connect(), soak.port)
        for number in range(STAY // 16):
            if soak.is_over():
                break
            method, params, is_fine = CALLS[number % len(CALLS)]
            headers = {
                "Accept": "application/json, text/event-stream",
                "MCP-Protocol-Version": STATELESS,
                "Mcp-Method": method,
                **({"Mcp-Name": params["name"]} if "name" in params else {}),
            }
            message = {
                "jsonrpc": "2.0", "id": number, "method": method, "params": {**params, "_meta": meta},
            }  # fmt: skip
            _, _, answer = await http.ask("POST", "/mcp", message, headers)
            expect(answer["id"] == number and ("result" in answer) >= is_fine, (message, answer))
            soak.done["MCP, stateless"] += 1
        http.writer.close()


# ---- WebSockets ----


async def subscriber(soak: Soak, channels: tuple[str, ...]) -> None:
    while not soak.is_over():
        reader, writer = await soak.connect()
        socket = WebSocket(f"localhost:{soak.port}", "/ws?client_id=soak")
        for channel in channels:
            socket.send(json.dumps({"action": "subscribe", "channel": channel}))
        until = time.monotonic() + random.uniform(2, 10)
        asked = 0
        while time.monotonic() < until and not soak.is_over():
            writer.write(bytes(socket.outgoing))
            socket.outgoing.clear()
            try:
                data = await asyncio.wait_for(reader.read(1 << 16), 0.2)
            except asyncio.TimeoutError:
                socket.send(json.dumps({"action": random.choice(["ping", "stats", "channels"])}))
                asked += 1
                continue
            texts = socket.receive(data)
            expect(not socket.ended, socket.ended)
            soak.events += len(texts)
        soak.done["WebSocket actions"] += asked + len(channels)
        writer.close()


# ---- the run ----


async def run(soak: Soak, pid: int) -> AsyncIterator[Look]:
    clients = [
        *(json_client(soak, "mcp-for-blender", typed, b"\n") for _ in range(4)),
        *(json_client(soak, "Blender Lab", lab, b"\0") for _ in range(2)),
        *(json_client(soak, "blender-mcp-server", server_line, b"\n") for _ in range(2)),
        *(tasks_client(soak) for _ in range(4)),
        *(assistant_with_handshake(soak) for _ in range(3)),
        *(assistant_without(soak) for _ in range(3)),
        subscriber(soak, ("tasks",)),
        subscriber(soak, ("scene", "logs", "memory_updates")),
        subscriber(soak, ("system_alerts", "error_firewall")),
    ]
    running = {asyncio.create_task(client) for client in clients}
    for point in range(1, POINTS + 1):
        while soak.total() < soak.wanted * point / POINTS:
            ended, running = await asyncio.wait(running, timeout=0.2, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()
            if not running:
                break
        yield Look.at(pid, soak.total())
    await asyncio.gather(*running)


async def soaked(blender: Windowless, wanted: int) -> bool:
    soak = Soak(blender.port, wanted)
    before = Look.at(blender.pid, 0)
    begun = time.monotonic()
    looks = []
    print("| commands | memory, MiB | handles | threads |\n|---|---|---|---|", flush=True)

    def show(look: Look) -> None:
        cells = (f"{look.commands:,}", f"{look.memory / 1024:.1f}", look.handles, look.threads)
        print("|", " | ".join(map(str, cells)), "|", flush=True)

    show(before)
    async for look in run(soak, blender.pid):
        looks.append(look)
        show(look)
    seconds = time.monotonic() - begun
    after = await all_gone(blender, soak)
    show(after)
    print("\n| door | commands |\n|---|---|")
    for kind, count in soak.done.most_common():
        print(f"| {kind} | {count:,} |")
    print(f"\n{soak.total():,} commands in {seconds:.0f} s, {soak.events:,} events heard.")
    return is_flat(before, looks, after)


async def all_gone(blender: Windowless, soak: Soak) -> Look:
    """Blender's process once it has seen that all clients are gone, and what it put off is done."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        http = Http(*await soak.connect(), soak.port)
        _, _, status = await http.ask("GET", "/status")
        http.writer.close()
        if status["clients"] == 1 and status["queue"]["waiting"] == 0:
            break
        await asyncio.sleep(0.2)
    else:
        raise Wrong(status)
    await asyncio.sleep(5)  # the store's idle readers go by themselves
    return Look.at(blender.pid, soak.total())


def is_flat(before: Look, looks: list[Look], after: Look) -> bool:
    half, last = looks[len(looks) // 2 - 1], looks[-1]
    faults = []
    if last.memory > half.memory * (1 + MORE_MEMORY):
        faults.append(f"memory grew from {half.memory} to {last.memory} KiB in the second half")
    # One of the store's readers may still be there.
    if after.handles > before.handles + 8:
        faults.append(f"{after.handles} handles at the end, {before.handles} at the beginning")
    if after.threads > before.threads + 2:
        faults.append(f"{after.threads} threads at the end, {before.threads} at the beginning")
    print("\n".join(faults) or "Memory, handles and threads are flat.")
    return not faults


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=1_000_000, help="commands in all (1000000)")
    arguments = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="tenon-soak-") as folder:
        blender = Windowless(Path(folder))
        try:
            flat = asyncio.run(soaked(blender, arguments.count))
        finally:
            blender.close()
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
