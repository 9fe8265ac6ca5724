"""What the assistant has been told there is (tools, prompts, resources), so that it hears when that changes.

With Blender closed it is told what was recorded from a real Tenon (`snapshot.json`, written by
`build_addon.py docs`). In: lists as they are given. Out: which of them differ from Blender's. Any thread.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from .protocol import Message

SNAPSHOT = Path(__file__).with_name("snapshot.json")

# The member of the result that is the list, and who is told of its change.
LISTS = {
    "tools/list": ("tools", "notifications/tools/list_changed"),
    "prompts/list": ("prompts", "notifications/prompts/list_changed"),
    "resources/list": ("resources", "notifications/resources/list_changed"),
}
PAGES = 20


@functools.cache
def snapshot() -> dict[str, Message]:
    """Method -> result, as a Tenon with its default settings answered."""
    return dict(json.loads(SNAPSHOT.read_text(encoding="utf-8")))


def recorded(method: str) -> Message | None:
    """The recorded result, which nobody is to keep for long."""
    found = snapshot().get(method)
    return {**found, **({"ttlMs": 0} if "ttlMs" in found else {})} if found is not None else None


class Given:
    """The lists that the assistant was given last."""

    def __init__(self) -> None:
        self._lists: dict[str, object] = {}

    def note(self, method: str, result: object) -> None:
        if method in LISTS and isinstance(result, dict) and not result.get("nextCursor"):
            self._lists[method] = result.get(LISTS[method][0])

    def outdated(self, ask: Callable[[str, Message], Message]) -> Iterator[str]:
        """The notifications of those lists that Blender now answers differently."""
        for method, told in list(self._lists.items()):
            member, notification = LISTS[method]
            now: list[object] = []
            cursor: Message = {}
            for _ in range(PAGES):
                page = ask(method, cursor)
                now += page.get(member, [])
                if not page.get("nextCursor"):
                    break
                cursor = {"cursor": page["nextCursor"]}
            if now != told:
                self._lists[method] = now
                yield notification
