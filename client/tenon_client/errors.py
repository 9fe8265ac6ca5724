"""What can go wrong, as a caller catches it: one class for each code worth telling apart.

In: the code, message and data of an error reply, or what the client found out itself. Out: exceptions, all of
them `TenonError`. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class TenonError(Exception):
    """An error with Tenon's code for it, a message that says what to do, and the other members of the
    reply."""

    CODE: ClassVar[str] = "internal"

    def __init__(self, message: str, code: str | None = None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.CODE
        self.data = dict(data or {})

    @property
    def task_id(self) -> str | None:
        """The task that the error is about, if it is about one."""
        found = self.data.get("task_id")
        return found if isinstance(found, str) else None


class UnknownCommand(TenonError):
    """There is no command of that name."""

    CODE = "unknown_command"


class InvalidParams(TenonError):
    """A parameter is missing, unknown or wrong; the message names it."""

    CODE = "invalid_params"


class SessionNotFound(TenonError):
    """There is no session of that id (any more)."""

    CODE = "session_not_found"


class TaskNotFound(TenonError):
    """There is no task of that id (any more)."""

    CODE = "task_not_found"


class DuplicateTask(TenonError):
    """A task of that id was accepted before; nothing was run."""

    CODE = "duplicate_task"


class QueueFull(TenonError):
    """Too much waits in Blender; try again in a moment."""

    CODE = "queue_full"


class CommandTimeout(TenonError):
    """The command took too long. `task_id` names it: its work may still finish and can be fetched then."""

    CODE = "timeout"


class CommandCancelled(TenonError):
    """Somebody stopped the command."""

    CODE = "cancelled"


class CommandFailed(TenonError):
    """The command itself raised; for your own code `data` holds the traceback and what it printed."""

    CODE = "command_failed"


class Interrupted(TenonError):
    """Blender ended while the command ran."""

    CODE = "interrupted"


class Unauthorized(TenonError):
    """The token is missing or wrong."""

    CODE = "unauthorized"


class TlsRequired(TenonError):
    """The other machine takes TLS only; see `connect`'s `tls`."""

    CODE = "tls_required"


class WrongServer(TenonError):
    """Somebody else answers than the Tenon whose key was named."""

    CODE = "wrong_server"


class Blocked(TenonError):
    """The settings do not allow it."""

    CODE = "blocked"


class ShuttingDown(TenonError):
    """Tenon stopped before the command was done."""

    CODE = "shutting_down"


class Unreachable(TenonError):
    """Nothing answers at the address, or not any more. A command that ends so has not run."""

    CODE = "unreachable"


class SeveralInstances(TenonError):
    """More than one running Blender fits, or none does; the message lists those that run."""

    CODE = "several_instances"


class ResultNotKept(TenonError):
    """The command was done, but the connection was lost before its result, and that was too large to keep."""

    CODE = "result_not_kept"


class OutcomeUnknown(TenonError):
    """The connection was lost under way, and whether the command ran cannot be found out. It was not
    repeated."""

    CODE = "outcome_unknown"

    def __init__(self, command: str, task_id: str, why: str) -> None:
        text = f"Whether '{command}' (task {task_id}) ran is unknown: {why}. It was not sent again."
        super().__init__(text, data={"command": command, "task_id": task_id})
        self.command = command


_BY_CODE: dict[str, type[TenonError]] = {
    error.CODE: error
    for error in (
        UnknownCommand,
        InvalidParams,
        SessionNotFound,
        TaskNotFound,
        DuplicateTask,
        QueueFull,
        CommandTimeout,
        CommandCancelled,
        CommandFailed,
        Interrupted,
        Unauthorized,
        TlsRequired,
        Blocked,
        ShuttingDown,
    )
}


def error_of(body: Mapping[str, Any]) -> TenonError:
    """The exception for `{"code", "message", …}`; what else is there becomes its data."""
    code = str(body.get("code") or TenonError.CODE)
    known = ("status", "code", "message", "id", "session_id")
    data = {name: value for name, value in body.items() if name not in known}
    return _BY_CODE.get(code, TenonError)(str(body.get("message", code)), code, data)
