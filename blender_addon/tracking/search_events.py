"""Events of searches on the channel `vector_search`: that one began, and how it ended.

In: the functions that search, under `@notify_search(parameter)`. Out: `search_progress` events, made
only when somebody subscribes. Main thread.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from ..bridge import bridge

CHANNEL = "vector_search"


def notify_search(parameter: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`parameter`: names what is searched for; a call without it is no search."""

    def enclose(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(**parameters: Any) -> Any:
            query = parameters.get(parameter)
            if not query or not bridge.wants(CHANNEL):
                return function(**parameters)
            query_id = bridge.task_id or str(uuid.uuid4())
            _notify(query_id, 0.0, "searching", query)
            try:
                found = function(**parameters)
            except BaseException:
                _notify(query_id, 1.0, "failed", query)
                raise
            _notify(query_id, 1.0, "completed", query)
            return found

        return call

    return enclose


def _notify(query_id: str, progress: float, status: str, query: str) -> None:
    """`query_id`: the task's id, where the search is one."""
    data = {"query_id": query_id, "progress": progress, "status": status, "query": query}
    bridge.notify(CHANNEL, "search_progress", data)
