"""Ctrl+C and SIGTERM while something is done that must be undone, or must not be left half-done.

In: the process's signal handlers, which only its main thread may set; elsewhere nothing happens here.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def handled(numbers: tuple[signal.Signals, ...], handler: Any) -> Iterator[Callable[[], None]]:
    """Sets this handler, but not where the signal is ignored; what it gives sets the ones that were there."""
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before = {each: signal.getsignal(each) for each in numbers}
        before = {each: known for each, known in before.items() if known not in (signal.SIG_IGN, None)}

    def put_back() -> None:
        while before:
            signal.signal(*before.popitem())

    for each in before:
        signal.signal(each, handler)
    try:
        yield put_back
    finally:
        put_back()


@contextlib.contextmanager
def terminating() -> Iterator[None]:
    """SIGTERM ends what is under way as Ctrl+C does, so that it is undone too."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with handled((signal.SIGTERM,), interrupt):
        yield


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Nobody who presses Ctrl+C twice is left with half of what is put back."""
    with handled(SIGNALS, signal.SIG_IGN):
        yield


@contextlib.contextmanager
def deferred() -> Iterator[Callable[[], None]]:
    """Interrupts wait until what this gives is called: once a started process is known, to be ended."""
    pending: list[int] = []
    with handled(SIGNALS, lambda number, _: pending.append(number)) as put_back:

        def resume() -> None:
            put_back()
            if pending:
                raise KeyboardInterrupt

        yield resume
