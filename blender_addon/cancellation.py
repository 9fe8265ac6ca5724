"""Work that a cancelled command must finish before it ends."""

from __future__ import annotations

from collections.abc import Callable

from ._native import Cancelled


def retry_on_cancel(function: Callable[[], object]) -> None:
    """Call the function until it returns.

    The watchdog raises `Cancelled` in a cancelled command again and again, also while the command restores
    what it changed. So the function must be one that may be called again from its start."""
    while True:
        try:
            function()
            return
        except Cancelled:
            continue
