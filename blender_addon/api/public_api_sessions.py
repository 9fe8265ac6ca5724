"""Sessions for other add-ons: what clients can do with sessions, as functions of `tenon_api`.

In: what an add-on asks for. Out: what a client gets for the command of the same name, or a `CommandError`
with the same message and code. Any thread; what only the store on disk knows is waited for without the GIL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..bridge import bridge
from ..errors import CommandError


def create_session() -> str:
    """Make a session; returns its id."""
    return str(_ask("create_session")["session_id"])


def get_session(session_id: str) -> dict[str, Any]:
    """The session's times, state and counters."""
    return dict(_ask("get_session", session_id=session_id))


def send_command(session_id: str, type: str, params: Mapping[str, Any] | None = None) -> Any:
    """Run a command in the session, recorded as if a client had sent it; returns its result.

    On the main thread it runs now, after whatever waits in that session; not inside of another command,
    though, whose code calls functions instead (code `command_failed`). A generator, which needs more turns of
    Blender's main loop, is answered with {"task_id", "status"} and goes on. On any other thread it is waited
    for, at most 180 s.
    """
    return _with_command_error(bridge.send_command, session_id, type, dict(params or {}))


def update_state(session_id: str, **state: Any) -> dict[str, Any]:
    """Merge keys into the session's state; returns the whole."""
    return dict(_ask("update_state", session_id=session_id, **state))


def get_session_history(session_id: str, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
    """The session's last commands in order, or those before the entry of the id `before`."""
    return list(_ask("get_session_history", session_id=session_id, limit=limit, before=before))


def search_history(
    query: str, session_id: str | None = None, limit: int = 20, before: int | None = None
) -> list[dict[str, Any]]:
    """Commands that have all words of the query, newest first; `before`: the last hit's cursor, to go on."""
    return list(_ask("search_history", query=query, session_id=session_id, limit=limit, before=before))


def list_sessions(
    status: str | None = None, limit: int = 1000, before: float | None = None
) -> list[dict[str, Any]]:
    """The sessions, the last used first: live and parked ones, or those of one status ("closed", "all")."""
    return list(_ask("list_sessions", status=status, limit=limit, before=before))


def close_session(session_id: str) -> dict[str, Any]:
    """End a session and the connections that hold it."""
    return dict(_ask("close_session", session_id=session_id))


def cleanup_idle_sessions(timeout: float = 300.0) -> list[str]:
    """Close the sessions of this run that were idle for longer; returns their ids."""
    return list(_ask("cleanup_idle_sessions", timeout=timeout))


def restore_session(session_id: str) -> dict[str, Any]:
    """Make a stored, parked or closed session live again, as it was."""
    return dict(_ask("restore_session", session_id=session_id))


PUBLIC: tuple[Callable[..., Any], ...] = (
    cleanup_idle_sessions,
    close_session,
    create_session,
    get_session,
    get_session_history,
    list_sessions,
    restore_session,
    search_history,
    send_command,
    update_state,
)


def _ask(command: str, **params: Any) -> Any:
    """Parameters that are None are left out, but those of a state may be."""
    if command != "update_state":
        params = {name: value for name, value in params.items() if value is not None}
    return _with_command_error(bridge.ask, command, **params)


def _with_command_error(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    try:
        return call(*given, **named)
    except ValueError as error:
        code = getattr(error, "code", "invalid_params")
        raise CommandError(str(error), code=code, data=getattr(error, "data", None) or None) from None
    except RuntimeError as error:
        raise CommandError(f"{error}: connect first", code="shutting_down") from None
