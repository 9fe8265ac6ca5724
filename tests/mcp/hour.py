"""An assistant's hour in a minute: some 200 mixed calls by the SDK 1.x through `tenon mcp`, and Blender
restarted in the middle.

THIS {"command", "blend"}; runs in an environment that holds the SDK. Prints `restart: kill` with a call under
way and `restart: start` when it has seen that Blender is gone, and waits for a line on standard input after
each. The last line is a report in JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from mcp.types import CancelledNotification, CancelledNotificationParams, ClientNotification
from sdk import Connected, connect

ROUNDS = 20
KINDS = ("CUBE", "SPHERE", "CYLINDER", "CONE", "TORUS")
FOREVER = "import time\nwhile True:\n    time.sleep(0.01)"
WORK = "for step in range(3):\n    progress(step / 3)\nprint('worked')"
PATIENCE = 30.0


class Hour:
    def __init__(self, server: Connected, blend: str) -> None:
        self.server = server
        self.blend = blend
        self.calls = 0
        self.pictures: list[int] = []
        self.steps = 0
        self.slowest = 0.0
        self.sessions: list[str] = []

    async def call(self, tool: str, *, fails: str | None = None, **arguments: Any) -> dict[str, Any]:
        """One call that must work, or fail with these words."""
        begin = time.monotonic()
        result = await asyncio.wait_for(self.server.call(tool, **arguments), PATIENCE)
        self.calls += 1
        self.slowest = max(self.slowest, time.monotonic() - begin)
        text = "\n".join(part["text"] for part in result["content"] if part["type"] == "text")
        assert bool(result.get("isError")) == bool(fails), (tool, arguments, text)
        assert not fails or fails in text, (tool, arguments, text)
        return {"text": text, **(result.get("structuredContent") or {}), "content": result["content"]}

    async def session(self) -> None:
        self.sessions.append((await self.call("get_session_info"))["session_id"])

    async def round(self, number: int) -> None:
        name = f"Part{number}"
        place = [float(number), 0.5, -2.0]
        made = await self.call("create_object", type=KINDS[number % len(KINDS)], name=name, location=place)
        assert made["name"] == name, made
        assert name in (await self.call("get_scene", query=name))["text"]
        assert (await self.call("get_object", name=name))["location"] == place
        await self.call("get_object", name="Nothing", fails="Nothing")
        told = await self.call("execute_code", code=f"print(len(bpy.data.objects['{name}'].name))")
        assert str(len(name)) in told["text"]
        await self.call("execute_code", code="raise KeyError('mine')", fails="mine")
        await self.call("execute_code", code=WORK, told=self.progress)
        await self.call("create_object", type="HOUSE", fails="HOUSE")
        if number % 4 == 0:
            look = await self.call("look", size=160)
            self.pictures += [len(part["data"]) for part in look["content"] if part["type"] == "image"]
        if number % 5 == 1:
            await self.cancelled()
        await self.session()

    async def progress(self, *_: object) -> None:
        self.steps += 1

    async def begun(self, code: str) -> tuple[asyncio.Task[Any], Any]:
        """A call under way in Blender, and the id of its request."""
        request = self.server.client._request_id
        running = asyncio.Event()

        async def told(*_: object) -> None:
            running.set()

        task = asyncio.create_task(self.server.call("execute_code", told=told, code="progress(0.1)\n" + code))
        await asyncio.wait_for(running.wait(), PATIENCE)
        self.calls += 1
        return task, request

    async def cancelled(self) -> None:
        """A script without an end, stopped; the next call shows that it has stopped."""
        task, request = await self.begun(FOREVER)
        parameters = CancelledNotificationParams(requestId=request, reason="enough")
        notification = CancelledNotification(method="notifications/cancelled", params=parameters)
        await self.server.client.send_notification(ClientNotification(notification))
        await self.call("execute_code", code="print('free')")
        task.cancel()

    async def restart(self) -> dict[str, str]:
        """Blender dies with a call under way, is missed, and comes back with its file."""
        code = f"bpy.ops.wm.save_as_mainfile(filepath={self.blend!r})"
        await self.call("execute_code", code=code)
        task, _ = await self.begun(FOREVER)
        await said("restart: kill")
        lost = (await asyncio.wait_for(task, PATIENCE)).get("content")[0]["text"]
        gone = (await self.call("get_scene", fails="Blender"))["text"]
        await self.call("create_object", type="CUBE", name="Never", fails="no effect")
        await said("restart: start")
        scene = await self.call("get_scene")
        assert scene["counts"]["MESH"] == ROUNDS // 2 + 1, scene  # the parts and the first cube, nothing else
        return {"lost": lost, "gone": gone}


async def said(word: str) -> None:
    print(word, flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def main(told: dict[str, Any]) -> None:
    begin = time.monotonic()
    async with connect(told) as server:
        hour = Hour(server, told["blend"])
        words: dict[str, str] = {}
        for number in range(ROUNDS):
            if number == ROUNDS // 2:
                words = await hour.restart()
            await hour.round(number)
    report = {**vars(hour), **words, "seconds": time.monotonic() - begin, "server": None}
    print(json.dumps(report))


asyncio.run(main(json.loads(sys.argv[1])))
