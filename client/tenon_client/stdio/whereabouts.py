"""Which Blender is meant, asked before every request: it may have been closed, and come back elsewhere.

In: what the user has chosen, and the Blenders that run on this machine. Out: an address. Any thread.
"""

from __future__ import annotations

import os
import time

from ..instances import Instance, list_instances
from .exchange import Address, Unreachable

HOST, PORT = "TENON_HOST", "TENON_PORT"
USUAL = Address("127.0.0.1", 9876)


class Whereabouts:
    """A Blender that was found is kept to: another that ran beside it holds another's work."""

    def __init__(self, host: str | None = None, port: int | None = None, instance: str | None = None) -> None:
        host, port = host or os.environ.get(HOST), port or int(os.environ.get(PORT) or 0)
        self._named = Address(host or USUAL.host, port or USUAL.port) if host or port else None
        self._called = instance
        self._kept: Instance | None = None
        self._seen = 0.0  # when it last lived, in Unix seconds

    def __call__(self) -> Address:
        if self._called:
            return self._by_its_name(self._called)
        if self._named:
            return self._named
        living = list_instances()
        if self._kept:
            same = [each for each in living if each.instance == self._kept.instance]
            # One that was started since is the user's Blender come back, perhaps at another port.
            later = [each for each in living if each.started_at >= self._seen]
            back = [each for each in later if each.port == self._kept.port] or later
            fitting = same or back
        else:
            fitting = living
        if len(fitting) > 1:
            several = "; ".join(map(str, fitting))
            raise Unreachable(
                "Several Blenders run Tenon on this machine, and nobody has said which one is meant, so the "
                f"call had no effect. Set {PORT} in this server's entry of the assistant's configuration, or "
                f"close the others: {several}"
            )
        if fitting:
            self._kept, self._seen = fitting[0], time.time()
        return Address(self._kept.address.host, self._kept.port) if self._kept else USUAL

    @staticmethod
    def _by_its_name(word: str) -> Address:
        fitting = [each for each in list_instances() if each.is_called(word)]
        if len(fitting) != 1:
            living = "; ".join(map(str, list_instances())) or "none"
            raise Unreachable(
                f"{'No' if not fitting else 'More than one'} Blender with Tenon is called {word!r}, so the "
                f"call had no effect. These run: {living}"
            )
        return Address(fitting[0].address.host, fitting[0].port)
