"""The examples of `docs/protocol`, run as they stand there, in order, against a real headless Blender.

In: blocks of lines `→ request` and `← answer`, in which `…` stands for anything, `\\0` at the end for a NUL,
and `{task_id}` for the last one that was answered. Out: the real answers, held to those. Test process; each
wait is bounded.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from wire import PATIENCE

aiohttp = pytest.importorskip("aiohttp")

PROTOCOL = Path(__file__).resolve().parents[2] / "docs" / "protocol"
ANY = "…"
REQUEST, ANSWER = "→ ", "← "


def examples(page: str) -> list[tuple[str, list[str]]]:
    """Each request of the page with its answers, in order."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```text\n(.*?)^```", (PROTOCOL / page).read_text("utf-8"), re.M | re.S):
        for line in block.splitlines():
            if line.startswith(REQUEST):
                found.append((line.removeprefix(REQUEST), []))
            else:
                assert line.startswith(ANSWER), f"{page}: neither request nor answer: {line}"
                found[-1][1].append(line.removeprefix(ANSWER))
    return found


def expected(text: str) -> Any:
    """The answer that is shown, with `ANY` where anything may stand."""
    text = re.sub(r"\{…\}", f'"{ANY}"', text)
    return json.loads(re.sub(rf"(?<=[\[:,] ){ANY}(?=[,\]}}])", f'"{ANY}"', text))


def fits(shown: Any, real: Any) -> bool:
    if isinstance(shown, str) and ANY in shown:
        if shown == ANY:
            return True
        parts = (re.escape(part) for part in shown.split(ANY))
        return isinstance(real, str) and re.fullmatch(".*".join(parts), real, re.S) is not None
    if isinstance(shown, dict):
        # In order, as they are on the wire.
        return (
            isinstance(real, dict)
            and list(shown) == list(real)
            and all(map(fits, shown.values(), real.values()))
        )
    if isinstance(shown, list):
        return isinstance(real, list) and len(shown) == len(real) and all(map(fits, shown, real))
    return type(shown) is type(real) and shown == real


class Known:
    """What answers told, to stand for its name in what follows."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def fill(self, text: str) -> str:
        return re.sub(r"\{(task_id|session_id)\}", lambda name: self.names[name[1]], text)

    def check(self, request: str, shown: str, real: Any) -> None:
        wanted = expected(self.fill(shown))
        assert fits(wanted, real), f"{request}\nshown: {json.dumps(wanted)}\nreal:  {json.dumps(real)}"
        told = real if isinstance(real, dict) else {}
        inner = told["result"] if isinstance(told.get("result"), dict) else {}
        for name in ("task_id", "session_id"):
            if value := inner.get(name) or told.get(name):
                self.names[name] = value


def test_what_is_shown_is_told_from_what_is_not():
    shown = expected('{"a": "x…", "b": …, "c": [1, …], "d": {…}}')
    assert fits(shown, {"a": "xyz", "b": None, "c": [1, 2], "d": {}})
    for other in ({"a": "y"}, {"a": 1}, {"c": [2, 2]}, {"c": [1]}, {"e": 1}):
        assert not fits(shown, {"a": "x", "b": 0, "c": [1, 2], "d": {}} | other), other
    assert not fits(expected('{"a": 1, "b": 2}'), {"b": 2, "a": 1}), "order"
    assert not fits(expected("[1]"), [True])


def test_json_port(blender):
    host, port = blender.address.rsplit(":", 1)
    known = Known()
    found = examples("json_port.md")
    assert len(found) >= 12
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        replies = connection.makefile("rb")

        def reply(end: bytes) -> bytes:
            text = b""
            while not text.endswith(end):
                byte = replies.read(1)
                assert byte, f"closed after {text!r}"
                text += byte
            return text.removesuffix(end)

        for request, (shown,) in found:
            end = b"\0" if request.endswith("\\0") else b"\n"
            connection.sendall(known.fill(request.removesuffix("\\0")).encode() + end)
            assert shown.endswith("\\0") is (end == b"\0"), request
            known.check(request, shown.removesuffix("\\0"), json.loads(reply(end)))


def test_http(blender):
    host, port = blender.address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    known = Known()
    found = examples("http.md")
    assert len(found) >= 15
    for request, (shown,) in found:
        method, path, body = (*request.split(" ", 2), "")[:3]
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, known.fill(path), known.fill(body) or None, headers)
        with connection.getresponse() as answer:
            status, _, wanted = shown.partition(" ")
            told = answer.read().decode()
            assert answer.status == int(status), f"{request}: {told}"
            is_json = answer.headers.get_content_type() == "application/json"
        if is_json:
            known.check(request, wanted, json.loads(told))
        else:
            assert fits(wanted, told), f"{request}\nshown: {wanted}\nreal:  {told}"
    connection.close()


def test_websocket(blender):
    found = examples("websocket.md")
    assert len(found) >= 9

    async def talk() -> None:
        known = Known()
        address = f"ws://{blender.address}/ws?client_id=my_client"
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as ws:
            for request, answers in found:
                await ws.send_str(request)
                for shown in answers:
                    known.check(request, shown, await ws.receive_json(timeout=PATIENCE))

    asyncio.run(asyncio.wait_for(talk(), PATIENCE))
