"""What the command `tenon` prints for people: lines of text made of what Tenon answers. Pure."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..instances import Instance

MAX_WIDTH = 60  # characters of one column


def columns(head: Sequence[str], rows: Iterable[Sequence[Any]], none: str) -> str:
    """A table, or the text for an empty one."""
    cells = [[_short(cell) for cell in row] for row in rows]
    if not cells:
        return none
    lines = [list(head), *cells]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def instances(found: Iterable[Instance]) -> str:
    rows = [(each.pid, each.port, each.blender, each.file or "-", moment(each.started_at)) for each in found]
    none = "No Blender with Tenon runs on this machine. Start Blender and press 'Connect to MCP server'."
    return columns(("PID", "PORT", "BLENDER", "FILE", "SINCE"), rows, none)


def status(state: Mapping[str, Any], address: str) -> str:
    main, queue = state.get("main_thread", {}), state.get("queue", {})
    doing = main.get("command")
    doing = f"runs {doing}, for {main.get('seconds', 0):.1f} s" if doing else "idle"
    store = state.get("store") or {}
    rows = [
        ("address", address),
        ("version", state.get("version")),
        ("up for", f"{state.get('uptime', 0):.0f} s"),
        ("main thread", doing),
        ("queue", f"{queue.get('waiting', 0)} waiting"),
        ("clients", state.get("clients")),
        ("sessions", state.get("sessions")),
        ("store", store.get("state", "none")),
    ]
    if last_error := state.get("last_error"):
        rows.append(("last error", f"{last_error.get('code')}: {last_error.get('message')}"))
    return "\n".join(f"{name:<12} {value}" for name, value in rows)


def sessions(found: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        (
            each["session_id"],
            each.get("status", ""),
            each.get("command_count", 0),
            moment(each["last_activity"]),
        )
        for each in found
    ]
    return columns(("SESSION", "STATUS", "COMMANDS", "LAST USED"), rows, "No sessions")


def history(entries: Iterable[Mapping[str, Any]]) -> str:
    rows = [(each["id"], *_row(each)) for each in entries]
    return columns(("ID", "WHEN", "COMMAND", "ARGUMENTS", "RESULT"), rows, "Nothing has run in it")


def hits(entries: Iterable[Mapping[str, Any]]) -> str:
    rows = [(each["session_id"], *_row(each)) for each in entries]
    return columns(("SESSION", "WHEN", "COMMAND", "ARGUMENTS", "RESULT"), rows, "Nothing has these words")


def _row(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return moment(entry["timestamp"]), entry["command"], entry["args"], entry["result"]


def event(event: Mapping[str, Any]) -> str:
    data = json.dumps(event["data"], ensure_ascii=False)
    return f"{event['timestamp']}  {event['channel'] or '-'}  {event['type']}  {data}"


def result(value: Any) -> str:
    """Printed text as it was printed; else indented JSON."""
    if isinstance(value, dict) and set(value) >= {"result"} and isinstance(value["result"], str):
        return value["result"].rstrip("\n")
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def plan(plan: Mapping[str, Any]) -> str:
    """A sentence said back, and the commands that it means."""
    steps = (f"{each['command']} {json.dumps(each['params'], ensure_ascii=False)}" for each in plan["steps"])
    return "\n".join([plan["echo"], *(f"  {step}" for step in steps), *_of_model(plan)])


def done(answer: Mapping[str, Any]) -> str:
    """A sentence said back, and what each of its commands came to."""
    return "\n".join([answer["echo"], *(f"  {_step(each)}" for each in answer["steps"]), *_of_model(answer)])


def _of_model(plan: Mapping[str, Any]) -> list[str]:
    """What a language model answers to a question, and that it was one."""
    if "by" not in plan:
        return []
    told = [f"  {plan['answer']}"] if "answer" in plan else []
    return [*told, f"  (by the language model {plan['model']})"]


def _step(step: Mapping[str, Any]) -> str:
    command, came_to = step["command"], step["result"]
    names = came_to.get("names") or ([came_to["name"]] if "name" in came_to else [])
    # Who asks wants to see the answer; else it is enough to know which objects it was about.
    if command.startswith(("get_", "count_")) or not names:
        return f"{command}: {json.dumps(came_to, ensure_ascii=False)}"
    notes = "".join(f"\n    {note}" for note in came_to.get("notes") or ())
    return f"{command}: {', '.join(names)}{notes}"


def error(message: str) -> str:
    """An error's message; of a script's error, the traceback in it."""
    try:
        return str(json.loads(message)["traceback"]).rstrip("\n")
    except (ValueError, KeyError, TypeError):
        return message


def moment(seconds: Any) -> str:
    """Unix seconds, or what is a text already, in local time."""
    if not isinstance(seconds, (int, float)):
        return str(seconds or "")
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _short(cell: Any) -> str:
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= MAX_WIDTH else f"{text[: MAX_WIDTH - 1]}…"
