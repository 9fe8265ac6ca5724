"""`tenon_api`: what other add-ons use of Tenon, under one name however Tenon was installed.

In: events to publish, and functions to offer to clients as commands. Out: the module `tenon_api` in
`sys.modules`, with the functions below. It stays the same object from Tenon's first registration until
Blender quits, and remembers the commands of others meanwhile: a Tenon that is disabled and enabled, or
updated, offers them again. `docs/addon_api.md` is its documentation.

`notify`, `wants` and `progress` may be called from any thread; commands are registered on the main thread.
"""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import bpy

from ..bridge import bridge
from ..commands.code.code_policy import guarded
from ..errors import CommandError
from ..registry import table
from ..registry.native import offer
from ..tracking.progress import progress
from . import public_api_sessions

logger = logging.getLogger(__name__)

NAME = "tenon_api"
ADDON_HOOK = "tenon_register"  # a function that other add-ons may have, called with `tenon_api`


def address() -> str | None:
    """Where clients connect, e.g. "localhost:9876"; None while the server does not run."""
    return bridge.address


def notify(channel: str, type: str, data: Any = None) -> int:
    """Tell everyone who subscribed to the channel; returns how many that are.

    Nothing happens while the server does not run. ValueError: there is no such channel.
    """
    return bridge.notify(channel, type, data)


def wants(channel: str) -> bool:
    """Whether anyone subscribes to the channel: no need to make a costly event for nobody."""
    return bridge.wants(channel)


def register_command(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    title: str | None = None,
    description: str | None = None,
    schema: dict[str, Any] | None = None,
    reads_only: bool = False,
    destructive: bool = False,
    undo: bool | None = None,
    runs_code: bool = False,
    aliases: Sequence[str] = (),
) -> None:
    """Offer a function to clients as a command, now and whenever Tenon serves.

    It is called on the main thread with keyword arguments that fit the schema, and returns what JSON can
    hold; or it is a generator. Without `schema` its type hints tell the parameters, and its docstring
    describes them.
    `undo`: whether each success is an undo step; without it, whether the command is not `reads_only`.
    `runs_code`: it runs Python that the client sent, as its parameter `code`; refused where the user does not
    allow code, or where that is not safe and only safe code may run.
    ValueError: the name is another command's, or it runs code and yet `reads_only`. TypeError: a type hint
    that JSON cannot express.
    """
    options: dict[str, Any] = {
        "name": name,
        "title": title,
        "description": description,
        "schema": schema,
        "reads_only": reads_only,
        "destructive": destructive,
        "undo": undo,
        "runs_code": runs_code,
        "aliases": tuple(aliases),
    }
    row = table.row_of(function, **options)
    if _api().enabled:
        _offer(row)
    _registered()[row.name] = (function, options)


def unregister_command(name: str) -> None:
    """Withdraw a command that was registered here; unknown names are ignored."""
    if _registered().pop(name, None):
        _withdraw(name)


PUBLIC: tuple[Any, ...] = (
    CommandError,
    address,
    notify,
    progress,
    register_command,
    unregister_command,
    wants,
    *public_api_sessions.PUBLIC,
)


def _api() -> ModuleType:
    return sys.modules[NAME]


def _registered() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """The commands of others, as they registered them."""
    return _api()._commands


def _offer(row: table.Command) -> None:
    if row.runs_code:
        row = dataclasses.replace(row, function=guarded(row.function))
    table.insert(row)
    try:
        offer(row)
    except ValueError:
        table.TABLE.pop(row.name)
        raise


def _withdraw(name: str) -> None:
    table.TABLE.pop(name, None)
    bridge.unregister(name)


def register() -> None:
    """Called when everything else of Tenon is registered."""
    # A module without a file: an extension's own files must not be modules outside of it.
    api = sys.modules.setdefault(NAME, ModuleType(NAME, (__doc__ or "").partition("\n")[0]))
    for each in PUBLIC:
        setattr(api, each.__name__, each)
    api.__dict__.setdefault("_commands", {})
    api.__dict__["enabled"] = True
    for name, (function, options) in list(_registered().items()):
        try:
            _offer(table.row_of(function, **options))
        except (TypeError, ValueError) as error:  # a newer Tenon has a command of that name
            logger.warning("The command '%s' of another add-on is not offered: %s", name, error)
    notify_addons(api)


def notify_addons(api: ModuleType) -> None:
    """Call the add-ons that were enabled before Tenon, for them to register."""
    for addon in bpy.context.preferences.addons:
        hook = getattr(sys.modules.get(addon.module), ADDON_HOOK, None)
        if hook is None:
            continue
        try:
            hook(api)
        except Exception:  # a fault of that add-on
            logger.exception("The add-on '%s' failed to register with Tenon", addon.module)


def unregister() -> None:
    """Called before everything else is unregistered. Add-ons that hold `tenon_api` may go on calling it."""
    if NAME not in sys.modules or not getattr(_api(), "enabled", False):
        return
    _api().__dict__["enabled"] = False
    for name in _registered():
        _withdraw(name)
