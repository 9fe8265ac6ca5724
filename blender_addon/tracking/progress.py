"""How far the command that runs now is, for everyone who watches its task.

In: a fraction and a message, from a plain command or from a script. Out: the task's progress. Any thread;
outside a command nothing happens. A command that is a generator yields the same instead.
"""

from __future__ import annotations

from ..bridge import bridge


def progress(fraction: float | None = None, message: str | None = None) -> None:
    """`fraction`: from 0 to 1; None where it is not known."""
    bridge.progress(fraction, message)
