"""`tenon_api`: what other add-ons use of Tenon, under one name however Tenon was installed.

In: events to publish, and functions to offer to clients as commands. Out: the module `tenon_api` in
`sys.modules`, with the functions below. It stays the same object from Tenon's first registration until
Blender quits, and remembers the commands of others meanwhile: a Tenon that is disabled and enabled, or
updated, offers them again. `docs/interface.md` is its documentation.

`notify`, `wants` and `progress` may be called from any thread; commands are registered on the main thread.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import bpy

from . import main_thread, session_interface
from .commands import registry
from .commands.registry import CommandError
from .progress import progress

logger = logging.getLogger(__name__)

NAME = "tenon_api"
INVITATION = "tenon_register"  # a function that other add-ons may have, called with `tenon_api`


def address() -> str | None:
    """Where clients connect, e.g. "localhost:9876"; None while Tenon serves nobody."""
    return main_thread.bridge.address


def notify(channel: str, type: str, data: Any = None) -> int:
    """Tell everyone who subscribed to the channel; returns how many that are.

    Nothing happens while Tenon serves nobody. ValueError: there is no such channel.
    """
    return main_thread.bridge.notify(channel, type, data)


def wants(channel: str) -> bool:
    """Whether anyone would hear it: an event that is costly to make can be left unmade."""
    return main_thread.bridge.wants(channel)


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
    aliases: Sequence[str] = (),
) -> None:
    """Offer a function to clients as a command, now and whenever Tenon serves.

    It is called on the main thread with keyword arguments that fit the schema, and returns what JSON can
    hold; or it is a generator. Without `schema` its type hints tell the parameters, and its docstring
    describes them.
    `undo`: whether each success is an undo step; without it, whether the command is not `reads_only`.
    ValueError: the name is another command's. TypeError: a type hint that JSON cannot express.
    """
    options: dict[str, Any] = {
        "name": name,
        "title": title,
        "description": description,
        "schema": schema,
        "reads_only": reads_only,
        "destructive": destructive,
        "undo": undo,
        "aliases": tuple(aliases),
    }
    row = registry.row_of(function, **options)
    if _api().enabled:
        _offer(row)
    _remembered()[row.name] = (function, options)


def unregister_command(name: str) -> None:
    """Withdraw a command that was registered here; unknown names are ignored."""
    if _remembered().pop(name, None):
        _withdraw(name)


PUBLIC: tuple[Any, ...] = (
    CommandError,
    address,
    notify,
    progress,
    register_command,
    unregister_command,
    wants,
    *session_interface.PUBLIC,
)


def _api() -> ModuleType:
    return sys.modules[NAME]


def _remembered() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """The commands of others, as they registered them."""
    return _api()._commands


def _offer(row: registry.Command) -> None:
    registry.insert(row)
    try:
        main_thread.offer([row])
    except ValueError:
        registry.TABLE.pop(row.name)
        raise


def _withdraw(name: str) -> None:
    registry.TABLE.pop(name, None)
    main_thread.bridge.unregister(name)


def register() -> None:
    """Called when everything else of Tenon is registered."""
    # A module without a file: an extension's own files must not be modules outside of it.
    api = sys.modules.setdefault(NAME, ModuleType(NAME, (__doc__ or "").partition("\n")[0]))
    for each in PUBLIC:
        setattr(api, each.__name__, each)
    api.__dict__.setdefault("_commands", {})
    api.__dict__["enabled"] = True
    for name, (function, options) in list(_remembered().items()):
        try:
            _offer(registry.row_of(function, **options))
        except (TypeError, ValueError) as error:  # a newer Tenon has a command of that name
            logger.warning("The command '%s' of another add-on is not offered: %s", name, error)
    _invite(api)


def _invite(api: ModuleType) -> None:
    """Let the add-ons that were enabled before Tenon come in."""
    for addon in bpy.context.preferences.addons:
        come_in = getattr(sys.modules.get(addon.module), INVITATION, None)
        if come_in is None:
            continue
        try:
            come_in(api)
        except Exception:  # theirs
            logger.exception("The add-on '%s' failed to register with Tenon", addon.module)


def unregister() -> None:
    """Before everything else of Tenon goes. Others that hold `tenon_api` find that nobody listens."""
    if NAME not in sys.modules or not getattr(_api(), "enabled", False):
        return
    _api().__dict__["enabled"] = False
    for name in _remembered():
        _withdraw(name)
