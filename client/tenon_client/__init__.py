"""Drive a running Blender through Tenon: `connect()`, or `aio.connect()` in asyncio.

    import tenon_client

    with tenon_client.connect() as blender:
        session = blender.create_session()
        blender.send_command(session, "create_object", {"type": "MONKEY"})

Pure Python, no dependency. Errors are `TenonError` and its kinds (`errors.py`).
"""

from . import aio
from .client import Client, connect
from .errors import (
    Blocked,
    CommandCancelled,
    CommandFailed,
    CommandTimeout,
    DuplicateTask,
    Interrupted,
    InvalidParams,
    OutcomeUnknown,
    QueueFull,
    ResultNotKept,
    SessionNotFound,
    SeveralInstances,
    ShuttingDown,
    TaskNotFound,
    TenonError,
    TlsRequired,
    Unauthorized,
    UnknownCommand,
    Unreachable,
    WrongServer,
)
from .instances import Address, Instance, list_instances
from .subscription import Event
from .version import __version__

__all__ = [
    "Address",
    "Blocked",
    "Client",
    "CommandCancelled",
    "CommandFailed",
    "CommandTimeout",
    "DuplicateTask",
    "Event",
    "Instance",
    "Interrupted",
    "InvalidParams",
    "OutcomeUnknown",
    "QueueFull",
    "ResultNotKept",
    "SessionNotFound",
    "SeveralInstances",
    "ShuttingDown",
    "TaskNotFound",
    "TenonError",
    "TlsRequired",
    "Unauthorized",
    "UnknownCommand",
    "Unreachable",
    "WrongServer",
    "__version__",
    "aio",
    "connect",
    "list_instances",
]
