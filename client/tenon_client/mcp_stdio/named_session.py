"""The session of an assistant of the newer era, whose protocol has none: one is made with the first call.

Each call that names no other session names this one, as `session_id`, which every tool takes. In: the texts
of calls, and of answers. Out: the same calls in their session. Any thread.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from ..jsonc_parser import JsonSyntaxError, Parser
from .mcp_protocol import Message, params

UNKNOWN = "session_not_found"
ARGUMENT = "session_id"


class NamedSession:
    """`query` sends a request of our own to Blender."""

    def __init__(self, query: Callable[[str, Message], Message]) -> None:
        self._query = query
        self._id: str | None = None
        self._lock = threading.Lock()

    def id(self, meta: object) -> str | None:
        """The session's id; None from a server that gives none. Raises what an exchange raises."""
        with self._lock:
            if self._id is None:
                call = {"name": "create_session", "arguments": {}, "_meta": meta}
                made = self._query("tools/call", call).get("structuredContent")
                found = made.get(ARGUMENT) if isinstance(made, dict) else None
                self._id = found if isinstance(found, str) else None
            return self._id

    def forget(self, id: str) -> None:
        with self._lock:
            if self._id == id:
                self._id = None


def with_session(message: Message, text: bytes, id: str) -> bytes:
    """The call's text with the session in it; as it was if it names one, or has no place for it."""
    arguments = params(message).get("arguments", {})
    if not isinstance(arguments, dict) or ARGUMENT in arguments:
        return text
    written = text.decode("utf-8", "surrogatepass")
    try:
        document = Parser(written).document()
    except JsonSyntaxError:
        return text
    there = document.member("params") if document else None
    holder = there.value if there else None
    inner = holder.member("arguments") if holder else None
    if holder is None:
        return text
    # Into the text, so that every number stays as it was written.
    named = f'"{ARGUMENT}": {json.dumps(id)}'
    into, added = (inner.value, named) if inner else (holder, f'"arguments": {{{named}}}')
    comma = ", " if into.members else ""
    at = into.start + 1
    return (written[:at] + added + comma + written[at:]).encode("utf-8", "surrogatepass")


def is_unknown(text: bytes) -> bool:
    """Whether Blender refused a call because it does not know its session."""
    if UNKNOWN.encode() not in text[:4096]:
        return False
    result = json.loads(text).get("result")
    if not isinstance(result, dict) or not result.get("isError"):
        return False
    return any(str(part.get("text", "")).startswith(UNKNOWN) for part in result.get("content", ()))
