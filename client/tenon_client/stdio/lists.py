"""What the assistant has been told there is, so that it hears when there are other tools.

With Blender closed it is told what was recorded from a real Tenon (`snapshot.json`, written by
`build_addon.py docs`). In: lists as they are given. Out: whether they differ from Blender's. Any thread.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

from .protocol import Message, params

SNAPSHOT = Path(__file__).with_name("snapshot.json")

TOOLS, CHANGED = "tools/list", "notifications/tools/list_changed"
PAGES = 20


@functools.cache
def snapshot() -> dict[str, Message]:
    """Method -> result, as a Tenon with its default settings answered."""
    return dict(json.loads(SNAPSHOT.read_text(encoding="utf-8")))


def recorded(method: str) -> Message | None:
    """The recorded result, which nobody is to keep for long."""
    found = snapshot().get(method)
    return {**found, **({"ttlMs": 0} if "ttlMs" in found else {})} if found is not None else None


class Tools:
    """The tools that the assistant was told of last."""

    def __init__(self) -> None:
        self._told: object = None  # nothing yet

    def note(self, message: Message, result: object) -> None:
        """What a request was answered."""
        whole = message["method"] == TOOLS and not params(message).get("cursor")
        if whole and isinstance(result, dict) and not result.get("nextCursor"):
            self._told = result.get("tools")

    def changed(self, ask: Callable[[str, Message], Message]) -> bool:
        """Whether Blender answers otherwise now."""
        if self._told is None:
            return False
        now: list[object] = []
        cursor: Message = {}
        for _ in range(PAGES):
            page = ask(TOOLS, cursor)
            now += page.get("tools", [])
            if not page.get("nextCursor"):
                break
            cursor = {"cursor": page["nextCursor"]}
        told, self._told = self._told, now
        return now != told
