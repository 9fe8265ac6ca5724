"""The error that commands raise for what can be expected to go wrong."""

from __future__ import annotations

from typing import Any


class CommandError(Exception):
    """An expected failure: its message goes to the client as it is."""

    def __init__(self, message: str, *, code: str = "command_failed", data: dict[str, Any] | None = None):
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data
