"""Work in lanes: what belongs to one Slack thread runs one after another, different threads at once.

In: functions with the lane they belong to. Out: they are run, on a thread that each busy lane has. What is
too much is refused.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable

MAX_LANES = 32  # threads
MAX_WAITING = 20  # in one lane

log = logging.getLogger(__name__)

Work = Callable[[], None]


class Lanes:
    def __init__(self, max_lanes: int = MAX_LANES, max_waiting: int = MAX_WAITING) -> None:
        self._max_lanes, self._max_waiting = max_lanes, max_waiting
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, deque[Work]] = {}  # of the lanes that have a thread

    def put(self, lane: Hashable, work: Work) -> bool:
        """Whether there was room for it."""
        with self._lock:
            waiting = self._waiting.get(lane)
            if waiting is not None:
                if len(waiting) >= self._max_waiting:
                    return False
                waiting.append(work)
                return True
            if len(self._waiting) >= self._max_lanes:
                return False
            self._waiting[lane] = deque([work])
        # A daemon: what waits for Blender must not keep the bot from ending.
        threading.Thread(target=self._run, args=(lane,), name="slack-lane", daemon=True).start()
        return True

    def _run(self, lane: Hashable) -> None:
        while True:
            with self._lock:
                waiting = self._waiting[lane]
                if not waiting:
                    del self._waiting[lane]
                    return
                work = waiting.popleft()
            try:
                work()
            except Exception:
                log.exception("work of the lane %s failed", lane)
