"""Lists of any length told a page at a time, so that no answer outgrows what a client can read.

In: what is to be listed, how to tell one, where to begin. Out: members of an answer. Pure but for what tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

# Characters of a page's rows as JSON. A whole answer has to stay below 60,000, and quotes may be escaped on
# the way.
MAX_CHARACTERS = 40_000


def page(
    name: str, items: Sequence[Any], row: Callable[[Any], Any], *, limit: int, offset: int = 0
) -> dict[str, Any]:
    """`name`: the rows; `total`: how many there are; `next_offset`: where the next page begins, if any."""
    rows = fitting(map(row, items[offset : offset + limit]))
    answer = {name: rows, "total": len(items)}
    if rows and offset + len(rows) < len(items):
        answer["next_offset"] = offset + len(rows)
    return answer


def fitting(rows: Iterable[Any], characters: int = MAX_CHARACTERS) -> list[Any]:
    """The first of the rows, as many as fit; one at least."""
    taken: list[Any] = []
    left = characters
    for each in rows:
        left -= size(each)
        if taken and left < 0:
            break
        taken.append(each)
    return taken


def names_told(key: str, names: list[str]) -> dict[str, Any]:
    """The names under `key`, and where they do not all fit how many there are, under `<key>_count`."""
    told = fitting(names)
    return {key: told} if len(told) == len(names) else {key: told, f"{key}_count": len(names)}


def size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False)) + 2  # the comma and the space after it
