"""What the bot writes: Slack's texts and blocks, made of what Tenon answers. Pure.

In: requests, results, errors, progress. Out: texts with Slack's escapes, and buttons. What comes from Blender
or from a person is escaped, so that it mentions nobody.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from collections.abc import Mapping
from typing import Any

from ..errors import TenonError
from .message import Call, Code, Request, Sentence

MAX_TEXT = 2800  # characters of a message; Slack takes 3000 in a block. What is longer becomes a file
MAX_ECHO = 200  # characters of a request that is said back

LOST = "Blender does not answer. I connect again by myself as soon as it does …"
BACK = "Blender answers again …"

CANCEL, UNDO, CONFIRM, DISMISS = "tenon_cancel", "tenon_undo", "tenon_confirm", "tenon_dismiss"

HELP = """Write to me, and I do it in Blender:
• a sentence: `make a red cube`, `赤い立方体を作成`, `创建一个红色立方体`
• a command: `create_object type=CUBE location=[0,0,1]`, or `/create_object {"type": "CUBE"}`; \
`list_commands query=light` finds them
• Python code between ``` and ```
• `cancel` stops what runs in this thread.
A thread is a session: in it, _it_ is what the last sentence made. Your role here: *%s*."""


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code_block(text: str) -> str:
    """As it is printed; a fence inside would end it."""
    unfenced = escape(text).replace("```", "`\u200b``")  # a space without width
    return f"```\n{unfenced}\n```"


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action: str, label: str, value: Mapping[str, Any], style: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label},
        "value": json.dumps(value),
    }
    return {**made, "style": style} if style else made


def value_of(action: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `button` put there; None if it was not one of ours."""
    try:
        value = json.loads(str(action.get("value")))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def blocks(text: str, *buttons: dict[str, Any]) -> list[Any]:
    return [section(text), *([{"type": "actions", "elements": list(buttons)}] if buttons else [])]


def said(request: Request) -> str:
    """A request in few words."""
    if isinstance(request, Sentence):
        return f"“{escape(_short(request.text))}”"
    if isinstance(request, Call):
        params = json.dumps(request.params, ensure_ascii=False) if request.params else ""
        return f"`{escape(_short(f'{request.name} {params}'.strip()).replace('`', ''))}`"
    return "Python code"


def working(request: Request, task: Mapping[str, Any]) -> str:
    """What is going on, from `get_task`."""
    if task.get("status") == "pending":
        return f"{said(request)} waits in Blender's queue."
    progress = task.get("progress") or {}
    fraction, message = progress.get("fraction"), progress.get("message")
    shown = f" {100 * fraction:.0f} %" if isinstance(fraction, (int, float)) else ""
    return f"{said(request)} is being done …{shown}" + (f"\n{escape(str(message))}" if message else "")


def question(request: Request, commands: list[str], is_by_model: bool) -> str:
    """Asks back before something is destroyed."""
    if isinstance(request, Code):
        return f"This is Python code, which can delete anything. Run it?\n{code_block(_short(request.code))}"
    if is_by_model:
        return f"{said(request)} is read by a language model, which may delete something. Do it?"
    named = ", ".join(f"`{each}`" for each in commands)
    return f"{said(request)} can delete or overwrite something ({named}). Do it?"


def result(request: Request, value: Any) -> str:
    """What came of it, whole; unescaped if it is a text that was printed."""
    if isinstance(request, Sentence) and isinstance(value, dict):
        return _sentence(value)
    if isinstance(value, dict) and isinstance(value.get("result"), str):
        return str(value["result"]).rstrip("\n")
    if isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(request, Call):
        return f"{request.name}: {value['name']}" if not request.row["reads_only"] else _json(value)
    return value if isinstance(value, str) else _json(value)


def _sentence(answer: Mapping[str, Any]) -> str:
    lines = [str(answer.get("echo", ""))]
    for step in answer.get("steps") or ():
        came_to = step["result"] if isinstance(step.get("result"), dict) else {}
        names = came_to.get("names") or ([came_to["name"]] if "name" in came_to else [])
        asked = step["command"].startswith(("get_", "count_"))
        told = ", ".join(map(str, names)) if names and not asked else _json(step.get("result"))
        lines.append(f"{step['command']}: {told}")
        lines += [f"  {note}" for note in came_to.get("notes") or ()]
    if "answer" in answer:
        lines.append(str(answer["answer"]))
    if "by" in answer:
        lines.append(f"(by the language model {answer.get('model')})")
    return "\n".join(lines)


def error(failed: TenonError) -> str:
    """The code, and the message, which says what to do."""
    message = failed.message
    with contextlib.suppress(ValueError, KeyError, TypeError):  # a script's error
        message = str(json.loads(message)["traceback"]).rstrip("\n")
    return f"{failed.code}: {message}"


def picture_of(image: Mapping[str, Any]) -> bytes:
    """The file that an image of an answer holds."""
    try:
        return base64.b64decode(image["data"], validate=True)
    except (binascii.Error, KeyError) as failed:
        raise TenonError(f"The picture cannot be read: {failed}") from failed


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= MAX_ECHO else f"{text[: MAX_ECHO - 1]}…"
