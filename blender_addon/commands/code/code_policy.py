"""A client's code held against the setting *Python Code*, before it is compiled.

In: source text. Out: nothing, or `CommandError` that says why it may not run. *Off* and *Ask* are kept by the
native core, before a command begins; here is what takes a look at the code itself. Main thread.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ...bridge import bridge
from ...errors import CommandError
from . import safe_code
from .source import compiled


def is_safe_only() -> bool:
    """Whether only code may run that keeps to the scene."""
    return str(bridge.code_policy) == "safe"


def require_allowed(source: str, namespace: Callable[[], dict[str, Any]] | None = None) -> None:
    """With *Safe*: CommandError unless the code keeps to the scene.

    namespace: gives what an earlier call left for it
    """
    if not is_safe_only():
        return
    try:
        safe_code.check(source, namespace and namespace())
    except SyntaxError as error:
        # As it would be told of any code; what the check alone cannot read does not run either.
        try:
            compiled(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        raise CommandError(f"The code cannot be checked: {error}", code="blocked") from None


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Another add-on's function that runs a client's code, which is its parameter `code`."""

    @functools.wraps(function)
    def guard(**params: Any) -> Any:
        if is_safe_only():
            source = params.get("code")
            if not isinstance(source, str):
                raise CommandError(
                    "With Python Code on Safe only code can run that Tenon can look at, and this command has "
                    "none as its parameter 'code'. The user can set Python Code to Ask or On in Tenon's "
                    "preferences",
                    code="blocked",
                )
            require_allowed(source)
        return function(**params)

    return guard
