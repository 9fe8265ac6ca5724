"""The server started and stopped, and informed of what is open in this Blender.

In: settings (a plain dict, see `settings/`). Out: a running server. Main thread only; sockets, sessions and
queues live on native threads behind `bridge` and never wait for Python.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import sys
from collections.abc import Mapping
from typing import Any

import bpy
from bpy.app.handlers import persistent

from .._native import configure_logging
from ..blender.handlers import append_handlers, remove_handlers
from ..bridge import bridge
from ..settings import preferences
from . import tick
from .redraw import redraw

logger = logging.getLogger(__name__)

served: dict[str, Any] = {}  # the settings of the running server, its token among them
connect_error: str | None = None  # why the last connect failed; None: it did not


def problem() -> str | None:
    """What the user should know of; None: nothing."""
    return connect_error or tick.error


def connect(chosen: Mapping[str, Any] | None = None) -> str:
    """Start serving and return the address; ValueError and OSError say why it cannot be.

    `chosen` goes over the environment, which goes over the preferences.
    """
    global connect_error, served
    disconnect()
    _start_logging()
    _describe()
    try:
        settings = {**preferences.current(), **(chosen or {})}
        bridge.start(**settings)
    except (ValueError, OSError) as error:
        connect_error = str(error)
        logger.error("Tenon server not started: %s", connect_error)
        redraw()
        raise
    connect_error, tick.error, served = None, None, settings
    tick.start()
    redraw()
    if bridge.notice:
        print_console(bridge.notice)
    print_console(f"Tenon server started on {bridge.address}")
    return str(bridge.address)


def disconnect() -> None:
    """Stop serving; every client that waits gets an answer. Does nothing when nothing is served."""
    if not bridge.running:
        return
    bridge.stop()
    redraw()
    print_console("Tenon server stopped")


def print_console(text: str) -> None:
    """Print for whoever started Blender, also from inside a client's code, whose own output is captured."""
    print(text, file=sys.__stdout__, flush=True)


def _start_logging() -> None:
    try:
        configure_logging(preferences.log_level(), preferences.log_file())
    except OSError as error:  # a full disk is no reason not to serve
        logger.warning("No log file: %s", error)


def _describe() -> None:
    """Let other programs see which Blender this is, by what is open in it."""
    window = not bpy.app.background
    bridge.describe(file=bpy.data.filepath, blender=bpy.app.version_string, window=window)


@persistent
def _after_load(*_: Any) -> None:
    """Loading a file may remove timers: the tick must go on."""
    _describe()
    if bridge.running:
        tick.start()


@persistent
def _after_save(*_: Any) -> None:
    """The file may have another name from now on."""
    _describe()


_HANDLERS = {"load_post": _after_load, "save_post": _after_save}


def _start_with_blender() -> None:
    """A one-shot timer: by now Blender has its window, and the context that registration lacks."""
    # The panel and the log show it by then.
    with contextlib.suppress(ValueError, OSError):
        connect()


def register() -> None:
    atexit.register(disconnect)  # in case Blender quits without unregistering add-ons
    append_handlers(_HANDLERS)
    if preferences.starts_with_blender() and not bpy.app.background:
        bpy.app.timers.register(_start_with_blender, first_interval=0.1, persistent=True)


def unregister() -> None:
    disconnect()
    tick.stop()
    if bpy.app.timers.is_registered(_start_with_blender):
        bpy.app.timers.unregister(_start_with_blender)
    remove_handlers(_HANDLERS)
    atexit.unregister(disconnect)
