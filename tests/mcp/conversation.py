"""A short conversation with a real server by the protocol's own SDK; what came back is printed as JSON.

Runs in an environment that holds the SDK: THIS {"url"|"command", "mode"}. Each wait is the SDK's own.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from sdk import Connected, connect, plain

WORK = """import time
for step in range(5):
    progress(step / 5, f'step {step}')
    time.sleep(0.05)
print('done')"""
BREAK = "x = 1\nraise ValueError('too small')"
START_UP = "bpy.ops.wm.read_homefile(use_factory_startup=True)"


async def converse(server: Connected) -> dict[str, Any]:
    client = server.client
    await server.call("execute_code", code=START_UP)
    told: list[list[Any]] = []

    async def progress(done: float, whole: float | None, message: str | None) -> None:
        told.append([done, whole, message])

    report: dict[str, Any] = {**server.greeting}
    tools = plain(await client.list_tools())["tools"]
    report["tools"] = {tool["name"]: tool for tool in tools}
    report["made"] = await server.call("create_object", type="MONKEY", name="Größe", location=[0, 0, 3])
    report["scene"] = await server.call("get_scene")
    report["missing"] = await server.call("get_object", name="Nothing")
    report["wrong"] = await server.call("create_object", type="HOUSE")
    report["broken"] = await server.call("execute_code", code=BREAK)
    report["worked"] = await server.call("execute_code", told=progress, code=WORK)
    report["progress"] = told
    picture = await server.call("look", size=200)
    report["picture"] = [
        [part["type"], part.get("mimeType"), part.get("data", "")] for part in picture["content"]
    ]
    try:
        report["unknown"] = await server.call("no_such_tool")
    except Exception as error:
        report["unknown"] = {"raised": str(error)}
    resources = plain(await client.list_resources())["resources"]
    report["resources"] = [each["uri"] for each in resources]
    templates = plain(await client.list_resource_templates())["resourceTemplates"]
    report["templates"] = [each["uriTemplate"] for each in templates]
    [content] = plain(await client.read_resource("blender://object/Cube"))["contents"]
    report["cube"] = json.loads(content["text"])
    report["updated"] = await server.updated(
        "blender://object/Cube", lambda: server.call("modify_object", name="Cube", location=[0, 0, 1])
    )
    report["prompts"] = [each["name"] for each in plain(await client.list_prompts())["prompts"]]
    guide = plain(await client.get_prompt("blender_guide", {"task": "a chair"}))
    report["guide"] = guide["messages"][0]["content"]["text"]
    report["completed"] = await server.complete("blender://object/{name}", "name", "cu")
    report["several"] = await asyncio.gather(
        *(server.call("execute_code", code=f"print({n})") for n in range(20))
    )
    report["history"] = await server.call("get_session_history")
    return report


async def main(told: dict[str, Any]) -> None:
    async with connect(told) as server:
        report = await converse(server)
    print(json.dumps(report))


asyncio.run(main(json.loads(sys.argv[1])))
