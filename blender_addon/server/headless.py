"""Serving without a window: on the main thread, until a signal or `bridge.request_stop()`."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from ..bridge import bridge
from . import background_timers
from .control import connect, disconnect


def serve(chosen: Mapping[str, Any] | None = None) -> None:
    """Connect, and serve on this thread until SIGINT, SIGTERM or `bridge.request_stop()`: needs no window."""
    _stop_on_signals()
    connect(chosen)
    background_timers.install()
    try:
        bridge.run_forever()
    finally:
        background_timers.uninstall()
        disconnect()


def _stop_on_signals() -> None:
    """Have SIGINT and SIGTERM stop the server from the moment it exists, and raise nothing into its work.

    `run_forever` hears them itself, even while Python does not. Once per process: set again, these handlers
    would take the place of the native ones, which call them too.
    """
    for number, default in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is default:
            signal.signal(number, _request_stop)


def _request_stop(*_: Any) -> None:
    if not bridge.running:
        raise KeyboardInterrupt
    bridge.request_stop()
