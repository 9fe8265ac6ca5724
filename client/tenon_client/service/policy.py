"""When Blender is started again, how, and when no more; and when it counts as dead. Pure: time is handed in.

In: starts, ends and looks at Blender, with their times (of a clock that never goes back). Out: what is next.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .definition import Limits

JITTER = 0.2  # of a delay, up and down: several services that died together do not start together


@dataclass(frozen=True)
class Next:
    """What follows an end of Blender."""

    delay: float = 0.0  # seconds until the next start
    factory: bool = False  # with --factory-startup
    failed: bool = False  # no start any more


class Restarts:
    def __init__(self, limits: Limits, chance: Callable[[], float] = random.random) -> None:
        self._limits, self._chance = limits, chance
        self.ends = 0  # in a row, without enough health in between
        self._starts: list[float] = []
        self._factory = False

    def started(self, now: float) -> None:
        self._starts = [at for at in self._starts if now - at <= self._limits.window] + [now]

    def ended(self, now: float, served: float) -> Next:
        """Blender ended unasked, after it had served for so long."""
        limits = self._limits
        if served >= limits.healthy:
            self.ends, self._factory, self._starts = 0, False, []
        self.ends += 1
        if self._factory:
            return Next(failed=True)
        recent = [at for at in self._starts if now - at <= limits.window]
        self._factory = len(recent) >= limits.starts
        return Next(self.delay(self.ends), self._factory)

    def delay(self, number: int) -> float:
        """Before the start that follows the end of that number in a row."""
        doubled = self._limits.first_delay * 2.0 ** min(number - 1, 30)
        return min(doubled, self._limits.longest_delay) * (1 - JITTER + 2 * JITTER * self._chance())


class Watch:
    """One run of Blender, as the looks at it tell: `starting`, then `serving`."""

    def __init__(self, limits: Limits, task_limit: float | None, now: float, window: bool = False) -> None:
        self._limits, self._task_limit, self._began, self._window = limits, task_limit, now, window
        self.serving_since: float | None = None
        self.is_alive = False  # the last look showed that the main thread works: it may feed a watchdog
        self._unanswered = 0
        self._sign = float("-inf")  # when the main thread last gave one

    def look(self, now: float, answer: Mapping[str, Any] | None) -> str | None:
        """Why Blender counts as dead, if it does.

        answer: `main_thread` of /status; None: /health was not answered.
        """
        self.is_alive = False
        if answer is None:
            return self._no_answer(now)
        self._unanswered = 0
        if self.serving_since is None:
            self.serving_since = now
        seconds = float(answer.get("seconds", 0.0))
        if answer.get("state") == "running":  # busy is not dead
            if self._task_limit is not None and seconds > self._task_limit:
                return f"'{answer.get('command')}' has run for {seconds:.0f} s, over the limit for a task"
            self.is_alive = True
            return None
        if self._window:  # the user may be at work in it: Tenon knows nothing of what runs then
            self.is_alive = True
            return None
        silence = float(answer.get("last_sign", seconds))
        self.is_alive = now - silence > self._sign + 0.001
        self._sign = max(self._sign, now - silence)
        if silence > self._limits.silence:
            return f"its main thread has nothing to do, and has given no sign for {silence:.0f} s"
        return None

    def _no_answer(self, now: float) -> str | None:
        if self.serving_since is None:
            waited = now - self._began
            return (
                f"it did not answer within {waited:.0f} s of its start"
                if waited > self._limits.start
                else None
            )
        self._unanswered += 1
        if self._unanswered < self._limits.unanswered:
            return None
        return f"it did not answer {self._unanswered} times in a row, {self._limits.answer:g} s each"
