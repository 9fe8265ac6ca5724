"""What a client's code prints, kept in bounds.

In: text, from `print` and the like, while `capture` stands in for sys.stdout or sys.stderr. Out: that text,
at most a limit's worth of it and a note on how much more there was. Main thread only.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

LIMIT = 64 * 1024 * 1024  # characters


class Output(io.StringIO):
    """A stream that stops growing at its limit, and that code cannot close under us."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__()
        self._limit = self._room = min(limit, LIMIT)
        self._lost = 0  # characters beyond the limit

    def write(self, text: str) -> int:
        size = len(text)
        if size <= self._room:
            self._room -= size
            return super().write(text)
        super().write(text[: self._room])
        self._lost += size - self._room
        self._room = 0
        return size

    def close(self) -> None:
        """Nothing: what was printed before is still wanted."""

    def text(self) -> str:
        """All that was kept, such that it can travel: lone surrogates are spelled out."""
        text = self.getvalue()
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        if self._lost:
            text += f"\n[cut at {self._limit:,} characters; {self._lost:,} more were printed]\n"
        return text


def captured(stdout: Output, stderr: Output, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the function with both streams captured; whatever it put in their place is thrown away."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = stdout, stderr
    try:
        return function(*arguments)
    finally:
        sys.stdout, sys.stderr = before
