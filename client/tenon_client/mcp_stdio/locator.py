"""Which Blender is meant, asked before every request: it may have been closed, and come back elsewhere.

In: what the user has chosen, and the Blenders that run on this machine. Out: an address. Any thread.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace

from ..errors import SeveralInstances, Unreachable
from ..instances import (
    DEFAULT_ADDRESS,
    PORT_VARIABLE,
    TLS_VARIABLE,
    Address,
    Instance,
    chosen_address,
    list_instances,
    only,
)


class Locator:
    """Keeps to the Blender it has found: another that ran beside it holds another's work."""

    def __init__(self, host: str | None = None, port: int | None = None, instance: str | None = None) -> None:
        self._chosen = (host, port, instance)
        self._current: Instance | None = None
        self._seen_at = 0.0  # when it ran last, in Unix seconds

    def __call__(self) -> Address:
        """The address now, or where Blender would be; `Unreachable` if it is not clear which one is meant."""
        try:
            found = chosen_address(*self._chosen) or self._find()
        except SeveralInstances as error:
            raise Unreachable(
                f"{error.message}. The call had no effect. Set {PORT_VARIABLE} in this server's entry of the "
                "assistant's configuration, or close the others."
            ) from error
        return replace(found, tls=os.environ.get(TLS_VARIABLE, ""))

    def _find(self) -> Address:
        running = list_instances()
        fitting = self._successors(running) if self._current else running
        if fitting:
            self._current, self._seen_at = only(fitting, running), time.time()
        return self._current.address if self._current else DEFAULT_ADDRESS

    def _successors(self, running: list[Instance]) -> list[Instance]:
        """The Blender found before; else those that may be it, started anew, perhaps at another port."""
        assert self._current
        same = [each for each in running if each.instance == self._current.instance]
        later = [each for each in running if each.started_at >= self._seen_at]
        return same or [each for each in later if each.port == self._current.port] or later
