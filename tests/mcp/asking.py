"""An assistant's client whose user is asked before code runs; what came of it is printed as JSON.

Runs in an environment that holds the SDK: THIS {"url"|"command", "mode", "name", "answers"}. `answers` are
what the user says, one to each question; without them the client cannot ask. A `name` of its own gives it a
session of its own, also in the era without sessions.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from mcp.types import ElicitResult
from sdk import connect

CODES = ("bpy.context.scene['ran'] = 'one'", "print(bpy.context.scene['ran'])", "print('three')")


async def main(told: dict[str, Any]) -> dict[str, Any]:
    answers = iter(told.get("answers", ()))
    questions: list[str] = []

    async def answer(_: Any, params: Any) -> ElicitResult:
        questions.append(params.message)
        said = next(answers)
        if said in ("decline", "cancel"):
            return ElicitResult(action=said)
        return ElicitResult(action="accept", content={"answer": said})

    async with connect(told, answer if "answers" in told else None) as server:
        calls = [await server.call("execute_code", code=code) for code in CODES]
        scene = await server.call("get_scene")
    return {"questions": questions, "calls": calls, "scene": scene, "greeting": server.greeting}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
