"""The lists that the assistant was given, so that it can be notified when Blender's tools differ.

With Blender closed it is given those recorded from a real Tenon (`snapshot.json`, written by `build_addon.py
docs`). In: lists as they are given. Out: whether they differ from Blender's. Any thread.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

from .mcp_protocol import Message, params

SNAPSHOT = Path(__file__).with_name("snapshot.json")

TOOLS, CHANGED = "tools/list", "notifications/tools/list_changed"
MAX_PAGES = 20


@functools.cache
def snapshot() -> dict[str, Message]:
    """Method -> result, as a Tenon with its default settings answered."""
    return dict(json.loads(SNAPSHOT.read_text(encoding="utf-8")))


def recorded(method: str) -> Message | None:
    """The recorded result, marked as not to be cached."""
    found = snapshot().get(method)
    return {**found, **({"ttlMs": 0} if "ttlMs" in found else {})} if found is not None else None


class CachedTools:
    """The tools that the assistant was given last."""

    def __init__(self) -> None:
        self._given: object = None  # nothing yet

    def note(self, message: Message, result: object) -> None:
        """Remembers the answer to a request if it is the list of tools."""
        whole = message["method"] == TOOLS and not params(message).get("cursor")
        if whole and isinstance(result, dict) and not result.get("nextCursor"):
            self._given = result.get("tools")

    def changed(self, query: Callable[[str, Message], Message]) -> bool:
        """Whether Blender answers otherwise now."""
        if self._given is None:
            return False
        now: list[object] = []
        cursor: Message = {}
        for _ in range(MAX_PAGES):
            page = query(TOOLS, cursor)
            now += page.get("tools", [])
            if not page.get("nextCursor"):
                break
            cursor = {"cursor": page["nextCursor"]}
        given, self._given = self._given, now
        return now != given
