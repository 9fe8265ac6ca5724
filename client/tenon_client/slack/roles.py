"""Who may do what from Slack, and which requests are asked back about before they run.

In: a person's role, and what a request comes to: commands as `list_commands` tells them. Out: the role that
is needed, and whether it destroys. Pure. Tenon's own settings (Read Only, Python Code) hold besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class Role(IntEnum):
    """Each may do what those before it may."""

    NONE = 0
    READER = 1  # commands that only read
    MAKER = 2  # commands that change the scene; those that destroy are asked back about
    CODER = 3  # Python code, and commands that carry code or other commands
    ADMIN = 4  # sessions, tasks and settings of others; presses everybody's buttons


# Natively answered, and about the server or other people's work instead of the scene.
ADMINISTRATIVE = frozenset(
    {
        "cancel_task", "cleanup_idle_sessions", "cleanup_sessions", "close_session", "delete_session",
        "export_sessions", "import_sessions", "prioritize_task", "restore_session", "retry_task",
        "set_settings",
    }
)  # fmt: skip
# Parameters that hold Python code or other commands, which could be any.
CARRYING = frozenset({"code", "script_path", "commands", "params"})


def role_needed(row: Mapping[str, Any], params: Mapping[str, Any], session: str | None) -> Role:
    """For one command, in the session of its thread."""
    other = params.get("session_id")
    if row["name"] in ADMINISTRATIVE or (other is not None and other != session):
        return Role.ADMIN
    if row["reads_only"]:
        return Role.READER
    takes = row.get("params", {}).get("properties", {})
    return Role.CODER if CARRYING & set(takes) else Role.MAKER


def may_press(role: Role, is_own: bool, needed: Role = Role.READER) -> bool:
    """Whether a button works for a person: who asked, or an admin."""
    return role >= needed and (is_own or role >= Role.ADMIN)
